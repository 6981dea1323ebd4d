//! Typing by hand: a console to any host of the scenario, or to one's own server as oneself, as one knows it from `telnet` and `openssl
//! s_client`; and the other way round, playing the server for a real client. What is typed is an edit of the run, made anew by the engine; one's
//! own server is reached by a socket that leads to nothing else.
//!
//! Reading order: [`sheet`] (lines, and where the conversation stands), [`hints`], [`meaning`], [`base64`], [`history`].

pub mod sheet;

pub mod hints;

pub mod meaning;

pub mod base64;

pub mod history;

use crate::work::Work;
use leptos::prelude::*;

/// Whether the mode is offered.
pub const OFFERED: bool = false;

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    super::pages::lead_of(work)
}
