//! The user agent on axum: what goes over HTTP, and the WebSocket. The program mounts [`router`]
//! beside the pages and tells each request who asks by a [`Peer`] in its extensions.
//!
//! Failures: a body of JSON with the [`wire::Problem`] and the status that fits. What a message
//! holds is never served as a page of ours: each answer has its own CSP, `nosniff` and, but for
//! what is known to be harmless, `Content-Disposition: attachment`.

mod console;
mod disposition;
mod fetch;
mod guard;
mod message;
mod progress;
mod range;
mod remote;
mod session;
mod socket;
mod upload;

pub(crate) use fetch::FETCHES_MAX;

use crate::Mua;
use crate::console::{Consoles, OwnHost, Service};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;

/// Who sent a request. The program puts it into the request's extensions; without it the request
/// counts as one from this host, without TLS.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The browser's end of the connection.
    pub address: SocketAddr,
    /// The connection is sealed.
    pub tls: bool,
}

/// The Lab's paths that ask something of this host: the console and what one has learned. `own` is
/// this host itself, `services` what it listens for: what is switched off is not to be had by a
/// console either.
pub fn lab(mua: Mua, own: Arc<dyn OwnHost>, services: Vec<Service>) -> Router {
    let desk = console::Desk {
        own,
        services: services.into(),
        consoles: Consoles::default(),
    };
    let offered = desk.services.clone();
    let open = move |state, service, peer, headers, upgrade| {
        console::open(state, desk, service, peer, headers, upgrade)
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

/// The paths below `/api/`.
pub fn router(mua: Mua) -> Router {
    Router::new()
        .route(
            wire::path::SESSION,
            get(session::who)
                .post(session::sign_in)
                .delete(session::sign_out),
        )
        .route(wire::path::SOCKET, get(socket::open))
        .route(wire::path::UPLOAD, post(upload::take))
        .route("/api/message/{id}/html", get(message::html))
        .route("/api/message/{id}/part/{path}", get(message::part))
        .route("/api/message/{id}/raw", get(message::raw))
        .route("/api/message/{id}/remote", get(remote::picture))
        // Each handler has its own limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(mua)
}
