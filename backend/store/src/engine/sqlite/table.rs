//! The tables: one for each space, and what is said to them.

use super::key::place;
use super::{fault, within};
use crate::engine::{Fault, Space, Value};
use rusqlite::{Connection, params};
use std::sync::LazyLock;

/// What is said again and again of one space.
pub(super) struct Words {
    pub(super) get: String,
    pub(super) put: String,
    pub(super) delete: String,
    pub(super) delete_range: String,
    pub(super) scan: String,
}

static WORDS: LazyLock<[Words; Space::ALL.len()]> = LazyLock::new(|| {
    Space::ALL.map(|space| {
        let table = table(space);
        Words {
            get: format!("SELECT v FROM {table} WHERE k = ?1"),
            put: format!("INSERT INTO {table} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v"),
            delete: format!("DELETE FROM {table} WHERE k = ?1"),
            delete_range: format!("DELETE FROM {table} WHERE k >= ?1 AND k < ?2"),
            scan: format!("SELECT k, v FROM {table} WHERE k >= ?1 AND k < ?2 ORDER BY k LIMIT ?3"),
        }
    })
});

/// What is said of a space.
pub(super) fn words(space: Space) -> &'static Words {
    // They stand in the order of the spaces' numbers.
    &WORDS[space as usize]
}

fn table(space: Space) -> String {
    format!(
        "{}{}",
        if space.number_bytes().is_some() {
            'n'
        } else {
            't'
        },
        space as u8
    )
}

// Small rows live in their key's tree; large ones beside it, so that the tree stays shallow, or in
// the tree of their numbers.
pub(super) fn create(space: Space) -> String {
    let (kind, layout) = match (space.number_bytes(), space.is_large()) {
        (Some(_), _) => ("INTEGER PRIMARY KEY", ""),
        (None, true) => ("BLOB PRIMARY KEY NOT NULL", ""),
        (None, false) => ("BLOB PRIMARY KEY NOT NULL", " WITHOUT ROWID"),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (k {kind}, v BLOB NOT NULL){layout}",
        table(space)
    )
}

// Rows whose keys stood as octets in files of old, once.
pub(super) fn renumber(connection: &Connection, space: Space) -> Result<(), Fault> {
    let old = format!("t{}", space as u8);
    if space.number_bytes().is_none()
        || !connection.table_exists(None, old.as_str()).map_err(fault)?
    {
        return Ok(());
    }
    tracing::info!(?space, "rows are numbered, once");
    within(connection, || {
        let mut all = connection
            .prepare(&format!("SELECT k, v FROM {old}"))
            .map_err(fault)?;
        let mut put = connection
            .prepare(&format!(
                "INSERT INTO {} (k, v) VALUES (?1, ?2)",
                table(space)
            ))
            .map_err(fault)?;
        let mut rows = all.query([]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let (key, value): (Vec<u8>, Value) =
                (row.get(0).map_err(fault)?, row.get(1).map_err(fault)?);
            put.execute(params![place(space, &key)?, value])
                .map_err(fault)?;
        }
        drop(rows);
        drop((all, put));
        connection
            .execute_batch(&format!("DROP TABLE {old}"))
            .map_err(fault)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_space_is_spoken_of_in_its_own_words() {
        for space in Space::ALL {
            assert!(
                words(space)
                    .get
                    .contains(&format!("FROM {} ", table(space))),
                "{space:?}"
            );
        }
    }
}
