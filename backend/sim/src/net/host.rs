//! The network as seen by one host.

use super::{Backlog, Fabric, HostId};
use crate::executor::lock;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use world::{BoxFuture, Connection, Listener, Network};

/// The network as seen by one host.
pub(crate) struct HostNetwork {
    pub(crate) fabric: Arc<Fabric>,
    pub(crate) host: HostId,
}

impl Network for HostNetwork {
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(self.fabric.open(self.host, to))
    }

    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        let listener = self.fabric.listen(self.host, at);
        Box::pin(std::future::ready(
            listener.map(|l| Box::new(l) as Box<dyn Listener>),
        ))
    }
}

pub(super) struct HostListener {
    pub(super) fabric: Arc<Fabric>,
    pub(super) host: HostId,
    pub(super) at: SocketAddr,
    pub(super) backlog: Arc<Backlog>,
}

impl Listener for HostListener {
    fn local(&self) -> SocketAddr {
        self.at
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<Connection>> {
        Box::pin(poll_fn(|cx| {
            let mut inner = lock(&self.backlog.0);
            match inner.0.pop_front() {
                Some(connection) => Poll::Ready(Ok(connection)),
                None => {
                    inner.1 = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }
}

impl Drop for HostListener {
    fn drop(&mut self) {
        lock(&self.fabric.state)
            .listeners
            .remove(&(self.host, self.at));
        // The waiting connections are dropped outside the lock.
        let waiting = std::mem::take(&mut lock(&self.backlog.0).0);
        drop(waiting);
    }
}
