//! What this browser keeps of a learner's work: the shelf, the scenario of one's own, and what was
//! being changed when the page was left.

use super::link::{self, Useless, Work as Shared};
use super::shelf::{NotKept, SHELF_KEPT, Shelf};
use crate::build::own;
use crate::work::Work;
use frontend::web::{page, storage};
use leptos::prelude::*;

/// The fragment of the address, with what it holds of a work.
pub fn in_address() -> Option<Result<Shared, Useless>> {
    let hash = web_sys::window()?.location().hash().ok()?;
    link::read(&hash)
}

/// What is shared now: the edits, and the scenario's text where it is one's own.
pub fn now(work: Work, name: &str) -> Option<Shared> {
    let edits = work.edits.get()?;
    let own =
        (work.entry.with_value(|entry| entry.number) == own::NUMBER).then(|| work.source.get());
    Some(Shared {
        edits,
        own,
        name: name.to_owned(),
    })
}

/// The text of the scenario of one's own: out of the address, else as it is kept, else the empty
/// sheet.
pub fn own_text() -> String {
    let shared = in_address()
        .and_then(Result::ok)
        .and_then(|shared| shared.own);
    shared
        .or_else(|| storage::get(own::KEPT))
        .unwrap_or_else(|| own::EMPTY_SHEET.to_owned())
}

/// Another text for it.
pub fn put_own(text: &str) {
    storage::set(own::KEPT, text);
    storage::remove(&draft_kept(own::NUMBER));
}

/// The shelf as it is now.
///
/// # Errors
/// See [`NotKept`].
pub fn shelf() -> Result<Shelf, NotKept> {
    Shelf::read(storage::get(SHELF_KEPT).as_deref())
}

/// Changes the shelf as it is now, whoever else changed it.
///
/// # Errors
/// See [`NotKept`].
pub fn change_shelf(
    change: impl FnOnce(&mut Shelf) -> Result<(), NotKept>,
) -> Result<Shelf, NotKept> {
    let mut shelf = shelf()?;
    change(&mut shelf)?;
    let text = shelf.write();
    storage::set(SHELF_KEPT, &text);
    // A full storage keeps nothing and says nothing.
    if storage::get(SHELF_KEPT).as_deref() == Some(text.as_str()) {
        Ok(shelf)
    } else {
        Err(NotKept::Full)
    }
}

/// By this device's clock.
pub fn now_ms() -> u64 {
    page::now_ms() as u64
}

fn draft_kept(number: u32) -> String {
    format!("lab.draft.{number}")
}

/// What was being changed when the scenario was left, where it still fits.
pub fn draft(work: Work) -> Option<Shared> {
    let (number, version) = work.entry.with_value(|entry| (entry.number, entry.version));
    let kept: Shared = serde_json::from_str(&storage::get(&draft_kept(number))?).ok()?;
    let own = number == own::NUMBER;
    (own || link::fits(&kept, number, version).is_ok()).then_some(kept)
}

/// Forgets it.
pub fn forget_draft(work: Work) {
    storage::remove(&draft_kept(work.entry.with_value(|entry| entry.number)));
}

/// Keeps what is changed while it is changed; a scenario without changes is kept only where there
/// were some before.
pub fn follow(work: Work) {
    let had = StoredValue::new(false);
    Effect::new(move || {
        let Some(shared) = now(work, "") else { return };
        let changed = !shared.edits.is_empty();
        let number = work.entry.with_value(|entry| entry.number);
        if changed {
            had.set_value(true);
            storage::set(
                &draft_kept(number),
                &serde_json::to_string(&shared).unwrap_or_default(),
            );
        } else if had.get_value() {
            storage::remove(&draft_kept(number));
        }
    });
}
