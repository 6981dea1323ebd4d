//! The proxy for remote images: the sender's host learns neither the reader's address nor a cookie.
//! Only URLs that this server wrote into a message's HTML are fetched: each is signed for an hour,
//! since the requesting sandboxed frame has no cookie.

use super::guard::HttpError;
use super::{Peer, fetch, respond};
use crate::Mua;
use crate::html::Remote;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use mail::{Duration, StoredMessageId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::Sha256;
use wire::Problem;

/// Lifetime of a signed URL.
pub(super) const SIGNATURE_LIFETIME: Duration = Duration::from_secs(3600);
// All but the unreserved characters (RFC 3986 §2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Deserialize)]
pub(super) struct RemoteQuery {
    u: String,
    t: i64,
    k: String,
}

/// Returns a function that rewrites image URLs to signed proxy URLs.
pub(super) fn rewriter(mua: &Mua, id: StoredMessageId) -> Remote {
    let until = (mua.world().now() + SIGNATURE_LIFETIME).secs();
    let mua = mua.clone();
    Box::new(move |url| {
        let signature = sign(&mua, id, url, until)
            .map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
            .unwrap_or_default();
        format!(
            "{}/{id}/remote?t={until}&k={signature}&u={}",
            wire::path::MESSAGE,
            utf8_percent_encode(url, &RESERVED)
        )
    })
}

/// The CSP source of proxy URLs, with a leading space.
pub(super) fn source(headers: &HeaderMap, peer: Peer, id: StoredMessageId) -> String {
    // `http:` also allows `https:` (CSP3 §6.7.2.8), in case a proxy in front adds TLS.
    let scheme = if peer.tls { "https" } else { "http" };
    respond::host(headers)
        .map(|host| format!(" {scheme}://{host}{}/{id}/remote", wire::path::MESSAGE))
        .unwrap_or_default()
}

pub(super) async fn image(
    State(mua): State<Mua>,
    Path(id): Path<u64>,
    Query(query): Query<RemoteQuery>,
) -> Result<Response, HttpError> {
    let known = URL_SAFE_NO_PAD.decode(&query.k).unwrap_or_default();
    let signed = sign(&mua, StoredMessageId(id), &query.u, query.t)
        .is_some_and(|mac| mac.verify_slice(&known).is_ok());
    if !signed || mua.world().now().secs() > query.t {
        return Err(Problem::Gone.into());
    }
    let image = fetch::fetch_image(&mua, &query.u).await.map_err(|fault| {
        tracing::debug!(%fault, "remote image not fetched");
        Problem::Gone
    })?;
    let mut response = image.bytes.into_response();
    respond::set(&mut response, CONTENT_TYPE, image.media_type);
    respond::set(
        &mut response,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
    respond::secure_headers(&mut response, "private, max-age=3600");
    // The frame has an opaque origin, so the request is cross-site for the browser.
    respond::set(
        &mut response,
        axum::http::HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    );
    Ok(response)
}

fn sign(mua: &Mua, id: StoredMessageId, url: &str, until: i64) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&mua.0.image_key).ok()?;
    mac.update(&id.0.to_be_bytes());
    mac.update(&until.to_be_bytes());
    mac.update(url.as_bytes());
    Some(mac)
}
