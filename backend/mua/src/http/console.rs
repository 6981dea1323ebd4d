//! The WebSocket of a console: who may open one, and frames to and from [`crate::console`].

use super::Peer;
use super::guard::{Refused, same_origin, token};
use super::socket::ending;
use crate::Mua;
use crate::console::{
    Consoles, Hear, LINE_BYTES_MAX, Opening, Over, OwnHost, SAYS_WAITING_MAX, Say, Service, run,
};
use crate::signin::{self, SignedIn};
use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use mail::Duration;
use std::sync::Arc;
use tokio::sync::mpsc;
use wire::Problem;

/// The largest frame, in octets: the longest line, each octet escaped.
pub(super) const FRAME_BYTES_MAX: usize = 6 * LINE_BYTES_MAX + 64;
// Frames for the browser that wait.
const HEARS_WAITING_MAX: usize = 16;
// How long one write to the browser may take.
const WRITE_MAX: Duration = Duration::from_secs(20);

/// What consoles need of this host.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) own: Arc<dyn OwnHost>,
    /// What it listens for.
    pub(super) services: Arc<[Service]>,
    pub(super) consoles: Consoles,
}

/// What somebody who is signed in can be connected to.
pub(super) async fn services(_: SignedIn, services: Arc<[Service]>) -> Json<Vec<Service>> {
    Json(services.to_vec())
}

pub(super) async fn open(
    State(mua): State<Mua>,
    desk: Desk,
    Path(service): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    // A WebSocket is not held back by the same-origin policy: only this check keeps foreign pages
    // out (RFC 6455 §10.2).
    if !same_origin(&headers) {
        return Err(Problem::Protected.into());
    }
    let Some(service) = Service::from_name(&service) else {
        return Err(Problem::Gone.into());
    };
    let signed = match token(&headers) {
        Some(token) => signin::who(&mua, token)
            .await
            .map_err(|fault| Refused::fault(&mua, fault))?,
        None => None,
    };
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| Box::pin(talk(mua, desk, socket, signed, service, peer))))
}

async fn talk(
    mua: Mua,
    Desk {
        own,
        services,
        consoles,
    }: Desk,
    mut socket: WebSocket,
    signed: Option<SignedIn>,
    service: Service,
    peer: Peer,
) {
    // A page cannot see why an upgrade was refused; it can hear a frame.
    let Some(SignedIn { key, account }) = signed else {
        return refuse(&mut socket, Over::SignIn).await;
    };
    if !services.contains(&service) {
        return refuse(&mut socket, Over::Off).await;
    }
    let Some(_place) = consoles.take(account.id) else {
        return refuse(&mut socket, Over::TooMany).await;
    };
    tracing::info!(account = %account.address, service = service.name(), from = %peer.address, "a console was opened");
    let opening = Opening {
        service,
        account,
        from: peer.address.ip().to_canonical(),
        browser_sealed: peer.tls,
    };
    let (mut sink, mut stream) = socket.split();
    let (say, says) = mpsc::channel(SAYS_WAITING_MAX);
    let (hear, mut hears) = mpsc::channel::<Hear>(HEARS_WAITING_MAX);
    let reading = async move {
        while let Some(Ok(message)) = stream.next().await {
            let said = match message {
                Message::Text(text) => serde_json::from_str::<Say>(&text).ok(),
                Message::Binary(_) => None,
                Message::Close(_) => break,
                Message::Ping(_) | Message::Pong(_) => continue,
            };
            if say.send(said).await.is_err() {
                break;
            }
        }
    };
    let world = mua.world().clone();
    let writing = async move {
        while let Some(hear) = hears.recv().await {
            if !matches!(
                world.within(WRITE_MAX, sink.send(text(&hear))).await,
                Some(Ok(()))
            ) {
                return;
            }
        }
        let _ = world.within(WRITE_MAX, sink.close()).await;
    };
    let ended = async {
        if ending(&mua, key).await {
            Over::Stopping
        } else {
            Over::SignIn
        }
    };
    let life = async { tokio::join!(run(&mua, own, opening, says, hear, ended), writing) };
    tokio::pin!(life, reading);
    tokio::select! {
        biased;
        _ = &mut life => return,
        () = &mut reading => {}
    }
    // The browser is gone and `says` with it: the host's side comes to its end in order.
    life.await;
}

async fn refuse(socket: &mut WebSocket, over: Over) {
    let _ = socket.send(text(&Hear::Over(over))).await;
    let _ = socket.send(Message::Close(None)).await;
}

fn text(hear: &Hear) -> Message {
    // Every frame is plain data: it can always be written.
    Message::Text(serde_json::to_string(hear).unwrap_or_default().into())
}
