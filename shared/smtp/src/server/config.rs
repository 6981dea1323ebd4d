//! Configuration of a listener: port 25 or submission, name, limits. Each limit documents its
//! reply.

use mail::{Domain, Duration};
use sasl::Mechanisms;

/// The kind of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mail from other servers, on port 25: no AUTH, TLS optional.
    Transfer,
    /// Mail from users, on 587 or 465 (RFC 6409, RFC 8314): TLS, then AUTH, then mail.
    Submission,
}

/// One listener's configuration; shared by its sessions.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port 25 or submission.
    pub kind: Kind,
    /// This host's name in the greeting and in the reply to EHLO.
    pub host: Domain,
    /// STARTTLS is offered while the connection is not in TLS.
    pub starttls: bool,
    /// Mechanisms of AUTH; offered on submission, in TLS.
    pub mechanisms: Mechanisms,
    /// The longest FUTURERELEASE interval (RFC 4865); submission only. None: not offered.
    pub hold_max: Option<Duration>,
    /// VRFY and EXPN answer authenticated users.
    pub directory: bool,
    /// The journey shows the secrets of AUTH: only for the Lab, where they are fictitious.
    pub shows_secrets: bool,
    /// The limits.
    pub limits: Limits,
}

impl Config {
    /// With the default limits.
    pub fn new(kind: Kind, host: Domain, starttls: bool) -> Config {
        let (mechanisms, limits) = (Mechanisms::passwords(), Limits::default());
        Config {
            kind,
            host,
            starttls,
            mechanisms,
            hold_max: None,
            directory: false,
            shows_secrets: false,
            limits,
        }
    }

    /// FUTURERELEASE, where it is offered.
    pub(super) fn future_release(&self) -> Option<Duration> {
        self.hold_max.filter(|_| self.kind == Kind::Submission)
    }
}

/// Resource limits of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A command line with its CRLF: 512 bytes and room for extensions (RFC 5321 §4.5.3.1.4,
    /// §4.1.1.11). Past it: 500 5.5.2.
    pub line_bytes_max: usize,
    /// A line of an AUTH exchange with its CRLF (RFC 4954 §4). Past it: 500 5.5.6.
    pub auth_line_bytes_max: usize,
    /// One message, announced as SIZE. Past it: 552 5.3.4.
    pub message_bytes_max: u64,
    /// Recipients of one message (RFC 5321 §4.5.3.1.8 requires at least 100). Past it: 452 4.5.3
    /// for each.
    pub recipients_max: u32,
    /// Messages on one connection. Past it: 421 4.7.0 to MAIL.
    pub messages_max: u32,
    /// Replies 5yz outside DATA. Past it: 421 4.7.0.
    pub errors_max: u32,
    /// Failed logins on one connection. Past it: 421 4.7.0.
    pub auth_failures_max: u32,
    /// Commands that do not advance a message (NOOP, RSET, VRFY, EHLO …) since the last message.
    /// Past it: 421 4.7.0.
    pub idle_commands_max: u32,
    /// Between two commands, or between two pieces of a message (RFC 5321 §4.5.3.2.7 requires at
    /// least five minutes). Past it: 421 4.4.2.
    pub idle_max: Duration,
    /// From MAIL to the end of the message, without the time that its size allows. Past it: 421
    /// 4.4.2.
    pub transaction_max: Duration,
    /// Minimum rate: each this many bytes of a message extend `transaction_max` by a second.
    pub data_bytes_per_second_min: u64,
    /// The whole session. Past it: 421 4.4.2.
    pub session_max: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            line_bytes_max: 2048,
            auth_line_bytes_max: 12_288,
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 1000,
            messages_max: 1000,
            errors_max: 20,
            auth_failures_max: 3,
            idle_commands_max: 100,
            idle_max: Duration::from_secs(5 * 60),
            transaction_max: Duration::from_secs(10 * 60),
            data_bytes_per_second_min: 1024,
            session_max: Duration::from_secs(4 * 60 * 60),
        }
    }
}
