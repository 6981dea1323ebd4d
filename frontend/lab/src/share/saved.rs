//! Works saved by name on this device. The stored works are read again before every change, so that
//! two tabs do not overwrite each other. Unreadable data is never overwritten.

use crate::state::shared_work::SharedWork;
use serde::{Deserialize, Serialize};

/// Local storage key of the saved works.
pub const SAVED_WORKS_KEY: &str = "lab.shelf";
/// Maximum number of saved works.
pub const WORKS_MAX: usize = 100;
/// Maximum size of all saved works in bytes: browsers limit a site to about five million, which are
/// shared with the webmail.
pub const SAVED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Maximum length of a name in characters.
pub const NAME_CHARS_MAX: usize = 80;
const SAVED_FORMAT: u32 = 1;

/// One saved work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The work, with its name.
    pub work: SharedWork,
    /// When it was saved: milliseconds since the epoch, by this device's clock.
    pub at_ms: u64,
}

/// All saved works, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedWorks {
    form: u32,
    /// The works.
    pub works: Vec<Saved>,
}

/// Why a work was not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveError {
    /// The name is empty.
    NoName,
    /// The name is too long.
    LongName,
    /// The maximum number or size of saved works is reached.
    Full,
    /// The stored works cannot be read, so they are not overwritten.
    Unreadable,
}

impl SavedWorks {
    /// Parses the stored works; without any, the list is empty.
    ///
    /// # Errors
    /// [`SaveError::Unreadable`].
    pub fn read(kept: Option<&str>) -> Result<SavedWorks, SaveError> {
        let Some(text) = kept else {
            return Ok(SavedWorks {
                form: SAVED_FORMAT,
                works: Vec::new(),
            });
        };
        let saved_works: SavedWorks =
            serde_json::from_str(text).map_err(|_| SaveError::Unreadable)?;
        if saved_works.form == SAVED_FORMAT {
            Ok(saved_works)
        } else {
            Err(SaveError::Unreadable)
        }
    }

    /// Serializes the works for storage.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Saves a work; replaces one of the same name for the same scenario.
    ///
    /// # Errors
    /// See [`SaveError`]; the list is unchanged.
    pub fn put(&mut self, mut work: SharedWork, at_ms: u64) -> Result<(), SaveError> {
        work.name = work.name.trim().to_owned();
        if work.name.is_empty() {
            return Err(SaveError::NoName);
        }
        if work.name.chars().count() > NAME_CHARS_MAX {
            return Err(SaveError::LongName);
        }
        let mut fresh = self.clone();
        fresh.works.retain(|saved| !same(&saved.work, &work));
        fresh.works.insert(0, Saved { work, at_ms });
        if fresh.works.len() > WORKS_MAX || fresh.write().len() > SAVED_BYTES_MAX {
            return Err(SaveError::Full);
        }
        *self = fresh;
        Ok(())
    }

    /// Removes a saved work.
    pub fn remove(&mut self, place: usize) {
        if place < self.works.len() {
            self.works.remove(place);
        }
    }

    /// Whether a work of this name is saved for the same scenario.
    pub fn has(&self, work: &SharedWork) -> bool {
        self.works.iter().any(|saved| same(&saved.work, work))
    }
}

fn same(one: &SharedWork, other: &SharedWork) -> bool {
    one.name == other.name
        && one.edits.scenario == other.edits.scenario
        && one.own.is_some() == other.own.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::shared_work::edits;

    fn work(name: &str) -> SharedWork {
        SharedWork {
            edits: edits(r#"{"form":1,"scenario":1,"version":1}"#),
            own: None,
            name: name.into(),
        }
    }

    fn check(saved_works: &mut SavedWorks, name: &str, expected: Result<(), SaveError>) {
        assert_eq!(saved_works.put(work(name), 1), expected, "{name}");
    }

    #[test]
    fn saving_again_replaces_the_work_and_puts_it_first() {
        let mut saved_works = SavedWorks::read(None).unwrap();
        for name in ["one", "two", " one "] {
            check(&mut saved_works, name, Ok(()));
        }
        let names: Vec<&str> = saved_works
            .works
            .iter()
            .map(|saved| saved.work.name.as_str())
            .collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(
            SavedWorks::read(Some(&saved_works.write())),
            Ok(saved_works.clone())
        );
        saved_works.remove(0);
        saved_works.remove(7);
        assert_eq!(saved_works.works.len(), 1);
    }

    #[test]
    fn names_works_and_bytes_are_limited() {
        let mut saved_works = SavedWorks::read(None).unwrap();
        check(&mut saved_works, "  ", Err(SaveError::NoName));
        check(&mut saved_works, &"名".repeat(NAME_CHARS_MAX), Ok(()));
        check(
            &mut saved_works,
            &"名".repeat(NAME_CHARS_MAX + 1),
            Err(SaveError::LongName),
        );
        for n in 1..WORKS_MAX {
            check(&mut saved_works, &n.to_string(), Ok(()));
        }
        check(&mut saved_works, "one more", Err(SaveError::Full));
        check(&mut saved_works, "7", Ok(()));
        let mut saved_works = SavedWorks::read(None).unwrap();
        let large = |bytes| SharedWork {
            own: Some("x".repeat(bytes)),
            ..work("large")
        };
        assert_eq!(
            saved_works.put(large(SAVED_BYTES_MAX), 1),
            Err(SaveError::Full)
        );
        assert_eq!(saved_works.put(large(SAVED_BYTES_MAX - 300), 1), Ok(()));
    }

    #[test]
    fn unreadable_works_are_an_error() {
        for kept in [
            "",
            "{",
            "[]",
            r#"{"form":2,"works":[]}"#,
            r#"{"form":1,"works":[{}]}"#,
        ] {
            assert_eq!(
                SavedWorks::read(Some(kept)),
                Err(SaveError::Unreadable),
                "{kept}"
            );
        }
    }
}
