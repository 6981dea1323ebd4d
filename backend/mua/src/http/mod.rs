//! The HTTP and WebSocket endpoints on axum. The program mounts [`router`] beside the static pages
//! and adds a [`Peer`] to the extensions of each request.
//!
//! Failures: a JSON body with the [`wire::Problem`] and a matching status. Message content is never
//! served as a page of ours: every response has its own CSP, `nosniff` and, except for known
//! harmless types, `Content-Disposition: attachment`.

mod console;
mod disposition;
mod fetch;
mod frames;
mod guard;
mod message;
mod progress;
mod range;
mod remote;
mod respond;
mod session;
mod socket;
mod upload;

use crate::Mua;
use crate::console::{Consoles, OwnHost, Service};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// The peer that sent a request. The server stores it in the request's extensions; if absent, the
/// request is treated as local and without TLS.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The browser's address.
    pub address: SocketAddr,
    /// Whether the connection uses TLS.
    pub tls: bool,
}

/// The Lab's routes that need this host: the console and the user's progress. `own` is the host,
/// `services` its enabled services; disabled ones are not available in a console.
pub fn lab(mua: Mua, own: Arc<dyn OwnHost>, services: Vec<Service>) -> Router {
    let console_state = console::ConsoleState {
        own,
        services: services.into(),
        consoles: Consoles::default(),
    };
    let offered = console_state.services.clone();
    let open = move |state, service, peer, headers, upgrade| {
        console::open(state, console_state, service, peer, headers, upgrade)
    };
    Router::new()
        .route(&format!("{}/{{service}}", wire::path::CONSOLE), get(open))
        .route(
            wire::path::CONSOLE,
            get(move |signed| console::services(signed, offered)),
        )
        .route(
            wire::path::PROGRESS,
            get(progress::read).put(progress::write),
        )
        .layer(DefaultBodyLimit::disable())
        .with_state(mua)
}

/// The routes below `/api/`.
pub fn router(mua: Mua) -> Router {
    Router::new()
        .route(
            wire::path::SESSION,
            get(session::current)
                .post(session::sign_in)
                .delete(session::sign_out),
        )
        .route(wire::path::SOCKET, get(socket::open))
        .route(wire::path::UPLOAD, post(upload::receive))
        .route(
            "/api/message/{id}/html",
            // Parts are compressed already, or are requested in ranges.
            get(message::html).layer(CompressionLayer::new()),
        )
        .route("/api/message/{id}/part/{path}", get(message::part))
        .route("/api/message/{id}/raw", get(message::raw))
        .route("/api/message/{id}/remote", get(remote::image))
        // Each handler has its own body limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(mua)
}
