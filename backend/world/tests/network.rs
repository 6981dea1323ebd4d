//! The real network: addresses of clients.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use world::Network;
use world::real::TcpNetwork;

#[tokio::test]
async fn an_ipv6_listener_reports_ipv4_clients_with_their_ipv4_address() {
    // A machine without IPv6 has no such listener, and nothing to test.
    let Ok(mut listener) = TcpNetwork.listen("[::]:0".parse().unwrap()).await else {
        return;
    };
    let port = listener.local().port();
    let to = format!("127.0.0.1:{port}").parse().unwrap();
    let (accepted, connected) = tokio::join!(listener.accept(), TcpNetwork.connect(to));
    let (accepted, connected) = (accepted.unwrap(), connected.unwrap());
    assert_eq!(accepted.remote, connected.local);
    assert_eq!(accepted.local, to);
}
