//! The WebSocket to the console of the user's own server.

use mail::Service;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};
use wire::console::{ConsoleInput, ConsoleOutput, EndReason};
use wire::path;

type EventClosure<E> = Closure<dyn FnMut(E)>;

/// An open console; dropping it closes the connection.
pub struct Console {
    socket: WebSocket,
    _on_message: EventClosure<MessageEvent>,
    _on_close: EventClosure<CloseEvent>,
}

impl Console {
    /// Connects to a service. `on_output` gets everything the server sends, and finally why the
    /// connection ended.
    pub fn open(
        service: Service,
        on_output: impl Fn(ConsoleOutput) + Clone + 'static,
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
        let on_end = on_output.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(output) = event
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str(&text).ok())
            {
                on_output(output);
            }
        });
        // Also reported after the server gave a reason: the listener keeps the first one.
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |_: CloseEvent| {
            on_end(ConsoleOutput::End(EndReason::Closed));
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Console {
            socket,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Sends an input to the server.
    pub fn send(&self, input: &ConsoleInput) {
        let _ = self
            .socket
            .send_with_str(&serde_json::to_string(input).unwrap_or_default());
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
