//! Every limit of an IMAP session with name, unit and reason. Limits of the role (quota, number of
//! mailboxes) are not here.

use mail::Duration;

/// The longest line of a command after login. Clients send UID sets of many thousand numbers on one
/// line.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// The longest literal of a command other than APPEND after login.
pub const LITERAL_BYTES_MAX: u64 = 64 * 1024;
/// The longest command after login, lines and literals together, an appended message not counted.
pub const COMMAND_BYTES_MAX: usize = 256 * 1024;

/// The longest line before login, when a client is given little memory: an ID with all the pairs
/// that RFC 2971 §3.3 allows.
pub const LINE_BYTES_MAX_BEFORE_LOGIN: usize = 34 * 1024;
/// The longest literal before login: a name or a password.
pub const LITERAL_BYTES_MAX_BEFORE_LOGIN: u64 = 4 * 1024;
/// The longest command before login.
pub const COMMAND_BYTES_MAX_BEFORE_LOGIN: usize = 40 * 1024;

/// The longest refused non-synchronizing literal that is read and discarded; a longer one ends the
/// connection (RFC 7888 §4).
pub const SKIPPED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The longest tag.
pub const TAG_BYTES_MAX: usize = 128;

/// Consecutive BAD commands after which the connection ends.
pub const ERRORS_MAX: u8 = 20;
/// Refused logins after which the connection ends.
pub const LOGIN_FAILURES_MAX: u8 = 5;

/// The deepest nesting of SEARCH keys.
pub const SEARCH_DEPTH_MAX: usize = 32;
/// The most SEARCH keys in one command.
pub const SEARCH_KEYS_MAX: usize = 1024;
/// The most data items in one FETCH.
pub const FETCH_ITEMS_MAX: usize = 128;
/// The deepest part number in a section: `1.2.3…`.
pub const PART_DEPTH_MAX: usize = 64;
/// The most field-value pairs of ID (RFC 2971 §3.3).
pub const ID_PAIRS_MAX: usize = 30;
/// The longest field name of ID (RFC 2971 §3.3).
pub const ID_FIELD_BYTES_MAX: usize = 30;
/// The longest value of ID (RFC 2971 §3.3).
pub const ID_VALUE_BYTES_MAX: usize = 1024;

/// Messages requested from the role at once by FETCH and STORE.
pub const PAGE_MESSAGES_MAX: usize = 1024;
/// A page of FETCH rows is sent when it has reached this size.
pub const PAGE_BYTES_FULL: usize = 64 * 1024;

/// How long a client may be idle before login.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(3 * 60);
/// How long a client may be idle after login, IDLE included (RFC 3501 §5.4: at least 30 minutes).
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// An unused buffer with more capacity than this is released.
pub const RESTING_BYTES_MAX: usize = 512;

/// FETCH rows of one command that are traced; the others are counted.
pub const TRACED_ROWS_MAX: u8 = 3;
/// The longest traced text of one reply.
pub const TRACED_BYTES_MAX: usize = 2048;
