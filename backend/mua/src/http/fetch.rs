//! Fetches one remote image from an untrusted host: private addresses are refused after the name
//! was resolved, redirects are limited and checked likewise, time, size and type are bounded, and
//! nothing about the reader is sent.
//!
//! Failures: [`ImageFault`], for the log; the browser is told only that there is no image.

use crate::Mua;
use crate::html::images::is_safe;
use mail::Duration;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Url;
use world::http_client::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, LOCATION, USER_AGENT};
use world::http_client::{FetchFault, Request, Response, Server, send};

/// Image size limit in bytes.
pub(super) const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Number of redirects followed.
pub(super) const REDIRECTS_MAX: usize = 3;
/// Time limit of the whole fetch.
pub(super) const FETCH_MAX: Duration = Duration::from_secs(15);

// The types that are shown; an image is served with one of these, never with the remote host's.
const MEDIA_TYPES: [&str; 6] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
];

/// A fetched image.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Why an image was not fetched.
#[derive(Debug)]
pub(super) enum ImageFault {
    /// The URL, or that of a redirect, is not one that is fetched.
    Url(&'static str),
    /// The host could not be asked, or its response could not be read.
    Fetch(FetchFault),
    /// Its status is neither 200 nor a redirect.
    Status(u16),
    /// More than [`REDIRECTS_MAX`] redirects.
    Redirects,
    /// What came is not an image of a known type; the type.
    NotAnImage(String),
    /// It took longer than [`FETCH_MAX`].
    TimedOut,
    /// This host is shutting down.
    ShuttingDown,
}

impl From<FetchFault> for ImageFault {
    fn from(fault: FetchFault) -> ImageFault {
        ImageFault::Fetch(fault)
    }
}

impl fmt::Display for ImageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageFault::Url(why) => f.write_str(why),
            ImageFault::Fetch(fault) => fault.fmt(f),
            ImageFault::Status(status) => write!(f, "status {status}"),
            ImageFault::Redirects => f.write_str("too many redirects"),
            ImageFault::NotAnImage(found) => write!(f, "not an image: {found}"),
            ImageFault::TimedOut => f.write_str("timed out"),
            ImageFault::ShuttingDown => f.write_str("the host is shutting down"),
        }
    }
}

/// Fetches an image.
pub(super) async fn fetch_image(mua: &Mua, url: &str) -> Result<Image, ImageFault> {
    let work = async {
        let permit = mua.0.fetching.acquire().await;
        let _permit = permit.map_err(|_| ImageFault::ShuttingDown)?;
        let mut url = Url::parse(url).map_err(|_| ImageFault::Url("not a URL"))?;
        for _ in 0..=REDIRECTS_MAX {
            let response = request(mua, &url).await?;
            match response.status().as_u16() {
                200 => return read_image(response).await,
                301 | 302 | 303 | 307 | 308 => {
                    let target = response.field(LOCATION).and_then(|to| url.join(to).ok());
                    url = target.ok_or(ImageFault::Url("redirect without a valid location"))?;
                }
                other => return Err(ImageFault::Status(other)),
            }
        }
        Err(ImageFault::Redirects)
    };
    mua.world()
        .within(FETCH_MAX, Box::pin(work))
        .await
        .unwrap_or(Err(ImageFault::TimedOut))
}

async fn read_image(response: Response) -> Result<Image, ImageFault> {
    let found = response.media_type().to_ascii_lowercase();
    let named = if found == "image/jpg" {
        "image/jpeg"
    } else {
        found.as_str()
    };
    let known = MEDIA_TYPES
        .into_iter()
        .find(|known| *known == named && is_safe(known));
    let Some(media_type) = known else {
        return Err(ImageFault::NotAnImage(found));
    };
    let bytes = response.body(IMAGE_BYTES_MAX).await?;
    Ok(Image { media_type, bytes })
}

async fn request(mua: &Mua, url: &Url) -> Result<Response, ImageFault> {
    let tls = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(ImageFault::Url("unsupported URL scheme")),
    };
    // Other ports belong to other services.
    let Some(port @ (80 | 443)) = url.port_or_known_default() else {
        return Err(ImageFault::Url("port not allowed"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ImageFault::Url("URL with credentials"));
    }
    let server = Server {
        host: url
            .host_str()
            .ok_or(ImageFault::Url("URL without a host"))?,
        port,
        tls,
        permits: is_public,
    };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let request = Request {
        path: &path,
        fields: &[
            (USER_AGENT, "Glasspost"),
            (ACCEPT, "image/*"),
            (ACCEPT_ENCODING, "identity"),
            (CONNECTION, "close"),
        ],
        form: None,
    };
    Ok(send(mua.world(), &server, request, FETCH_MAX).await?)
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
}
