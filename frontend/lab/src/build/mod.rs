//! The editor: hosts, domains, users, records, links, settings and events of a scenario, or of the
//! user's own scenario. Every change is an edit, which the simulator runs.
//!
//! Reading order: [`edits`] (operations and undo), [`generate`] (adding whole domains and
//! messages), [`field_error`] and [`form`] (fields and validation), [`kinds`] (which fields exist),
//! [`zone`] (records as text and table).

pub mod edits;

pub mod generate;

pub mod field_error;

pub mod form;

pub mod kinds;

pub mod summary;

pub mod zone;

pub mod i18n;

pub mod editor;

mod view;

use crate::workspace::Workspace;
use leptos::prelude::*;

/// The editor, shown beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    view! { <view::Editor workspace/> }
}
