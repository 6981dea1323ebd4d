//! The main loop of a session: calls in, replies and notifications out, over bounded channels. A
//! peer that does not read its frames in time is disconnected.

use super::Session;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use mail::Duration;
use tokio::sync::mpsc;
use wire::{Call, Frame, Notification, Problem};

/// Queued calls.
pub const CALLS_WAITING_MAX: usize = 64;
/// Queued frames.
pub const FRAMES_WAITING_MAX: usize = 64;
/// Time limit for the browser to accept a frame.
pub const STALL_MAX: Duration = Duration::from_secs(20);
/// Concurrent searches of a tab.
pub const SEARCHES_MAX: usize = 4;

/// Parses a call.
///
/// # Errors
/// The call's id if at least that is readable; it is answered with [`Problem::Malformed`].
pub fn read_call(text: &str) -> Result<Call, Option<u32>> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        id: u32,
    }
    serde_json::from_str(text)
        .map_err(|_| serde_json::from_str::<Numbered>(text).ok().map(|n| n.id))
}

/// Serves a tab until it disconnects or `ending` completes, whose value says whether the same
/// cookie is still valid.
pub async fn serve(
    mut session: Session,
    mut calls: mpsc::Receiver<Result<Call, Option<u32>>>,
    frames: mpsc::Sender<Frame>,
    ending: impl Future<Output = bool> + Send,
) {
    let world = session.mua.world().clone();
    let send = async |frame: Frame| {
        matches!(
            world.within(STALL_MAX, frames.send(frame)).await,
            Some(Ok(()))
        )
    };
    let mut searches = FuturesUnordered::new();
    tokio::pin!(ending);
    loop {
        tokio::select! {
            biased;
            again = &mut ending => {
                send(Frame::Notification(Notification::Bye { again })).await;
                return;
            }
            Some((id, result)) = searches.next(), if !searches.is_empty() => {
                if !send(Frame::Reply { id, result }).await {
                    return;
                }
            }
            call = calls.recv(), if searches.len() < SEARCHES_MAX => {
                let (id, result) = match call {
                    None => return,
                    Some(Err(None)) => continue,
                    Some(Err(Some(id))) => (id, Err(Problem::Malformed)),
                    Some(Ok(Call { id, request })) => match session.searching(request) {
                        Ok(search) => {
                            searches.push(Box::pin(async move { (id, search.await) }));
                            continue;
                        }
                        Err(request) => (id, session.answer(*request).await),
                    },
                };
                while let Some(notification) = session.outbox.pop_front() {
                    if !send(Frame::Notification(notification)).await {
                        return;
                    }
                }
                if !send(Frame::Reply { id, result }).await {
                    return;
                }
            }
            wake = session.next_wake() => {
                let notifications = session.notifications(wake).await;
                for one in notifications {
                    let last = matches!(one, Notification::Bye { .. });
                    if !send(Frame::Notification(one)).await || last {
                        return;
                    }
                }
            }
        }
    }
}
