//! A web server for a single file: the MTA-STS policy of a domain.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{Connection, World};

/// Serves the policy on port 443 of a host over modelled TLS while the host is up.
pub async fn serve_policy(world: World, text: &'static str) {
    let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 443);
    let mut listener = world.network.listen(at).await.expect("the port is free");
    let beside = world.clone();
    world.tasks.spawn(Box::pin(async move {
        while let Ok(Connection { stream, .. }) = listener.accept().await {
            let Ok((mut stream, _)) = beside.tls.accept(stream).await else {
                continue;
            };
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut heard).await.is_ok_and(|n| n == 0) {
                    break;
                }
            }
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
                text.len()
            );
            // A client that has disconnected gets no answer.
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    }));
}
