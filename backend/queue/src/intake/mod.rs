//! What inbound transfer and submission share on a message's way into the queue: spooling a message
//! while its header is held back, recording the dialogue of a session, and typed rejections with
//! their replies. Decides nothing.

mod recorder;
mod rejection;
mod spooler;

pub use recorder::SessionRecorder;
pub use rejection::{RateStage, Rejection, RejectionKind};
pub use spooler::{HEADER_BYTES_MAX, RawHeader, Spooled, Spooler};
