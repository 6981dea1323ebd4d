//! The proxy for remote images.

use super::*;

/// Hosts with canned responses, recording the requests they receive.
#[derive(Clone, Default)]
struct Hosts {
    answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<(SocketAddr, String)>>>,
}

impl Network for Hosts {
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, std::io::Result<Connection>> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let this = self.clone();
        #[expect(clippy::disallowed_methods, reason = "the test's own host")]
        tokio::spawn(async move {
            let mut request = vec![0; 4096];
            let n = theirs.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            let path = request.split(' ').nth(1).unwrap().to_owned();
            this.asked.lock().unwrap().push((to, request));
            let answer = this
                .answers
                .lock()
                .unwrap()
                .get(&path)
                .cloned()
                .unwrap_or_default();
            let _ = theirs.write_all(&answer).await;
        });
        Box::pin(async move {
            Ok(Connection {
                stream: Box::new(ours),
                local: to,
                remote: to,
                tls: None,
            })
        })
    }

    fn listen(&self, _at: SocketAddr) -> BoxFuture<'_, std::io::Result<Box<dyn Listener>>> {
        Box::pin(std::future::ready(Err(
            std::io::ErrorKind::Unsupported.into()
        )))
    }
}

async fn host_with_web(zone: &str, answers: &[(&str, &str)]) -> (TestHost, Hosts) {
    let hosts = Hosts::default();
    for (path, answer) in answers {
        hosts
            .answers
            .lock()
            .unwrap()
            .insert((*path).to_owned(), answer.as_bytes().to_vec());
    }
    let still = TestHost::new().await.world;
    let world = World {
        network: Arc::new(hosts.clone()),
        resolver: Arc::new(world::zone::Zones::read(zone).unwrap()),
        ..still
    };
    (TestHost::over(world).await, hosts)
}

#[tokio::test(start_paused = true)]
async fn serves_remote_images_through_the_proxy_on_request() {
    let png = "HTTP/1.1 200 OK\r\nContent-Type: image/png; x\r\nSet-Cookie: track=1\r\nContent-Length: 4\r\n\r\n\u{1}PNGmore";
    let (host, hosts) =
        host_with_web("images.test. A 93.184.216.34\n", &[("/p.png?a=1&b=2", png)]).await;
    let id = host.put(&host.alice, MIXED).await;
    let alice = Browser::signed_in(&host, "alice").await;
    let page = alice.get(&format!("/api/message/{id}/html?remote=1")).await;
    assert!(page.header("content-security-policy").contains(&format!(
        "img-src data: http://mail.here.test:8080/api/message/{id}/remote;"
    )));
    let text = page.text();
    let start = text.find("/api/message/").unwrap();
    let address = text[start..]
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    // The frame has no cookie; only the signature counts.
    let nobody = Browser::new(&host);
    let picture = nobody.get(&address).await;
    assert_eq!(
        (picture.status, picture.body.as_slice()),
        (StatusCode::OK, &b"\x01PNG"[..])
    );
    assert_eq!(
        (picture.header("content-type"), picture.header("set-cookie")),
        ("image/png", "")
    );
    let asked = hosts.asked.lock().unwrap()[0].clone();
    assert_eq!(asked.0, SocketAddr::from(([93, 184, 216, 34], 80)));
    let lower = asked.1.to_lowercase();
    assert!(
        asked
            .1
            .starts_with("GET /p.png?a=1&b=2 HTTP/1.1\r\nHost: images.test\r\n")
            && !lower.contains("cookie")
            && !lower.contains("referer")
    );
    for forged in [
        address.replace("p.png", "q.png"),
        address.replace("t=1", "t=2"),
        address.replace(&format!("/{id}/"), "/9/"),
    ] {
        assert_eq!(nobody.get(&forged).await.status, StatusCode::NOT_FOUND);
    }
    host.world.sleep(mail::Duration::from_secs(3601)).await;
    assert_eq!(nobody.get(&address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hosts.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn proxy_refuses_private_addresses_and_other_types() {
    let to = |place: &str| format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n");
    let answers = [
        ("/html", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<script>".to_owned()),
        ("/svg", "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\n\r\n<svg>".to_owned()),
        ("/big", format!("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n", 10 * 1024 * 1024 + 1)),
        ("/inside", to("http://127.0.0.1/x")),
        ("/inside-by-name", to("http://inside.test/x")),
        ("/loop", to("/loop")),
        ("/file", to("file:///etc/passwd")),
        ("/port", to("http://images.test:25/")),
        ("/chunked", "HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGIF\r\n0\r\n\r\n".to_owned()),
        ("/moved", to("/chunked")),
        ("/nonsense", "hello".to_owned()),
    ];
    let zone = "images.test. A 93.184.216.34\ninside.test. A 10.0.0.1\nboth.test. A 93.184.216.34\nboth.test. A 127.0.0.1\n";
    let (host, hosts) = host_with_web(
        zone,
        &answers
            .each_ref()
            .map(|(path, answer)| (*path, answer.as_str())),
    )
    .await;
    let alice = Browser::signed_in(&host, "alice").await;
    let fetch = async |url: &str| {
        let id = host
            .put(
                &host.alice,
                format!("Content-Type: text/html\r\n\r\n<img src=\"{url}\">").as_bytes(),
            )
            .await;
        let text = alice
            .get(&format!("/api/message/{id}/html?remote=1"))
            .await
            .text();
        let start = text.find("/api/message/").unwrap();
        alice
            .get(
                &text[start..]
                    .split('"')
                    .next()
                    .unwrap()
                    .replace("&amp;", "&"),
            )
            .await
    };
    for path in ["chunked", "moved"] {
        assert_eq!(
            fetch(&format!("http://images.test/{path}")).await.body,
            b"GIF",
            "{path}"
        );
    }
    let before = hosts.asked.lock().unwrap().len();
    for url in [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://inside.test/",
        "http://both.test/",
        "http://images.test:8080/",
        "http://none.test/",
        "http://2130706433/",
        "http://a:b@images.test/",
    ] {
        assert_eq!(fetch(url).await.status, StatusCode::NOT_FOUND, "{url}");
    }
    assert_eq!(hosts.asked.lock().unwrap().len(), before);
    for path in [
        "html",
        "svg",
        "big",
        "inside",
        "inside-by-name",
        "loop",
        "file",
        "port",
        "nonsense",
        "missing",
    ] {
        assert_eq!(
            fetch(&format!("http://images.test/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(
        hosts
            .asked
            .lock()
            .unwrap()
            .iter()
            .all(|(to, _)| *to == SocketAddr::from(([93, 184, 216, 34], 80)))
    );
}

#[tokio::test(start_paused = true)]
async fn holds_the_limit_of_an_image_to_the_byte() {
    const LIMIT: usize = 10 * 1024 * 1024;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n";
    let (fits, over) = ("x".repeat(LIMIT), "x".repeat(LIMIT + 1));
    let answers = [
        (
            "/sized",
            format!("{head}Content-Length: {LIMIT}\r\n\r\n{fits}"),
        ),
        ("/to-the-end", format!("{head}\r\n{fits}")),
        (
            "/chunked",
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{LIMIT:x}\r\n{fits}\r\n0\r\n\r\n"),
        ),
        ("/over", format!("{head}\r\n{over}")),
        (
            "/over-chunked",
            format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{over}\r\n0\r\n\r\n",
                LIMIT + 1
            ),
        ),
        ("/short", format!("{head}Content-Length: {LIMIT}\r\n\r\nx")),
    ];
    let answers = answers
        .each_ref()
        .map(|(path, answer)| (*path, answer.as_str()));
    let (host, _) = host_with_web("images.test. A 93.184.216.34\n", &answers).await;
    let alice = Browser::signed_in(&host, "alice").await;
    for (path, _) in answers {
        let source =
            format!("Content-Type: text/html\r\n\r\n<img src=\"http://images.test{path}\">");
        let id = host.put(&host.alice, source.as_bytes()).await;
        let page = alice
            .get(&format!("/api/message/{id}/html?remote=1"))
            .await
            .text();
        let start = page.find("/api/message/").unwrap();
        let address = page[start..]
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&");
        let image = alice.get(&address).await;
        if path.contains("over") || path == "/short" {
            assert_eq!(image.status, StatusCode::NOT_FOUND, "{path}");
        } else {
            assert_eq!(
                (image.status, image.body.len()),
                (StatusCode::OK, LIMIT),
                "{path}"
            );
        }
    }
}
