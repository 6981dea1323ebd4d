//! One side's end of a connection, as a stream.

use super::{Readiness, Wire};
use crate::executor::{Executor, Sleep};
use mail::Time;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One side's end of a connection.
pub(crate) struct End {
    wire: Arc<Wire>,
    side: usize,
    read_alarm: Option<Sleep>,
    write_alarm: Option<Sleep>,
}

impl End {
    pub(super) fn new(wire: Arc<Wire>, side: usize) -> End {
        End {
            wire,
            side,
            read_alarm: None,
            write_alarm: None,
        }
    }
}

// Waits for the time to poll the wire again; `true` if it has come.
fn alarm_is_due(
    alarm: &mut Option<Sleep>,
    at: Time,
    executor: &Executor,
    cx: &mut Context<'_>,
) -> bool {
    if alarm.as_ref().is_none_or(|a| a.at() != at) {
        *alarm = Some(executor.sleep_until(at));
    }
    alarm
        .as_mut()
        .is_some_and(|a| Pin::new(a).poll(cx).is_ready())
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match this.wire.read(this.side, buffer, cx) {
                Readiness::At(at)
                    if alarm_is_due(&mut this.read_alarm, at, &this.wire.executor, cx) => {}
                Readiness::At(_) => return Poll::Pending,
                Readiness::Woken => {
                    this.read_alarm = None;
                    return Poll::Pending;
                }
                Readiness::Now(result) => {
                    this.read_alarm = None;
                    return Poll::Ready(result);
                }
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            match this.wire.write(this.side, bytes, cx) {
                Readiness::At(at)
                    if alarm_is_due(&mut this.write_alarm, at, &this.wire.executor, cx) => {}
                Readiness::At(_) => return Poll::Pending,
                Readiness::Woken => {
                    this.write_alarm = None;
                    return Poll::Pending;
                }
                Readiness::Now(result) => {
                    this.write_alarm = None;
                    return Poll::Ready(result);
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.finish(self.side);
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.wire.leave(self.side);
    }
}
