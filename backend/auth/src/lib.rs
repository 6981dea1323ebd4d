//! Who really sent this: SPF, DKIM, DMARC and ARC for what comes in, DKIM signatures for what goes
//! out. A kept library does the arithmetic of keys and hashes; the questions go through the host's
//! own resolver, the time is the host's, and each verdict comes with its proof. Keeps nothing,
//! opens nothing, and refuses nothing itself: it tells the role what the configuration wants.
//!
//! Failures: a name server that does not answer makes a verdict `temperror`, which refuses nothing;
//! a record or a signature that cannot be read makes it `permerror`, likewise; however hostile a
//! message is, the questions asked about it are bounded ([`QUESTIONS_MAX`], [`ASKING_MAX`]).

mod judge;

mod message;

mod head;

mod ask;

pub mod arc;
pub mod dkim;
pub mod dmarc;
pub mod spf;

mod results;

pub mod proof;

pub mod report;

pub use ask::{ASKING_MAX, Asked, Asking, QUESTIONS_MAX};
pub use judge::{AUTHORS_MAX, Action, Arrival, Checked, Judgement, Mode, Policies, Seen, judge};
pub use message::{HEADER_BYTES_MAX, IncomingMessage, Reading, SIGNATURES_MAX};

#[cfg(test)]
mod test_keys;
