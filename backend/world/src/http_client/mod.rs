//! An HTTP/1.1 client (RFC 9110, RFC 9112) on `hyper`, over the host's own network, resolver and
//! TLS, so that it also runs in the Lab. [`fetch`] and [`post`] are for small documents of a known
//! type; [`send`] is for callers that look at the head of a response first. One connection per
//! request. Follows no redirects, keeps no cookies, decodes no content coding.
//!
//! Failures: [`FetchFault`], from which the caller decides whether to try again.

mod connect;
mod exchange;
mod fault;
mod transport;

pub use connect::Server;
pub use exchange::{Request, Response, send};
pub use fault::{FetchFault, ResponseFault};
pub use hyper::{StatusCode, header};

use crate::{BoxFuture, World};
use hyper::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, USER_AGENT};
use mail::{Domain, Duration};
use std::io;

/// The largest accepted head of a response: status line, header fields and the empty line.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The largest accepted body of [`fetch`] and [`post`] (RFC 8461 §3.3 suggests 64 KiB).
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The time limit of [`fetch`] and [`post`] (RFC 8461 §3.3 suggests a minute).
pub const FETCH_MAX: Duration = Duration::from_secs(60);

/// A form with its authorization, for [`post`].
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The value of the Authorization field, if any.
    pub authorization: Option<&'a str>,
    /// The body in `application/x-www-form-urlencoded`.
    pub body: &'a str,
}

/// Fetches `https://host:port/path`, which must be of this media type.
pub fn fetch<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    path: &'a str,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    let fields = vec![
        (ACCEPT, media),
        (USER_AGENT, "glasspost"),
        (CONNECTION, "close"),
    ];
    document(world, host, port, path, fields, None, media)
}

/// Posts a form to `https://host:port/path`; the response must be of this media type.
pub fn post<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    path: &'a str,
    form: Form<'a>,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    let mut fields = vec![
        (ACCEPT, media),
        (USER_AGENT, "glasspost"),
        (CONNECTION, "close"),
        (CONTENT_TYPE, "application/x-www-form-urlencoded"),
    ];
    fields.extend(form.authorization.map(|value| (AUTHORIZATION, value)));
    document(world, host, port, path, fields, Some(form.body), media)
}

fn document<'a>(
    world: &'a World,
    host: &'a Domain,
    port: u16,
    path: &'a str,
    fields: Vec<(header::HeaderName, &'a str)>,
    form: Option<&'a str>,
    media: &'a str,
) -> BoxFuture<'a, Result<Vec<u8>, FetchFault>> {
    Box::pin(async move {
        let server = Server {
            host: host.as_str(),
            port,
            // RFC 8461 §3.3: the certificate must be valid for the policy host.
            tls: true,
            permits: |_| true,
        };
        let request = Request {
            path,
            fields: &fields,
            form,
        };
        let work = async {
            let response = send(world, &server, request, FETCH_MAX).await?;
            read_document(response, media).await
        };
        world
            .within(FETCH_MAX, work)
            .await
            .unwrap_or_else(|| Err(FetchFault::Connection(io::ErrorKind::TimedOut.into())))
    })
}

async fn read_document(response: Response, media: &str) -> Result<Vec<u8>, FetchFault> {
    // RFC 8461 §3.3: redirects are not followed.
    if response.status() != StatusCode::OK {
        return Err(ResponseFault::Status(response.status().as_str().to_owned()).into());
    }
    let found = response.media_type();
    if !found.eq_ignore_ascii_case(media) {
        return Err(ResponseFault::ContentType {
            found,
            expected: media.to_owned(),
        }
        .into());
    }
    response.body(BODY_BYTES_MAX).await
}

#[cfg(test)]
mod tests;
