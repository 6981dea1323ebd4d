//! Fetches one picture from a stranger's host, as a client that trusts nothing: names are resolved
//! here and private addresses refused after that, redirects are few and checked alike, time, size
//! and kind are bounded, nothing of the reader goes along.

use crate::Mua;
use crate::html::pictures::is_safe;
use ammonia::Url;
use mail::Duration;
use mail::dns::{Question, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{Stream, TlsCheck, address_answers};

/// The largest picture, in octets.
pub(super) const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The longest head of an answer, in octets.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Redirects that are followed.
pub(super) const REDIRECTS_MAX: usize = 3;
/// How long all of it may take.
pub(super) const FETCH_MAX: Duration = Duration::from_secs(15);
// Room made for each piece that is read, in octets.
const PIECE: usize = 16 * 1024;
// Pictures fetched at the same time, for all readers.
pub(crate) const FETCHES_MAX: usize = 16;

/// A picture.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Fetches it.
pub(super) async fn picture(mua: &Mua, url: &str) -> Result<Picture, &'static str> {
    let work = async {
        let _place = mua
            .0
            .fetching
            .acquire()
            .await
            .map_err(|_| "the host ends")?;
        let mut url = Url::parse(url).map_err(|_| "no address")?;
        for _ in 0..=REDIRECTS_MAX {
            let answer = ask(mua, &url).await?;
            match answer.status {
                200 => return read_picture(answer),
                301 | 302 | 303 | 307 | 308 => {
                    let location = answer.field("location").ok_or("a redirect to nowhere")?;
                    url = url.join(location).map_err(|_| "a redirect to nowhere")?;
                }
                _ => return Err("the host has no such picture"),
            }
        }
        Err("too many redirects")
    };
    mua.world()
        .within(FETCH_MAX, Box::pin(work))
        .await
        .unwrap_or(Err("it took too long"))
}

fn read_picture(answer: Answer) -> Result<Picture, &'static str> {
    let kind = answer
        .field("content-type")
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    // The browser is told a kind from our own list, never the stranger's words.
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
        .ok_or("not a picture")?;
    Ok(Picture {
        media_type,
        bytes: answer.body,
    })
}

struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

async fn ask(mua: &Mua, url: &Url) -> Result<Answer, &'static str> {
    let sealed = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err("not HTTP"),
    };
    // Other ports are other services.
    let Some(port @ (80 | 443)) = url.port_or_known_default() else {
        return Err("an unusual port");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a password");
    }
    let host = url.host_str().ok_or("no host")?;
    let address = resolve(mua, host).await?;
    let connection = mua
        .world()
        .network
        .connect(SocketAddr::new(address, port))
        .await
        .map_err(|_| "no connection")?;
    let mut stream = connection.stream;
    if sealed {
        let name = host.trim_matches(['[', ']']);
        stream = mua
            .world()
            .tls
            .connect(stream, name, TlsCheck::Required)
            .await
            .map_err(|_| "no trusted TLS")?
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
        .map_err(|_| "the host closed")?;
    stream.flush().await.map_err(|_| "the host closed")?;
    read_answer(stream.as_mut()).await
}

/// An address that is on the open Internet. Every address of the name must be: one that is not
/// shows that the name is not honest.
async fn resolve(mua: &Mua, host: &str) -> Result<IpAddr, &'static str> {
    if let Ok(literal) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return if is_public(literal) {
            Ok(literal)
        } else {
            Err("a private address")
        };
    }
    let mut found = Vec::new();
    for record in [RecordType::A, RecordType::Aaaa] {
        if let Ok(answer) = mua
            .world()
            .resolver
            .ask(Question::new(
                host.trim_end_matches('.').to_lowercase(),
                record,
            ))
            .await
        {
            found.extend(address_answers(&answer.records));
        }
    }
    match found.first() {
        None => Err("no such host"),
        Some(_) if !found.iter().all(|a| is_public(*a)) => Err("a private address"),
        Some(first) => Ok(*first),
    }
}

/// True for addresses of hosts that anybody may reach (the special ones of RFC 6890 and its
/// registry are not).
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
    // Only 2000::/3 is given out to hosts; of it not: documentation, Teredo and other protocols,
    // 6to4, which hide another address.
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
        && s[0] != 0x2002
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

async fn read_answer(stream: &mut dyn Stream) -> Result<Answer, &'static str> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_BYTES_MAX || !read_more(stream, &mut bytes).await? {
            return Err("no answer of HTTP");
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    // status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 §4)
    let status = lines
        .next()
        .filter(|l| l.starts_with("HTTP/1."))
        .and_then(|l| l.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or("no answer of HTTP")?;
    let field = |l: &str| {
        l.split_once(':')
            .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned()))
    };
    let mut answer = Answer {
        status,
        fields: lines.filter_map(field).collect(),
        body: bytes.split_off(head_end + 4),
    };
    if status == 200 {
        read_body(stream, &mut answer).await?;
    }
    Ok(answer)
}

// RFC 9112 §6.3: chunked, a length, or until the end.
async fn read_body(stream: &mut dyn Stream, answer: &mut Answer) -> Result<(), &'static str> {
    let chunked = answer
        .field("transfer-encoding")
        .is_some_and(|t| t.eq_ignore_ascii_case("chunked"));
    let length = answer
        .field("content-length")
        .and_then(|l| l.parse::<usize>().ok());
    if length.is_some_and(|l| l > PICTURE_BYTES_MAX) {
        return Err("too large");
    }
    let wanted = length.filter(|_| !chunked).unwrap_or(usize::MAX);
    while answer.body.len() < wanted && read_more(stream, &mut answer.body).await? {
        // What frames the chunks may double the octets, not more.
        if answer.body.len() > PICTURE_BYTES_MAX * if chunked { 2 } else { 1 } {
            return Err("too large");
        }
    }
    if length.is_some_and(|l| !chunked && answer.body.len() < l) {
        return Err("the host broke off");
    }
    answer.body.truncate(wanted);
    if chunked {
        answer.body = unchunk(&answer.body).ok_or("broken chunks")?;
        if answer.body.len() > PICTURE_BYTES_MAX {
            return Err("too large");
        }
    }
    Ok(())
}

async fn read_more(stream: &mut dyn Stream, bytes: &mut Vec<u8>) -> Result<bool, &'static str> {
    bytes.reserve(PIECE);
    match stream.read_buf(bytes).await {
        Ok(n) => Ok(n > 0),
        // Some hosts end TLS without saying so; what came is looked at as it is.
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(_) => Err("the host broke off"),
    }
}

/// `chunked-body = *chunk last-chunk` (RFC 9112 §7.1); what follows the last chunk does not matter.
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
    fn knows_addresses_that_are_nobodys_business() {
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
    fn puts_chunks_together_and_refuses_broken_ones() {
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
