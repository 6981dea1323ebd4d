//! The WebSocket of a tab: JSON text both ways. What is said on it is [`crate::session`]'s
//! business.

use super::Peer;
use super::guard::{Refused, same_origin, token};
use crate::session::{CALLS_WAITING_MAX, FRAMES_WAITING_MAX, read_call, serve};
use crate::signin::{self, SignedIn};
use crate::{Mua, Session};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use mail::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use wire::{Frame, Notification, Problem};

/// The largest frame of a browser, in octets: a draft with its text; files come by upload.
pub(super) const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
// How long one write to the browser may take.
const WRITE_MAX: Duration = Duration::from_secs(20);
// How often it is asked whether the session still stands: another process may have ended it.
const LOOK_EVERY: Duration = Duration::from_secs(30);

pub(super) async fn open(
    State(mua): State<Mua>,
    peer: Peer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    // A WebSocket is not held back by the same-origin policy: only this check keeps foreign pages
    // out (RFC 6455 §10.2).
    if !same_origin(&headers) {
        return Err(Problem::Protected.into());
    }
    let signed = match token(&headers) {
        Some(token) => signin::who(&mua, token)
            .await
            .map_err(|fault| Refused::fault(&mua, fault))?,
        None => None,
    };
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| Box::pin(talk(mua, socket, signed, peer))))
}

async fn talk(mua: Mua, mut socket: WebSocket, signed: Option<SignedIn>, peer: Peer) {
    // A page cannot see why an upgrade was refused; it can hear a frame.
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
            tracing::error!(error = %fault, "a tab could not be opened");
            return;
        }
    };
    let (mut sink, mut stream) = socket.split();
    let (call, calls) = mpsc::channel(CALLS_WAITING_MAX);
    let (frame, mut frames) = mpsc::channel::<Frame>(FRAMES_WAITING_MAX);
    let reading = async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message
                && call.send(read_call(&text)).await.is_err()
            {
                break;
            }
        }
        drop(call);
        // The tab's life ends by itself now that no call can come.
        std::future::pending::<()>().await;
    };
    let world = mua.world().clone();
    let writing = async move {
        while let Some(frame) = frames.recv().await {
            if !matches!(
                world.within(WRITE_MAX, sink.send(text(&frame))).await,
                Some(Ok(()))
            ) {
                return;
            }
        }
        let _ = world.within(WRITE_MAX, sink.close()).await;
    };
    let life = async {
        tokio::join!(serve(session, calls, frame, ending(&mua, key)), writing);
    };
    tokio::select! {
        biased;
        () = reading => {}
        () = life => {}
    }
}

// Ends when the host does (true: come again) or the session does.
pub(super) async fn ending(mua: &Mua, key: store::SessionKey) -> bool {
    let mut shutdown = mua.parts().shutdown.clone();
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
            () = mua.world().sleep(LOOK_EVERY) => true,
        };
        // A store that cannot say so now is asked again later.
        if look && matches!(signin::stands(mua, &key).await, Ok(false)) {
            return false;
        }
    }
}

fn text(frame: &Frame) -> Message {
    // Every frame is plain data: it can always be written.
    Message::Text(serde_json::to_string(frame).unwrap_or_default().into())
}
