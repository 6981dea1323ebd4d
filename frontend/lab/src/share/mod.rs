//! Taking work out of the Lab and back in: links, saved works, files. Nothing here plays a run.
//!
//! Reading order: [`link`] (a work in an address), [`shelf`] (works saved on this device), [`file`]
//! (files in and out), [`range`] (a part of a run), [`transcript`]; then what touches the browser:
//! [`keep`] (its storage), [`out`] (downloads), and the views.

pub mod link;

pub mod shelf;

pub mod file;

pub mod range;

pub mod transcript;

pub mod i18n;

pub mod keep;

pub mod out;

mod export;
mod view;

use crate::build::own;
use crate::state::place::Visit;
use crate::work::Work;
use leptos::prelude::*;
use sim::scenario::Edits;

/// The edits that an address carries for the scenario that is visited; what is not understood is
/// none, and is told by [`tools`].
pub fn edits_in(visit: Option<&Visit>) -> Option<Edits> {
    let visit = visit?;
    let shared = keep::in_address()?.ok()?;
    let ours = if visit.number == own::NUMBER {
        shared.own.is_some() || shared.edits.scenario == own::NUMBER
    } else {
        shared.edits.scenario == visit.number
    };
    ours.then_some(shared.edits)
}

/// Tools in the head of a scenario's page.
pub fn tools(work: Work) -> impl IntoView {
    view! { <view::Tools work/> }
}
