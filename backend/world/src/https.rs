//! Fetches one small file over HTTPS: enough of HTTP/1.1 (RFC 9112) for a policy or a form, with a
//! verified certificate, without redirects, and with limits on time and size. Not a web client.
//!
//! Failures: [`FetchFault`], from which the caller decides whether to try again.

use crate::{BoxFuture, Connection, TlsCheck, World, address_answers, network_error};
use event::catalogue::network::FetchError;
use mail::dns::{Failure, Question, RecordType};
use mail::{Domain, Duration};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The largest accepted body (RFC 8461 §3.3 suggests 64 KiB).
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The largest accepted status line and header.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The longest time for a request (RFC 8461 §3.3 suggests a minute).
pub const FETCH_MAX: Duration = Duration::from_secs(60);
// The most addresses that are tried.
const ADDRESSES_MAX: usize = 4;

/// Why a file could not be fetched.
#[derive(Debug)]
pub enum FetchFault {
    /// The host's addresses could not be looked up.
    Dns(Failure),
    /// The host has no address.
    NoAddress,
    /// There was no connection, or it was lost.
    Connection(io::Error),
    /// The handshake failed or the certificate was rejected.
    Tls(io::Error),
    /// The server's answer is not the file.
    Response(ResponseFault),
}

/// What is wrong with an HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseFault {
    /// It is not HTTP/1.1.
    NotHttp,
    /// Its status is not 200. Redirects are not followed.
    Status(String),
    /// Its media type is not the expected one.
    ContentType {
        /// The type that it has.
        found: String,
        /// The type that it should have.
        expected: String,
    },
    /// Its header is longer than [`HEAD_BYTES_MAX`].
    HeaderTooLong,
    /// Its body is longer than [`BODY_BYTES_MAX`].
    TooLarge,
    /// Its Content-Length is not a number.
    BadLength,
    /// The size of a chunk is not a number.
    BadChunk,
}

impl From<&FetchFault> for FetchError {
    fn from(fault: &FetchFault) -> FetchError {
        match fault {
            FetchFault::Dns(failure) => FetchError::Dns { failure: *failure },
            FetchFault::NoAddress => FetchError::NoAddress,
            FetchFault::Connection(error) => FetchError::Connection {
                error: network_error(error),
            },
            FetchFault::Tls(error) => FetchError::Tls {
                error: network_error(error),
            },
            FetchFault::Response(fault) => fault.into(),
        }
    }
}

impl From<&ResponseFault> for FetchError {
    fn from(fault: &ResponseFault) -> FetchError {
        match fault {
            ResponseFault::NotHttp => FetchError::NotHttp,
            ResponseFault::Status(status) => FetchError::Status {
                status: status.clone(),
            },
            ResponseFault::ContentType { found, expected } => FetchError::ContentType {
                found: found.clone(),
                expected: expected.clone(),
            },
            ResponseFault::HeaderTooLong => FetchError::HeaderTooLong,
            ResponseFault::TooLarge => FetchError::TooLarge,
            ResponseFault::BadLength => FetchError::BadLength,
            ResponseFault::BadChunk => FetchError::BadChunk,
        }
    }
}

impl From<ResponseFault> for FetchFault {
    fn from(fault: ResponseFault) -> FetchFault {
        FetchFault::Response(fault)
    }
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        FetchError::from(self).fmt(f)
    }
}

impl std::error::Error for FetchFault {}

/// Fetches `https://host:port/path`, which must be of this media type.
pub fn fetch<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    path: &'a str,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {media}\r\nUser-Agent: glasspost\r\nConnection: close\r\n\r\n"
    );
    request_within_limit(world, host, port, request.into_bytes(), media)
}

/// A form with its authorization, for [`post`].
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The value of the Authorization field, if any; without line breaks.
    pub authorization: Option<&'a str>,
    /// The body in `application/x-www-form-urlencoded`.
    pub body: &'a str,
}

/// Posts a form to `https://host:port/path`; the answer must be of this media type.
pub fn post<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    path: &'a str,
    form: Form<'a>,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    let authorization = form
        .authorization
        .map(|value| format!("Authorization: {value}\r\n"))
        .unwrap_or_default();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Accept: {media}\r\nUser-Agent: glasspost\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
        form.body.len(),
        form.body
    );
    request_within_limit(world, host, port, request.into_bytes(), media)
}

fn request_within_limit<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    request: Vec<u8>,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    Box::pin(async move {
        let work = send_request(world, host, port, &request, media);
        world
            .within(FETCH_MAX, work)
            .await
            .unwrap_or_else(|| Err(FetchFault::Connection(io::ErrorKind::TimedOut.into())))
    })
}

async fn send_request(
    world: &World,
    host: &Domain,
    port: u16,
    request: &[u8],
    media: &str,
) -> Result<Vec<u8>, FetchFault> {
    let mut addresses = Vec::new();
    let mut missing = FetchFault::NoAddress;
    for record in [RecordType::Aaaa, RecordType::A] {
        match world
            .resolver
            .ask(Question::new(host.as_str(), record))
            .await
        {
            Ok(answer) => addresses.extend(address_answers(&answer.records)),
            Err(failure) => missing = FetchFault::Dns(failure),
        }
    }
    if addresses.is_empty() {
        return Err(missing);
    }
    let mut last = missing;
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        let connection = match world.network.connect(SocketAddr::new(address, port)).await {
            Ok(connection) => connection,
            Err(e) => {
                last = FetchFault::Connection(e);
                continue;
            }
        };
        let Connection { stream, .. } = connection;
        // RFC 8461 §3.3: the certificate must be valid for the policy host.
        let (mut stream, _) = world
            .tls
            .connect(stream, host.as_str(), TlsCheck::Required)
            .await
            .map_err(FetchFault::Tls)?;
        stream
            .write_all(request)
            .await
            .map_err(FetchFault::Connection)?;
        stream.flush().await.map_err(FetchFault::Connection)?;
        return read_answer(stream.as_mut(), media).await;
    }
    Err(last)
}

async fn read_answer(stream: &mut dyn crate::Stream, media: &str) -> Result<Vec<u8>, FetchFault> {
    let mut bytes = Vec::new();
    loop {
        let read = stream.read_buf(&mut bytes).await;
        let ended = match read {
            Ok(0) => true,
            Ok(_) => false,
            // Many servers close without TLS's close_notify; what came is parsed.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => true,
            Err(e) => return Err(FetchFault::Connection(e)),
        };
        if let Some(body) = read_response(&bytes, ended, media)? {
            return Ok(body);
        }
        if ended {
            return Err(FetchFault::Connection(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

/// `HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]` (RFC 9112 §2.1), as
/// far as it has come: the body when it is whole.
fn read_response(bytes: &[u8], ended: bool, media: &str) -> Result<Option<Vec<u8>>, ResponseFault> {
    let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES_MAX {
            Err(ResponseFault::HeaderTooLong)
        } else {
            Ok(None)
        };
    };
    if end > HEAD_BYTES_MAX {
        return Err(ResponseFault::HeaderTooLong);
    }
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let code = status
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .ok_or(ResponseFault::NotHttp)?;
    if code != "200" {
        // RFC 8461 §3.3: redirects are not followed.
        return Err(ResponseFault::Status(code.to_owned()));
    }
    let fields: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let field = |name: &str| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let given = field("content-type")
        .and_then(|v| v.split(';').next())
        .unwrap_or_default()
        .trim();
    if !given.eq_ignore_ascii_case(media) {
        return Err(ResponseFault::ContentType {
            found: given.to_owned(),
            expected: media.to_owned(),
        });
    }
    let rest = &bytes[end + 4..];
    if field("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        return read_chunks(rest);
    }
    match field("content-length").map(str::parse::<usize>) {
        Some(Err(_)) => Err(ResponseFault::BadLength),
        Some(Ok(length)) if length > BODY_BYTES_MAX => Err(ResponseFault::TooLarge),
        Some(Ok(length)) => Ok(rest.get(..length).map(<[u8]>::to_vec)),
        None if rest.len() > BODY_BYTES_MAX => Err(ResponseFault::TooLarge),
        None => Ok(ended.then(|| rest.to_vec())),
    }
}

/// `chunked-body = *chunk last-chunk trailer-section CRLF` (RFC 9112 §7.1); the trailer is not
/// waited for.
fn read_chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>, ResponseFault> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|w| w == b"\r\n") else {
            return if rest.len() > HEAD_BYTES_MAX {
                Err(ResponseFault::BadChunk)
            } else {
                Ok(None)
            };
        };
        let line = String::from_utf8_lossy(&rest[..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| ResponseFault::BadChunk)?;
        if size == 0 {
            return Ok(Some(body));
        }
        if body.len().saturating_add(size) > BODY_BYTES_MAX {
            return Err(ResponseFault::TooLarge);
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        let Some(after) = rest.get(end + 2 + size + 2..) else {
            return Ok(None);
        };
        rest = after;
    }
}

#[cfg(test)]
mod tests;
