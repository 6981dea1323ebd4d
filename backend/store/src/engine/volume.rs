//! The volume of a data folder, and the ballast on it: a file that is given up when a write that
//! makes room finds the disk full, because other programs have filled it.

use super::{Volume, VolumeSpace};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest ballast, in bytes.
const BALLAST_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// The ballast as a part of the reserve.
const BALLAST_DIVISOR: u64 = 8;
/// How much is written at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// A file that holds space for writes on a full disk.
pub struct Ballast {
    path: PathBuf,
    is_there: AtomicBool,
}

/// The volume of a data folder.
pub struct DataVolume {
    folder: PathBuf,
    ballast: Arc<Ballast>,
}

impl Ballast {
    /// Gives the space up. False where that was done before.
    pub(crate) fn release(&self) -> bool {
        self.is_there.swap(false, Ordering::Relaxed) && fs::remove_file(&self.path).is_ok()
    }

    fn restore(&self, bytes: u64) {
        if self.is_there.load(Ordering::Relaxed) {
            return;
        }
        match self.write(bytes) {
            Ok(()) => self.is_there.store(true, Ordering::Relaxed),
            Err(_) => drop(fs::remove_file(&self.path)),
        }
    }

    fn write(&self, bytes: u64) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        let zeros = [0; CHUNK_BYTES];
        let mut left = usize::try_from(bytes).unwrap_or(0);
        while left > 0 {
            let written = file.write(&zeros[..left.min(CHUNK_BYTES)])?;
            left -= written;
        }
        file.sync_all()
    }
}

impl DataVolume {
    /// The volume of `folder`, with the ballast in it.
    pub fn new(folder: &Path) -> DataVolume {
        let path = folder.join("reserve");
        DataVolume {
            folder: folder.to_owned(),
            ballast: Arc::new(Ballast {
                is_there: AtomicBool::new(path.exists()),
                path,
            }),
        }
    }

    /// The ballast, for the engine that gives it up.
    pub fn ballast(&self) -> Arc<Ballast> {
        self.ballast.clone()
    }
}

impl Volume for DataVolume {
    fn space(&self) -> Option<VolumeSpace> {
        let found = rustix::fs::statvfs(&self.folder).ok()?;
        Some(VolumeSpace {
            free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
            total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
        })
    }

    fn restore(&self, reserve_bytes: u64) {
        let bytes = (reserve_bytes / BALLAST_DIVISOR).min(BALLAST_BYTES_MAX);
        if self.ballast.is_there.load(Ordering::Relaxed) {
            return;
        }
        let is_roomy = |space: VolumeSpace| space.free_bytes >= reserve_bytes + bytes;
        if self.space().is_some_and(is_roomy) {
            self.ballast.restore(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballast_is_given_up_once_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let volume = DataVolume::new(folder.path());
        assert!(volume.space().is_some_and(|s| s.total_bytes > s.free_bytes));
        let ballast = volume.ballast();
        assert!(!ballast.release(), "nothing is held yet");
        volume.restore(80_000);
        let path = folder.path().join("reserve");
        assert_eq!(fs::metadata(&path).unwrap().len(), 10_000);
        assert!(ballast.release() && !ballast.release() && !path.exists());
        volume.restore(80_000);
        assert!(path.exists());
        assert!(DataVolume::new(folder.path()).ballast().release());
    }
}
