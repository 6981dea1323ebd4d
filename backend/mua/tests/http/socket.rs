//! The WebSocket: who may open it, what it announces, how it ends.

use super::*;
use futures_util::{SinkExt, StreamExt};
use host::message;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use wire::{Call, Frame, Notification};

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn listen(host: &TestHost) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = router(host.mua.clone());
    #[expect(clippy::disallowed_methods, reason = "the test's own server")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at
}

async fn connect(
    at: SocketAddr,
    origin: Option<&str>,
    cookie: Option<&str>,
) -> Result<Socket, u16> {
    let mut request = format!("ws://{at}/api/socket")
        .into_client_request()
        .unwrap();
    if let Some(origin) = origin {
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
    }
    if let Some(cookie) = cookie {
        request
            .headers_mut()
            .insert("cookie", cookie.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(other) => panic!("{other}"),
    }
}

async fn hear(socket: &mut Socket) -> Option<Frame> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn say(socket: &mut Socket, id: u32, ask: wire::Request) {
    socket
        .send(Message::Text(
            serde_json::to_string(&Call { id, request: ask })
                .unwrap()
                .into(),
        ))
        .await
        .unwrap();
}

#[tokio::test]
async fn socket_checks_origin_and_announces_new_mail() {
    let host = TestHost::new().await;
    let at = listen(&host).await;
    let browser = Browser::signed_in(&host, "alice").await;
    let (origin, cookie) = (format!("http://{at}"), browser.cookie.clone().unwrap());
    for foreign in [
        None,
        Some("http://evil.test"),
        Some("null"),
        Some("http://127.0.0.1"),
    ] {
        assert_eq!(
            connect(at, foreign, Some(&cookie)).await.err(),
            Some(403),
            "{foreign:?}"
        );
    }
    for wrong in [None, Some("glasspost=guess"), Some("glasspost=")] {
        let mut socket = connect(at, Some(&origin), wrong).await.unwrap();
        assert_eq!(
            hear(&mut socket).await,
            Some(Frame::Notification(Notification::Bye { again: false }))
        );
        assert_eq!(hear(&mut socket).await, None);
    }
    let mut socket = connect(at, Some(&origin), Some(&cookie)).await.unwrap();
    say(
        &mut socket,
        1,
        wire::Request::Hello {
            version: wire::VERSION,
        },
    )
    .await;
    assert!(matches!(
        hear(&mut socket).await,
        Some(Frame::Reply {
            id: 1,
            result: Ok(Response::Welcome(_))
        })
    ));
    socket
        .send(Message::Text("{\"id\":2,\"ask\":\"dance\"}".into()))
        .await
        .unwrap();
    assert_eq!(
        hear(&mut socket).await,
        Some(Frame::Reply {
            id: 2,
            result: Err(Problem::Malformed)
        })
    );
    let begun = host.world.now();
    host.put(&host.alice, &message("b@b.test", "fresh", "x"))
        .await;
    assert!(matches!(
        hear(&mut socket).await,
        Some(Frame::Notification(Notification::Folder(_)))
    ));
    assert!(
        matches!(hear(&mut socket).await, Some(Frame::Notification(Notification::Arrived { row, .. })) if row.subject == "fresh")
    );
    let took = host.world.now().since(begun);
    assert!(took < mail::Duration::from_millis(200), "{took:?}");
    // Signed out in another tab.
    browser
        .ask(
            "DELETE",
            "/api/session",
            &[("x-glasspost", "1")],
            Body::empty(),
        )
        .await;
    assert_eq!(
        hear(&mut socket).await,
        Some(Frame::Notification(Notification::Bye { again: false }))
    );
    assert_eq!(hear(&mut socket).await, None);
}

#[tokio::test]
async fn socket_says_bye_at_shutdown() {
    let host = TestHost::new().await;
    let at = listen(&host).await;
    let cookie = Browser::signed_in(&host, "alice").await.cookie.unwrap();
    let mut socket = connect(at, Some(&format!("http://{at}")), Some(&cookie))
        .await
        .unwrap();
    say(&mut socket, 1, wire::Request::Ping).await;
    assert_eq!(
        hear(&mut socket).await,
        Some(Frame::Reply {
            id: 1,
            result: Ok(Response::Done)
        })
    );
    host.stop.send(true).unwrap();
    assert_eq!(
        hear(&mut socket).await,
        Some(Frame::Notification(Notification::Bye { again: true }))
    );
    assert_eq!(hear(&mut socket).await, None);
}
