//! Preallocates the write-ahead log: appends zeros behind what SQLite wrote, which it does not take
//! for frames and overwrites.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

// The size of one write of zeros.
const CHUNK_BYTES: usize = 256 * 1024;

/// Extends the log of `database` to `bytes` and syncs it. The caller must hold SQLite's write lock.
///
/// # Errors
/// Where there is no log, or no space; the log has its former length then.
pub(super) fn preallocate(database: &Path, bytes: u64) -> io::Result<()> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let log = OpenOptions::new().write(true).open(name)?;
    let before = log.metadata()?.len();
    append_zeros(&log, before, bytes).inspect_err(|_| {
        // Zeros that cannot be removed do no harm.
        let _ = log.set_len(before);
    })
}

fn append_zeros(mut log: &File, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; CHUNK_BYTES];
    log.seek(SeekFrom::Start(from))?;
    let mut left = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    while left > 0 {
        let written = log.write(&zeros[..left.min(CHUNK_BYTES)])?;
        left -= written;
    }
    log.sync_all()
}
