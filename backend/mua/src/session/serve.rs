//! A tab's life: calls in, frames out, news between. Both ways are bounded channels; whoever does
//! not take frames in time is dropped.

use super::Session;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use mail::Duration;
use tokio::sync::mpsc;
use wire::{Call, Frame, Notification, Problem, Request};

/// Calls that may wait for a tab.
pub const CALLS_WAITING_MAX: usize = 64;
/// Frames that may wait for a browser.
pub const FRAMES_WAITING_MAX: usize = 64;
/// How long a browser may take no frame.
pub const STALL_MAX: Duration = Duration::from_secs(20);
/// Searches of one tab side by side.
pub const SEARCHES_MAX: usize = 4;

/// Reads a frame of the browser.
///
/// # Errors
/// The call's number where at least that can be read: it is answered with [`Problem::Malformed`].
pub fn read_call(text: &str) -> Result<Call, Option<u32>> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        id: u32,
    }
    serde_json::from_str(text)
        .map_err(|_| serde_json::from_str::<Numbered>(text).ok().map(|n| n.id))
}

/// Serves a tab until it leaves or `ending` comes, which says whether the same cookie will work
/// again.
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
                    Some(Ok(Call { id, request: Request::Search { query, folder, offset, count } })) => {
                        let search = session.search(query, folder, offset, count);
                        searches.push(Box::pin(async move { (id, search.await.map(wire::Response::Window)) }));
                        continue;
                    }
                    Some(Ok(Call { id, request })) => (id, session.answer(request).await),
                };
                while let Some(news) = session.outbox.pop_front() {
                    if !send(Frame::Notification(news)).await {
                        return;
                    }
                }
                if !send(Frame::Reply { id, result }).await {
                    return;
                }
            }
            stir = session.stirred() => {
                let news = session.news(stir).await;
                for one in news {
                    let last = matches!(one, Notification::Bye { .. });
                    if !send(Frame::Notification(one)).await || last {
                        return;
                    }
                }
            }
        }
    }
}
