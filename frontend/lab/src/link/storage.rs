//! A learner's work in the browser: the fragment of the URL, and the stored text of the user's own
//! scenario.

use crate::state::own_scenario;
use crate::state::route::ScenarioRoute;
use crate::state::shared_work::{self, LinkError, SharedWork};
use frontend::web::storage;
use sim::scenario::Edits;

/// The work in the fragment of the URL; `None` if there is none.
pub fn in_address() -> Option<Result<SharedWork, LinkError>> {
    let hash = web_sys::window()?.location().hash().ok()?;
    shared_work::read(&hash)
}

/// The edits in the URL that belong to the scenario of a route; `None` for edits of another
/// scenario and for an unreadable link, which the share notices report.
pub fn edits_in_address(route: Option<&ScenarioRoute>) -> Option<Edits> {
    let route = route?;
    let shared = in_address()?.ok()?;
    let fits = if route.number == own_scenario::NUMBER {
        shared.own.is_some() || shared.edits.scenario == own_scenario::NUMBER
    } else {
        shared.edits.scenario == route.number
    };
    fits.then_some(shared.edits)
}

/// The text of the user's own scenario: from the URL, else from storage, else the empty scenario.
pub fn own_text() -> String {
    let shared = in_address()
        .and_then(Result::ok)
        .and_then(|shared| shared.own);
    shared
        .or_else(|| storage::get(own_scenario::STORAGE_KEY))
        .unwrap_or_else(|| own_scenario::EMPTY_SCENARIO.to_owned())
}

/// Stores a new text of the user's own scenario and discards its unsaved changes.
pub fn put_own(text: &str) {
    storage::set(own_scenario::STORAGE_KEY, text);
    storage::remove(&draft_key(own_scenario::NUMBER));
}

/// The storage key of a scenario's unsaved changes.
pub fn draft_key(number: u32) -> String {
    format!("lab.draft.{number}")
}
