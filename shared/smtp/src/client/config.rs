//! Configuration of an outgoing connection: name, TLS, AUTH, timeouts.

use mail::{Duration, Host, Secret};

/// When STARTTLS is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPolicy {
    /// Never; or the connection began in TLS.
    Never,
    /// Where it is offered; otherwise in the clear (RFC 7435).
    IfOffered,
    /// Always; without it nothing is sent.
    Required,
}

/// A name and password for a smart host.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub secret: Secret,
}

/// One connection's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The argument of EHLO: this host's domain, or its address as a literal (RFC 5321 §4.1.4).
    pub name: Host,
    /// STARTTLS.
    pub tls: TlsPolicy,
    /// AUTH, used in TLS only; the best mechanism that is offered.
    pub login: Option<Login>,
    /// Use BDAT where it is offered (RFC 3030). A binary message needs it in any case.
    pub chunking: bool,
    /// Timeouts.
    pub timeouts: Timeouts,
}

impl Config {
    /// Opportunistic TLS, no login, the timeouts of the RFC.
    pub fn new(name: Host) -> Config {
        Config {
            name,
            tls: TlsPolicy::IfOffered,
            login: None,
            chunking: true,
            timeouts: Timeouts::default(),
        }
    }
}

/// How long to wait for each reply (RFC 5321 §4.5.3.2). The timeout of a *write* (§4.5.3.2.5: three
/// minutes) is the driver's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the 220 (§4.5.3.2.1).
    pub greeting: Duration,
    /// For EHLO, HELO, STARTTLS and AUTH; the RFC names none, so that of MAIL is used.
    pub hello: Duration,
    /// For MAIL (§4.5.3.2.2).
    pub mail: Duration,
    /// For RCPT (§4.5.3.2.3).
    pub rcpt: Duration,
    /// For the 354 (§4.5.3.2.4).
    pub data: Duration,
    /// For the reply to the final dot (§4.5.3.2.6), and to a chunk.
    pub end: Duration,
    /// How long a connection is idle between two messages ([`super::Decision::Wait`]) before QUIT.
    pub rest: Duration,
    /// For the 221; its content does not matter.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            greeting: Duration::from_secs(5 * 60),
            hello: Duration::from_secs(5 * 60),
            mail: Duration::from_secs(5 * 60),
            rcpt: Duration::from_secs(5 * 60),
            data: Duration::from_secs(2 * 60),
            end: Duration::from_secs(10 * 60),
            rest: Duration::from_secs(30),
            quit: Duration::from_secs(10),
        }
    }
}
