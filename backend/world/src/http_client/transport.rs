//! A connection as `hyper` reads and writes it. Remembers how reading ended, from which
//! [`super::exchange`] tells the peer's faults from the network's.

use crate::Stream;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

// Bytes read at once.
const READ_BYTES: usize = 8 * 1024;

/// A connection, and how it ended.
pub(super) struct Transport {
    stream: Box<dyn Stream>,
    // hyper lends uninitialized memory, which cannot be passed on without `unsafe`.
    buffer: Box<[u8]>,
    /// The number of bytes read.
    pub(super) bytes_read: usize,
    /// The peer has closed its side.
    pub(super) ended: bool,
    /// The error of the connection, if any. Among them is TLS that ends without `close_notify`.
    pub(super) error: Option<io::Error>,
}

impl Transport {
    pub(super) fn new(stream: Box<dyn Stream>) -> Transport {
        Transport {
            stream,
            buffer: vec![0; READ_BYTES].into(),
            bytes_read: 0,
            ended: false,
            error: None,
        }
    }

    // Keeps the error, and returns one of its kind.
    fn keep<T>(&mut self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        result.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            kind.into()
        })
    }
}

impl Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let room = cursor.remaining().min(this.buffer.len());
        let mut read = ReadBuf::new(&mut this.buffer[..room]);
        let result = Pin::new(&mut this.stream).poll_read(cx, &mut read);
        if let Poll::Ready(Ok(())) = result {
            this.ended = read.filled().is_empty() && room > 0;
            this.bytes_read += read.filled().len();
            cursor.put_slice(read.filled());
        }
        this.keep(result)
    }
}

impl Write for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.keep(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.keep(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.keep(result)
    }
}
