//! Reports about authentication: counts results and writes aggregate reports (RFC 9990), and reads
//! received reports (RFC 9990, RFC 8460, RFC 5965). Sends and stores nothing.

mod aggregate;
#[cfg(not(target_arch = "wasm32"))]
mod received;
mod tally;

pub use aggregate::{Aggregate, Submitter};
#[cfg(not(target_arch = "wasm32"))]
pub use received::{REPORT_BYTES_MAX, Received, looks_like_one, read};
pub use tally::{DomainTally, ROWS_MAX, Tallies, TallyRow, day_of};
