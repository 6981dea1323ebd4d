//! The console: typing commands to any host of the scenario or to the user's own server, as with
//! `telnet` and `openssl s_client`; or acting as a server for a real client. Typed lines are edits
//! that the simulator runs; the user's own server is reached over a WebSocket.
//!
//! Reading order: [`dialogue`] (lines and session state), [`hints`], [`replies`], [`meaning`],
//! [`base64`], [`history`]; then [`socket`] and the views.

pub mod dialogue;

pub mod hints;

pub mod replies;

pub mod meaning;

pub mod base64;

pub mod history;

pub mod i18n;

pub mod socket;

mod view;

use crate::workspace::Workspace;
use leptos::prelude::*;

/// Whether Console mode is offered.
pub const OFFERED: bool = true;

/// The console, shown beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    view! { <view::ConsolePanel workspace/> }
}
