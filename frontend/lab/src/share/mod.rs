//! Taking work out of the Lab and back in: links, saved works, files. Pure parts first; nothing here plays a run.
//!
//! Reading order: [`link`] (a work in an address), [`shelf`] (works saved on this device), [`file`] (files in and out).

pub mod link;

pub mod shelf;

pub mod file;

use crate::state::place::Visit;
use crate::work::Work;
use leptos::prelude::*;
use sim::scenario::Edits;

/// The edits that an address carries for the scenario that is visited; what is not understood is none, and is told by [`tools`].
pub fn edits_in(visit: Option<&Visit>) -> Option<Edits> {
    let number = visit?.number;
    let hash = web_sys::window()?.location().hash().ok()?;
    link::read(&hash)?.ok().map(|shared| shared.edits).filter(|edits| edits.scenario == number)
}

/// Tools in the head of a scenario's page.
pub fn tools(_: Work) -> impl IntoView {}
