//! The HTTP API: requests through the router, the WebSocket over a real connection.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../host/mod.rs"]
mod host;

mod browser;
mod images;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use browser::Browser;
use futures_util::{SinkExt, StreamExt};
use host::{MESSAGE_BYTES_MAX, TestHost, message};
use mail::StoredMessageId;
use mua::http::{Peer, router};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tower::ServiceExt;
use wire::{Call, Contact, Draft, Frame, Identity, Notification, Problem, Response, Uploaded};
use world::{BoxFuture, Connection, Listener, Network, World};

#[tokio::test(start_paused = true)]
async fn sign_in_sets_an_http_only_same_site_cookie() {
    let host = TestHost::new().await;
    let mut browser = Browser::new(&host);
    let nobody = browser.get("/api/session").await;
    assert_eq!(
        (nobody.status, nobody.problem()),
        (StatusCode::UNAUTHORIZED, Problem::SignIn)
    );
    let wrong = browser.sign_in("alice@here.test", "guess").await;
    assert_eq!(
        (wrong.status, wrong.problem()),
        (StatusCode::UNAUTHORIZED, Problem::Credentials)
    );
    assert_eq!(
        browser.sign_in("nobody@here.test", "guess").await.problem(),
        Problem::Credentials
    );
    assert_eq!(
        browser.sign_in("@@", "guess").await.problem(),
        Problem::Credentials
    );
    // A local part alone is completed with the first domain.
    let right = browser.sign_in("Alice", "wonder").await;
    let who: Identity = serde_json::from_slice(&right.body).unwrap();
    assert_eq!(
        (who.address.as_str(), who.name.as_str()),
        ("alice@here.test", "ALICE")
    );
    let cookie = right.header("set-cookie").to_owned();
    let token = cookie
        .strip_prefix("glasspost=")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert!(
        token.len() == 43
            && cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"),
        "{cookie}"
    );
    browser.peer = Some(Peer {
        address: SocketAddr::from(([192, 0, 2, 9], 4000)),
        tls: true,
    });
    assert!(
        browser
            .sign_in("alice", "wonder")
            .await
            .header("set-cookie")
            .contains("; Secure")
    );
    browser.cookie = Some(format!("glasspost={token}"));
    assert_eq!(browser.get("/api/session").await.status, StatusCode::OK);
    let unguarded = browser
        .ask("DELETE", "/api/session", &[], Body::empty())
        .await;
    assert_eq!(
        (unguarded.status, unguarded.problem()),
        (StatusCode::FORBIDDEN, Problem::Protected)
    );
    let foreign = [("x-glasspost", "1"), ("origin", "https://evil.test")];
    assert_eq!(
        browser
            .ask("DELETE", "/api/session", &foreign, Body::empty())
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    let out = browser
        .ask(
            "DELETE",
            "/api/session",
            &[("x-glasspost", "1")],
            Body::empty(),
        )
        .await;
    assert!(out.status == StatusCode::OK && out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(
        browser.get("/api/session").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(start_paused = true)]
async fn session_ends_with_password_change_and_expiry() {
    let host = TestHost::new().await;
    let browser = Browser::signed_in(&host, "alice").await;
    // A session in use does not expire.
    for _ in 0..3 {
        #[expect(clippy::disallowed_methods, reason = "the test's own waiting")]
        tokio::time::sleep(std::time::Duration::from_secs(29 * 86_400)).await;
        assert_eq!(browser.get("/api/session").await.status, StatusCode::OK);
    }
    #[expect(clippy::disallowed_methods, reason = "the test's own waiting")]
    tokio::time::sleep(mua::signin::REMEMBERED_IDLE_MAX).await;
    assert_eq!(
        browser.get("/api/session").await.status,
        StatusCode::UNAUTHORIZED
    );
    let browser = Browser::signed_in(&host, "alice").await;
    host.store
        .set_password(&host.alice.address, &mail::Secret::new("other"), [2; 16])
        .await
        .unwrap();
    assert_eq!(
        browser.get("/api/session").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test(start_paused = true)]
async fn throttles_password_guessing() {
    let host = TestHost::new().await;
    let browser = Browser::new(&host);
    for _ in 0..store_guesses() {
        assert_eq!(
            browser.sign_in("alice", "guess").await.problem(),
            Problem::Credentials
        );
    }
    let slow = browser.sign_in("alice", "wonder").await;
    assert_eq!(slow.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        matches!(slow.problem(), Problem::TooManyAttempts(1..))
            && !slow.header("retry-after").is_empty()
    );
}

// The limits of the login throttle.
fn store_guesses() -> u32 {
    20
}

#[tokio::test(start_paused = true)]
async fn upload_is_usable_by_its_owner_only() {
    let host = TestHost::new().await;
    let alice = Browser::signed_in(&host, "alice").await;
    let guard = [("x-glasspost", "1")];
    let file = vec![7; 100_000];
    let path = "/api/upload?name=%E4%BD%A0%2F..%2Fa.bin&type=application%2Fpdf";
    assert_eq!(
        alice.ask("POST", path, &[], file.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    let answer = alice.ask("POST", path, &guard, file.clone()).await;
    let uploaded: Uploaded = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (
            uploaded.name.as_str(),
            uploaded.media_type.as_str(),
            uploaded.bytes
        ),
        ("a.bin", "application/pdf", 100_000)
    );
    let limit = MESSAGE_BYTES_MAX / 78 * 57;
    let at_limit = alice
        .ask("POST", "/api/upload", &guard, vec![1; limit as usize])
        .await;
    assert_eq!(at_limit.status, StatusCode::OK);
    let past = alice
        .ask("POST", "/api/upload", &guard, vec![1; limit as usize + 1])
        .await;
    assert_eq!(
        (past.status, past.problem()),
        (StatusCode::PAYLOAD_TOO_LARGE, Problem::TooLarge(limit))
    );
    let announced = alice
        .ask(
            "POST",
            "/api/upload",
            &[guard[0], ("content-length", "99999999")],
            vec![1],
        )
        .await;
    assert_eq!(announced.problem(), Problem::TooLarge(limit));
    let to = |address: &str| {
        vec![Contact {
            name: String::new(),
            address: address.into(),
        }]
    };
    let draft = Draft {
        to: to("bob@here.test"),
        attachments: vec![uploaded],
        ..Draft::default()
    };
    assert_eq!(
        host.tab(&host.bob)
            .await
            .call(wire::Request::Send {
                draft: draft.clone()
            })
            .await,
        Err(Problem::Gone)
    );
    let mut bob = host.tab(&host.bob).await;
    assert!(
        host.tab(&host.alice)
            .await
            .call(wire::Request::Send { draft })
            .await
            .is_ok()
    );
    let inbox = host.folder(host.bob.id, "INBOX").await;
    let id = bob.list(inbox.id).await[0].id;
    let Ok(Response::Message(view)) = bob.call(wire::Request::Message { id }).await else {
        panic!()
    };
    assert_eq!(
        (
            view.row.attachments,
            view.attachments[0].name.as_str(),
            view.attachments[0].bytes
        ),
        (1, "a.bin", 100_000)
    );
    let browser = Browser::signed_in(&host, "bob").await;
    let part = browser
        .get(&format!(
            "/api/message/{id}/part/{}",
            view.attachments[0].path
        ))
        .await;
    assert!(
        part.body == file && part.header("content-disposition") == "attachment; filename=\"a.bin\""
    );
}

const MIXED: &[u8] = b"From: b@b.test\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p onclick=x>Hello<script>1</script></p><img src=\"http://images.test/p.png?a=1&amp;b=2\">\r\n--b\r\nContent-Type: text/plain; charset=gb2312; name=\"\xe4\xbd\xa0.txt\"\r\nContent-Disposition: attachment\r\n\r\n\xc4\xe3\xba\xc3\r\n--b\r\nContent-Type: image/svg+xml; name=x.svg\r\nContent-Disposition: attachment\r\n\r\n<svg onload=alert(1)>\r\n--b\r\nContent-Type: image/png; name=x.png\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nMDEyMzQ1Njc4OQ==\r\n--b\r\nContent-Type: text/html; name=x.html\r\nContent-Disposition: attachment\r\n\r\n<script>1</script>\r\n--b--\r\n";

#[tokio::test(start_paused = true)]
async fn serves_sanitized_html_with_security_headers() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, MIXED).await;
    let alice = Browser::signed_in(&host, "alice").await;
    let page = alice
        .get(&format!("/api/message/{id}/html?theme=dark"))
        .await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (StatusCode::OK, "text/html; charset=utf-8")
    );
    let text = page.text();
    assert!(
        text.starts_with("<!doctype html>")
            && text.contains("<p>Hello</p><img>")
            && text.contains("color-scheme:dark"),
        "{text}"
    );
    assert!(!text.contains("script") && !text.contains("onclick") && !text.contains("images.test"));
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "img-src data:;",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "style-src 'unsafe-inline'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        !policy.contains("script")
            && page.header("x-content-type-options") == "nosniff"
            && page.header("referrer-policy") == "no-referrer"
    );
    assert!(page.header("cache-control").starts_with("private"));
    // Plain text is escaped and shown as HTML.
    let plain = host
        .put(&host.alice, &message("b@b.test", "x", "1 < 2 <script>"))
        .await;
    assert!(
        alice
            .get(&format!("/api/message/{plain}/html"))
            .await
            .text()
            .contains("1 &lt; 2 &lt;script&gt;")
    );
}

#[tokio::test(start_paused = true)]
async fn serves_parts_as_attachments_and_previews_safe_types() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, MIXED).await;
    let alice = Browser::signed_in(&host, "alice").await;
    for (part, media_type, inline_type, inline) in [
        (2, "text/plain", "text/plain; charset=utf-8", true),
        (3, "image/svg+xml", "image/svg+xml", false),
        (4, "image/png", "image/png", true),
        (5, "text/html", "text/html", false),
    ] {
        let path = format!("/api/message/{id}/part/{part}");
        let saved = alice.get(&path).await;
        assert_eq!(
            (saved.status, saved.header("content-type")),
            (StatusCode::OK, media_type)
        );
        assert!(
            saved
                .header("content-disposition")
                .starts_with("attachment; filename=")
        );
        let shown = alice.get(&format!("{path}?inline=1")).await;
        assert_eq!(shown.header("content-type"), inline_type);
        assert_eq!(
            shown.header("content-disposition").starts_with("inline"),
            inline
        );
        for answer in [&saved, &shown] {
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert!(
                answer
                    .header("content-security-policy")
                    .ends_with("; sandbox")
            );
        }
        let known = saved.header("etag").to_owned();
        assert_eq!(
            alice
                .ask("GET", &path, &[("if-none-match", &known)], Body::empty())
                .await
                .status,
            StatusCode::NOT_MODIFIED
        );
    }
    assert_eq!(
        alice
            .get(&format!("/api/message/{id}/part/2?inline=1"))
            .await
            .text()
            .trim(),
        "你好"
    );
    let path = format!("/api/message/{id}/part/4");
    let range = alice
        .ask("GET", &path, &[("range", "bytes=2-4")], Body::empty())
        .await;
    assert_eq!(
        (
            range.status,
            range.text().as_str(),
            range.header("content-range")
        ),
        (StatusCode::PARTIAL_CONTENT, "234", "bytes 2-4/10")
    );
    let outside = alice
        .ask("GET", &path, &[("range", "bytes=10-")], Body::empty())
        .await;
    assert_eq!(
        (outside.status, outside.header("content-range")),
        (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */10")
    );
    let raw = alice.get(&format!("/api/message/{id}/raw")).await;
    assert!(
        raw.body == MIXED
            && raw.header("content-type").starts_with("text/plain")
            && raw.header("content-disposition").contains(".eml")
    );
    assert_eq!(
        alice
            .get(&format!("/api/message/{id}/part/99"))
            .await
            .problem(),
        Problem::Gone
    );
}

#[tokio::test(start_paused = true)]
async fn serves_messages_to_their_owner_only() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, MIXED).await;
    let (nobody, bob) = (Browser::new(&host), Browser::signed_in(&host, "bob").await);
    Browser::signed_in(&host, "alice")
        .await
        .get(&format!("/api/message/{id}/html"))
        .await;
    for path in ["html", "part/2", "raw", "html?remote=1"] {
        let path = format!("/api/message/{id}/{path}");
        assert_eq!(nobody.get(&path).await.problem(), Problem::SignIn);
        assert_eq!(
            (bob.get(&path).await.status, bob.get(&path).await.problem()),
            (StatusCode::NOT_FOUND, Problem::Gone)
        );
    }
    assert_eq!(
        bob.get(&format!("/api/message/{}/raw", StoredMessageId(u64::MAX)))
            .await
            .problem(),
        Problem::Gone
    );
    assert_eq!(
        bob.get("/api/message/x/raw").await.status,
        StatusCode::BAD_REQUEST
    );
}

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
