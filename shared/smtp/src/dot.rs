//! How a message travels inside DATA: a dot before lines that begin with one, and a lone dot at the
//! end (RFC 5321 §4.5.2). [`Unstuffer`] reads it, [`Stuffer`] writes it; both stream. Neither keeps
//! the message.

mod stuff;
mod unstuff;

pub use stuff::Stuffer;
pub use unstuff::{Fed, Summary, Unstuffer};

const CR: u8 = b'\r';
const LF: u8 = b'\n';
const CRLF: &[u8] = b"\r\n";
