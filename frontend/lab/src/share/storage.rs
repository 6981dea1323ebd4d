//! Data stored in this browser: saved works, the user's own scenario, and unsaved changes.

use super::saved::{SAVED_WORKS_KEY, SaveError, SavedWorks};
use crate::link::storage::{draft_key, edits_in_address};
use crate::state::own_scenario;
use crate::state::shared_work::{self, SharedWork};
use crate::workspace::Workspace;
use frontend::web::{page, storage};
use leptos::prelude::*;

/// The current work: the edits, and the text of the user's own scenario.
pub fn now(workspace: Workspace, name: &str) -> Option<SharedWork> {
    let edits = workspace.edits.get()?;
    let own = (workspace.entry.with_value(|entry| entry.number) == own_scenario::NUMBER)
        .then(|| workspace.source.get());
    Some(SharedWork {
        edits,
        own,
        name: name.to_owned(),
    })
}

/// Reads the saved works.
///
/// # Errors
/// See [`SaveError`].
pub fn saved_works() -> Result<SavedWorks, SaveError> {
    SavedWorks::read(storage::get(SAVED_WORKS_KEY).as_deref())
}

/// Changes the saved works; reads them first, because another tab may have changed them.
///
/// # Errors
/// See [`SaveError`].
pub fn change_saved_works(
    change: impl FnOnce(&mut SavedWorks) -> Result<(), SaveError>,
) -> Result<SavedWorks, SaveError> {
    let mut saved_works = saved_works()?;
    change(&mut saved_works)?;
    let text = saved_works.write();
    storage::set(SAVED_WORKS_KEY, &text);
    // A full storage drops the value without an error.
    if storage::get(SAVED_WORKS_KEY).as_deref() == Some(text.as_str()) {
        Ok(saved_works)
    } else {
        Err(SaveError::Full)
    }
}

/// The current time in milliseconds since the epoch, by this device's clock.
pub fn now_ms() -> u64 {
    page::now_ms() as u64
}

/// The unsaved changes of the last visit, if they still fit the scenario.
pub fn draft(workspace: Workspace) -> Option<SharedWork> {
    let (number, version) = workspace
        .entry
        .with_value(|entry| (entry.number, entry.version));
    let kept: SharedWork = serde_json::from_str(&storage::get(&draft_key(number))?).ok()?;
    // Earlier versions also stored an exercise that was only opened.
    if !shared_work::is_changed(&kept.edits) {
        return None;
    }
    let own = number == own_scenario::NUMBER;
    (own || shared_work::fits(&kept, number, version).is_ok()).then_some(kept)
}

/// Discards the unsaved changes.
pub fn forget_draft(workspace: Workspace) {
    storage::remove(&draft_key(workspace.entry.with_value(|entry| entry.number)));
}

/// Stores the current edits as unsaved changes, unless they are those of the link that opened the
/// page. Once the learner undoes all edits, removes them.
pub fn follow(workspace: Workspace) {
    let had_changes = StoredValue::new(false);
    let linked = workspace
        .route
        .with_untracked(|route| edits_in_address(Some(route)));
    Effect::new(move || {
        let Some(shared) = now(workspace, "") else {
            return;
        };
        let changed = shared_work::is_own(&shared.edits, linked.as_ref());
        let number = workspace.entry.with_value(|entry| entry.number);
        if changed {
            had_changes.set_value(true);
            storage::set(
                &draft_key(number),
                &serde_json::to_string(&shared).unwrap_or_default(),
            );
        } else if had_changes.get_value() && !shared_work::is_changed(&shared.edits) {
            storage::remove(&draft_key(number));
        }
    });
}
