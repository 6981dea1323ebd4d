//! A user's mail program that fetches mail: IMAP and POP3 line by line, in modelled TLS.

use sim::{Act, perform};
use std::net::SocketAddr;
use world::{Connection, TlsCheck, World};

// Opens a connection to a TLS port of b.
async fn open(world: &World, port: u16) -> Option<Connection> {
    let at = SocketAddr::new("198.51.100.25".parse().ok()?, port);
    let Connection {
        stream,
        local,
        remote,
        ..
    } = world.network.connect(at).await.ok()?;
    let (stream, tls) = world
        .tls
        .connect(stream, "mx.b.test", TlsCheck::Required)
        .await
        .ok()?;
    Some(Connection {
        stream,
        local,
        remote,
        tls: Some(tls),
    })
}

/// Signs in as bob with IMAP, fetches the whole INBOX, and returns everything that the server sent.
pub async fn fetch_by_imap(world: World) -> String {
    let Some(connection) = open(&world, 993).await else {
        return String::new();
    };
    let script = [
        Act::wait_for_line(),
        Act::line(&format!("a LOGIN bob@b.test \"{}\"", crate::PASSWORD)),
        Act::WaitFor("a OK".into()),
        Act::line("b SELECT INBOX"),
        Act::WaitFor("b OK".into()),
        Act::line("c FETCH 1:* (UID BODY[])"),
        Act::WaitFor("c OK".into()),
        Act::line("d LOGOUT"),
        Act::ReadAll,
    ];
    String::from_utf8_lossy(&perform(&world, connection, &script).await).into_owned()
}

/// Signs in as bob with POP3, retrieves the first message, and returns everything that the server
/// sent.
pub async fn fetch_by_pop3(world: World) -> String {
    let Some(connection) = open(&world, 995).await else {
        return String::new();
    };
    let script = [
        Act::wait_for_line(),
        Act::line("USER bob@b.test"),
        Act::wait_for_line(),
        Act::line(&format!("PASS {}", crate::PASSWORD)),
        Act::wait_for_line(),
        Act::line("STAT"),
        Act::wait_for_line(),
        Act::line("RETR 1"),
        Act::WaitFor("\r\n.\r\n".into()),
        Act::line("QUIT"),
        Act::ReadAll,
    ];
    String::from_utf8_lossy(&perform(&world, connection, &script).await).into_owned()
}
