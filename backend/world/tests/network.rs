//! The real network: who calls is named as they are.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use world::Network;
use world::real::TcpNetwork;

#[tokio::test]
async fn a_client_of_ipv4_is_one_also_where_ipv6_listens() {
    // A machine without IPv6 has no such listener, and nothing to test.
    let Ok(mut listener) = TcpNetwork.listen("[::]:0".parse().unwrap()).await else {
        return;
    };
    let port = listener.local().port();
    let to = format!("127.0.0.1:{port}").parse().unwrap();
    let (called, calling) = tokio::join!(listener.accept(), TcpNetwork.connect(to));
    let (called, calling) = (called.unwrap(), calling.unwrap());
    assert_eq!(called.remote, calling.local);
    assert_eq!(called.local, to);
}
