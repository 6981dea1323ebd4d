//! DMARC (RFC 9989): whether a verified domain is aligned with the author's domain, and which
//! policy the author's domain publishes for messages where none is.

mod identifiers;
mod record;
mod result;
mod walk;

mod alignment;
mod discovery;
mod evaluate;
mod narration;

pub use evaluate::{Dmarc, evaluate};
pub use identifiers::Identifiers;
pub use record::{Alignment, DmarcRecord, Policy, Psd, ReportAddress};
pub use result::DmarcResult;
pub use walk::{LABELS_MAX, Walk, organizational, walk};
