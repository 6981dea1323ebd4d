//! The network as a host sees it: byte streams, listeners, and TLS on top of them.
//!
//! Failures: `io::Error`s; [`crate::HandshakeFault`] is the source of one that is about a
//! certificate.

use crate::{BoxFuture, TlsCheck};
use mail::session::TlsInfo;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection.
pub struct Connection {
    /// The byte stream.
    pub stream: Box<dyn Stream>,
    /// The local address.
    pub local: SocketAddr,
    /// The remote address.
    pub remote: SocketAddr,
    /// Set after the TLS handshake.
    pub tls: Option<TlsInfo>,
}

/// Opens and accepts connections.
pub trait Network: Send + Sync {
    /// Opens a connection. The caller applies a timeout.
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>>;
    /// Listens at an address; port 0 picks a free one.
    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>>;
}

/// Accepts connections.
pub trait Listener: Send {
    /// The address at which it listens.
    fn local(&self) -> SocketAddr;
    /// Accepts the next connection.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Connection>>;
}

/// Performs TLS handshakes.
pub trait Tls: Send + Sync {
    /// As a server, with the host's certificate.
    fn accept(
        &self,
        stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>>;
    /// As a client, of the server `name`.
    fn connect(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>>;
}
