//! Access control of the HTTP API: the session cookie, a header that other sites cannot send, the
//! Origin check; and the HTTP form of an error.

use super::Peer;
use crate::Mua;
use crate::signin::{self, SignedIn};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{ORIGIN, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use headers::{Cookie, HeaderMapExt, Host, Origin};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use store::Fault;
use wire::Problem;

/// The name of the session cookie.
pub(super) const COOKIE_NAME: &str = "glasspost";
/// The header required by all unsafe methods.
pub(super) const CSRF_HEADER: &str = "x-glasspost";

/// A problem as an HTTP response.
#[derive(Debug)]
pub struct HttpError(pub(super) Problem);

impl From<Problem> for HttpError {
    fn from(problem: Problem) -> HttpError {
        HttpError(problem)
    }
}

impl HttpError {
    pub(super) fn from_store(mua: &Mua, fault: Fault) -> HttpError {
        HttpError(mua.problem(fault))
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Problem::SignIn | Problem::Credentials => StatusCode::UNAUTHORIZED,
            Problem::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Gone => StatusCode::NOT_FOUND,
            Problem::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Quota => StatusCode::INSUFFICIENT_STORAGE,
            Problem::Protected => StatusCode::FORBIDDEN,
            Problem::Server(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let wait = if let Problem::TooManyAttempts(secs) = self.0 {
            Some(secs)
        } else {
            None
        };
        let mut response = (status, Json(self.0)).into_response();
        if let Some(secs) = wait {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        response
            .headers_mut()
            .insert("cache-control", HeaderValue::from_static("no-store"));
        response
    }
}

/// Checks that an unsafe request comes from our own page.
pub(super) fn from_our_page(headers: &HeaderMap) -> Result<(), HttpError> {
    let guarded = headers.get(CSRF_HEADER).is_some_and(|v| v == "1");
    // Browsers send Origin; other programs need not.
    let foreign = headers.contains_key(ORIGIN) && !same_origin(headers);
    if guarded && !foreign {
        Ok(())
    } else {
        Err(Problem::Protected.into())
    }
}

/// Whether the requesting page was loaded from the requested host. The scheme is ignored, since it
/// may differ behind a proxy.
pub(super) fn same_origin(headers: &HeaderMap) -> bool {
    match (headers.typed_get::<Origin>(), headers.typed_get::<Host>()) {
        (Some(origin), Some(host)) => {
            matches!(origin.scheme(), "http" | "https")
                && origin.hostname().eq_ignore_ascii_case(host.hostname())
                && origin.port() == host.port()
        }
        _ => false,
    }
}

/// The session token from the cookies (RFC 6265 §5.4).
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.typed_get::<Cookie>()?;
    cookies.get(COOKIE_NAME).map(str::to_owned)
}

impl FromRequestParts<Mua> for SignedIn {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, mua: &Mua) -> Result<SignedIn, HttpError> {
        let Some(token) = token(&parts.headers) else {
            return Err(Problem::SignIn.into());
        };
        match signin::session_of(mua, &token).await {
            Ok(Some(who)) => Ok(who),
            Ok(None) => Err(Problem::SignIn.into()),
            Err(fault) => Err(HttpError::from_store(mua, fault)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Peer, Infallible> {
        let here = Peer {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: false,
        };
        Ok(parts.extensions.get::<Peer>().copied().unwrap_or(here))
    }
}
