//! Reports about verdicts: those that authors' domains want from us (RFC 9990), and those that come
//! in (RFC 9990, RFC 8460, RFC 5965). Sends nothing and keeps nothing: it counts, writes and reads.

mod aggregate;
#[cfg(not(target_arch = "wasm32"))]
mod received;
mod tally;

pub use aggregate::{Aggregate, Submitter};
#[cfg(not(target_arch = "wasm32"))]
pub use received::{REPORT_BYTES_MAX, Received, looks_like_one, read};
pub use tally::{DomainTally, ROWS_MAX, Tallies, TallyRow, day_of};
