//! The WebSocket of a console: access checks, and frames to and from [`crate::console`].

use super::Peer;
use super::frames::{text, write_all};
use super::guard::{HttpError, same_origin, token};
use super::socket::ending;
use crate::Mua;
use crate::console::{
    ConsoleInput, ConsoleOutput, ConsoleParams, Consoles, EndReason, INPUTS_WAITING_MAX,
    LINE_BYTES_MAX, OwnHost, Service, run,
};
use crate::signin::{self, SignedIn};
use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::sync::mpsc;
use wire::Problem;

/// Frame size limit in bytes: the longest line with every byte escaped.
pub(super) const FRAME_BYTES_MAX: usize = 6 * LINE_BYTES_MAX + 64;
// Queued output frames.
const OUTPUTS_WAITING_MAX: usize = 16;

/// What consoles need of the host.
#[derive(Clone)]
pub(super) struct ConsoleState {
    pub(super) own: Arc<dyn OwnHost>,
    /// The enabled services.
    pub(super) services: Arc<[Service]>,
    pub(super) consoles: Consoles,
}

/// Lists the services that a signed-in user can connect to.
pub(super) async fn services(_: SignedIn, services: Arc<[Service]>) -> Json<Vec<Service>> {
    Json(services.to_vec())
}

pub(super) async fn open(
    State(mua): State<Mua>,
    console_state: ConsoleState,
    Path(service): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, HttpError> {
    // Browsers do not apply the same-origin policy to WebSockets; this check keeps other sites out
    // (RFC 6455 §10.2).
    if !same_origin(&headers) {
        return Err(Problem::Protected.into());
    }
    let Some(service) = Service::from_name(&service) else {
        return Err(Problem::Gone.into());
    };
    let signed = match token(&headers) {
        Some(token) => signin::session_of(&mua, &token)
            .await
            .map_err(|fault| HttpError::from_store(&mua, fault))?,
        None => None,
    };
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| {
        Box::pin(serve(mua, console_state, socket, signed, service, peer))
    }))
}

async fn serve(
    mua: Mua,
    ConsoleState {
        own,
        services,
        consoles,
    }: ConsoleState,
    mut socket: WebSocket,
    signed: Option<SignedIn>,
    service: Service,
    peer: Peer,
) {
    // A page cannot read the status of a failed upgrade, but it can read a frame.
    let Some(SignedIn { key, account }) = signed else {
        return refuse(&mut socket, EndReason::SignIn).await;
    };
    if !services.contains(&service) {
        return refuse(&mut socket, EndReason::Disabled).await;
    }
    let Some(_permit) = consoles.acquire(account.id) else {
        return refuse(&mut socket, EndReason::TooMany).await;
    };
    tracing::info!(account = %account.address, service = service.name(), from = %peer.address, "console opened");
    let params = ConsoleParams {
        service,
        account,
        from: peer.address.ip().to_canonical(),
        browser_tls: peer.tls,
    };
    let (sink, mut stream) = socket.split();
    let (input, inputs) = mpsc::channel(INPUTS_WAITING_MAX);
    let (output, outputs) = mpsc::channel::<ConsoleOutput>(OUTPUTS_WAITING_MAX);
    let reading = async move {
        while let Some(Ok(message)) = stream.next().await {
            let input_frame = match message {
                Message::Text(text) => serde_json::from_str::<ConsoleInput>(&text).ok(),
                Message::Binary(_) => None,
                Message::Close(_) => break,
                Message::Ping(_) | Message::Pong(_) => continue,
            };
            if input.send(input_frame).await.is_err() {
                break;
            }
        }
    };
    let writing = write_all(mua.world().clone(), outputs, sink);
    let ended = async {
        if ending(&mua, key).await {
            EndReason::Stopping
        } else {
            EndReason::SignIn
        }
    };
    let life = async { tokio::join!(run(&mua, own, params, inputs, output, ended), writing) };
    tokio::pin!(life, reading);
    tokio::select! {
        biased;
        _ = &mut life => return,
        () = &mut reading => {}
    }
    // The browser is gone and `inputs` has ended; the server side ends in order.
    life.await;
}

async fn refuse(socket: &mut WebSocket, reason: EndReason) {
    let _ = socket.send(text(&ConsoleOutput::End(reason))).await;
    let _ = socket.send(Message::Close(None)).await;
}
