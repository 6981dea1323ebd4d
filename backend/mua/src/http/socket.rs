//! The WebSocket of a tab: JSON text in both directions, served by [`crate::session`].

use super::Peer;
use super::frames::{text, write_all};
use super::guard::{HttpError, same_origin, token};
use crate::session::{CALLS_WAITING_MAX, FRAMES_WAITING_MAX, read_call, serve};
use crate::signin::{self, SignedIn};
use crate::{Mua, Session};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt;
use mail::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use wire::{Frame, Notification, Problem};

/// Frame size limit in bytes: a draft with its text; files are uploaded separately.
pub(super) const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
// How often the session is checked: another process may have ended it.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

pub(super) async fn open(
    State(mua): State<Mua>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, HttpError> {
    // Browsers do not apply the same-origin policy to WebSockets; this check keeps other sites out
    // (RFC 6455 §10.2).
    if !same_origin(&headers) {
        return Err(Problem::Protected.into());
    }
    let signed = match token(&headers) {
        Some(token) => signin::session_of(&mua, &token)
            .await
            .map_err(|fault| HttpError::from_store(&mua, fault))?,
        None => None,
    };
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| Box::pin(talk(mua, socket, signed, peer))))
}

async fn talk(mua: Mua, mut socket: WebSocket, signed: Option<SignedIn>, peer: Peer) {
    // A page cannot read the status of a failed upgrade, but it can read a frame.
    let Some(signed) = signed else {
        let _ = socket
            .send(text(&Frame::Notification(Notification::Bye {
                again: false,
            })))
            .await;
        let _ = socket
            .send(Message::Close(Some(CloseFrame {
                code: close_code::POLICY,
                reason: "".into(),
            })))
            .await;
        return;
    };
    let SignedIn { key, account } = signed;
    let session = match Session::new(mua.clone(), account, peer.address.to_string()).await {
        Ok(session) => session,
        Err(fault) => {
            tracing::error!(error = %fault, "cannot open the session of a tab");
            return;
        }
    };
    let (sink, mut stream) = socket.split();
    let (call, calls) = mpsc::channel(CALLS_WAITING_MAX);
    let (frame, frames) = mpsc::channel::<Frame>(FRAMES_WAITING_MAX);
    let reading = async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message
                && call.send(read_call(&text)).await.is_err()
            {
                break;
            }
        }
        drop(call);
        // The session ends by itself now that no call can arrive.
        std::future::pending::<()>().await;
    };
    let writing = write_all(mua.world().clone(), frames, sink);
    let life = async {
        tokio::join!(serve(session, calls, frame, ending(&mua, key)), writing);
    };
    tokio::select! {
        biased;
        () = reading => {}
        () = life => {}
    }
}

// Completes with true when the host shuts down (the cookie stays valid), with false when the
// session ends.
pub(super) async fn ending(mua: &Mua, key: store::SessionKey) -> bool {
    let mut shutdown = mua.config().shutdown.clone();
    let mut ended = mua.0.ended.subscribe();
    loop {
        let look = tokio::select! {
            biased;
            _ = shutdown.wait_for(|over| *over) => return true,
            key_ended = ended.recv() => match key_ended {
                Ok(ended) if ended == key => return false,
                Ok(_) => false,
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return true,
            },
            () = mua.world().sleep(CHECK_INTERVAL) => true,
        };
        // A store fault is ignored; the check is repeated later.
        if look && matches!(signin::is_valid(mua, &key).await, Ok(false)) {
            return false;
        }
    }
}
