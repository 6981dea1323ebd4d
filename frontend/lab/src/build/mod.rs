//! The editor: hosts, domains, people, records, links, settings and steps of a scenario, changed by
//! hand; or a scenario of one's own from an empty sheet. Everything it makes is an edit; what comes
//! of it, the engine says.
//!
//! Reading order: [`changes`] (what is done to edits, and undone), [`grow`] (whole pieces at once),
//! [`flaw`] and [`form`] (fields and what is wrong with them), [`kinds`] (which fields there are),
//! [`zone`] (records as text and table), [`own`] (the empty sheet).

pub mod changes;

pub mod grow;

pub mod flaw;

pub mod form;

pub mod kinds;

pub mod zone;

pub mod own;

pub mod i18n;

pub mod bench;

mod view;

use crate::work::Work;
use leptos::prelude::*;

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    view! { <view::Editor work/> }
}
