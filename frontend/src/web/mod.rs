//! Browser APIs: WebSocket, HTTP, storage, address bar, focus. Everything else in this crate is
//! plain state or views.

pub mod address_bar;
pub mod clipboard;
pub mod events;
pub mod http;
pub mod message_frame;
pub mod page;
pub mod player;
pub mod socket;
pub mod storage;
pub mod text_socket;
