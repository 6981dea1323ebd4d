//! Saving and sharing: links, saved works, files. Nothing here runs a scenario.
//!
//! Reading order: [`saved`], [`mod@file`], [`range`], [`transcript`]; then what touches the
//! browser: [`storage`], [`browser`], and the views.

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

/// Tools in the head of a scenario's page.
pub fn tools(workspace: Workspace) -> impl IntoView {
    view! { <view::Tools workspace/> }
}
