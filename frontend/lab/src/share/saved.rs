//! Works saved under a name on this device. Read again before every change, so that two tabs do not
//! overwrite each other. Unreadable data is never overwritten.

use crate::state::shared_work::SharedWork;
use serde::{Deserialize, Serialize};

/// Where the shelf stands in the browser's storage.
pub const SAVED_WORKS_KEY: &str = "lab.shelf";
/// Works on the shelf.
pub const WORKS_MAX: usize = 100;
/// Octets of the whole shelf: browsers keep five million for a site, and the webmail wants some.
pub const SAVED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Characters of a name.
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

/// Why something was not put on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveError {
    /// It wants a name.
    NoName,
    /// The name is too long.
    LongName,
    /// The shelf is full: as many works, or as many octets, as it may have.
    Full,
    /// What is on the shelf cannot be read, so nothing is put over it.
    Unreadable,
}

impl SavedWorks {
    /// Reads the shelf; nothing kept is an empty one.
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

    /// As it is kept.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Puts a work on the shelf, in the place of one of the same name for the same scenario.
    ///
    /// # Errors
    /// See [`SaveError`]; the shelf is as before.
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

    /// Takes a work from the shelf.
    pub fn remove(&mut self, place: usize) {
        if place < self.works.len() {
            self.works.remove(place);
        }
    }

    /// A work of this name is there already for that scenario.
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
    fn a_name_is_put_once_and_the_newest_stands_first() {
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
    fn names_works_and_bytes_have_their_limits() {
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
    fn what_cannot_be_read_is_not_taken_for_nothing() {
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
