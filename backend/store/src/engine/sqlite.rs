//! The engine of a single machine: SQLite in WAL mode with `synchronous=FULL`. One connection
//! writes; all batches that wait while one write is being made durable go into the next one
//! together (group commit), by a thread for that. A batch that comes alone is written where
//! it is handed in, as long as the disk is swift; what is in no hurry goes along, or waits for a
//! moment (`desk`). Readers have connections of their own.
//!
//! Large rows whose keys are numbers are found by SQLite's own row number (`key`). Reads run on the
//! caller's thread: a page that is in memory takes microseconds, less than a change of threads
//! would; scans are bounded by their limit.

mod desk;
mod fold;
mod key;
mod memo;
mod room;
mod table;

use super::{Batch, Done, Engine, Fault, Rows, Space, Value};
use desk::Desk;
use key::{Found, Place};
use mail::Duration;
use memo::Known;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;
use table::{create, renumber, words};
use world::{BoxFuture, lock};

/// A database file.
pub struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    desk: Arc<Desk>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(20);
// Idle readers that are kept.
const READERS_MAX: usize = 4;
// The log is folded into the database every so many pages of 4 KiB.
const CHECKPOINT_PAGES: u32 = 4000;
// So long it becomes by that: a page with its head for each, and what the last group brings beyond.
const LOG_BYTES: u64 = (CHECKPOINT_PAGES as u64 + 64) * (4096 + 24);

impl Sqlite {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// Where the file cannot be opened or is no database of ours.
    pub fn open(path: &Path) -> Result<Sqlite, Fault> {
        let writer = open_writer(path)?;
        writer
            .pragma_update(None, "cache_size", -8192)
            .map_err(fault)?;
        writer.set_prepared_statement_cache_capacity(64);
        for space in Space::ALL {
            writer.execute_batch(&create(space)).map_err(fault)?;
            renumber(&writer, space)?;
        }
        let desk = Arc::new(Desk::new(writer));
        let thread = std::thread::Builder::new().name("store-writer".into());
        let its = desk.clone();
        let writer = thread
            .spawn(move || its.work())
            .map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(Sqlite {
            path: path.to_owned(),
            readers: Mutex::default(),
            desk,
            threads: Mutex::new(vec![writer]),
        })
    }

    /// For a server, which writes for long: the log is given its whole length at once, since a
    /// write that lengthens a file takes twice as long to be durable as one that does not; and
    /// it is folded into the database by a thread of its own. Where either cannot be, it goes on
    /// without.
    pub fn settle_in(&self) {
        let connection = lock(&self.desk.connection);
        // Whoever holds the right to write knows that nobody else lengthens the log.
        if let Err(error) = within(&connection, || {
            room::make(&self.path, LOG_BYTES).map_err(|e| Fault::Broken(e.to_string()))
        }) {
            tracing::warn!(%error, "the store's log has no room of its own");
        }
        let mut threads = lock(&self.threads);
        if threads.len() > 1 {
            return;
        }
        match self.begin_folding() {
            Ok(folding) => {
                threads.push(folding);
                fold::only_count(&connection);
            }
            Err(error) => tracing::warn!(%error, "the store's log is folded by its writer"),
        }
    }

    fn begin_folding(&self) -> Result<JoinHandle<()>, Fault> {
        let beside = open_writer(&self.path)?;
        let desk = self.desk.clone();
        let thread = std::thread::Builder::new().name("store-folder".into());
        thread
            .spawn(move || desk.folder.work(&beside, &desk.connection))
            .map_err(|e| Fault::Broken(e.to_string()))
    }

    // A row of the directory.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long ago a row was read is no time that anybody sees"
    )]
    fn known(&self, key: &[u8], place: Place<'_>) -> Result<Option<Value>, Fault> {
        let now = Instant::now();
        match self.desk.directory.get(key, now) {
            Known::Row(row) => Ok(row),
            Known::Unknown(writes) => {
                let row = self.read(|c| get(c, Space::Directory, place))?;
                self.desk.directory.keep(key, row.as_ref(), now, writes);
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
        let result = work(&reader).map_err(fault);
        let mut readers = lock(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(reader);
        }
        result
    }
}

// The writer is told that nothing more comes, finishes what it has, and closes the file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.desk.end();
        // The last handle may have been held by what the writer itself was telling: it cannot wait
        // for itself, nor, while it holds the connection, for who needs that to end. Both
        // then end by themselves.
        let here = std::thread::current().id();
        let threads = std::mem::take(&mut *lock(&self.threads));
        if threads.iter().all(|thread| thread.thread().id() != here) {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
    }
}

// For one thread at a time.
fn open_writer(path: &Path) -> Result<Connection, Fault> {
    let ours = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(path, ours).map_err(fault)?;
    keep_plans(&writer)?;
    // The command line may write while the server runs.
    writer.busy_timeout(BUSY).map_err(fault)?;
    writer
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(fault)?;
    writer
        .pragma_update(None, "synchronous", "FULL")
        .map_err(fault)?;
    writer
        .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
        .map_err(fault)?;
    Ok(writer)
}

fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let reader = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(fault)?;
    reader.busy_timeout(BUSY).map_err(fault)?;
    keep_plans(&reader)?;
    reader
        .pragma_update(None, "cache_size", -2048)
        .map_err(fault)?;
    reader.set_prepared_statement_cache_capacity(32);
    Ok(reader)
}

// A statement is planned once, not anew for each bound value: there is one way to each of our rows.
fn keep_plans(connection: &Connection) -> Result<(), Fault> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(|_| ())
        .map_err(fault)
}

fn fault(e: rusqlite::Error) -> Fault {
    match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Fault::Full,
        _ => Fault::Broken(e.to_string()),
    }
}

// Work in a transaction: all of it, or nothing.
fn within<T>(connection: &Connection, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let say = |word: &str| {
        connection
            .prepare_cached(word)
            .and_then(|mut s| s.execute([]))
            .map(|_| ())
            .map_err(fault)
    };
    say("BEGIN IMMEDIATE")?;
    let done = work().and_then(|done| say("COMMIT").map(|()| done));
    // A failure (a full disk) may have ended it already.
    if done.is_err() && !connection.is_autocommit() {
        say("ROLLBACK")?;
    }
    done
}

fn get(connection: &Connection, space: Space, place: Place<'_>) -> rusqlite::Result<Option<Value>> {
    let mut statement = connection.prepare_cached(&words(space).get)?;
    statement.query_row([place], |row| row.get(0)).optional()
}

impl Engine for Sqlite {
    fn get<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        let found =
            Place::of(space, key).map_or(Ok(None), |place| self.read(|c| get(c, space, place)));
        Box::pin(std::future::ready(found))
    }

    fn get_lately<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        match Place::of(space, key) {
            Some(place) if space == Space::Directory => {
                Box::pin(std::future::ready(self.known(key, place)))
            }
            _ => self.get(space, key),
        }
    }

    fn scan<'a>(
        &'a self,
        space: Space,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>> {
        let found = self.read(|c| {
            let mut statement = c.prepare_cached(&words(space).scan)?;
            let (from, to, limit) = (
                Place::from(space, from),
                Place::from(space, to),
                i64::try_from(limit).unwrap_or(i64::MAX),
            );
            let rows = statement.query_map(params![from, to, limit], |row| {
                Ok((row.get::<_, Found>(0)?.into_key(space), row.get(1)?))
            })?;
            rows.collect()
        });
        Box::pin(std::future::ready(found))
    }

    fn submit(&self, batch: Batch, done: Done) {
        self.desk.submit(batch, done);
    }

    fn write(&self) {
        self.desk.write();
    }

    fn write_soon(&self) {
        self.desk.write_soon();
    }
}
