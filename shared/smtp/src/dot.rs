//! The transparency procedure of DATA: a dot before lines that begin with one, and a lone dot at
//! the end (RFC 5321 §4.5.2). [`Unstuffer`] decodes it, [`Stuffer`] encodes it; both stream and
//! store nothing.

mod stuff;
mod unstuff;

pub use stuff::Stuffer;
pub use unstuff::{FeedResult, Summary, Unstuffer};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const CRLF: &[u8] = b"\r\n";
