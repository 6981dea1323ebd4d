//! Listening before the greeting: whoever speaks before it was greeted (RFC 5321 §4.3.1) follows a
//! script and not the protocol. What it said is not lost: the session hears it afterwards.

use mail::Duration;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use world::{Connection, Stream, World};

// So much of what came too early is looked at.
const HEARD_BYTES: usize = 512;

/// Waits before the greeting; answers what the client could not keep to itself.
pub(crate) async fn listen(
    world: &World,
    connection: &mut Connection,
    pause: Duration,
) -> Option<String> {
    let mut bytes = [0; HEARD_BYTES];
    let stream = &mut connection.stream;
    let read = poll_fn(|cx| {
        let mut buffer = ReadBuf::new(&mut bytes);
        Pin::new(&mut *stream)
            .poll_read(cx, &mut buffer)
            .map(|done| done.map(|()| buffer.filled().len()))
    });
    // A connection that ends here is met again by whoever reads next.
    let length = world
        .within(pause, read)
        .await?
        .ok()
        .filter(|length| *length > 0)?;
    let heard = bytes[..length].to_vec();
    let first = String::from_utf8_lossy(
        heard
            .split(|b| matches!(b, b'\r' | b'\n'))
            .next()
            .unwrap_or_default(),
    )
    .into_owned();
    let rest = std::mem::replace(
        &mut connection.stream,
        Box::new(tokio::io::join(tokio::io::empty(), tokio::io::sink())),
    );
    connection.stream = Box::new(Heard {
        bytes: heard,
        from: 0,
        rest,
    });
    Some(first)
}

/// A stream of which the beginning was read already.
struct Heard {
    bytes: Vec<u8>,
    from: usize,
    rest: Box<dyn Stream>,
}

impl AsyncRead for Heard {
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

impl AsyncWrite for Heard {
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
