//! The WebSocket to the console of the user's own server.

use mail::Service;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};
use wire::console::{ConsoleInput, ConsoleOutput, EndReason};
use wire::path;

type Held<E> = Closure<dyn FnMut(E)>;

/// An open console; dropped, it hangs up.
pub struct Console {
    socket: WebSocket,
    _heard: Held<MessageEvent>,
    _closed: Held<CloseEvent>,
}

impl Console {
    /// Opens one. `hear` gets what comes, and at last why it is over.
    pub fn open(
        service: Service,
        hear: impl Fn(ConsoleOutput) + Clone + 'static,
    ) -> Option<Console> {
        let location = web_sys::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let address = format!(
            "{scheme}://{}{}/{}",
            location.host().ok()?,
            path::CONSOLE,
            service.name()
        );
        let socket = WebSocket::new(&address).ok()?;
        let description = hear.clone();
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(heard) = event
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str(&text).ok())
            {
                description(heard);
            }
        });
        // Told once more where the server said why already: the listener keeps the first.
        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |_: CloseEvent| {
            hear(ConsoleOutput::End(EndReason::Closed));
        });
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some(Console {
            socket,
            _heard: heard,
            _closed: closed,
        })
    }

    /// Says something.
    pub fn say(&self, say: &ConsoleInput) {
        let _ = self
            .socket
            .send_with_str(&serde_json::to_string(say).unwrap_or_default());
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
