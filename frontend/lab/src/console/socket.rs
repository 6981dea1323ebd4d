//! The WebSocket to the console of the user's own server.

use frontend::web::text_socket::{TextSocket, TextSocketEvent};
use mail::Service;
use wire::console::{ConsoleInput, ConsoleOutput, EndReason};
use wire::path;

/// An open console; dropping it closes the connection.
pub struct Console(TextSocket);

impl Console {
    /// Connects to a service. `on_output` gets everything the server sends, and finally why the
    /// connection ended.
    pub fn open(service: Service, on_output: impl Fn(ConsoleOutput) + 'static) -> Option<Console> {
        let path = format!("{}/{}", path::CONSOLE, service.name());
        let socket = TextSocket::open(&path, move |event| match event {
            TextSocketEvent::Text(text) => {
                if let Ok(output) = serde_json::from_str(&text) {
                    on_output(output);
                }
            }
            // Also reported after the server gave a reason: the listener keeps the first one.
            TextSocketEvent::Closed => on_output(ConsoleOutput::End(EndReason::Closed)),
        });
        socket.map(Console)
    }

    /// Sends an input to the server.
    pub fn send(&self, input: &ConsoleInput) {
        self.0
            .send(serde_json::to_string(input).unwrap_or_default());
    }
}
