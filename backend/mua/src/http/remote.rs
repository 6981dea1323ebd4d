//! Pictures from elsewhere, fetched by the server when the reader asked for them: the sender's host
//! learns neither the reader's address nor a cookie. Only addresses that this server itself wrote
//! into a message's page are fetched: each is signed, for an hour, since the sandboxed frame that
//! asks has no cookie.

use super::guard::Refused;
use super::{Peer, fetch, message};
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
use serde::Deserialize;
use sha2::Sha256;
use wire::Problem;

/// How long a signed address is good.
pub(super) const GOOD_FOR: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
pub(super) struct Wanted {
    u: String,
    t: i64,
    k: String,
}

/// Writes the server's own address in place of a picture's.
pub(super) fn rewriter(mua: &Mua, id: StoredMessageId) -> Remote {
    let until = (mua.world().now() + GOOD_FOR).secs();
    let mua = mua.clone();
    Box::new(move |url| {
        let signature = sign(&mua, id, url, until)
            .map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
            .unwrap_or_default();
        format!(
            "{}/{id}/remote?t={until}&k={signature}&u={}",
            wire::path::MESSAGE,
            percent_encode(url)
        )
    })
}

/// What the page's CSP must allow for them, with a space before it.
pub(super) fn source(headers: &HeaderMap, peer: Peer, id: StoredMessageId) -> String {
    // `http:` also allows `https:` (CSP3 §6.7.2.8), so that a proxy in front that adds TLS does no
    // harm.
    let scheme = if peer.tls { "https" } else { "http" };
    message::host(headers)
        .map(|host| format!(" {scheme}://{host}{}/{id}/remote", wire::path::MESSAGE))
        .unwrap_or_default()
}

pub(super) async fn picture(
    State(mua): State<Mua>,
    Path(id): Path<u64>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refused> {
    let known = URL_SAFE_NO_PAD.decode(&wanted.k).unwrap_or_default();
    let signed = sign(&mua, StoredMessageId(id), &wanted.u, wanted.t)
        .is_some_and(|mac| mac.verify_slice(&known).is_ok());
    if !signed || mua.world().now().secs() > wanted.t {
        return Err(Problem::Gone.into());
    }
    let picture = fetch::picture(&mua, &wanted.u).await.map_err(|why| {
        tracing::debug!(why, "a remote picture was not fetched");
        Problem::Gone
    })?;
    let mut response = picture.bytes.into_response();
    message::set(&mut response, CONTENT_TYPE, picture.media_type);
    message::set(
        &mut response,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
    message::harmless(&mut response, "private, max-age=3600");
    // The frame that shows it has no origin, so to the browser it is another site.
    message::set(
        &mut response,
        axum::http::HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    );
    Ok(response)
}

fn sign(mua: &Mua, id: StoredMessageId, url: &str, until: i64) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&mua.0.picture_key).ok()?;
    mac.update(&id.0.to_be_bytes());
    mac.update(&until.to_be_bytes());
    mac.update(url.as_bytes());
    Some(mac)
}

// Everything but unreserved characters (RFC 3986 §2.3).
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(b as char);
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}
