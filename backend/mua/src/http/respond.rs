//! Header fields of responses with message content, shared by the message and the image endpoints.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HOST, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use headers::{HeaderMapExt, IfNoneMatch};

/// Sets the security headers of every response with message content.
pub(super) fn secure_headers(response: &mut Response, caching: &str) {
    set(response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, REFERRER_POLICY, "no-referrer");
    set(
        response,
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(response, CACHE_CONTROL, caching);
    set(response, VARY, "Cookie");
}

/// Sets a header field; an invalid value (a media type with line ends) is omitted, and `nosniff`
/// makes the rest harmless.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    } else if name == CONTENT_TYPE {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("application/octet-stream"));
    }
}

/// Whether the browser already has the content with this entity tag (RFC 9110 §13.1.2).
pub(super) fn is_current(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .typed_get::<IfNoneMatch>()
        .zip(tag.parse().ok())
        .is_some_and(|(known, tag)| !known.precondition_passes(&tag))
}

/// The host requested by the browser, if valid.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    host.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        .then_some(host)
}
