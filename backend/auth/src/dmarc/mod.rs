//! DMARC (RFC 9989): does a verified domain speak for the author's domain, and what does that
//! domain want where none does?

mod record;
mod walk;

mod alignment;
mod discovery;
mod evaluate;
mod narration;

pub use evaluate::{Dmarc, DmarcResult, Identifiers, evaluate};
pub use record::{Alignment, DmarcRecord, Policy, Psd, ReportAddress};
pub use walk::{LABELS_MAX, Walk, organizational, walk};
