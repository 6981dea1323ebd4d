//! The editor: hosts, domains, people, records, links, settings and steps of a scenario, changed by
//! hand; or a scenario of one's own from an empty sheet. Everything it makes is an edit; what comes
//! of it, the engine says.
//!
//! Reading order: [`changes`] (what is done to edits, and undone), [`generate`] (whole pieces at once),
//! [`field_error`] and [`form`] (fields and what is wrong with them), [`kinds`] (which fields there are),
//! [`zone`] (records as text and table), [`own`] (the empty sheet).

pub mod edits;

pub mod generate;

pub mod field_error;

pub mod form;

pub mod kinds;

pub mod zone;

pub mod own_scenario;

pub mod i18n;

pub mod editor;

mod view;

use crate::workspace::Workspace;
use leptos::prelude::*;

/// Beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    view! { <view::Editor workspace/> }
}
