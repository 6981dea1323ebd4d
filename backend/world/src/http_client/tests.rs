//! Responses as servers send them, whole, in pieces and cut off; and whole requests on a network.

mod network;

use super::exchange::exchange;
use super::*;
use crate::Stream;
use http_body_util::Full;
use hyper::body::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

/// What the server does after its response.
#[derive(Clone, Copy, PartialEq)]
enum After {
    Closes,
    StaysOpen,
    /// The end of the connection is an error, as it is of TLS without `close_notify`.
    Aborts,
}

/// A stream of which the end is an error.
struct Abortive(DuplexStream);

impl AsyncRead for Abortive {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_read(cx, buf))?;
        if buf.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Abortive {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

// Asks a server that gives this response, at most `piece` bytes at a time.
async fn ask(response: &[u8], piece: usize, after: After) -> Result<Response, FetchFault> {
    let (ours, mut theirs) = tokio::io::duplex(64);
    let stream: Box<dyn Stream> = if after == After::Aborts {
        Box::new(Abortive(ours))
    } else {
        Box::new(ours)
    };
    let response = response.to_vec();
    #[expect(clippy::disallowed_methods, reason = "the test's own server")]
    tokio::spawn(async move {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            theirs.read_buf(&mut request).await.unwrap();
        }
        for piece in response.chunks(piece) {
            // The client does not read what it does not need.
            if theirs.write_all(piece).await.is_err() {
                return;
            }
        }
        if after == After::StaysOpen {
            std::future::pending::<()>().await;
        }
    });
    let request = hyper::Request::get("/").body(Full::new(Bytes::new()));
    exchange(stream, request.unwrap()).await
}

async fn read(response: &[u8], piece: usize, after: After) -> Result<Vec<u8>, FetchFault> {
    read_document(ask(response, piece, after).await?, "text/plain").await
}

/// The fault of a connection that ended too early.
const CUT: &str = "no connection: unexpected end of file";

// The response gives this body or fault, in one piece and byte by byte.
async fn check(response: &str, after: After, expected: Result<&str, &str>) {
    for piece in [usize::MAX, 1] {
        let got = read(response.as_bytes(), piece, after).await;
        let got = got
            .map(|body| String::from_utf8(body).unwrap())
            .map_err(|fault| fault.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(got, expected, "{response:?} in pieces of {piece}");
    }
}

#[tokio::test]
async fn reads_a_body_by_length_by_chunks_and_to_the_end() {
    let sized = format!("{OK}Content-Length: 5\r\n\r\nhello and more");
    check(&sized, After::Closes, Ok("hello")).await;
    check(&sized, After::StaysOpen, Ok("hello")).await;
    let typed = "HTTP/1.1 200 OK\r\ncontent-type: Text/Plain; charset=utf-8\r\n\r\nhello";
    check(typed, After::Closes, Ok("hello")).await;
    let chunked = format!("{OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    check(&chunked, After::StaysOpen, Ok("hello")).await;
    check(
        &format!("{OK}Content-Length: 0\r\n\r\n"),
        After::StaysOpen,
        Ok(""),
    )
    .await;
}

#[tokio::test]
async fn reads_chunk_extensions_and_ignores_trailers() {
    let chunked = format!(
        "{OK}Transfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3 ; a=\"b\"\r\nllo\r\n0\r\nContent-Length: 3\r\nX: y\r\n\r\n"
    );
    check(&chunked, After::StaysOpen, Ok("hello")).await;
}

#[tokio::test]
async fn refuses_malformed_chunks() {
    for chunks in [
        "x\r\nhe\r\n",
        "2\r\nhello\r\n0\r\n\r\n",
        "10000000000000000\r\n",
        "-1\r\n",
    ] {
        let response = format!("{OK}Transfer-Encoding: chunked\r\n\r\n{chunks}");
        let fault = "a chunk of the answer has no valid size";
        check(&response, After::StaysOpen, Err(fault)).await;
    }
}

#[tokio::test]
async fn skips_interim_responses() {
    let response = format!(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{OK}Content-Length: 2\r\n\r\nhi"
    );
    check(&response, After::StaysOpen, Ok("hi")).await;
    let fault = "the server answered with status 101";
    check(
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        After::Closes,
        Err(fault),
    )
    .await;
}

#[tokio::test]
async fn accepts_old_and_terse_servers() {
    let folded = "HTTP/1.1 200 OK\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\nContent-Length: 2\r\n\r\nhi";
    check(folded, After::Closes, Ok("hi")).await;
    for status in ["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 OK"] {
        let response = format!("{status}\r\nContent-Type: text/plain\r\n\r\nhi");
        check(&response, After::Closes, Ok("hi")).await;
    }
}

#[tokio::test]
async fn lengths_must_agree_with_the_body_and_each_other() {
    for (fields, expected) in [
        ("Content-Length: 3\r\n\r\nhi", Err(CUT)),
        ("Content-Length: 1\r\n\r\nhi", Ok("h")),
        ("Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", Ok("hi")),
        (
            "Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
            Err("the answer is not HTTP/1.1"),
        ),
        (
            "Content-Length: two\r\n\r\nhi",
            Err("the answer is not HTTP/1.1"),
        ),
        (
            "Content-Length: -2\r\n\r\nhi",
            Err("the answer is not HTTP/1.1"),
        ),
        // RFC 9112 §6.3: chunks override a length.
        (
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            Ok("hi"),
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            Ok("hi"),
        ),
    ] {
        check(&format!("{OK}{fields}"), After::Closes, expected).await;
    }
}

#[tokio::test]
async fn refuses_other_responses() {
    for (response, fault) in [
        (
            "HTTP/1.1 301 Moved\r\nLocation: https://x.test/\r\n\r\n",
            "the server answered with status 301",
        ),
        (
            "HTTP/1.1 204 No Content\r\n\r\n",
            "the server answered with status 204",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
            "the answer is of type text/html, not text/plain",
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "the answer is of type , not text/plain",
        ),
        ("SSH-2.0-x\r\n\r\n", "the answer is not HTTP/1.1"),
        ("HTTP/2 200\r\n\r\n", "the answer is not HTTP/1.1"),
        ("HTTP/1.1 2OO OK\r\n\r\n", "the answer is not HTTP/1.1"),
        (
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "the answer is not HTTP/1.1",
        ),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "the answer is not HTTP/1.1",
        ),
        ("", CUT),
    ] {
        check(response, After::Closes, Err(fault)).await;
    }
}

#[tokio::test]
async fn a_response_cut_off_anywhere_is_not_used() {
    let sized = format!("HTTP/1.1 100 Continue\r\n\r\n{OK}Content-Length: 5\r\n\r\nhello");
    let chunked =
        format!("{OK}Transfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n");
    for response in [sized, chunked] {
        for after in [After::Closes, After::Aborts] {
            for cut in 0..response.len() {
                let got = read(&response.as_bytes()[..cut], usize::MAX, after).await;
                assert!(
                    matches!(&got, Err(FetchFault::Connection(e)) if e.kind() == io::ErrorKind::UnexpectedEof),
                    "after {cut} bytes of {response:?}: {got:?}"
                );
            }
            check(&response, after, Ok("hello")).await;
        }
    }
}

// RFC 9112 §9.8
#[tokio::test]
async fn a_body_without_length_needs_the_proper_end_of_tls() {
    check(
        &format!("{OK}Content-Length: 5\r\n\r\nhello"),
        After::Aborts,
        Ok("hello"),
    )
    .await;
    check(&format!("{OK}\r\nhello"), After::Aborts, Err(CUT)).await;
    check(&format!("{OK}\r\nhello"), After::Closes, Ok("hello")).await;
}

#[tokio::test]
async fn holds_the_limit_of_the_body_to_the_byte() {
    for (bytes, fits) in [(BODY_BYTES_MAX, true), (BODY_BYTES_MAX + 1, false)] {
        let body = "x".repeat(bytes);
        for response in [
            format!("{OK}Content-Length: {bytes}\r\n\r\n{body}"),
            format!("{OK}\r\n{body}"),
            format!("{OK}Transfer-Encoding: chunked\r\n\r\n{bytes:x}\r\n{body}\r\n0\r\n\r\n"),
        ] {
            match read(response.as_bytes(), usize::MAX, After::Closes).await {
                Ok(got) => assert!(fits && got.len() == bytes),
                Err(fault) => {
                    assert!(!fits);
                    assert_eq!(fault.to_string(), "the answer is too large");
                }
            }
        }
    }
    // The body is not waited for.
    let announced = format!("{OK}Content-Length: {}\r\n\r\n", BODY_BYTES_MAX + 1);
    check(&announced, After::StaysOpen, Err("the answer is too large")).await;
    // A chunk of 2^64 - 1 bytes.
    let endless = format!(
        "{OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        "x".repeat(BODY_BYTES_MAX + 1)
    );
    let got = read(endless.as_bytes(), usize::MAX, After::StaysOpen).await;
    assert!(matches!(
        got,
        Err(FetchFault::Response(ResponseFault::TooLarge))
    ));
}

#[tokio::test]
async fn holds_the_limit_of_the_head_to_the_byte() {
    let head = |bytes: usize| {
        let rest = bytes - OK.len() - "X: \r\nContent-Length: 2\r\n\r\n".len();
        format!("{OK}X: {}\r\nContent-Length: 2\r\n\r\nhi", "x".repeat(rest))
    };
    check(&head(HEAD_BYTES_MAX), After::StaysOpen, Ok("hi")).await;
    let fault = "the answer's header is too long";
    check(&head(HEAD_BYTES_MAX + 1), After::StaysOpen, Err(fault)).await;
    let endless = format!("{OK}X: {}", "x".repeat(HEAD_BYTES_MAX));
    check(&endless, After::StaysOpen, Err(fault)).await;
}
