//! The engine of a single machine: SQLite in WAL mode with `synchronous=FULL`. One connection writes; all batches that wait while
//! one write is being made durable go into the next one together (group commit), by a thread for that. A batch that comes alone is written where
//! it is handed in, as long as the disk is swift; what is in no hurry goes along, or waits for at most [`PATIENCE`]. Readers have connections of their own.
//!
//! Large rows whose keys are numbers are found by SQLite's own row number (`key`). Reads run on the caller's thread: a page that is in memory takes microseconds, less than a change of threads would; scans are bounded by their limit.

mod fold;
mod key;
mod memo;
mod room;

use super::{Batch, Change, Done, Engine, Fault, Rows, Space, Value};
use fold::Folder;
use key::{Found, Place, place};
use mail::Duration;
use memo::{Known, Memo};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use world::BoxFuture;

/// A database file.
pub struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    desk: Arc<Desk>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

// What waits to be written, and the one connection that writes.
struct Desk {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    directory: Memo,
    connection: Mutex<Connection>,
    folder: Folder,
    /// How long a group took to be durable, the last ones weighing most; microseconds.
    pace_micros: AtomicU64,
    /// How many came together last.
    crowd: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<(Batch, Done)>,
    /// How many of them are in a hurry.
    urgent: usize,
    /// The thread looks again by itself within [`PATIENCE`].
    watched: bool,
    /// Something in no hurry came since it looked last.
    patient: bool,
    ended: bool,
}

impl Waiting {
    fn take(&mut self, most: usize) -> Vec<(Batch, Done)> {
        let count = self.batches.len().min(most);
        // What is left over may be in a hurry.
        self.urgent = self.batches.len() - count;
        self.batches.drain(..count).collect()
    }
}

// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(20);
// How long what is in no hurry waits for company.
const PATIENCE: Duration = Duration::from_millis(2);
// How many batches one durable write may carry: bounds how long the first of them waits.
const GROUP_MAX: usize = 512;
// And how many where it is handed in: one in a hurry and its company.
const GROUP_HERE_MAX: usize = 8;
// Idle readers that are kept.
const READERS_MAX: usize = 4;
// A lone batch is written where it is handed in, without a change of threads, while the disk needs no longer than this.
const SWIFT_MICROS: u64 = 1000;
// The log is folded into the database every so many pages of 4 KiB.
const CHECKPOINT_PAGES: u32 = 4000;
// So long it becomes by that: a page with its head for each, and what the last group brings beyond.
const LOG_OCTETS: u64 = (CHECKPOINT_PAGES as u64 + 64) * (4096 + 24);

impl Sqlite {
    /// Opens or makes the file.
    ///
    /// # Errors
    /// Where the file cannot be opened or is no database of ours.
    pub fn open(path: &Path) -> Result<Sqlite, Fault> {
        let writer = open_writer(path)?;
        writer.pragma_update(None, "cache_size", -8192).map_err(fault)?;
        writer.set_prepared_statement_cache_capacity(64);
        for space in Space::ALL {
            writer.execute_batch(&create(space)).map_err(fault)?;
            renumber(&writer, space)?;
        }
        let desk = Arc::new(Desk {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            directory: Memo::default(),
            connection: Mutex::new(writer),
            folder: Folder::default(),
            pace_micros: AtomicU64::new(SWIFT_MICROS),
            crowd: AtomicUsize::new(0),
        });
        let thread = std::thread::Builder::new().name("store-writer".into());
        let its = desk.clone();
        let writer = thread.spawn(move || its.work()).map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(Sqlite { path: path.to_owned(), readers: Mutex::default(), desk, threads: Mutex::new(vec![writer]) })
    }

    /// For a server, which writes for long: the log is given its whole length at once, since a write that lengthens a file takes twice as long to be
    /// durable as one that does not; and it is folded into the database by a thread of its own. Where either cannot be, it goes on without.
    pub fn settle_in(&self) {
        let connection = lock(&self.desk.connection);
        // Whoever holds the right to write knows that nobody else lengthens the log.
        if let Err(error) = within(&connection, || room::make(&self.path, LOG_OCTETS).map_err(|e| Fault::Broken(e.to_string()))) {
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
        thread.spawn(move || desk.folder.work(&beside, &desk.connection)).map_err(|e| Fault::Broken(e.to_string()))
    }

    // A row of the directory.
    #[expect(clippy::disallowed_methods, reason = "how long ago a row was read is no time that anybody sees")]
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
        lock(&self.desk.waiting).ended = true;
        self.desk.arrived.notify_one();
        self.desk.folder.end();
        // The last handle may have been held by what the writer itself was telling: a thread cannot wait for itself.
        let here = std::thread::current().id();
        for thread in std::mem::take(&mut *lock(&self.threads)).into_iter().filter(|thread| thread.thread().id() != here) {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// For one thread at a time.
fn open_writer(path: &Path) -> Result<Connection, Fault> {
    let ours = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(path, ours).map_err(fault)?;
    keep_plans(&writer)?;
    // The command line may write while the server runs.
    writer.busy_timeout(BUSY).map_err(fault)?;
    writer.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    writer.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(fault)?;
    Ok(writer)
}

fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?;
    reader.busy_timeout(BUSY).map_err(fault)?;
    keep_plans(&reader)?;
    reader.pragma_update(None, "cache_size", -2048).map_err(fault)?;
    reader.set_prepared_statement_cache_capacity(32);
    Ok(reader)
}

// A statement is planned once, not anew for each bound value: there is one way to each of our rows.
fn keep_plans(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ()).map_err(fault)
}

fn fault(e: rusqlite::Error) -> Fault {
    match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Fault::Full,
        _ => Fault::Broken(e.to_string()),
    }
}

fn table(space: Space) -> String {
    format!("{}{}", if space.number_octets().is_some() { 'n' } else { 't' }, space as u8)
}

// Small rows live in their key's tree; large ones beside it, so that the tree stays shallow, or in the tree of their numbers.
fn create(space: Space) -> String {
    let (kind, layout) = match (space.number_octets(), space.is_large()) {
        (Some(_), _) => ("INTEGER PRIMARY KEY", ""),
        (None, true) => ("BLOB PRIMARY KEY NOT NULL", ""),
        (None, false) => ("BLOB PRIMARY KEY NOT NULL", " WITHOUT ROWID"),
    };
    format!("CREATE TABLE IF NOT EXISTS {} (k {kind}, v BLOB NOT NULL){layout}", table(space))
}

// Rows whose keys stood as octets in files of old, once.
fn renumber(connection: &Connection, space: Space) -> Result<(), Fault> {
    let old = format!("t{}", space as u8);
    if space.number_octets().is_none() || !connection.table_exists(None, old.as_str()).map_err(fault)? {
        return Ok(());
    }
    tracing::info!(?space, "rows are numbered, once");
    within(connection, || {
        let mut all = connection.prepare(&format!("SELECT k, v FROM {old}")).map_err(fault)?;
        let mut put = connection.prepare(&format!("INSERT INTO {} (k, v) VALUES (?1, ?2)", table(space))).map_err(fault)?;
        let mut rows = all.query([]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let (key, value): (Vec<u8>, Value) = (row.get(0).map_err(fault)?, row.get(1).map_err(fault)?);
            put.execute(params![place(space, &key)?, value]).map_err(fault)?;
        }
        drop(rows);
        drop((all, put));
        connection.execute_batch(&format!("DROP TABLE {old}")).map_err(fault)
    })
}

// Work in a transaction: all of it, or nothing.
fn within<T>(connection: &Connection, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let say = |word: &str| connection.prepare_cached(word).and_then(|mut s| s.execute([])).map(|_| ()).map_err(fault);
    say("BEGIN IMMEDIATE")?;
    let done = work().and_then(|done| say("COMMIT").map(|()| done));
    // A failure (a full disk) may have ended it already.
    if done.is_err() && !connection.is_autocommit() {
        say("ROLLBACK")?;
    }
    done
}

impl Engine for Sqlite {
    fn get<'a>(&'a self, space: Space, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        let found = Place::of(space, key).map_or(Ok(None), |place| self.read(|c| get(c, space, place)));
        Box::pin(std::future::ready(found))
    }

    fn get_lately<'a>(&'a self, space: Space, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        match Place::of(space, key) {
            Some(place) if space == Space::Directory => Box::pin(std::future::ready(self.known(key, place))),
            _ => self.get(space, key),
        }
    }

    fn scan<'a>(&'a self, space: Space, from: &'a [u8], to: &'a [u8], limit: usize) -> BoxFuture<'a, Result<Rows, Fault>> {
        let found = self.read(|c| {
            let sql = format!("SELECT k, v FROM {} WHERE k >= ?1 AND k < ?2 ORDER BY k LIMIT ?3", table(space));
            let mut statement = c.prepare_cached(&sql)?;
            let (from, to, limit) = (Place::from(space, from), Place::from(space, to), i64::try_from(limit).unwrap_or(i64::MAX));
            let rows = statement.query_map(params![from, to, limit], |row| Ok((row.get::<_, Found>(0)?.into_key(space), row.get(1)?)))?;
            rows.collect()
        });
        Box::pin(std::future::ready(found))
    }

    fn submit(&self, batch: Batch, done: Done) {
        lock(&self.desk.waiting).batches.push_back((batch, done));
    }

    fn write(&self) {
        if !self.desk.write_here() {
            self.desk.arrived.notify_one();
        }
    }

    fn write_soon(&self) {
        let mut waiting = lock(&self.desk.waiting);
        waiting.patient = true;
        if !std::mem::replace(&mut waiting.watched, true) {
            self.desk.arrived.notify_one();
        }
    }
}

impl Desk {
    // The thread's life.
    fn work(&self) {
        while self.wait() {
            let connection = lock(&self.connection);
            // Read only now: what came while somebody else wrote goes along.
            let (urgent, group) = {
                let mut waiting = lock(&self.waiting);
                (waiting.urgent, waiting.take(GROUP_MAX))
            };
            if !group.is_empty() {
                self.write_and_tell(&connection, group, urgent);
            }
        }
        let _ = lock(&self.connection).pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    // Until there is something to write; false once there will never be.
    fn wait(&self) -> bool {
        let mut waiting = lock(&self.waiting);
        loop {
            match (waiting.batches.is_empty(), waiting.ended) {
                (false, true) => return true,
                (true, true) => return false,
                (false, false) if waiting.urgent > 0 => return true,
                (true, false) => waiting.urgent = 0,
                (false, false) => {}
            }
            if !waiting.watched {
                // Whoever hands in what is in no hurry says so afterwards.
                waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let before = std::mem::take(&mut waiting.patient);
            let (after, slept) = self.arrived.wait_timeout(waiting, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            waiting = after;
            if slept.timed_out() {
                // Nothing came for a while: from now on it must be called.
                waiting.watched = before || waiting.patient;
                if !waiting.batches.is_empty() {
                    return true;
                }
            }
        }
    }

    // True where all that waited has been written by this call: a single batch that is in a hurry, on a swift disk, while nobody else writes.
    fn write_here(&self) -> bool {
        lock(&self.waiting).urgent += 1;
        if self.pace_micros.load(Ordering::Relaxed) > SWIFT_MICROS || self.crowd.load(Ordering::Relaxed) > 1 {
            return false;
        }
        let Ok(connection) = self.connection.try_lock() else { return false };
        let group = {
            let mut waiting = lock(&self.waiting);
            match (waiting.batches.len(), waiting.urgent) {
                (0, _) => return true,
                (1..=GROUP_HERE_MAX, ..=1) => waiting.take(GROUP_HERE_MAX),
                _ => return false,
            }
        };
        self.write_and_tell(&connection, group, 1);
        drop(connection);
        let waiting = lock(&self.waiting);
        waiting.batches.is_empty() || waiting.urgent == 0
    }

    // Told while the connection is held: the next group is not heard of before this one.
    #[expect(clippy::disallowed_methods, reason = "how swift the disk is, only the system's clock can say")]
    fn write_and_tell(&self, connection: &Connection, group: Vec<(Batch, Done)>, urgent: usize) {
        let begun = Instant::now();
        self.crowd.store(urgent, Ordering::Relaxed);
        let (batches, dones): (Vec<Batch>, Vec<Done>) = group.into_iter().unzip();
        let written = write_group(connection, &batches);
        self.folder.grown_to(fold::pages());
        let taken = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let pace = self.pace_micros.load(Ordering::Relaxed);
        self.pace_micros.store((pace.saturating_mul(7).saturating_add(taken)) / 8, Ordering::Relaxed);
        self.directory.forget(&batches);
        match written {
            Ok(results) => dones.into_iter().zip(results).for_each(|(done, result)| done(result)),
            Err(e) => {
                tracing::error!(error = %e, batches = batches.len(), "the store could not write");
                dones.into_iter().for_each(|done| done(Err(e.clone())));
            }
        }
    }
}

fn write_group(connection: &Connection, batches: &[Batch]) -> Result<Vec<Result<(), Fault>>, Fault> {
    within(connection, || {
        let mut results = Vec::with_capacity(batches.len());
        for batch in batches {
            if !asserts_hold(connection, batch)? {
                results.push(Err(Fault::Conflict));
                continue;
            }
            // A change that fails (a full disk) fails the whole group.
            for change in &batch.changes {
                apply(connection, change)?;
            }
            results.push(Ok(()));
        }
        Ok(results)
    })
}

fn get(connection: &Connection, space: Space, place: Place<'_>) -> rusqlite::Result<Option<Value>> {
    let mut statement = connection.prepare_cached(&format!("SELECT v FROM {} WHERE k = ?1", table(space)))?;
    statement.query_row([place], |row| row.get(0)).optional()
}

fn asserts_hold(connection: &Connection, batch: &Batch) -> Result<bool, Fault> {
    for (space, key, expected) in &batch.asserts {
        if get(connection, *space, place(*space, key)?).map_err(fault)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(connection: &Connection, change: &Change) -> Result<usize, Fault> {
    let done = match change {
        Change::Put(space, key, value) => {
            let sql = format!("INSERT INTO {} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v", table(*space));
            let place = place(*space, key)?;
            connection.prepare_cached(&sql).and_then(|mut s| s.execute(params![place, value]))
        }
        Change::Delete(space, key) => {
            let Some(place) = Place::of(*space, key) else { return Ok(0) };
            connection.prepare_cached(&format!("DELETE FROM {} WHERE k = ?1", table(*space))).and_then(|mut s| s.execute([place]))
        }
        Change::DeleteRange(space, from, to) => {
            let sql = format!("DELETE FROM {} WHERE k >= ?1 AND k < ?2", table(*space));
            let (from, to) = (Place::from(*space, from), Place::from(*space, to));
            connection.prepare_cached(&sql).and_then(|mut s| s.execute(params![from, to]))
        }
    };
    done.map_err(fault)
}
