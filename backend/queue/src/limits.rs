//! How much the queue does at the same time, and for how long.

use mail::Duration;

/// Messages from the spool that are attempted at the same time.
pub const ATTEMPTS_MAX: usize = 100;
/// Messages that are attempted right after acceptance at the same time; further ones wait in the
/// spool. Apart from [`ATTEMPTS_MAX`], so that new messages do not starve old ones.
pub(crate) const IMMEDIATE_ATTEMPTS_MAX: usize = 50;
/// How long a lease of a message lasts. Longer than any attempt.
pub const LEASE: Duration = Duration::from_secs(30 * 60);
/// How long one attempt for the recipients of one host may take.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(25 * 60);
/// Pause after a failure of the store.
pub(crate) const STORE_PAUSE: Duration = Duration::from_secs(5);
