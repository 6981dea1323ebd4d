//! The network as a host sees it: byte streams, listeners, TLS on top. Does not know what is
//! spoken.

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
    /// The bytes.
    pub stream: Box<dyn Stream>,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// Set once the handshake is done.
    pub tls: Option<TlsInfo>,
}

/// Opens connections and waits for them.
pub trait Network: Send + Sync {
    /// Opens a connection. The caller limits the time.
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>>;
    /// Listens; port 0 picks one.
    fn listen(&self, at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>>;
}

/// Takes connections.
pub trait Listener: Send {
    /// Where it listens.
    fn local(&self) -> SocketAddr;
    /// The next connection.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Connection>>;
}

/// Makes handshakes.
pub trait Tls: Send + Sync {
    /// As a server, with our certificate. `None`: there is none.
    fn accept(
        &self,
        stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>>;
    /// As a client.
    fn connect(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>>;
}
