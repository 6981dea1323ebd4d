//! HTTP routes: the embedded webmail and Lab with their security headers, and the API of `mua`
//! below `/api`. Browsers cache files with a hash in their name forever, and revalidate all others.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use headers::{HeaderMapExt, IfNoneMatch};
use mail::Duration;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::trace::TraceLayer;

#[derive(RustEmbed)]
#[folder = "../../dist/"]
struct FrontendFiles;

// The longest pause in the body of a request.
const STALL_MAX: Duration = Duration::from_secs(60);

/// The pages of the webmail and of the Lab.
const PAGES: [&str; 2] = ["index.html", "lab/index.html"];

/// Adds the embedded files and the security headers to the API's routes. `mta_sts` is this host's
/// own policy (RFC 8461 §3.3), served under host names that begin with `mta-sts.`.
pub(crate) fn router(api: Router, mta_sts: Option<String>) -> Router {
    let mta_sts = get(async move |headers: HeaderMap| own_policy(&headers, mta_sts));
    // The policy that mua sets for a message body is stricter and is kept.
    let unless_set = SetResponseHeaderLayer::if_not_present;
    api.route("/.well-known/mta-sts.txt", mta_sts)
        .fallback(file)
        .layer(RequestBodyTimeoutLayer::new(STALL_MAX))
        .layer(CatchPanicLayer::new())
        .layer(unless_set(header::CONTENT_SECURITY_POLICY, content_policy()))
        .layer(unless_set(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(unless_set(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(unless_set(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ))
        // Without the query, which has file names and the addresses of remote images. Failures are
        // logged where they occur.
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request| {
                    tracing::debug_span!("http", method = %request.method(), path = request.uri().path())
                })
                .on_failure(()),
        )
}

fn own_policy(headers: &HeaderMap, policy: Option<String>) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|h| h.to_str().ok())
        .unwrap_or_default();
    match policy {
        Some(text) if host.starts_with("mta-sts.") => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

// Allows own scripts only, and frames for message bodies only. Trunk's inline script, which starts
// the WebAssembly, is allowed by its hash.
fn content_policy() -> HeaderValue {
    let page = |name| {
        FrontendFiles::get(name)
            .map(|f| String::from_utf8_lossy(&f.data).into_owned())
            .unwrap_or_default()
    };
    let pages = PAGES.map(page).concat();
    let hashes: String = inline_scripts(&pages)
        .map(|script| {
            format!(
                " 'sha256-{}'",
                base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script))
            )
        })
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         connect-src 'self' ws: wss:; frame-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=") && !script.is_empty()).then_some(script)
    })
}

async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(found) = serve(path, &headers) {
        return found;
    }
    // Any other path is a route of the application, unless it looks like a file.
    if path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    serve(page_of(path), &headers).unwrap_or_else(|| {
        let text = "The webmail is not included in this build. Build it with `cargo xtask run`.\n";
        (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
    })
}

// Paths below /lab/ are routes of the Lab's page.
fn page_of(path: &str) -> &'static str {
    PAGES[usize::from(path == "lab" || path.starts_with("lab/"))]
}

fn serve(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let (encoding, found) = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| accepts(accepted, name))
        .find_map(|(name, ending)| {
            Some((Some(name), FrontendFiles::get(&format!("{path}{ending}"))?))
        })
        .or_else(|| Some((None, FrontendFiles::get(path)?)))?;
    let tag = format!(
        "\"{}\"",
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(&found.metadata.sha256_hash()[..12])
    );
    let cache = if has_hash(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, media_type(path))
        .header(header::CACHE_CONTROL, cache)
        .header(header::VARY, "accept-encoding")
        .header(header::ETAG, &tag);
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    let known = headers.typed_get::<IfNoneMatch>().zip(tag.parse().ok());
    if known.is_some_and(|(known, tag)| !known.precondition_passes(&tag)) {
        return response
            .status(StatusCode::NOT_MODIFIED)
            .body(Body::empty())
            .ok();
    }
    let body = match found.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    response.body(body).ok()
}

// `Accept-Encoding = #( codings [ weight ] )` (RFC 9110 §12.5.3); a weight of 0 refuses.
fn accepts(field: &str, encoding: &str) -> bool {
    field.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let refused =
            |part: &str| part.strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0);
        parts.next() == Some(encoding) && !parts.any(refused)
    })
}

// Trunk names files name-0123456789abcdef.ext; wasm-bindgen appends _bg.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end_matches("_bg");
    stem.rsplit('-')
        .next()
        .is_some_and(|h| h.len() >= 12 && h.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        Some("txt" | "toml") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    async fn broken() {
        panic!("a bug");
    }

    #[tokio::test]
    async fn every_response_has_security_headers_even_after_a_panic() {
        let own = [(header::CONTENT_SECURITY_POLICY, "sandbox")];
        let api = Router::new()
            .route("/api/broken", get(broken))
            .route("/api/message", get((own, "text")));
        let router = router(api, None);
        for (path, status, policy) in [
            ("/api/broken", 500, "default-src 'none'; script-src 'self'"),
            ("/api/none", 404, "default-src 'none'; script-src 'self'"),
            ("/api/message", 200, "sandbox"),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            let field = |name| response.headers().get(name).unwrap().to_str().unwrap();
            assert!(
                field("content-security-policy").starts_with(policy),
                "{path}"
            );
            assert_eq!(field("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(field("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(field("cross-origin-opener-policy"), "same-origin", "{path}");
        }
    }

    #[test]
    fn recognizes_names_with_a_hash() {
        assert!(
            has_hash("frontend-0a1b2c3d4e5f6789.js")
                && has_hash("frontend-0a1b2c3d4e5f6789_bg.wasm")
        );
        assert!(
            !has_hash("lab/engine.js")
                && !has_hash("lab/player.js")
                && !has_hash("lab/scenarios/01-first-message.toml")
        );
        assert!(
            !has_hash("index.html") && !has_hash("explain/en.json") && !has_hash("favicon.svg")
        );
    }

    #[test]
    fn a_weight_of_zero_refuses_an_encoding() {
        for (field, br) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("gzip, br ; q=0", false),
            ("br;q=0.000", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts(field, "br"), br, "{field}");
        }
    }

    #[test]
    fn serves_the_labs_page_below_lab() {
        assert_eq!(
            ["lab", "lab/", "lab/s/31"].map(page_of),
            ["lab/index.html"; 3]
        );
        assert_eq!(["", "mail/inbox", "label"].map(page_of), ["index.html"; 3]);
    }

    #[test]
    fn finds_inline_scripts() {
        let page =
            "<script src=\"a.js\"></script><script type=\"module\">go()</script><script></script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["go()"]);
    }
}
