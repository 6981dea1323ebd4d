//! Requests to the server: the catalogue, scenario files, and the progress of an account. Most need
//! no sign-in.

use crate::state::catalogue::Catalogue;
use crate::state::progress::Progress;
use mail::Service;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};
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
    let (_, text) = fetch("GET", "/lab/catalogue.json", None, None).await?;
    serde_json::from_str(&text).map_err(|_| FetchError::Invalid)
}

/// Fetches a scenario file.
///
/// # Errors
/// See [`FetchError`].
pub async fn scenario(file: &str) -> Result<String, FetchError> {
    Ok(fetch("GET", &format!("/lab/scenarios/{file}"), None, None)
        .await?
        .1)
}

/// The services of the user's own server that the console can connect to; `None` if the request
/// failed.
pub async fn services() -> Option<Vec<Service>> {
    let (_, text) = fetch("GET", path::CONSOLE, None, None).await.ok()?;
    serde_json::from_str(&text).ok()
}

/// Merges this device's progress with the account's, saves the result to the account if it changed,
/// and returns it.
pub async fn sync_progress(mine: &Progress) -> Option<Progress> {
    for _ in 0..TRIES {
        let (tag, text) = fetch("GET", path::PROGRESS, None, None).await.ok()?;
        let theirs = Progress::read(&text);
        let mut both = theirs.clone();
        both.merge(mine);
        if both == theirs {
            return Some(both);
        }
        match fetch("PUT", path::PROGRESS, Some(&both.write()), tag.as_deref()).await {
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
    let response: Response = JsFuture::from(web_sys::window()?.fetch_with_str(address))
        .await
        .ok()?
        .unchecked_into();
    let bytes: f64 = response
        .headers()
        .get("content-length")
        .ok()
        .flatten()?
        .parse()
        .ok()?;
    if !response.ok() || bytes > MESSAGE_BYTES_MAX {
        return None;
    }
    JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()
}

async fn fetch(
    method: &str,
    address: &str,
    body: Option<&str>,
    tag: Option<&str>,
) -> Result<(Option<String>, String), FetchError> {
    let lost = |_: JsValue| FetchError::Unreachable;
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&JsValue::from_str(body));
    }
    let request = Request::new_with_str_and_init(address, &init).map_err(lost)?;
    request
        .headers()
        .set(CSRF_HEADER.0, CSRF_HEADER.1)
        .map_err(lost)?;
    if body.is_some() {
        request
            .headers()
            .set("content-type", "application/json")
            .map_err(lost)?;
    }
    if let Some(tag) = tag {
        request.headers().set("if-match", tag).map_err(lost)?;
    }
    let window = web_sys::window().ok_or(FetchError::Unreachable)?;
    let response: Response = JsFuture::from(window.fetch_with_request(&request))
        .await
        .map_err(lost)?
        .unchecked_into();
    let text = JsFuture::from(response.text().map_err(lost)?)
        .await
        .map_err(lost)?
        .as_string()
        .unwrap_or_default();
    let tag = response.headers().get("etag").ok().flatten();
    match response.status() {
        200..=299 => Ok((tag, text)),
        404 => Err(FetchError::NotFound),
        412 => Err(FetchError::Invalid),
        _ => Err(FetchError::Unreachable),
    }
}
