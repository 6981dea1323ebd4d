//! An accepted TCP stream that acknowledges at once what it does not answer. A client that leaves
//! Nagle's algorithm on (RFC 896) sends the end of an APPEND or of DATA only after the bytes before
//! it are acknowledged, and the system delays an acknowledgment by 40 ms (RFC 1122 §4.2.3.2) where
//! no answer carries it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The stream.
pub(super) struct PromptTcp {
    stream: TcpStream,
    /// Octets were read since the last write.
    unanswered: bool,
}

impl PromptTcp {
    pub(super) fn new(stream: TcpStream) -> PromptTcp {
        PromptTcp {
            stream,
            unanswered: false,
        }
    }

    /// The session waits for more without having answered.
    fn acknowledge(&mut self) {
        if std::mem::take(&mut self.unanswered) {
            // Without it the connection works as before, only slower.
            #[cfg(target_os = "linux")]
            let _ = self.stream.set_quickack(true);
        }
    }
}

impl AsyncRead for PromptTcp {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match &polled {
            Poll::Pending => self.acknowledge(),
            Poll::Ready(_) => self.unanswered |= buffer.filled().len() > before,
        }
        polled
    }
}

impl AsyncWrite for PromptTcp {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.unanswered = false;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.unanswered = false;
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    // How long a client without TCP_NODELAY needs for `rounds` of two writes and one answer.
    #[expect(clippy::disallowed_methods, reason = "a test of real time")]
    fn elapsed(rounds: u32) -> std::time::Duration {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let client = std::thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(at).unwrap();
            let begun = std::time::Instant::now();
            for _ in 0..rounds {
                stream.write_all(&[b'x'; 1000]).unwrap();
                stream.write_all(b"\r\n").unwrap();
                stream.read_exact(&mut [0; 2]).unwrap();
            }
            begun.elapsed()
        });
        let (accepted, _) = listener.accept().unwrap();
        accepted.set_nonblocking(true).unwrap();
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async {
                let mut stream = PromptTcp::new(TcpStream::from_std(accepted).unwrap());
                for _ in 0..rounds {
                    stream.read_exact(&mut [0; 1002]).await.unwrap();
                    stream.write_all(b"ok").await.unwrap();
                }
            });
        client.join().unwrap()
    }

    #[test]
    fn a_client_with_nagle_does_not_wait_for_delayed_acknowledgments() {
        // Delayed ones would take 40 ms each.
        let time = elapsed(50);
        assert!(time < std::time::Duration::from_millis(50 * 20), "{time:?}");
    }
}
