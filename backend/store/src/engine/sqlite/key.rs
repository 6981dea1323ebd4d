//! Keys in SQLite: a BLOB, or, in a keyspace whose keys are numbers of one width, the integer
//! rowid. The latter saves a second B-tree for the large rows, and with it a page in every write.

use super::super::{Fault, Key, Keyspace};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

/// A key, or one end of a range of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKey<'a> {
    Bytes(&'a [u8]),
    Number(i64),
}

impl ToSql for RowKey<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            RowKey::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            RowKey::Number(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        })
    }
}

impl<'a> RowKey<'a> {
    /// The key of a row; `None` where the keyspace has no such keys.
    pub(super) fn of(keyspace: Keyspace, key: &'a [u8]) -> Option<RowKey<'a>> {
        match keyspace.number_bytes() {
            None => Some(RowKey::Bytes(key)),
            Some(width) if key.len() == width => i64::try_from(number(key, width))
                .ok()
                .filter(|n| *n < i64::MAX)
                .map(RowKey::Number),
            Some(_) => None,
        }
    }

    /// The first key that is not below `bound`, which may be shorter or longer than a key.
    pub(super) fn from(keyspace: Keyspace, bound: &'a [u8]) -> RowKey<'a> {
        match keyspace.number_bytes() {
            None => RowKey::Bytes(bound),
            Some(width) => {
                let first = number(bound, width) + u128::from(bound.len() > width);
                RowKey::Number(i64::try_from(first).unwrap_or(i64::MAX))
            }
        }
    }
}

/// The key of a row that is to be written; an error where the keyspace has no such keys.
pub(super) fn row_key(keyspace: Keyspace, key: &[u8]) -> Result<RowKey<'_>, Fault> {
    RowKey::of(keyspace, key)
        .ok_or_else(|| Fault::Broken(format!("{keyspace:?} has no key {key:02x?}")))
}

/// A key as it was read from a column.
pub(super) struct ColumnKey(Result<i64, Key>);

impl FromSql for ColumnKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<ColumnKey> {
        match value {
            ValueRef::Integer(number) => Ok(ColumnKey(Ok(number))),
            ValueRef::Blob(bytes) => Ok(ColumnKey(Err(bytes.to_vec()))),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl ColumnKey {
    /// Its bytes.
    pub(super) fn into_key(self, keyspace: Keyspace) -> Key {
        match self.0 {
            Ok(number) => i128::from(number).to_be_bytes()
                [16 - keyspace.number_bytes().unwrap_or(8)..]
                .to_vec(),
            Err(bytes) => bytes,
        }
    }
}

// The first `width` bytes as a big-endian number, padded with zeros. No key is wider than 16.
fn number(bytes: &[u8], width: usize) -> u128 {
    (0..width).fold(0, |number, at| {
        number << 8 | u128::from(bytes.get(at).copied().unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &[u8], expected: Option<i64>) {
        let found = RowKey::of(Keyspace::Outlines, key);
        assert_eq!(found, expected.map(RowKey::Number), "{key:?}");
        if let Some(number) = expected {
            assert_eq!(ColumnKey(Ok(number)).into_key(Keyspace::Outlines), key);
        }
    }

    #[test]
    fn keys_of_the_width_are_numbers_and_others_are_refused() {
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
        assert_eq!(
            RowKey::of(Keyspace::Messages, b"a"),
            Some(RowKey::Bytes(b"a"))
        );
    }

    #[test]
    fn range_bounds_may_be_shorter_or_longer_than_a_key() {
        let from = |bound: &[u8]| match RowKey::from(Keyspace::Contents, bound) {
            RowKey::Number(number) => number,
            RowKey::Bytes(_) => panic!("contents have numbers"),
        };
        assert_eq!(from(&[]), 0);
        assert_eq!(from(&[0, 0, 0, 1]), 1 << 32);
        assert_eq!(from(&[0, 0, 0, 0, 0, 0, 0, 9]), 9);
        assert_eq!(
            from(&[0, 0, 0, 0, 0, 0, 0, 9, 0]),
            10,
            "behind 9, which is a prefix of it"
        );
        assert_eq!(from(&[0xff; 9]), i64::MAX);
    }
}
