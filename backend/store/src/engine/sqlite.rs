//! The engine of a single machine: SQLite in WAL mode with `synchronous=FULL`. One connection
//! writes, by group commit (`committer`); readers have connections of their own.
//!
//! Large rows whose keys are numbers are found by SQLite's rowid (`key`). Reads run on the caller's
//! thread: a page in memory takes microseconds, less than a thread switch; scans are bounded by
//! their limit.
//!
//! Failures: as the trait's. Without keyspace for the preallocated log or without a thread for
//! checkpoints the engine works on, slower, and logs a warning.

mod committer;

mod checkpoint;
mod key;
mod row_cache;
mod table;
mod wal_preallocate;

use super::volume::Ballast;
use super::{Batch, Engine, Fault, FileSpace, Keyspace, OnCommit, Rows, Value};
use committer::Committer;
use key::{ColumnKey, RowKey};
use mail::Duration;
use row_cache::Lookup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;
use table::{create, migrate_to_rowids, statements};
use world::{BoxFuture, lock};

/// A database file.
pub struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    committer: Arc<Committer>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
// The most idle readers.
const READERS_MAX: usize = 4;
// SQLite's automatic checkpoint, for programs that do not serve.
const AUTO_CHECKPOINT_PAGES: u32 = 4000;
// The preallocated log: pages of 4 KiB with their frame headers, and what the last group adds.
const LOG_BYTES: u64 = (AUTO_CHECKPOINT_PAGES as u64 + 64) * (4096 + 24);

impl Sqlite {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// Where the file cannot be opened or is not a database of this program.
    pub fn open(path: &Path) -> Result<Sqlite, Fault> {
        let writer = open_writer(path)?;
        writer
            .pragma_update(None, "cache_size", -8192)
            .map_err(store_fault)?;
        writer.set_prepared_statement_cache_capacity(64);
        for keyspace in Keyspace::ALL {
            writer
                .execute_batch(&create(keyspace))
                .map_err(store_fault)?;
            migrate_to_rowids(&writer, keyspace)?;
        }
        let committer = Arc::new(Committer::new(writer));
        let thread = std::thread::Builder::new().name("store-commit".into());
        let shared = committer.clone();
        let writer = thread
            .spawn(move || shared.run())
            .map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(Sqlite {
            path: path.to_owned(),
            readers: Mutex::default(),
            committer,
            threads: Mutex::new(vec![writer]),
        })
    }

    /// Has the ballast given up when the disk is full, and the write tried again.
    pub fn set_ballast(&self, ballast: Arc<Ballast>) {
        *lock(&self.committer.ballast) = Some(ballast);
    }

    /// Limits the size of the file, as a full disk does.
    #[cfg(test)]
    pub(crate) fn set_pages_max(&self, pages: u32) {
        let connection = lock(&self.committer.connection);
        connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap_or_default();
    }

    /// Prepares for long writing, as a server does: preallocates the log, since a write that
    /// extends a file takes twice as long to sync as one that does not, and starts a checkpoint
    /// thread. Failures are logged, and the engine works without.
    pub fn optimize_for_serving(&self) {
        let connection = lock(&self.committer.connection);
        // Within a transaction no other process extends the log.
        if let Err(error) = in_transaction(&connection, || {
            wal_preallocate::preallocate(&self.path, LOG_BYTES)
                .map_err(|e| Fault::Broken(e.to_string()))
        }) {
            tracing::warn!(%error, "cannot preallocate the write-ahead log");
        }
        let mut threads = lock(&self.threads);
        if threads.len() > 1 {
            return;
        }
        match self.start_checkpointer() {
            Ok(checkpointer) => {
                threads.push(checkpointer);
                checkpoint::record_log_pages(&connection);
            }
            Err(error) => {
                tracing::warn!(%error, "no checkpoint thread; the writer makes checkpoints");
            }
        }
    }

    fn start_checkpointer(&self) -> Result<JoinHandle<()>, Fault> {
        let own = open_writer(&self.path)?;
        let shared = self.committer.clone();
        let thread = std::thread::Builder::new().name("store-checkpoint".into());
        thread
            .spawn(move || shared.checkpointer.run(&own, &shared.connection))
            .map_err(|e| Fault::Broken(e.to_string()))
    }

    /// Whether the committer thread waits to be woken.
    #[cfg(test)]
    pub(in crate::engine) fn is_parked(&self) -> bool {
        self.committer.is_parked()
    }

    // Reads a row of the directory through the cache.
    #[expect(
        clippy::disallowed_methods,
        reason = "the age of a cached row is not visible outside of the engine"
    )]
    fn get_directory_row(&self, key: &[u8], row_key: RowKey<'_>) -> Result<Option<Value>, Fault> {
        let now = Instant::now();
        match self.committer.directory.get(key, now) {
            Lookup::Hit(row) => Ok(row),
            Lookup::Miss(writes) => {
                let row = self.read(|c| get(c, Keyspace::Directory, row_key))?;
                self.committer
                    .directory
                    .insert(key, row.as_ref(), now, writes);
                Ok(row)
            }
        }
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let kept = lock(&self.readers).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => open_reader(&self.path)?,
        };
        let result = work(&reader).map_err(store_fault);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        result
    }
}

// Has the committer thread write what is queued, and closes the file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.committer.close();
        // A callback on one of the threads may have held the last handle. A thread cannot join
        // itself, nor, while it holds the connection, one that needs the connection to end; both
        // end by themselves then.
        let here = std::thread::current().id();
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.iter().all(|thread| thread.thread().id() != here) {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
    }
}

// The connection may be used by one thread at a time.
fn open_writer(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(path, flags).map_err(store_fault)?;
    enable_stable_plans(&writer)?;
    // The command line may write while the server runs.
    writer.busy_timeout(BUSY_TIMEOUT).map_err(store_fault)?;
    writer
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(store_fault)?;
    writer
        .pragma_update(None, "synchronous", "FULL")
        .map_err(store_fault)?;
    writer
        .pragma_update(None, "wal_autocheckpoint", AUTO_CHECKPOINT_PAGES)
        .map_err(store_fault)?;
    Ok(writer)
}

fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let reader = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(store_fault)?;
    reader.busy_timeout(BUSY_TIMEOUT).map_err(store_fault)?;
    enable_stable_plans(&reader)?;
    reader
        .pragma_update(None, "cache_size", -2048)
        .map_err(store_fault)?;
    reader.set_prepared_statement_cache_capacity(32);
    Ok(reader)
}

// Plans each statement once instead of for each bound value: there is only one way to each row.
fn enable_stable_plans(connection: &Connection) -> Result<(), Fault> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(|_| ())
        .map_err(store_fault)
}

// What the store reports for an error of SQLite.
fn store_fault(e: rusqlite::Error) -> Fault {
    match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Fault::Full,
        _ => Fault::Broken(e.to_string()),
    }
}

// Runs `work` in a transaction, which is rolled back on an error.
fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let execute = |sql: &str| {
        connection
            .prepare_cached(sql)
            .and_then(|mut s| s.execute([]))
            .map(|_| ())
            .map_err(store_fault)
    };
    execute("BEGIN IMMEDIATE")?;
    let done = work().and_then(|done| execute("COMMIT").map(|()| done));
    // A failure (a full disk) may have rolled it back already.
    if done.is_err() && !connection.is_autocommit() {
        execute("ROLLBACK")?;
    }
    done
}

fn get(
    connection: &Connection,
    keyspace: Keyspace,
    key: RowKey<'_>,
) -> rusqlite::Result<Option<Value>> {
    let mut statement = connection.prepare_cached(&statements(keyspace).get)?;
    statement.query_row([key], |row| row.get(0)).optional()
}

impl Engine for Sqlite {
    fn get<'a>(
        &'a self,
        keyspace: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        let found =
            RowKey::of(keyspace, key).map_or(Ok(None), |key| self.read(|c| get(c, keyspace, key)));
        Box::pin(std::future::ready(found))
    }

    fn get_cached<'a>(
        &'a self,
        keyspace: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        match RowKey::of(keyspace, key) {
            Some(row_key) if keyspace == Keyspace::Directory => {
                Box::pin(std::future::ready(self.get_directory_row(key, row_key)))
            }
            _ => self.get(keyspace, key),
        }
    }

    fn scan<'a>(
        &'a self,
        keyspace: Keyspace,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>> {
        let found = self.read(|c| {
            let mut statement = c.prepare_cached(&statements(keyspace).scan)?;
            let (from, to, limit) = (
                RowKey::from(keyspace, from),
                RowKey::from(keyspace, to),
                i64::try_from(limit).unwrap_or(i64::MAX),
            );
            let rows = statement.query_map(params![from, to, limit], |row| {
                Ok((row.get::<_, ColumnKey>(0)?.into_key(keyspace), row.get(1)?))
            })?;
            rows.collect()
        });
        Box::pin(std::future::ready(found))
    }

    fn submit(&self, batch: Batch, on_commit: OnCommit) {
        self.committer.submit(batch, on_commit);
    }

    // What is committed to the log takes space in the database with the next checkpoint.
    fn file_space(&self) -> FileSpace {
        let number = |name: &str| {
            let found = self.read(|c| c.pragma_query_value(None, name, |row| row.get(0)));
            found.map_or(0, |number: i64| u64::try_from(number).unwrap_or(0))
        };
        let page_bytes = number("page_size");
        let stored = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        let complete = number("page_count").saturating_mul(page_bytes);
        FileSpace {
            reusable_bytes: number("freelist_count").saturating_mul(page_bytes),
            unwritten_bytes: complete.saturating_sub(stored),
        }
    }

    fn flush(&self) {
        self.committer.flush();
    }

    fn flush_soon(&self) {
        self.committer.flush_soon();
    }
}
