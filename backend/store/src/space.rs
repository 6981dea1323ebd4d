//! Free space on the disk, and the reserve of it that new mail leaves free, so that flags can be
//! changed, messages moved and removed, and users sign in when the disk is full.
//!
//! Failures: where the free space cannot be found, new mail is accepted until a write fails.

use crate::engine::{Fault, FileSpace, Volume};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest part of the volume that is kept free, as a divisor: on a small one the configured
/// reserve would leave no room for mail.
const RESERVE_DIVISOR: u64 = 8;

/// More than an engine leaves in its log, in bytes.
const UNWRITTEN_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How something new is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As rows, which use the free space within the engine's files again.
    Row,
    /// As a file.
    File,
}

/// The space of one store.
pub struct Space {
    volume: Option<Arc<dyn Volume>>,
    reserve_bytes: u64,
    /// Refused and logged, for rows and for files.
    is_low: [AtomicBool; 2],
}

impl Space {
    /// Without a reserve: new mail is accepted until a write fails.
    pub fn unlimited() -> Space {
        Space {
            volume: None,
            reserve_bytes: 0,
            is_low: Default::default(),
        }
    }

    /// Keeps `reserve_bytes` of a volume free, but at most an eighth of it; 0 keeps nothing.
    pub fn with_reserve(volume: Arc<dyn Volume>, reserve_bytes: u64) -> Space {
        let space = Space {
            volume: Some(volume).filter(|_| reserve_bytes > 0),
            reserve_bytes,
            is_low: Default::default(),
        };
        // Whether there is room is of no interest yet.
        let _ = space.check(Form::File, FileSpace::default);
        space
    }

    /// Whether something new may be stored. `file_space` is that of the engine, asked for only
    /// where the volume has not plenty.
    ///
    /// # Errors
    /// [`Fault::Full`] below the reserve.
    pub(crate) fn check(
        &self,
        form: Form,
        file_space: impl FnOnce() -> FileSpace,
    ) -> Result<(), Fault> {
        let Some((volume, space)) = self
            .volume
            .as_ref()
            .and_then(|volume| Some((volume, volume.space()?)))
        else {
            return Ok(());
        };
        let reserve = self.reserve_bytes.min(space.total_bytes / RESERVE_DIVISOR);
        let mut free = space.free_bytes;
        if free < reserve.saturating_add(UNWRITTEN_BYTES_MAX) {
            let files = file_space();
            free = free.saturating_sub(files.unwritten_bytes);
            if form == Form::Row {
                free = free.saturating_add(files.reusable_bytes);
            }
        }
        let is_low = &self.is_low[form as usize];
        if free < reserve {
            if !is_low.swap(true, Ordering::Relaxed) {
                tracing::error!(
                    free,
                    reserve,
                    large = form == Form::File,
                    "disk almost full: new mail is refused until messages are removed"
                );
            }
            return Err(Fault::Full);
        }
        volume.restore(reserve);
        // Not at once, so that the log does not report every message around the limit.
        if free - reserve > reserve / 8 && is_low.swap(false, Ordering::Relaxed) {
            tracing::info!(
                large = form == Form::File,
                "there is disk space again: new mail is accepted"
            );
        }
        Ok(())
    }
}
