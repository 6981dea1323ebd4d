//! Fetches one remote image from an untrusted host: names are resolved here and private addresses
//! are refused after resolution, redirects are limited and checked likewise, time, size and type
//! are bounded, and nothing about the reader is sent.

use crate::Mua;
use crate::html::images::is_safe;
use ammonia::Url;
use mail::Duration;
use mail::dns::{Question, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{Stream, TlsCheck, address_answers};

/// Image size limit in bytes.
pub(super) const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Response header size limit in bytes.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Number of redirects followed.
pub(super) const REDIRECTS_MAX: usize = 3;
/// Time limit of the whole fetch.
pub(super) const FETCH_MAX: Duration = Duration::from_secs(15);
// Bytes reserved for each read.
const CHUNK_BYTES: usize = 16 * 1024;

/// A fetched image.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Fetches an image.
pub(super) async fn fetch_image(mua: &Mua, url: &str) -> Result<Image, &'static str> {
    let work = async {
        let _permit = mua
            .0
            .fetching
            .acquire()
            .await
            .map_err(|_| "the host is shutting down")?;
        let mut url = Url::parse(url).map_err(|_| "not a URL")?;
        for _ in 0..=REDIRECTS_MAX {
            let response = request(mua, &url).await?;
            match response.status {
                200 => return read_image(response),
                301 | 302 | 303 | 307 | 308 => {
                    let location = response
                        .field("location")
                        .ok_or("redirect without a valid location")?;
                    url = url
                        .join(location)
                        .map_err(|_| "redirect without a valid location")?;
                }
                _ => return Err("unexpected HTTP status"),
            }
        }
        Err("too many redirects")
    };
    mua.world()
        .within(FETCH_MAX, Box::pin(work))
        .await
        .unwrap_or(Err("timed out"))
}

fn read_image(response: HttpResponse) -> Result<Image, &'static str> {
    let kind = response
        .field("content-type")
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    // The media type comes from our own list, never from the remote host.
    let known = [
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/bmp",
        "image/avif",
    ];
    let kind = if kind == "image/jpg" {
        "image/jpeg".to_owned()
    } else {
        kind
    };
    let media_type = known
        .into_iter()
        .find(|k| *k == kind && is_safe(k))
        .ok_or("not an image")?;
    Ok(Image {
        media_type,
        bytes: response.body,
    })
}

struct HttpResponse {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl HttpResponse {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

async fn request(mua: &Mua, url: &Url) -> Result<HttpResponse, &'static str> {
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err("unsupported URL scheme"),
    };
    // Other ports belong to other services.
    let Some(port @ (80 | 443)) = url.port_or_known_default() else {
        return Err("port not allowed");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("URL with credentials");
    }
    let host = url.host_str().ok_or("URL without a host")?;
    let address = resolve(mua, host).await?;
    let connection = mua
        .world()
        .network
        .connect(SocketAddr::new(address, port))
        .await
        .map_err(|_| "cannot connect")?;
    let mut stream = connection.stream;
    if tls {
        let name = host.trim_matches(['[', ']']);
        stream = mua
            .world()
            .tls
            .connect(stream, name, TlsCheck::Required)
            .await
            .map_err(|_| "TLS handshake failed")?
            .0;
    }
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host_field = if url.port().is_some() {
        format!("{host}:{port}")
    } else {
        host.to_owned()
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host_field}\r\nUser-Agent: Glasspost\r\nAccept: image/*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .map_err(|_| "connection closed")?;
    stream.flush().await.map_err(|_| "connection closed")?;
    read_response(stream.as_mut()).await
}

/// Resolves a host to a public address. All its addresses must be public; a mix indicates an
/// attack.
async fn resolve(mua: &Mua, host: &str) -> Result<IpAddr, &'static str> {
    if let Ok(literal) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if is_public(literal) {
            Ok(literal)
        } else {
            Err("private address")
        };
    }
    let mut found = Vec::new();
    for record in [RecordType::A, RecordType::Aaaa] {
        if let Ok(response) = mua
            .world()
            .resolver
            .ask(Question::new(
                host.trim_end_matches('.').to_lowercase(),
                record,
            ))
            .await
        {
            found.extend(address_answers(&response.records));
        }
    }
    match found.first() {
        None => Err("host not found"),
        Some(_) if !found.iter().all(|a| is_public(*a)) => Err("private address"),
        Some(first) => Ok(*first),
    }
}

/// Whether an address is globally reachable (not special-purpose, RFC 6890 and its registry).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(a) => is_public_v4(a),
        IpAddr::V6(a) => is_public_v6(a),
    }
}

fn is_public_v4(a: Ipv4Addr) -> bool {
    let [b0, b1, b2, _] = a.octets();
    !matches!(
        (b0, b1, b2),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(a: Ipv6Addr) -> bool {
    let s = a.segments();
    // Only 2000::/3 is assigned to hosts, without documentation, Teredo and 6to4 addresses.
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
        && s[0] != 0x2002
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

async fn read_response(stream: &mut dyn Stream) -> Result<HttpResponse, &'static str> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_BYTES_MAX || !read_more(stream, &mut bytes).await? {
            return Err("not an HTTP response");
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    // status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 §4)
    let status = lines
        .next()
        .filter(|l| l.starts_with("HTTP/1."))
        .and_then(|l| l.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or("not an HTTP response")?;
    let field = |l: &str| {
        l.split_once(':')
            .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
    };
    let mut response = HttpResponse {
        status,
        fields: lines.filter_map(field).collect(),
        body: bytes.split_off(head_end + 4),
    };
    if status == 200 {
        read_body(stream, &mut response).await?;
    }
    Ok(response)
}

// RFC 9112 §6.3: chunked, by Content-Length, or until the end of the connection.
async fn read_body(
    stream: &mut dyn Stream,
    response: &mut HttpResponse,
) -> Result<(), &'static str> {
    let chunked = response
        .field("transfer-encoding")
        .is_some_and(|t| t.eq_ignore_ascii_case("chunked"));
    let length = response
        .field("content-length")
        .and_then(|l| l.parse::<usize>().ok());
    if length.is_some_and(|l| l > IMAGE_BYTES_MAX) {
        return Err("too large");
    }
    let wanted = length.filter(|_| !chunked).unwrap_or(usize::MAX);
    while response.body.len() < wanted && read_more(stream, &mut response.body).await? {
        // Chunk framing at most doubles the size.
        if response.body.len() > IMAGE_BYTES_MAX * if chunked { 2 } else { 1 } {
            return Err("too large");
        }
    }
    if length.is_some_and(|l| !chunked && response.body.len() < l) {
        return Err("connection lost");
    }
    response.body.truncate(wanted);
    if chunked {
        response.body = unchunk(&response.body).ok_or("malformed chunked encoding")?;
        if response.body.len() > IMAGE_BYTES_MAX {
            return Err("too large");
        }
    }
    Ok(())
}

async fn read_more(stream: &mut dyn Stream, bytes: &mut Vec<u8>) -> Result<bool, &'static str> {
    bytes.reserve(CHUNK_BYTES);
    match stream.read_buf(bytes).await {
        Ok(n) => Ok(n > 0),
        // Some hosts close TLS without close_notify; what was received is used.
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(_) => Err("connection lost"),
    }
}

/// `chunked-body = *chunk last-chunk` (RFC 9112 §7.1); trailers are ignored.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = find(rest, b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end])
            .ok()?
            .split(';')
            .next()?
            .trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(out);
        }
        out.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_non_public_addresses() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("8.8.8.8", true),
            ("2606:2800:220:1::1", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("224.0.0.1", false),
            ("192.0.2.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fc00::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn decodes_chunks_and_rejects_malformed_ones() {
        assert_eq!(
            unchunk(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap(),
            b"abcde"
        );
        for bad in [
            &b"3\r\nab"[..],
            b"x\r\n",
            b"3\r\nabcd\r\n0\r\n",
            b"ffffffffffffffffff\r\n",
            b"",
        ] {
            assert_eq!(unchunk(bad), None);
        }
    }
}
