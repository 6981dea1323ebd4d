//! A minimal browser: sends requests, keeps cookies, reads responses.

use super::*;

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub(super) fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub(super) struct Browser {
    pub(super) router: Router,
    pub(super) cookie: Option<String>,
    pub(super) peer: Option<Peer>,
}

impl Browser {
    pub(super) fn new(host: &TestHost) -> Browser {
        Browser {
            router: router(host.mua.clone()),
            cookie: None,
            peer: None,
        }
    }

    pub(super) async fn signed_in(host: &TestHost, name: &str) -> Browser {
        let mut browser = Browser::new(host);
        let answer = browser.sign_in(name, "wonder").await;
        assert_eq!(answer.status, StatusCode::OK);
        browser.cookie = Some(
            answer
                .header("set-cookie")
                .split(';')
                .next()
                .unwrap()
                .to_owned(),
        );
        browser
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "mail.here.test:8080");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("other=1; {cookie}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            body: to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap()
                .to_vec(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], Body::empty()).await
    }

    pub(super) async fn sign_in(&self, address: &str, password: &str) -> Answer {
        let body =
            serde_json::json!({ "address": address, "password": password, "remember": true })
                .to_string();
        self.ask(
            "POST",
            "/api/session",
            &[("x-glasspost", "1"), ("content-type", "application/json")],
            body,
        )
        .await
    }
}
