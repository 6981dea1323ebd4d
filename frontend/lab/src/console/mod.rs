//! Typing by hand: a console to any host of the scenario, or to one's own server as oneself, as one
//! knows it from `telnet` and `openssl s_client`; and the other way round, playing the server for a
//! real client. What is typed is an edit of the run, made anew by the engine; one's own server is
//! reached by a socket that leads to nothing else.
//!
//! Reading order: [`dialogue_lines`] (lines, and where the conversation stands), [`hints`], [`offers`]
//! (replies of a played server), [`meaning`], [`base64`], [`history`]; then [`socket`] and the
//! views.

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

/// Whether the mode is offered.
pub const OFFERED: bool = true;

/// Beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    view! { <view::ConsolePanel workspace/> }
}
