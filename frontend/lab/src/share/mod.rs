//! Saving and sharing: links, saved works, files. Nothing here runs a scenario.
//!
//! Reading order: [`link`] (a work in an address), [`saved`], `file`, [`range`], [`transcript`];
//! then what touches the browser: [`storage`], [`browser`], and the views.

pub mod link;

pub mod saved;

pub mod file;

pub mod range;

pub mod transcript;

pub mod i18n;

pub mod storage;

pub mod browser;

mod export;
mod view;

use crate::build::own_scenario;
use crate::state::route::ScenarioRoute;
use crate::workspace::Workspace;
use leptos::prelude::*;
use sim::scenario::Edits;

/// The edits that an address carries for the scenario that is visited; what is not understood is
/// none, and is told by [`tools`].
pub fn edits_in(route: Option<&ScenarioRoute>) -> Option<Edits> {
    let route = route?;
    let shared = storage::in_address()?.ok()?;
    let ours = if route.number == own_scenario::NUMBER {
        shared.own.is_some() || shared.edits.scenario == own_scenario::NUMBER
    } else {
        shared.edits.scenario == route.number
    };
    ours.then_some(shared.edits)
}

/// Tools in the head of a scenario's page.
pub fn tools(workspace: Workspace) -> impl IntoView {
    view! { <view::Tools workspace/> }
}
