//! The room of sharing: what a link says of edits, and the ways in which a run leaves the Lab.

use crate::state::place::Visit;
use crate::work::Work;
use leptos::prelude::*;
use sim::scenario::Edits;

/// Under this name an address carries edits.
pub const EDITS: &str = "e";

/// The edits that an address carries; what is not understood is none.
pub fn edits_in(visit: Option<&Visit>) -> Option<Edits> {
    Edits::read(visit?.more(EDITS)?).ok()
}

/// Tools in the head of a scenario's page.
pub fn tools(_: Work) -> impl IntoView {}
