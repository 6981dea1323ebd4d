//! Detects early talkers: a client that sends data before the greeting (RFC 5321 §4.3.1) follows a
//! script and not the protocol. The data is not lost: the session reads it afterwards.

use mail::Duration;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use world::{Connection, Stream, World};

// How much of the early data is read.
const EARLY_BYTES: usize = 512;

/// Waits before the greeting; answers the first line that the client sent too early, if any.
pub(crate) async fn wait_before_greeting(
    world: &World,
    connection: &mut Connection,
    pause: Duration,
) -> Option<String> {
    let mut bytes = [0; EARLY_BYTES];
    let stream = &mut connection.stream;
    let read = poll_fn(|cx| {
        let mut buffer = ReadBuf::new(&mut bytes);
        Pin::new(&mut *stream)
            .poll_read(cx, &mut buffer)
            .map(|done| done.map(|()| buffer.filled().len()))
    });
    // The end of the connection is noticed by the next reader.
    let length = world
        .within(pause, read)
        .await?
        .ok()
        .filter(|length| *length > 0)?;
    let early = bytes[..length].to_vec();
    let first = String::from_utf8_lossy(
        early
            .split(|b| matches!(b, b'\r' | b'\n'))
            .next()
            .unwrap_or_default(),
    )
    .into_owned();
    let rest = std::mem::replace(
        &mut connection.stream,
        Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink())),
    );
    connection.stream = Box::new(Prefixed {
        bytes: early,
        from: 0,
        rest,
    });
    Some(first)
}

/// A stream with bytes that were already read from it.
struct Prefixed {
    bytes: Vec<u8>,
    from: usize,
    rest: Box<dyn Stream>,
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.from < self.bytes.len() {
            let upto = self.bytes.len().min(self.from + buffer.remaining());
            buffer.put_slice(&self.bytes[self.from..upto]);
            self.from = upto;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.rest).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.rest).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.rest).poll_shutdown(cx)
    }
}
