//! Every bound of a POP3 session by name, unit and reason. What the role bounds (how often one may
//! sign in) is not here.

use mail::Duration;

/// The longest command line with its line end. RFC 2449 §4 allows 255 octets; long passwords in
/// UTF-8 want more.
pub const LINE_BYTES_MAX: usize = 1024;
/// The longest line of an AUTH exchange with its line end (RFC 4954 §4 has the number; RFC 5034 §4
/// lifts the limit of RFC 2449).
pub const AUTH_LINE_BYTES_MAX: usize = 12_288;
/// So many refused commands that were badly said or out of place, and the connection ends.
pub const ERRORS_MAX: u32 = 20;
/// So many refused logins on one connection, and it ends.
pub const LOGIN_FAILURES_MAX: u32 = 3;
/// How long a client may be silent (RFC 1939 §3: at least ten minutes).
pub const IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// How much of a message is asked of the role at once.
pub const READ_BYTES: u32 = 64 * 1024;
/// Listings are sent in pieces of about this size.
pub const LISTING_BYTES: usize = 16 * 1024;
/// Lines of a listing that are traced.
pub const TRACED_LINES_MAX: usize = 20;
/// The longest line that is traced, in characters.
pub const TRACED_CHARS_MAX: usize = 300;
