//! HTTP listeners: accepts connections, with TLS or without, and serves them.
//!
//! # Failures
//! A failed or slow TLS handshake closes its connection only, as does a client that is idle or
//! slow with the head of a request for [`HEAD_MAX`]. If a connection cannot be accepted (no file
//! descriptors left), it is logged and tried again after 100 ms.

use axum::Router;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use mail::Duration;
use mua::http::Peer;
use node::Node;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use tokio::runtime::Handle;
use tokio::sync::watch;
use world::{Connection, HANDSHAKE_MAX, Stream, World};

/// The longest time until the head of the next request has been received.
const HEAD_MAX: Duration = Duration::from_secs(75);

/// Serves HTTP on an address until `closing` becomes true. Returns the bound address.
///
/// # Errors
/// The address cannot be bound.
pub(crate) async fn serve(
    node: &Node,
    address: SocketAddr,
    tls: bool,
    router: Router,
    closing: watch::Receiver<bool>,
) -> io::Result<SocketAddr> {
    let world = node.world().clone();
    let listener = world.network.listen(address).await?;
    let bound = listener.local();
    Handle::current().spawn(accept_all(world, listener, tls, router, closing));
    Ok(bound)
}

async fn accept_all(
    world: World,
    mut listener: Box<dyn world::Listener>,
    tls: bool,
    router: Router,
    mut closing: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = closing.wait_for(|closed| *closed) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(connection) => {
                // In a task of its own: a slow handshake must not delay other clients.
                let (world, router, closing) = (world.clone(), router.clone(), closing.clone());
                Handle::current().spawn(async move {
                    let peer = Peer {
                        address: connection.remote,
                        tls,
                    };
                    if let Some(stream) = shake_hands(&world, connection, tls).await {
                        serve_connection(stream, peer, router, closing).await;
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept an HTTP connection");
                world.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn shake_hands(world: &World, connection: Connection, tls: bool) -> Option<Box<dyn Stream>> {
    if !tls {
        return Some(connection.stream);
    }
    let handshake = world.tls.accept(connection.stream);
    let (stream, _) = world.within(HANDSHAKE_MAX, handshake).await?.ok()?;
    Some(stream)
}

// Serves a connection until either side ends it, or until the request that is being answered when
// `closing` becomes true.
async fn serve_connection(
    stream: Box<dyn Stream>,
    peer: Peer,
    router: Router,
    mut closing: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = closing.wait_for(|closed| *closed) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(from = %peer.address, error = %error, "an HTTP connection was lost");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Extension;
    use axum::routing::get;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    // A client's connection to a router that responds with the client's address.
    fn connect() -> (DuplexStream, watch::Sender<bool>) {
        let router = Router::new().route(
            "/",
            get(async |Extension(peer): Extension<Peer>| peer.address.to_string()),
        );
        let peer = Peer {
            address: SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 4000)),
            tls: false,
        };
        let (ours, theirs) = tokio::io::duplex(4096);
        let (close, closing) = watch::channel(false);
        Handle::current().spawn(serve_connection(Box::new(theirs), peer, router, closing));
        (ours, close)
    }

    async fn response(stream: &mut DuplexStream) -> String {
        let mut bytes = vec![0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn tells_handlers_the_client_and_closes_idle_connections() {
        let (mut stream, _open) = connect();
        for _ in 0..2 {
            stream.write_all(REQUEST).await.unwrap();
            let response = response(&mut stream).await;
            assert!(response.ends_with("\r\n\r\n192.0.2.1:4000"), "{response}");
        }
        let begun = tokio::time::Instant::now();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        // tidy-allow: the clock is paused
        assert_eq!(begun.elapsed(), HEAD_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slowly_sent_head_does_not_prolong_the_connection() {
        let (mut stream, _open) = connect();
        let begun = tokio::time::Instant::now();
        while stream.write_all(b"G").await.is_ok() {
            #[expect(clippy::disallowed_methods, reason = "the test's own client")]
            // tidy-allow: the clock is paused
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // The last byte may be sent in the moment in which the time is over.
        // tidy-allow: the clock is paused
        assert!((HEAD_MAX..=HEAD_MAX + Duration::from_secs(1)).contains(&begun.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_idle_connections_at_once() {
        let (mut stream, close) = connect();
        stream.write_all(REQUEST).await.unwrap();
        assert!(response(&mut stream).await.starts_with("HTTP/1.1 200 "));
        let begun = tokio::time::Instant::now();
        close.send(true).unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        // tidy-allow: the clock is paused
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
