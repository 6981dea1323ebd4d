//! The Lab's HTTP API: consoles and progress.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod host;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_util::{SinkExt, StreamExt};
use host::TestHost;
use mua::console::{
    CONSOLES_MAX, ConsoleInput, ConsoleOutput, EndReason, LINE_BYTES_MAX, OwnHost, Service,
};
use mua::http::{lab, router};
use std::net::SocketAddr;
use std::sync::Arc;
use store::Account;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tower::ServiceExt;
use world::{BoxFuture, Connection};

/// All services but POP3 without TLS.
const OPEN: [Service; 6] = [
    Service::Smtp,
    Service::Submission,
    Service::Submissions,
    Service::Imap,
    Service::Imaps,
    Service::Pop3s,
];

/// Names its account, echoes each line, and ends at `QUIT`.
struct Echo;

impl OwnHost for Echo {
    fn serve(
        &self,
        service: Service,
        mut connection: Connection,
        account: Account,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let hello = format!(
                "{} {} {}\r\n",
                service.name(),
                account.address,
                connection.remote.ip()
            );
            connection.stream.write_all(hello.as_bytes()).await.unwrap();
            let mut bytes = [0; 32 * 1024];
            loop {
                match connection.stream.read(&mut bytes).await {
                    Ok(0) | Err(_) => return,
                    Ok(length) if bytes[..length].starts_with(b"QUIT") => return,
                    Ok(length) => connection.stream.write_all(&bytes[..length]).await.unwrap(),
                }
            }
        })
    }
}

fn lab_router(host: &TestHost) -> Router {
    router(host.mua.clone()).merge(lab(host.mua.clone(), Arc::new(Echo), OPEN.to_vec()))
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "mail.here.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

async fn sign_in(router: &Router, name: &str) -> String {
    let body =
        serde_json::json!({ "address": name, "password": "wonder", "remember": true }).to_string();
    let (status, headers, _) = ask(
        router,
        "POST",
        "/api/session",
        &[("x-glasspost", "1")],
        body,
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    headers["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn progress_is_private_to_the_account() {
    let host = TestHost::new().await;
    let router = lab_router(&host);
    let (alice, bob) = (
        sign_in(&router, "alice").await,
        sign_in(&router, "bob").await,
    );
    let read = async |cookie: &str| {
        ask(
            &router,
            "GET",
            "/lab/progress",
            &[("cookie", cookie)],
            Body::empty(),
        )
        .await
    };
    let write = async |cookie: &str, extra: &[(&str, &str)], body: String| {
        let headers = [&[("cookie", cookie), ("x-glasspost", "1")], extra].concat();
        ask(&router, "PUT", "/lab/progress", &headers, body).await
    };
    assert_eq!(read("glasspost=guess").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        write("glasspost=guess", &[], r#"{"version":1}"#.into())
            .await
            .0,
        StatusCode::UNAUTHORIZED
    );
    let (status, headers, body) = read(&alice).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, r#"{"version":1}"#)
    );
    let nothing = headers["etag"].to_str().unwrap().to_owned();
    let document = r#"{"version":1,"scenarios":{"1":{"done":true}},"of a later page":[1]}"#;
    let (status, headers, _) = write(&alice, &[("if-match", &nothing)], document.into()).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(status, StatusCode::OK);
    let (_, headers, body) = read(&alice).await;
    assert_eq!(
        (body.as_str(), headers["etag"].to_str().unwrap()),
        (document, tag.as_str()),
        "unknown keys are kept"
    );
    assert_eq!(read(&bob).await.2, r#"{"version":1}"#);
    // Another tab has written meanwhile.
    let late = write(&alice, &[("if-match", &nothing)], r#"{"version":1}"#.into()).await;
    assert_eq!(
        (late.0, read(&alice).await.2.as_str()),
        (StatusCode::PRECONDITION_FAILED, document)
    );
    // From another site.
    let bare = ask(
        &router,
        "PUT",
        "/lab/progress",
        &[("cookie", &alice)],
        r#"{"version":1}"#,
    )
    .await;
    assert_eq!(bare.0, StatusCode::FORBIDDEN);
    let foreign = write(
        &alice,
        &[("origin", "https://evil.test")],
        r#"{"version":1}"#.into(),
    )
    .await;
    assert_eq!(foreign.0, StatusCode::FORBIDDEN);
    host.store
        .remove_account(&"alice@here.test".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(host.store.progress(host.alice.id).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn rejects_invalid_or_too_large_progress() {
    let host = TestHost::new().await;
    let router = lab_router(&host);
    let cookie = sign_in(&router, "alice").await;
    let check = async |body: String, expected: StatusCode| {
        let length = body.len();
        let (status, _, response) = ask(
            &router,
            "PUT",
            "/lab/progress",
            &[("cookie", &cookie), ("x-glasspost", "1")],
            body,
        )
        .await;
        assert_eq!(status, expected, "{length} bytes: {response}");
    };
    let of = |bytes: usize| format!(r#"{{"version":1,"x":"{}"}}"#, "x".repeat(bytes - 20));
    for broken in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"version":0}"#,
        r#"{"version":2}"#,
        r#"{"version":"1"}"#,
        r#"{"version":1"#,
        "\u{0}",
    ] {
        check(broken.into(), StatusCode::BAD_REQUEST).await;
    }
    check("[".repeat(60_000), StatusCode::BAD_REQUEST).await;
    assert_eq!(of(100).len(), 100);
    check(of(64 * 1024), StatusCode::OK).await;
    check(of(64 * 1024 + 1), StatusCode::PAYLOAD_TOO_LARGE).await;
    let kept = host.store.progress(host.alice.id).await.unwrap().unwrap();
    assert_eq!(kept.len(), 64 * 1024);
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn listen(host: &TestHost) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = lab_router(host);
    #[expect(clippy::disallowed_methods, reason = "the test's own server")]
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at
}

async fn connect(at: SocketAddr, service: &str, origin: &str, cookie: &str) -> Result<Socket, u16> {
    let mut request = format!("ws://{at}/lab/console/{service}")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    request
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(other) => panic!("{other}"),
    }
}

async fn hear(socket: &mut Socket) -> Option<ConsoleOutput> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn say(socket: &mut Socket, say: &ConsoleInput) {
    socket
        .send(Message::Text(serde_json::to_string(say).unwrap().into()))
        .await
        .unwrap();
}

async fn opened(at: SocketAddr, cookie: &str) -> Socket {
    let mut socket = connect(at, "imap", &format!("http://{at}"), cookie)
        .await
        .unwrap();
    let open = ConsoleOutput::Open {
        host: "mail.here.test".into(),
        address: "alice@here.test".into(),
        browser_tls: false,
    };
    assert_eq!(hear(&mut socket).await, Some(open));
    assert_eq!(
        hear(&mut socket).await,
        Some(ConsoleOutput::Text(
            "imap alice@here.test 127.0.0.1\r\n".into()
        ))
    );
    socket
}

#[tokio::test]
async fn console_requires_same_origin_and_sign_in() {
    let host = TestHost::new().await;
    let at = listen(&host).await;
    let cookie = sign_in(&lab_router(&host), "alice").await;
    let origin = format!("http://{at}");
    for foreign in ["http://evil.test", "null", "http://127.0.0.1"] {
        assert_eq!(
            connect(at, "imap", foreign, &cookie).await.err(),
            Some(403),
            "{foreign}"
        );
    }
    for unknown in ["telnet", "25", "imap%2F..", "evil.test:25"] {
        assert_eq!(
            connect(at, unknown, &origin, &cookie).await.err(),
            Some(404),
            "{unknown}"
        );
    }
    for wrong in ["glasspost=guess", "glasspost=", "other=1"] {
        let mut socket = connect(at, "imap", &origin, wrong).await.unwrap();
        assert_eq!(
            hear(&mut socket).await,
            Some(ConsoleOutput::End(EndReason::SignIn))
        );
        assert_eq!(hear(&mut socket).await, None);
    }
    let mut socket = opened(at, &cookie).await;
    say(&mut socket, &ConsoleInput::Line("a NOOP".into())).await;
    assert_eq!(
        hear(&mut socket).await,
        Some(ConsoleOutput::Text("a NOOP\r\n".into()))
    );
    say(&mut socket, &ConsoleInput::Line("QUIT".into())).await;
    assert_eq!(
        hear(&mut socket).await,
        Some(ConsoleOutput::End(EndReason::Closed))
    );
    assert_eq!(hear(&mut socket).await, None);
}

#[tokio::test]
async fn console_ends_with_its_session_and_is_limited_per_account() {
    let host = TestHost::new().await;
    let at = listen(&host).await;
    let router = lab_router(&host);
    let cookie = sign_in(&router, "alice").await;
    let mut sockets = Vec::new();
    for _ in 0..CONSOLES_MAX {
        sockets.push(opened(at, &cookie).await);
    }
    let mut one_more = connect(at, "imap", &format!("http://{at}"), &cookie)
        .await
        .unwrap();
    assert_eq!(
        hear(&mut one_more).await,
        Some(ConsoleOutput::End(EndReason::TooMany))
    );
    ask(
        &router,
        "DELETE",
        "/api/session",
        &[("cookie", &cookie), ("x-glasspost", "1")],
        Body::empty(),
    )
    .await;
    for socket in &mut sockets {
        assert_eq!(
            hear(socket).await,
            Some(ConsoleOutput::End(EndReason::SignIn))
        );
    }
    // Their permits are released.
    let cookie = sign_in(&router, "alice").await;
    let mut socket = opened(at, &cookie).await;
    host.stop.send(true).unwrap();
    assert_eq!(
        hear(&mut socket).await,
        Some(ConsoleOutput::End(EndReason::Stopping))
    );
}

#[tokio::test]
async fn malformed_frame_ends_the_console() {
    let host = TestHost::new().await;
    let at = listen(&host).await;
    let cookie = sign_in(&lab_router(&host), "alice").await;
    let check = async |frame: Message, expected: Option<EndReason>| {
        let mut socket = opened(at, &cookie).await;
        socket.send(frame).await.unwrap();
        let heard = loop {
            match hear(&mut socket).await {
                Some(ConsoleOutput::End(over)) => break Some(over),
                Some(ConsoleOutput::Text(text)) if text.ends_with('\n') => break None,
                Some(_) => {}
                None => panic!("the console ended without a word"),
            }
        };
        assert_eq!(heard, expected);
    };
    let line = |text: String| {
        Message::Text(
            serde_json::to_string(&ConsoleInput::Line(text))
                .unwrap()
                .into(),
        )
    };
    check(line("x".repeat(LINE_BYTES_MAX)), None).await;
    check(
        line("x".repeat(LINE_BYTES_MAX + 1)),
        Some(EndReason::Malformed),
    )
    .await;
    check(line("NOOP\r\nQUIT".into()), Some(EndReason::Malformed)).await;
    check(
        Message::Text("{\"connect\":\"192.0.2.1:25\"}".into()),
        Some(EndReason::Malformed),
    )
    .await;
    check(
        Message::Binary(vec![1, 2].into()),
        Some(EndReason::Malformed),
    )
    .await;
}

#[tokio::test]
async fn disabled_service_is_not_available_in_a_console() {
    let host = TestHost::new().await;
    let router = lab_router(&host);
    let cookie = sign_in(&router, "alice").await;
    let offered = async |cookie: &str| {
        ask(
            &router,
            "GET",
            "/lab/console",
            &[("cookie", cookie)],
            Body::empty(),
        )
        .await
    };
    assert_eq!(offered("glasspost=guess").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        serde_json::from_str::<Vec<Service>>(&offered(&cookie).await.2).unwrap(),
        OPEN
    );
    let at = listen(&host).await;
    let mut socket = connect(at, "pop3", &format!("http://{at}"), &cookie)
        .await
        .unwrap();
    assert_eq!(
        hear(&mut socket).await,
        Some(ConsoleOutput::End(EndReason::Disabled))
    );
    assert_eq!(hear(&mut socket).await, None);
}
