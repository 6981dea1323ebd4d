//! Free space on the disk, and the reserve of it that new mail leaves free, so that flags can be
//! changed, messages moved and removed, and users sign in when the disk is full.
//!
//! Failures: where the free space cannot be found, new mail is accepted until a write fails.

use crate::engine::{Fault, FileSpace, Volume};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// What is refused for want of space, from nothing to everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Refused {
    Nothing = 0,
    /// What becomes a file.
    Large,
    Everything,
}

/// The space of one store.
pub struct Space {
    volume: Option<Arc<dyn Volume>>,
    reserve_bytes: u64,
    /// What was [`Refused`] according to the log.
    logged: AtomicU8,
}

/// What is free for something new, in bytes.
struct Free {
    rows: u64,
    files: u64,
    /// What is to be left.
    reserve: u64,
}

impl Space {
    /// Without a reserve: new mail is accepted until a write fails.
    pub fn unlimited() -> Space {
        Space {
            volume: None,
            reserve_bytes: 0,
            logged: AtomicU8::default(),
        }
    }

    /// Keeps `reserve_bytes` of a volume free, but at most an eighth of it; 0 keeps nothing.
    pub fn with_reserve(volume: Arc<dyn Volume>, reserve_bytes: u64) -> Space {
        let space = Space {
            volume: Some(volume).filter(|_| reserve_bytes > 0),
            reserve_bytes,
            logged: AtomicU8::default(),
        };
        if let Some((volume, free)) = space.free(FileSpace::default)
            && free.files >= free.reserve
        {
            volume.restore(free.reserve);
        }
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
        let Some((volume, free)) = self.free(file_space) else {
            return Ok(());
        };
        self.log(&free);
        let bytes = match form {
            Form::Row => free.rows,
            Form::File => free.files,
        };
        if bytes < free.reserve {
            return Err(Fault::Full);
        }
        volume.restore(free.reserve);
        Ok(())
    }

    // `None` where nothing is reserved, or the free space cannot be found.
    fn free(&self, file_space: impl FnOnce() -> FileSpace) -> Option<(&Arc<dyn Volume>, Free)> {
        let volume = self.volume.as_ref()?;
        let space = volume.space()?;
        let reserve = self.reserve_bytes.min(space.total_bytes / RESERVE_DIVISOR);
        let mut free = Free {
            rows: space.free_bytes,
            files: space.free_bytes,
            reserve,
        };
        if space.free_bytes < reserve.saturating_add(UNWRITTEN_BYTES_MAX) {
            let files = file_space();
            free.files = space.free_bytes.saturating_sub(files.unwritten_bytes);
            free.rows = free.files.saturating_add(files.reusable_bytes);
        }
        Some((volume, free))
    }

    // Logs once what is refused, and once that all is accepted again.
    fn log(&self, free: &Free) {
        let refused = if free.rows < free.reserve {
            Refused::Everything
        } else if free.files < free.reserve {
            Refused::Large
        } else {
            Refused::Nothing
        };
        let (bytes, reserve) = (free.files, free.reserve);
        if refused == Refused::Nothing {
            // Not at once, so that the log does not report every message around the limit.
            if bytes - reserve > reserve / 8 && self.logged.swap(0, Ordering::Relaxed) != 0 {
                tracing::info!("there is disk space again: new mail is accepted");
            }
        } else if self.logged.fetch_max(refused as u8, Ordering::Relaxed) < refused as u8 {
            let what = match refused {
                Refused::Large => "large messages are refused",
                _ => "new mail is refused",
            };
            tracing::error!(
                free = bytes,
                reserve,
                "disk almost full: {what} until messages are removed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::VolumeSpace;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU64;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    /// Keeps the lines of a log.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    impl Visit for Log {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            let line = format!("{}={value:?}", field.name());
            self.0.lock().unwrap().push(line);
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Log::default();
            event.record(&mut line);
            let line = line.0.lock().unwrap().join(" ");
            self.0.lock().unwrap().push(line);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[derive(Default)]
    struct Disk(AtomicU64);

    impl Volume for Disk {
        fn space(&self) -> Option<VolumeSpace> {
            Some(VolumeSpace {
                free_bytes: self.0.load(Ordering::Relaxed),
                total_bytes: 1_000_000,
            })
        }
    }

    /// The lines of the log while the free space is each of these, and both forms are checked.
    fn lines(free: &[u64], reusable_bytes: u64) -> Vec<String> {
        let log = Log::default();
        tracing::subscriber::with_default(log.clone(), || {
            let disk = Arc::new(Disk(AtomicU64::new(free[0])));
            let space = Space::with_reserve(disk.clone(), 80_000);
            for free in free {
                disk.0.store(*free, Ordering::Relaxed);
                for form in [Form::Row, Form::File, Form::Row] {
                    let _ = space.check(form, || FileSpace {
                        unwritten_bytes: 0,
                        reusable_bytes,
                    });
                }
            }
        });
        let lines = log.0.lock().unwrap().clone();
        let short = |line: &String| match line {
            _ if line.contains("space again") => "again".to_owned(),
            _ if line.contains("large messages are refused") => "large".to_owned(),
            _ if line.contains("new mail is refused") => "all".to_owned(),
            other => other.clone(),
        };
        lines.iter().map(short).collect()
    }

    #[test]
    fn the_log_says_once_that_the_disk_is_full_and_once_that_it_is_not() {
        assert_eq!(lines(&[90_000, 79_999, 10, 79_999], 0), ["all"]);
        // Around the limit nothing is repeated.
        assert_eq!(
            lines(&[10, 80_001, 10, 90_001, 90_002], 0),
            ["all", "again"]
        );
        assert_eq!(lines(&[10, 500_000, 10], 0), ["all", "again", "all"]);
    }

    #[test]
    fn large_messages_are_refused_first_where_rows_can_use_space_again() {
        assert_eq!(lines(&[90_000, 79_000, 10], 5_000), ["large", "all"]);
        assert_eq!(lines(&[79_000, 500_000], 5_000), ["large", "again"]);
    }
}
