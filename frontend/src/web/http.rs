//! HTTP requests: sign-in, sign-out, uploads with progress, texts.

use crate::state::failure::Failure;
use crate::web::events::first_event;
use gloo_events::EventListener;
use gloo_net::Error;
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, ProgressEvent, XmlHttpRequest};
use wire::{Credentials, Identity, Problem, Uploaded, path};

/// The header required by unsafe methods; other sites cannot set it.
const GUARD: (&str, &str) = ("x-glasspost", "1");

/// The signed-in account, if any.
///
/// # Errors
/// The server cannot be reached.
pub async fn session() -> Result<Option<Identity>, Failure> {
    match text_of(guarded(Request::get(path::SESSION)).build(), false).await {
        Ok(text) => parsed(&text),
        Err(Failure::Problem(Problem::SignIn | Problem::Credentials)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Signs in.
///
/// # Errors
/// The failure to show.
pub async fn sign_in(credentials: &Credentials) -> Result<Identity, Failure> {
    let request = guarded(Request::post(path::SESSION)).json(credentials);
    parsed(&text_of(request, true).await?)
}

/// Signs out. The session ends for this tab even if the request fails.
pub async fn sign_out() {
    let _ = text_of(guarded(Request::delete(path::SESSION)).build(), false).await;
}

fn guarded(request: RequestBuilder) -> RequestBuilder {
    request.header(GUARD.0, GUARD.1)
}

/// Sends a request; the body of a successful response. Invalid UTF-8 is replaced.
async fn text_of(request: Result<Request, Error>, signing_in: bool) -> Result<String, Failure> {
    let lost = |_: Error| Failure::ConnectionLost;
    let response: Response = request.map_err(lost)?.send().await.map_err(lost)?;
    let text = response.text().await.map_err(lost)?;
    if response.ok() {
        return Ok(text);
    }
    let wait = response.headers().get("retry-after");
    Err(refused(
        response.status(),
        &text,
        wait.as_deref(),
        signing_in,
    ))
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|_| Problem::Malformed.into())
}

/// The problem in an error response: from its body, or else from its status.
fn refused(status: u16, text: &str, wait: Option<&str>, signing_in: bool) -> Failure {
    if let Ok(problem) = serde_json::from_str::<Problem>(text) {
        return problem.into();
    }
    Failure::Problem(match status {
        401 | 403 if signing_in => Problem::Credentials,
        401 | 403 => Problem::SignIn,
        413 => Problem::TooLarge(0),
        429 => Problem::TooManyAttempts(wait.and_then(|w| w.parse().ok()).unwrap_or(60)),
        502..=504 => return Failure::ConnectionLost,
        other => Problem::Server(other.to_string()),
    })
}

/// Fetches a text, such as the source of a message; invalid UTF-8 is replaced.
///
/// # Errors
/// The failure to show.
pub async fn text(address: &str) -> Result<String, Failure> {
    text_of(Request::get(address).build(), false).await
}

/// A running upload.
#[derive(Clone)]
pub struct UploadHandle(Rc<XmlHttpRequest>);

impl UploadHandle {
    /// Aborts it.
    pub fn stop(&self) {
        let _ = self.0.abort();
    }
}

/// Uploads a file, reporting the bytes sent. `begun` receives the handle to abort it.
///
/// By `XMLHttpRequest`: `fetch`, and so gloo-net, does not report the progress of an upload.
///
/// # Errors
/// The failure to show.
pub async fn upload(
    file: &File,
    name: &str,
    progress: impl Fn(u64) + 'static,
    begun: impl FnOnce(UploadHandle),
) -> Result<Uploaded, Failure> {
    let lost = |_: JsValue| Failure::ConnectionLost;
    let request = Rc::new(XmlHttpRequest::new().map_err(lost)?);
    let media = if file.type_().is_empty() {
        "application/octet-stream".to_owned()
    } else {
        file.type_()
    };
    let escape = crate::state::percent::escape;
    let url = format!(
        "{}?name={}&type={}",
        path::UPLOAD,
        escape(name),
        escape(&media)
    );
    request.open("POST", &url).map_err(lost)?;
    request.set_request_header(GUARD.0, GUARD.1).map_err(lost)?;
    let _progress = request.upload().ok().map(|sending| {
        EventListener::new(&sending, "progress", move |event| {
            if let Some(event) = event.dyn_ref::<ProgressEvent>() {
                progress(event.loaded() as u64);
            }
        })
    });
    let ended = first_event(&request, ["loadend"]);
    begun(UploadHandle(request.clone()));
    request.send_with_opt_blob(Some(file)).map_err(lost)?;
    let _ = ended.await;
    let status = request.status().unwrap_or(0);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match status {
        0 => Err(Failure::ConnectionLost),
        200..=299 => parsed(&text),
        status => Err(refused(status, &text, None, false)),
    }
}
