//! Saving and sharing: links, saved works, files. Runs no scenario.
//!
//! Reading order: [`saved`], [`mod@file`], [`range`], [`transcript`]; then the browser access in
//! [`storage`] and [`browser`], and the views.

pub mod saved;

pub mod file;

pub mod range;

pub mod transcript;

pub mod i18n;

pub mod storage;

pub mod browser;

mod export;
mod view;

use crate::workspace::Workspace;
use leptos::prelude::*;

/// The button for saving and sharing in the header of a scenario's page.
pub fn tools(workspace: Workspace) -> impl IntoView {
    view! { <view::Tools workspace/> }
}

/// The notices below the header: an unusable link, unsaved changes of the last visit.
pub fn notices(workspace: Workspace) -> impl IntoView {
    view! { <view::Notices workspace/> }
}
