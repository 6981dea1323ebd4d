//! The tables, one per keyspace, and their SQL statements.

use super::key::row_key;
use super::{in_transaction, store_fault};
use crate::engine::{Fault, Keyspace, Value};
use rusqlite::{Connection, params};
use std::sync::LazyLock;

/// The SQL statements of one keyspace.
pub(super) struct Statements {
    pub(super) get: String,
    pub(super) put: String,
    pub(super) delete: String,
    pub(super) delete_range: String,
    pub(super) scan: String,
}

static STATEMENTS: LazyLock<[Statements; Keyspace::ALL.len()]> = LazyLock::new(|| {
    Keyspace::ALL.map(|keyspace| {
        let table = table(keyspace);
        Statements {
            get: format!("SELECT v FROM {table} WHERE k = ?1"),
            put: format!("INSERT INTO {table} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v"),
            delete: format!("DELETE FROM {table} WHERE k = ?1"),
            delete_range: format!("DELETE FROM {table} WHERE k >= ?1 AND k < ?2"),
            scan: format!("SELECT k, v FROM {table} WHERE k >= ?1 AND k < ?2 ORDER BY k LIMIT ?3"),
        }
    })
});

/// The SQL statements of a keyspace.
pub(super) fn statements(keyspace: Keyspace) -> &'static Statements {
    // In the order of the discriminants.
    &STATEMENTS[keyspace as usize]
}

fn table(keyspace: Keyspace) -> String {
    format!(
        "{}{}",
        if keyspace.number_bytes().is_some() {
            'n'
        } else {
            't'
        },
        keyspace as u8
    )
}

/// The statement that creates the table of a keyspace. Small rows are stored in the B-tree of their
/// key; large ones beside it, so that the tree stays shallow, or in the B-tree of their rowid.
pub(super) fn create(keyspace: Keyspace) -> String {
    let (kind, layout) = match (keyspace.number_bytes(), keyspace.is_large()) {
        (Some(_), _) => ("INTEGER PRIMARY KEY", ""),
        (None, true) => ("BLOB PRIMARY KEY NOT NULL", ""),
        (None, false) => ("BLOB PRIMARY KEY NOT NULL", " WITHOUT ROWID"),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (k {kind}, v BLOB NOT NULL){layout}",
        table(keyspace)
    )
}

/// Moves the rows of a table whose keys were BLOBs in early versions to one with integer keys.
///
/// # Errors
/// As the database; the rows are where they were then.
pub(super) fn migrate_to_rowids(connection: &Connection, keyspace: Keyspace) -> Result<(), Fault> {
    let old = format!("t{}", keyspace as u8);
    if keyspace.number_bytes().is_none()
        || !connection
            .table_exists(None, old.as_str())
            .map_err(store_fault)?
    {
        return Ok(());
    }
    tracing::info!(?keyspace, "migrating a table to integer keys");
    in_transaction(connection, || {
        let mut all = connection
            .prepare(&format!("SELECT k, v FROM {old}"))
            .map_err(store_fault)?;
        let mut put = connection
            .prepare(&format!(
                "INSERT INTO {} (k, v) VALUES (?1, ?2)",
                table(keyspace)
            ))
            .map_err(store_fault)?;
        let mut rows = all.query([]).map_err(store_fault)?;
        while let Some(row) = rows.next().map_err(store_fault)? {
            let (key, value): (Vec<u8>, Value) = (
                row.get(0).map_err(store_fault)?,
                row.get(1).map_err(store_fault)?,
            );
            put.execute(params![row_key(keyspace, &key)?, value])
                .map_err(store_fault)?;
        }
        drop(rows);
        drop((all, put));
        connection
            .execute_batch(&format!("DROP TABLE {old}"))
            .map_err(store_fault)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_keyspace_has_statements_of_its_own_table() {
        for keyspace in Keyspace::ALL {
            assert!(
                statements(keyspace)
                    .get
                    .contains(&format!("FROM {} ", table(keyspace))),
                "{keyspace:?}"
            );
        }
    }
}
