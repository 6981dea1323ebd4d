//! HTTP listeners: accepts connections, with TLS or without, and hands them to axum.
//!
//! # Failures
//! A failed or slow TLS handshake closes its connection only. If a connection cannot be accepted
//! (no file descriptors left), it is logged and tried again after 100 ms.

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use mail::Duration;
use node::Node;
use std::io;
use std::net::SocketAddr;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use world::{Connection, HANDSHAKE_MAX, Stream, World};

// Accepted connections that wait for axum.
const BACKLOG: usize = 64;

/// Serves HTTP on an address until `closing` becomes true. Returns the bound address.
///
/// # Errors
/// The address cannot be bound.
pub(crate) async fn serve(
    node: &Node,
    address: SocketAddr,
    tls: bool,
    router: axum::Router,
    mut closing: watch::Receiver<bool>,
) -> io::Result<SocketAddr> {
    let world = node.world().clone();
    let listener = world.network.listen(address).await?;
    let bound = listener.local();
    let (accepted, connections) = mpsc::channel(BACKLOG);
    Handle::current().spawn(accept_all(world, listener, tls, accepted));
    let listener = AcceptedConnections { connections, bound };
    let service = router
        .layer(middleware::from_fn(add_peer))
        .into_make_service_with_connect_info::<Remote>();
    Handle::current().spawn(async move {
        let stopped = async move {
            let _ = closing.wait_for(|closed| *closed).await;
        };
        if let Err(error) = axum::serve(listener, service)
            .with_graceful_shutdown(stopped)
            .await
        {
            tracing::error!(%error, "the HTTP server has stopped");
        }
    });
    Ok(bound)
}

async fn accept_all(
    world: World,
    mut listener: Box<dyn world::Listener>,
    tls: bool,
    accepted: mpsc::Sender<Connection>,
) {
    loop {
        match listener.accept().await {
            Ok(connection) if tls => {
                // In a task of its own: a slow handshake must not delay other clients.
                Handle::current().spawn(handshake(world.clone(), connection, accepted.clone()));
            }
            Ok(connection) => drop(accepted.send(connection).await),
            Err(error) => {
                tracing::warn!(%error, "cannot accept an HTTP connection");
                world.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn handshake(world: World, connection: Connection, accepted: mpsc::Sender<Connection>) {
    let Connection {
        stream,
        local,
        remote,
        ..
    } = connection;
    let handshake = world.tls.accept(stream);
    if let Some(Ok((stream, tls))) = world.within(HANDSHAKE_MAX, handshake).await {
        let connection = Connection {
            stream,
            local,
            remote,
            tls: Some(tls),
        };
        drop(accepted.send(connection).await);
    }
}

struct AcceptedConnections {
    connections: mpsc::Receiver<Connection>,
    bound: SocketAddr,
}

impl Listener for AcceptedConnections {
    type Io = Box<dyn Stream>;
    type Addr = Remote;

    async fn accept(&mut self) -> (Box<dyn Stream>, Remote) {
        match self.connections.recv().await {
            Some(connection) => (
                connection.stream,
                Remote {
                    address: connection.remote,
                    tls: connection.tls.is_some(),
                },
            ),
            // The accepting task has ended: the program is about to exit.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Remote> {
        Ok(Remote {
            address: self.bound,
            tls: false,
        })
    }
}

/// The HTTP client of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The connection uses TLS.
    pub(crate) tls: bool,
}

// Adds the client to each request, as the webmail's own type.
async fn add_peer(
    ConnectInfo(remote): ConnectInfo<Remote>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(mua::http::Peer {
        address: remote.address,
        tls: remote.tls,
    });
    next.run(request).await
}

impl Connected<IncomingStream<'_, AcceptedConnections>> for Remote {
    fn connect_info(stream: IncomingStream<'_, AcceptedConnections>) -> Remote {
        *stream.remote_addr()
    }
}
