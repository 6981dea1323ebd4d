//! The HTTP API: requests through the router, the WebSocket over a real connection.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../host/mod.rs"]
mod host;

mod browser;
mod images;
mod parts;
mod socket;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use browser::Browser;
use host::{MESSAGE_BYTES_MAX, TestHost};
use mua::http::{Peer, router};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use wire::{Contact, Draft, Identity, Problem, Response, Uploaded};
use world::{BoxFuture, Connection, Listener, Network, World};

#[tokio::test(start_paused = true)]
async fn a_password_may_be_typed_in_any_form() {
    let host = TestHost::new().await;
    let forms = ["Pa\u{df}w\u{f6}rt 1", "Pa\u{df}wo\u{308}rt\u{a0}\u{ff11}"];
    for stored in forms {
        let stored = mail::Secret::new(stored);
        let set = host
            .store
            .set_password(&host.alice.address, &stored, [4; 16]);
        set.await.unwrap();
        for typed in forms {
            let answer = Browser::new(&host).sign_in("alice@here.test", typed).await;
            assert_eq!(answer.status, StatusCode::OK, "{typed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sign_in_sets_an_http_only_same_site_cookie() {
    let host = TestHost::new().await;
    let mut browser = Browser::new(&host);
    let nobody = browser.get("/api/session").await;
    // A visitor's first request is no error, which the browser's console would show.
    assert_eq!(
        (nobody.status, &nobody.body[..]),
        (StatusCode::OK, &b"null"[..])
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
    assert_eq!(browser.get("/api/session").await.body, b"null");
}

#[tokio::test(start_paused = true)]
async fn session_ends_with_password_change_and_expiry() {
    let host = TestHost::new().await;
    let browser = Browser::signed_in(&host, "alice").await;
    // A session in use does not expire.
    for _ in 0..3 {
        host.world
            .sleep(mail::Duration::from_secs(29 * 86_400))
            .await;
        assert_ne!(browser.get("/api/session").await.body, b"null");
    }
    host.world.sleep(mua::signin::REMEMBERED_IDLE_MAX).await;
    assert_eq!(browser.get("/api/session").await.body, b"null");
    let browser = Browser::signed_in(&host, "alice").await;
    host.store
        .set_password(&host.alice.address, &mail::Secret::new("other"), [2; 16])
        .await
        .unwrap();
    assert_eq!(browser.get("/api/session").await.body, b"null");
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
