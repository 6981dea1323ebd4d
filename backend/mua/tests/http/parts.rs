//! Message content over HTTP: HTML, parts, source, and to whom they are served.

use super::*;
use host::message;
use mail::StoredMessageId;

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
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals",
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
async fn html_is_compressed_for_browsers_that_accept_it() {
    let host = TestHost::new().await;
    let text = "line\r\n".repeat(1000);
    let id = host
        .put(&host.alice, &message("b@b.test", "x", &text))
        .await;
    let alice = Browser::signed_in(&host, "alice").await;
    let path = format!("/api/message/{id}/html");
    let plain = alice.get(&path).await;
    assert_eq!(plain.header("content-encoding"), "");
    let fields = [("accept-encoding", "gzip, deflate, br")];
    let packed = alice.ask("GET", &path, &fields, Body::empty()).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.starts_with(&[0x1f, 0x8b]) && packed.body.len() < plain.body.len() / 5);
    let vary = packed.headers.get_all("vary").iter();
    let vary: Vec<_> = vary.filter_map(|v| v.to_str().ok()).collect();
    assert_eq!(vary.join(", ").to_lowercase(), "cookie, accept-encoding");
    // An attachment may be requested in ranges.
    let part = format!("/api/message/{id}/raw");
    let part = alice.ask("GET", &part, &fields, Body::empty()).await;
    assert_eq!(part.header("content-encoding"), "");
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
        let tag = saved.header("etag");
        for (known, status) in [
            (tag.to_owned(), StatusCode::NOT_MODIFIED),
            // As a proxy that compresses makes it.
            (format!("W/{tag}"), StatusCode::NOT_MODIFIED),
            (format!("\"a\", {tag}"), StatusCode::NOT_MODIFIED),
            ("\"a\"".to_owned(), StatusCode::OK),
        ] {
            let fields = [("if-none-match", known.as_str())];
            let answer = alice.ask("GET", &path, &fields, Body::empty()).await;
            assert_eq!(answer.status, status, "{known}");
        }
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

#[tokio::test(start_paused = true)]
async fn attached_messages_and_texts_can_be_previewed() {
    let host = TestHost::new().await;
    // Subject: Offer, and "<b>Five</b>" as HTML, in base64.
    let inner = "RnJvbTogQW5uIDxhbm5AYS50ZXN0Pg0KU3ViamVjdDogT2ZmZXINCkNvbnRlbnQtVHlwZTogdGV4\r\n\
        dC9odG1sDQoNCjxiIG9uY2xpY2s9eD5GaXZlPC9iPjxzY3JpcHQ+MTwvc2NyaXB0Pg==\r\n";
    let message = format!(
        "From: b@b.test\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n\
         --b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{inner}\
         --b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n--b--\r\n"
    );
    let id = host.put(&host.alice, message.as_bytes()).await;
    let alice = Browser::signed_in(&host, "alice").await;
    let page = alice
        .get(&format!("/api/message/{id}/part/2?inline=1"))
        .await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("; sandbox")
            && !policy.contains("script"),
        "{policy}"
    );
    let text = page.text();
    for part in [
        "From: Ann &lt;ann@a.test&gt;",
        "Subject: Offer",
        "<b>Five</b>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(
        !text.contains("script") && !text.contains("onclick"),
        "{text}"
    );
    let table = alice
        .get(&format!("/api/message/{id}/part/3?inline=1"))
        .await;
    assert_eq!(
        (table.header("content-type"), &*table.text()),
        ("text/plain; charset=utf-8", "a,b")
    );
    let saved = alice.get(&format!("/api/message/{id}/part/2")).await;
    assert!(
        saved
            .header("content-disposition")
            .starts_with("attachment")
    );
    assert!(saved.text().starts_with("From: Ann"));
}
