//! HTTP routes: the embedded webmail and Lab with their security headers, and the API of `mua`
//! below `/api`. Browsers cache files with a hash in their name forever, and revalidate all others.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "../../dist/"]
struct FrontendFiles;

/// The pages of the webmail and of the Lab.
const PAGES: [&str; 2] = ["index.html", "lab/index.html"];

/// Adds the embedded files and the security headers to the API's routes. `mta_sts` is this host's
/// own policy (RFC 8461 §3.3), served under host names that begin with `mta-sts.`.
pub(crate) fn router(api: Router, mta_sts: Option<String>) -> Router {
    let policy = Arc::new(content_policy());
    let mta_sts = get(async move |headers: HeaderMap| own_policy(&headers, mta_sts));
    api.route("/.well-known/mta-sts.txt", mta_sts)
        .fallback(file)
        .layer(middleware::from_fn_with_state(policy, add_security_headers))
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

async fn add_security_headers(
    State(policy): State<Arc<HeaderValue>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // The policy that mua sets for a message body is stricter and is kept.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| (*policy).clone());
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers
        .entry("cross-origin-opener-policy")
        .or_insert(HeaderValue::from_static("same-origin"));
    response
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
    let offered = |name: &str| {
        accepted
            .split(',')
            .any(|e| e.trim().split(';').next() == Some(name))
    };
    let (encoding, found) = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| offered(name))
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
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|seen| seen.as_bytes() == tag.as_bytes())
    {
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
