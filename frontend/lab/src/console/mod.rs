//! The room of the console: lines typed by hand to a host of the scenario, or to one's own server.

use crate::work::Work;
use leptos::prelude::*;

/// Whether the mode is offered.
pub const OFFERED: bool = false;

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    super::pages::lead_of(work)
}
