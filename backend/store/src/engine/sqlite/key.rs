//! How a row's key stands in SQLite: as its octets, or, in a space whose keys are numbers of one
//! width, as the integer by which SQLite itself finds a row. That spares a second tree for the
//! large rows, and with it a page in every write.

use super::super::{Fault, Key, Space};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

/// A key, or one end of a range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Bytes(&'a [u8]),
    Number(i64),
}

impl ToSql for Place<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Place::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Place::Number(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        })
    }
}

impl<'a> Place<'a> {
    /// Where a row of this key lies; nowhere where the space has no such keys.
    pub(super) fn of(space: Space, key: &'a [u8]) -> Option<Place<'a>> {
        match space.number_bytes() {
            None => Some(Place::Bytes(key)),
            Some(width) if key.len() == width => i64::try_from(number(key, width))
                .ok()
                .filter(|n| *n < i64::MAX)
                .map(Place::Number),
            Some(_) => None,
        }
    }

    /// Where the first row lies whose key is not below `bound`, which may be shorter or longer than
    /// a key.
    pub(super) fn from(space: Space, bound: &'a [u8]) -> Place<'a> {
        match space.number_bytes() {
            None => Place::Bytes(bound),
            Some(width) => {
                let first = number(bound, width) + u128::from(bound.len() > width);
                Place::Number(i64::try_from(first).unwrap_or(i64::MAX))
            }
        }
    }
}

/// A row must have a place.
pub(super) fn place(space: Space, key: &[u8]) -> Result<Place<'_>, Fault> {
    Place::of(space, key).ok_or_else(|| Fault::Broken(format!("{space:?} has no key {key:02x?}")))
}

/// A key as it was read.
pub(super) struct Found(Result<i64, Key>);

impl FromSql for Found {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Found> {
        match value {
            ValueRef::Integer(number) => Ok(Found(Ok(number))),
            ValueRef::Blob(bytes) => Ok(Found(Err(bytes.to_vec()))),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl Found {
    /// Its octets.
    pub(super) fn into_key(self, space: Space) -> Key {
        match self.0 {
            Ok(number) => {
                i128::from(number).to_be_bytes()[16 - space.number_bytes().unwrap_or(8)..].to_vec()
            }
            Err(bytes) => bytes,
        }
    }
}

// The first `width` octets as a number, as if zeros followed. No key is wider than 16.
fn number(bytes: &[u8], width: usize) -> u128 {
    (0..width).fold(0, |number, at| {
        number << 8 | u128::from(bytes.get(at).copied().unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &[u8], place: Option<i64>) {
        let found = Place::of(Space::Outlines, key);
        assert_eq!(found, place.map(Place::Number), "{key:?}");
        if let Some(number) = place {
            assert_eq!(Found(Ok(number)).into_key(Space::Outlines), key);
        }
    }

    #[test]
    fn keys_of_one_width_are_numbers_and_others_have_no_place() {
        check(&[0; 12], Some(0));
        check(&[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 1, 2], Some(5 << 32 | 258));
        check(
            &[0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
            Some(i64::MAX - 1),
        );
        check(
            &[0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            None,
        );
        check(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], None);
        check(&[0; 11], None);
        check(&[0; 13], None);
        assert_eq!(Place::of(Space::Messages, b"a"), Some(Place::Bytes(b"a")));
    }

    #[test]
    fn ends_of_ranges_may_be_shorter_or_longer_than_a_key() {
        let from = |bound: &[u8]| match Place::from(Space::Contents, bound) {
            Place::Number(number) => number,
            Place::Bytes(_) => panic!("contents have numbers"),
        };
        assert_eq!(from(&[]), 0);
        assert_eq!(from(&[0, 0, 0, 1]), 1 << 32);
        assert_eq!(from(&[0, 0, 0, 0, 0, 0, 0, 9]), 9);
        assert_eq!(
            from(&[0, 0, 0, 0, 0, 0, 0, 9, 0]),
            10,
            "behind 9, which is a beginning of it"
        );
        assert_eq!(from(&[0xff; 9]), i64::MAX);
    }
}
