//! What only a browser has: the WebSocket, HTTP, storage, the address bar, focus. Everything else
//! in this crate is plain state or a view.

pub mod address_bar;
pub mod http;
pub mod oneshot;
pub mod page;
pub mod player;
pub mod socket;
pub mod storage;
