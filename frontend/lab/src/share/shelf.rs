//! The shelf: works that were saved under a name on this device. Read anew before each change, so
//! that two tabs do not lose each other's. What cannot be read is not thrown away: it stays as it
//! is, and the shelf says so.

use super::link::Work;
use serde::{Deserialize, Serialize};

/// Where the shelf stands in the browser's storage.
pub const SHELF_KEPT: &str = "lab.shelf";
/// Works on the shelf.
pub const WORKS_MAX: usize = 100;
/// Octets of the whole shelf: browsers keep five million for a site, and the webmail wants some.
pub const SHELF_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 80;
const SHELF_FORM: u32 = 1;

/// One saved work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The work, with its name.
    pub work: Work,
    /// When it was saved: milliseconds since the epoch, by this device's clock.
    pub at_ms: u64,
}

/// All saved works, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shelf {
    form: u32,
    /// The works.
    pub works: Vec<Saved>,
}

/// Why something was not put on the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// It wants a name.
    NoName,
    /// The name is too long.
    LongName,
    /// The shelf is full: as many works, or as many octets, as it may have.
    Full,
    /// What is on the shelf cannot be read, so nothing is put over it.
    Unreadable,
}

impl Shelf {
    /// Reads the shelf; nothing kept is an empty one.
    ///
    /// # Errors
    /// [`NotKept::Unreadable`].
    pub fn read(kept: Option<&str>) -> Result<Shelf, NotKept> {
        let Some(text) = kept else {
            return Ok(Shelf {
                form: SHELF_FORM,
                works: Vec::new(),
            });
        };
        let shelf: Shelf = serde_json::from_str(text).map_err(|_| NotKept::Unreadable)?;
        if shelf.form == SHELF_FORM {
            Ok(shelf)
        } else {
            Err(NotKept::Unreadable)
        }
    }

    /// As it is kept.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Puts a work on the shelf, in the place of one of the same name for the same scenario.
    ///
    /// # Errors
    /// See [`NotKept`]; the shelf is as before.
    pub fn put(&mut self, mut work: Work, at_ms: u64) -> Result<(), NotKept> {
        work.name = work.name.trim().to_owned();
        if work.name.is_empty() {
            return Err(NotKept::NoName);
        }
        if work.name.chars().count() > NAME_CHARS_MAX {
            return Err(NotKept::LongName);
        }
        let mut fresh = self.clone();
        fresh.works.retain(|saved| !same(&saved.work, &work));
        fresh.works.insert(0, Saved { work, at_ms });
        if fresh.works.len() > WORKS_MAX || fresh.write().len() > SHELF_BYTES_MAX {
            return Err(NotKept::Full);
        }
        *self = fresh;
        Ok(())
    }

    /// Takes a work from the shelf.
    pub fn take_away(&mut self, place: usize) {
        if place < self.works.len() {
            self.works.remove(place);
        }
    }

    /// A work of this name is there already for that scenario.
    pub fn has(&self, work: &Work) -> bool {
        self.works.iter().any(|saved| same(&saved.work, work))
    }
}

fn same(one: &Work, other: &Work) -> bool {
    one.name == other.name
        && one.edits.scenario == other.edits.scenario
        && one.own.is_some() == other.own.is_some()
}

#[cfg(test)]
mod tests {
    use super::super::link::edits;
    use super::*;

    fn work(name: &str) -> Work {
        Work {
            edits: edits(r#"{"form":1,"scenario":1,"version":1}"#),
            own: None,
            name: name.into(),
        }
    }

    fn check(shelf: &mut Shelf, name: &str, expected: Result<(), NotKept>) {
        assert_eq!(shelf.put(work(name), 1), expected, "{name}");
    }

    #[test]
    fn a_name_is_put_once_and_the_newest_stands_first() {
        let mut shelf = Shelf::read(None).unwrap();
        for name in ["one", "two", " one "] {
            check(&mut shelf, name, Ok(()));
        }
        let names: Vec<&str> = shelf
            .works
            .iter()
            .map(|saved| saved.work.name.as_str())
            .collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(Shelf::read(Some(&shelf.write())), Ok(shelf.clone()));
        shelf.take_away(0);
        shelf.take_away(7);
        assert_eq!(shelf.works.len(), 1);
    }

    #[test]
    fn names_works_and_bytes_have_their_limits() {
        let mut shelf = Shelf::read(None).unwrap();
        check(&mut shelf, "  ", Err(NotKept::NoName));
        check(&mut shelf, &"名".repeat(NAME_CHARS_MAX), Ok(()));
        check(
            &mut shelf,
            &"名".repeat(NAME_CHARS_MAX + 1),
            Err(NotKept::LongName),
        );
        for n in 1..WORKS_MAX {
            check(&mut shelf, &n.to_string(), Ok(()));
        }
        check(&mut shelf, "one more", Err(NotKept::Full));
        check(&mut shelf, "7", Ok(()));
        let mut shelf = Shelf::read(None).unwrap();
        let large = |bytes| Work {
            own: Some("x".repeat(bytes)),
            ..work("large")
        };
        assert_eq!(shelf.put(large(SHELF_BYTES_MAX), 1), Err(NotKept::Full));
        assert_eq!(shelf.put(large(SHELF_BYTES_MAX - 300), 1), Ok(()));
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
            assert_eq!(Shelf::read(Some(kept)), Err(NotKept::Unreadable), "{kept}");
        }
    }
}
