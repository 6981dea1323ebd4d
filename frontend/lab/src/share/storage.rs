//! What this browser keeps: saved works, the own scenario, and unsaved changes.

use super::saved::{SAVED_WORKS_KEY, SaveError, SavedWorks};
use crate::link::storage::draft_key;
use crate::state::own_scenario;
use crate::state::shared_work::{self, SharedWork};
use crate::workspace::Workspace;
use frontend::web::{page, storage};
use leptos::prelude::*;

/// What is shared now: the edits, and the scenario's text where it is one's own.
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

/// The shelf as it is now.
///
/// # Errors
/// See [`SaveError`].
pub fn saved_works() -> Result<SavedWorks, SaveError> {
    SavedWorks::read(storage::get(SAVED_WORKS_KEY).as_deref())
}

/// Changes the saved works as another tab may have left them.
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
    // A full storage keeps nothing and says nothing.
    if storage::get(SAVED_WORKS_KEY).as_deref() == Some(text.as_str()) {
        Ok(saved_works)
    } else {
        Err(SaveError::Full)
    }
}

/// By this device's clock.
pub fn now_ms() -> u64 {
    page::now_ms() as u64
}

/// What was being changed when the scenario was left, where it still fits.
pub fn draft(workspace: Workspace) -> Option<SharedWork> {
    let (number, version) = workspace
        .entry
        .with_value(|entry| (entry.number, entry.version));
    let kept: SharedWork = serde_json::from_str(&storage::get(&draft_key(number))?).ok()?;
    let own = number == own_scenario::NUMBER;
    (own || shared_work::fits(&kept, number, version).is_ok()).then_some(kept)
}

/// Forgets it.
pub fn forget_draft(workspace: Workspace) {
    storage::remove(&draft_key(workspace.entry.with_value(|entry| entry.number)));
}

/// Keeps what is changed while it is changed; a scenario without changes is kept only where there
/// were some before.
pub fn follow(workspace: Workspace) {
    let had = StoredValue::new(false);
    Effect::new(move || {
        let Some(shared) = now(workspace, "") else {
            return;
        };
        let changed = !shared.edits.is_empty();
        let number = workspace.entry.with_value(|entry| entry.number);
        if changed {
            had.set_value(true);
            storage::set(
                &draft_key(number),
                &serde_json::to_string(&shared).unwrap_or_default(),
            );
        } else if had.get_value() {
            storage::remove(&draft_key(number));
        }
    });
}
