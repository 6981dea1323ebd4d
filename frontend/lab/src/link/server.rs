//! Requests to the server: the catalogue, scenario files, and the progress of an account. Most need
//! no sign-in.

use crate::state::catalogue::Catalogue;
use crate::state::progress::Progress;
use gloo_net::Error;
use gloo_net::http::{Request, RequestBuilder};
use mail::Service;
use wire::path;

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The server cannot be reached or reports an error.
    Unreachable,
    /// It does not exist.
    NotFound,
    /// It exists, but cannot be read.
    Invalid,
}

/// The header that the server requires for every change, as CSRF protection: other sites cannot set
/// it.
const CSRF_HEADER: (&str, &str) = ("x-glasspost", "1");
/// How often a conflicting write of another tab is retried.
const TRIES: u32 = 3;

/// Fetches the catalogue of the scenarios.
///
/// # Errors
/// See [`FetchError`].
pub async fn catalogue() -> Result<Catalogue, FetchError> {
    let (_, text) = fetch(get("/lab/catalogue.json")).await?;
    serde_json::from_str(&text).map_err(|_| FetchError::Invalid)
}

/// Fetches a scenario file.
///
/// # Errors
/// See [`FetchError`].
pub async fn scenario(file: &str) -> Result<String, FetchError> {
    Ok(fetch(get(&format!("/lab/scenarios/{file}"))).await?.1)
}

/// The services of the user's own server that the console can connect to; `None` if the request
/// failed.
pub async fn services() -> Option<Vec<Service>> {
    let (_, text) = fetch(get(path::CONSOLE)).await.ok()?;
    serde_json::from_str(&text).ok()
}

/// Merges this device's progress with the account's, saves the result to the account if it changed,
/// and returns it.
pub async fn sync_progress(mine: &Progress) -> Option<Progress> {
    for _ in 0..TRIES {
        let (tag, text) = fetch(get(path::PROGRESS)).await.ok()?;
        let theirs = Progress::read(&text);
        let mut both = theirs.clone();
        both.merge(mine);
        if both == theirs {
            return Some(both);
        }
        match fetch(put_progress(&both, tag.as_deref())).await {
            Ok(_) => return Some(both),
            // Another tab saved meanwhile: retry.
            Err(FetchError::Invalid) => {}
            Err(_) => return None,
        }
    }
    None
}

/// Maximum size in bytes of a message whose source is shown; of a larger one only the header is.
pub const MESSAGE_BYTES_MAX: f64 = 1_048_576.0;

/// The source of a message in the user's mailbox; `None` if it cannot be fetched or is too large.
pub async fn message(address: &str) -> Option<String> {
    let response = Request::get(address).send().await.ok()?;
    let bytes: f64 = response.headers().get("content-length")?.parse().ok()?;
    if !response.ok() || bytes > MESSAGE_BYTES_MAX {
        return None;
    }
    response.text().await.ok()
}

fn guarded(request: RequestBuilder) -> RequestBuilder {
    request.header(CSRF_HEADER.0, CSRF_HEADER.1)
}

fn get(address: &str) -> Result<Request, Error> {
    guarded(Request::get(address)).build()
}

/// Saves the progress if the account's still has this entity tag (RFC 9110 §13.1.1).
fn put_progress(progress: &Progress, tag: Option<&str>) -> Result<Request, Error> {
    let request = guarded(Request::put(path::PROGRESS)).header("content-type", "application/json");
    match tag {
        Some(tag) => request.header("if-match", tag),
        None => request,
    }
    .body(progress.write())
}

/// The entity tag and the body of a successful response.
async fn fetch(request: Result<Request, Error>) -> Result<(Option<String>, String), FetchError> {
    let lost = |_: Error| FetchError::Unreachable;
    let response = request.map_err(lost)?.send().await.map_err(lost)?;
    let text = response.text().await.map_err(lost)?;
    let tag = response.headers().get("etag");
    match response.status() {
        200..=299 => Ok((tag, text)),
        404 => Err(FetchError::NotFound),
        412 => Err(FetchError::Invalid),
        _ => Err(FetchError::Unreachable),
    }
}
