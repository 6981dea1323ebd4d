//! Sign-in, sign-out and the current identity.

use super::Peer;
use super::guard::{COOKIE_NAME, HttpError, from_our_page};
use crate::Mua;
use crate::signin::{self, REMEMBERED_IDLE_MAX, SignedIn};
use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use wire::{Credentials, Identity, Problem};

/// Sign-in body limit in bytes.
pub(super) const CREDENTIALS_BYTES_MAX: usize = 8 * 1024;

/// The signed-in account, or `null`: a visitor's first request is no error.
pub(super) async fn current(signed: Result<SignedIn, HttpError>) -> Result<Response, HttpError> {
    match signed {
        Ok(signed) => Ok(identity_response(&signed, None)),
        Err(HttpError(Problem::SignIn)) => {
            Ok(([(CACHE_CONTROL, "no-store")], Json(None::<Identity>)).into_response())
        }
        Err(other) => Err(other),
    }
}

pub(super) async fn sign_in(
    State(mua): State<Mua>,
    peer: Peer,
    request: Request,
) -> Result<Response, HttpError> {
    from_our_page(request.headers())?;
    let body: Bytes = to_bytes(request.into_body(), CREDENTIALS_BYTES_MAX)
        .await
        .map_err(|_| Problem::Malformed)?;
    let credentials: Credentials = serde_json::from_slice(&body).map_err(|_| Problem::Malformed)?;
    let remember = credentials.remember;
    let (token, signed) =
        signin::sign_in(&mua, credentials, peer.address.ip().to_canonical()).await?;
    let age = if remember {
        format!("; Max-Age={}", REMEMBERED_IDLE_MAX.as_secs())
    } else {
        String::new()
    };
    Ok(identity_response(
        &signed,
        Some(cookie(&token, &age, peer.tls)),
    ))
}

pub(super) async fn sign_out(
    State(mua): State<Mua>,
    peer: Peer,
    headers: axum::http::HeaderMap,
    signed: SignedIn,
) -> Result<Response, HttpError> {
    from_our_page(&headers)?;
    signin::sign_out(&mua, signed.key)
        .await
        .map_err(|fault| HttpError::from_store(&mua, fault))?;
    let gone = cookie("", "; Max-Age=0", peer.tls);
    Ok((
        AppendHeaders([(SET_COOKIE, gone)]),
        [(CACHE_CONTROL, "no-store")],
        Json(()),
    )
        .into_response())
}

// RFC 6265 §4.1; SameSite=Strict: other sites cannot cause requests with it, not even by links.
fn cookie(token: &str, age: &str, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}")
}

fn identity_response(signed: &SignedIn, cookie: Option<String>) -> Response {
    let identity = Identity {
        address: signed.account.address.to_string(),
        name: signed.account.name.clone(),
    };
    let cookies = AppendHeaders(cookie.map(|c| (SET_COOKIE, c)));
    (cookies, [(CACHE_CONTROL, "no-store")], Json(identity)).into_response()
}
