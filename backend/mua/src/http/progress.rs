//! The account's progress in the Lab: one JSON object with a `version`, merged by the page and
//! otherwise stored as received. `If-Match` keeps two tabs from overwriting each other.
//!
//! Failures: 413 too large; 400 no object, or an unsupported version; 412 changed by another tab.

use super::guard::{HttpError, from_our_page};
use crate::Mua;
use crate::signin::SignedIn;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ContentLength, HeaderMapExt, IfMatch};
use sha2::{Digest, Sha256};
use store::Fault;
use wire::Problem;

/// Document size limit in bytes.
pub(super) const PROGRESS_BYTES_MAX: usize = 64 * 1024;
/// The newest supported document version.
pub(super) const PROGRESS_VERSION: u64 = 1;
const NOTHING_YET: &[u8] = br#"{"version":1}"#;

pub(super) async fn read(State(mua): State<Mua>, signed: SignedIn) -> Result<Response, HttpError> {
    let kept = mua
        .store()
        .progress(signed.account.id)
        .await
        .map_err(|fault| HttpError::from_store(&mua, fault))?;
    let tag = tag(kept.as_deref());
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (ETAG, tag),
    ];
    Ok((headers, kept.unwrap_or_else(|| NOTHING_YET.to_vec())).into_response())
}

pub(super) async fn write(
    State(mua): State<Mua>,
    signed: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    from_our_page(&headers)?;
    let too_large = || Problem::TooLarge(PROGRESS_BYTES_MAX as u64);
    let announced = headers.typed_get::<ContentLength>();
    if announced.is_some_and(|bytes| bytes.0 > PROGRESS_BYTES_MAX as u64) {
        return Err(too_large().into());
    }
    let document = to_bytes(body, PROGRESS_BYTES_MAX)
        .await
        .map_err(|_| too_large())?
        .to_vec();
    check(&document)?;
    let former = mua
        .store()
        .progress(signed.account.id)
        .await
        .map_err(|fault| HttpError::from_store(&mua, fault))?;
    let unchanged = match headers.typed_try_get::<IfMatch>() {
        Ok(Some(expected)) => tag(former.as_deref())
            .parse()
            .is_ok_and(|current| expected.precondition_passes(&current)),
        Ok(None) => true,
        Err(_) => false,
    };
    if !unchanged {
        return Ok(StatusCode::PRECONDITION_FAILED.into_response());
    }
    let now = tag(Some(&document));
    match mua
        .store()
        .keep_progress(signed.account.id, former, document)
        .await
    {
        Ok(()) => Ok((
            [(ETAG, now), (CACHE_CONTROL, "no-store".to_owned())],
            Json(()),
        )
            .into_response()),
        Err(Fault::Conflict) => Ok(StatusCode::PRECONDITION_FAILED.into_response()),
        Err(fault) => Err(HttpError::from_store(&mua, fault)),
    }
}

fn check(document: &[u8]) -> Result<(), Problem> {
    let read: serde_json::Value =
        serde_json::from_slice(document).map_err(|_| Problem::Malformed)?;
    let version = read
        .as_object()
        .and_then(|object| object.get("version"))
        .and_then(serde_json::Value::as_u64);
    if version.is_some_and(|version| (1..=PROGRESS_VERSION).contains(&version)) {
        Ok(())
    } else {
        Err(Problem::Malformed)
    }
}

// The ETag: a digest of the document.
fn tag(document: Option<&[u8]>) -> String {
    format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(&Sha256::digest(document.unwrap_or_default())[..12])
    )
}
