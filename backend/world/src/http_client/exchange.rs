//! One request and its response on one connection. `hyper`'s connection is polled together with
//! what waits for it, so that no task is needed.

use super::connect::{Server, connect};
use super::transport::Transport;
use super::{FetchFault, HEAD_BYTES_MAX, ResponseFault};
use crate::{Stream, World};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING};
use hyper::http::response::Parts;
use hyper::{Method, StatusCode};
use mail::Duration;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};

/// A request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The path and query: `/a?b=c`.
    pub path: &'a str,
    /// The header fields in their order, without Host and Content-Length.
    pub fields: &'a [(HeaderName, &'a str)],
    /// The body of a POST; without one the request is a GET.
    pub form: Option<&'a str>,
}

/// A response of which the head has been read.
pub struct Response {
    head: Parts,
    body: Incoming,
    exchange: Exchange,
}

/// Sends a request and reads the head of the response. `time` is for connecting only; the caller
/// limits the whole, with [`World::within`].
///
/// # Errors
/// [`FetchFault`]. A path or field that cannot be sent is a connection error of kind
/// `InvalidInput`, before there is a connection.
pub async fn send(
    world: &World,
    server: &Server<'_>,
    request: Request<'_>,
    time: Duration,
) -> Result<Response, FetchFault> {
    let request = message(server, request).map_err(|error| {
        FetchFault::Connection(io::Error::new(io::ErrorKind::InvalidInput, error))
    })?;
    let stream = connect(world, server, time).await?;
    exchange(stream, request).await
}

fn message(
    server: &Server<'_>,
    request: Request<'_>,
) -> Result<hyper::Request<Full<Bytes>>, hyper::http::Error> {
    let method = if request.form.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let mut builder = hyper::Request::builder()
        .method(method)
        .uri(request.path)
        .header(HOST, server.host_field());
    for (name, value) in request.fields {
        builder = builder.header(name, *value);
    }
    let body = request.form.unwrap_or_default().to_owned();
    builder.body(Full::from(body))
}

/// Sends a request on a connection and reads the head of the response.
pub(super) async fn exchange(
    stream: Box<dyn Stream>,
    request: hyper::Request<Full<Bytes>>,
) -> Result<Response, FetchFault> {
    let handshake = http1::Builder::new()
        .max_header_size(HEAD_BYTES_MAX)
        // RFC 9112 §5.2: a user agent replaces a folded line by spaces.
        .allow_obsolete_multiline_headers_in_responses(true)
        .title_case_headers(true)
        .handshake(Transport::new(stream));
    let (mut sender, connection) = match handshake.await {
        Ok(pair) => pair,
        // This does no I/O.
        Err(error) => return Err(FetchFault::Connection(io::Error::other(error))),
    };
    let mut exchange = Exchange {
        connection: Some(connection),
        transport: None,
    };
    match exchange.run(sender.send_request(request)).await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            Ok(Response {
                head,
                body,
                exchange,
            })
        }
        Err(error) => Err(exchange.fault(&error, false)),
    }
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The first field of a name, if it is text.
    pub fn field(&self, name: HeaderName) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The media type without its parameters; empty if there is none.
    pub fn media_type(&self) -> String {
        let field = self.head.headers.get(CONTENT_TYPE);
        let text = String::from_utf8_lossy(field.map(|v| v.as_bytes()).unwrap_or_default());
        text.split(';').next().unwrap_or_default().trim().to_owned()
    }

    /// Reads the body of at most this size: by Content-Length, in chunks, or until the end of the
    /// connection (RFC 9112 §6.3).
    ///
    /// # Errors
    /// [`FetchFault::Response`] if it is larger or its chunks are malformed,
    /// [`FetchFault::Connection`] if it is incomplete. If the connection uses TLS, a body until
    /// the end is complete only with a `close_notify` (RFC 9112 §9.8).
    pub async fn body(self, bytes_max: usize) -> Result<Vec<u8>, FetchFault> {
        let Response {
            head,
            mut body,
            mut exchange,
        } = self;
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(ResponseFault::TooLarge.into());
        }
        let mut bytes = Vec::new();
        let reading = async {
            while let Some(frame) = body.frame().await {
                // A frame without data is the trailer section, which is not used.
                let data = frame?.into_data().unwrap_or_default();
                if data.len() > bytes_max - bytes.len() {
                    return Ok(false);
                }
                bytes.extend_from_slice(&data);
            }
            Ok::<_, hyper::Error>(true)
        };
        match exchange.run(reading).await {
            Ok(true) => Ok(bytes),
            Ok(false) => Err(ResponseFault::TooLarge.into()),
            Err(error) => {
                let chunked = head.headers.contains_key(TRANSFER_ENCODING);
                Err(exchange.fault(&error, chunked))
            }
        }
    }
}

// The connection until it has ended, and then what it ran on.
struct Exchange {
    connection: Option<http1::Connection<Transport, Full<Bytes>>>,
    transport: Option<Transport>,
}

impl Exchange {
    // Runs the connection until `work` is done.
    async fn run<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Some(connection) = &mut self.connection
                && Pin::new(connection).poll(cx).is_ready()
            {
                self.end();
            }
            work.as_mut().poll(cx)
        })
        .await
    }

    fn end(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.transport = Some(connection.into_parts().io);
        }
    }

    // Classifies an error; `chunked` if it occurred in a body in chunks.
    fn fault(mut self, error: &hyper::Error, chunked: bool) -> FetchFault {
        self.end();
        let lost = || FetchFault::Connection(io::ErrorKind::UnexpectedEof.into());
        let Some(transport) = self.transport else {
            return lost();
        };
        if let Some(error) = transport.error {
            return FetchFault::Connection(error);
        }
        if error.is_parse() {
            // hyper's client does not tell the two apart. It stops at the limit.
            return if transport.bytes_read < HEAD_BYTES_MAX {
                ResponseFault::NotHttp.into()
            } else {
                ResponseFault::HeaderTooLong.into()
            };
        }
        if chunked && !transport.ended {
            return ResponseFault::BadChunk.into();
        }
        lost()
    }
}
