//! Writes frames to a WebSocket. What they are is the business of [`super::socket`] and
//! [`super::console`].
//!
//! Failures: a browser that does not take a frame in time is given up.

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use mail::Duration;
use serde::Serialize;
use tokio::sync::mpsc;
use world::World;

// Time limit of one write to the browser.
const WRITE_MAX: Duration = Duration::from_secs(20);

/// A frame as JSON text.
pub(super) fn text(frame: &impl Serialize) -> Message {
    // Frames contain plain data, which always serializes.
    Message::Text(serde_json::to_string(frame).unwrap_or_default().into())
}

/// Writes frames until there are no more, and closes the socket then.
pub(super) async fn write_all(
    world: World,
    mut frames: mpsc::Receiver<impl Serialize>,
    mut sink: SplitSink<WebSocket, Message>,
) {
    while let Some(frame) = frames.recv().await {
        let written = world.within(WRITE_MAX, sink.send(text(&frame))).await;
        if !matches!(written, Some(Ok(()))) {
            return;
        }
    }
    let _ = world.within(WRITE_MAX, sink.close()).await;
}
