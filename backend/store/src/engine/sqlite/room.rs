//! The length of the log beside a database: zeros behind what SQLite wrote, which it takes for no
//! frames and writes over.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

// Written at once.
const PIECE: usize = 256 * 1024;

/// Lengthens the log of `database` to so many octets. Only for who holds the right to write to the
/// database.
///
/// # Errors
/// Where there is no log, or no space; it is as long as before then.
pub(super) fn make(database: &Path, bytes: u64) -> io::Result<()> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let log = OpenOptions::new().write(true).open(name)?;
    let before = log.metadata()?.len();
    lengthen(&log, before, bytes).inspect_err(|_| {
        // What cannot be taken back is no harm.
        let _ = log.set_len(before);
    })
}

fn lengthen(mut log: &File, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; PIECE];
    log.seek(SeekFrom::Start(from))?;
    let mut left = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    while left > 0 {
        let written = log.write(&zeros[..left.min(PIECE)])?;
        left -= written;
    }
    log.sync_all()
}
