//! Every limit of a POP3 session with name, unit and reason. Limits of the role (login attempts)
//! are not here.

use mail::Duration;

/// The longest command line with its line end. RFC 2449 §4 allows 255 octets; long passwords in
/// UTF-8 need more.
pub const LINE_BYTES_MAX: usize = 1024;
/// The longest line of an AUTH exchange with its line end (the number is from RFC 4954 §4; RFC 5034
/// §4 lifts the limit of RFC 2449).
pub const AUTH_LINE_BYTES_MAX: usize = 12_288;
/// Invalid or misplaced commands after which the connection ends.
pub const ERRORS_MAX: u32 = 20;
/// Refused logins after which the connection ends.
pub const LOGIN_FAILURES_MAX: u32 = 3;
/// How long a client may be idle (RFC 1939 §3: at least ten minutes).
pub const IDLE_MAX: Duration = Duration::from_secs(10 * 60);
/// How much of a message is requested from the role at once.
pub const READ_BYTES: u32 = 64 * 1024;
/// Approximate size of the pieces in which listings are sent.
pub const LISTING_BYTES: usize = 16 * 1024;
/// Lines of a listing that are traced.
pub const TRACED_LINES_MAX: usize = 20;
/// The longest line that is traced, in characters.
pub const TRACED_CHARS_MAX: usize = 300;
