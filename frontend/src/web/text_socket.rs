//! A WebSocket with text frames to the server of this page. Does not reconnect, and knows nothing
//! about what the texts mean.
//!
//! Failures: a connection that cannot be established, or is lost, ends with
//! [`TextSocketEvent::Closed`].

use futures_channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures_util::future::{AbortHandle, Either, abortable, select};
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use std::future::poll_fn;
use wasm_bindgen_futures::spawn_local;

/// An event of the socket.
pub enum TextSocketEvent {
    /// A text frame arrived.
    Text(String),
    /// The connection was lost or not established. No event follows.
    Closed,
}

/// The socket; dropping it closes the connection, and no event follows.
pub struct TextSocket {
    outgoing: UnboundedSender<String>,
    connection: AbortHandle,
}

impl TextSocket {
    /// Connects to a path of the server. `None` if the browser refuses to try.
    pub fn open(path: &str, on_event: impl Fn(TextSocketEvent) + 'static) -> Option<TextSocket> {
        let location = web_sys::window()?.location();
        let scheme = match location.protocol().ok()?.as_str() {
            "https:" => "wss",
            _ => "ws",
        };
        let url = format!("{scheme}://{}{path}", location.host().ok()?);
        let socket = WebSocket::open(&url).ok()?;
        let (outgoing, unsent) = mpsc::unbounded();
        let (running, connection) = abortable(run(socket, unsent, on_event));
        spawn_local(async move {
            let _ = running.await;
        });
        Some(TextSocket {
            outgoing,
            connection,
        })
    }

    /// Sends a text as soon as the connection is established. What cannot be sent is followed by
    /// [`TextSocketEvent::Closed`].
    pub fn send(&self, text: String) {
        let _ = self.outgoing.unbounded_send(text);
    }
}

impl Drop for TextSocket {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Runs a connection to its end. Dropping the WebSocket closes it.
async fn run(
    mut socket: WebSocket,
    mut unsent: UnboundedReceiver<String>,
    on_event: impl Fn(TextSocketEvent),
) {
    // Ready when the connection is established or has failed; a failure is read below.
    let _ = poll_fn(|context| socket.poll_ready_unpin(context)).await;
    loop {
        // `unsent` is polled first: it ends when the `TextSocket` is dropped, also by `on_event`.
        match select(unsent.next(), socket.next()).await {
            Either::Left((Some(text), _)) => {
                let _ = socket.send(Message::Text(text)).await;
            }
            Either::Left((None, _)) => return,
            Either::Right((Some(Ok(Message::Text(text))), _)) => {
                on_event(TextSocketEvent::Text(text));
            }
            Either::Right((Some(Ok(Message::Bytes(_))), _)) => {}
            Either::Right((Some(Err(_)) | None, _)) => {
                on_event(TextSocketEvent::Closed);
                return;
            }
        }
    }
}
