//! Faults as data: hosts, links, replies, names, disks, clocks, certificates. Does not carry them
//! out.

use crate::text::Span;
use serde::{Deserialize, Serialize};

/// What breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Fault {
    /// The host is off the network.
    Down(String),
    /// It is back.
    Up(String),
    /// It dies where it stands; its disk stays.
    Crash(String),
    /// It starts again from its disk.
    Restart(String),
    /// Both ways between two hosts.
    Link {
        /// One end.
        between: [String; 2],
        /// How long a segment takes.
        #[serde(default)]
        latency: Option<Span>,
        /// So much passes in a second; 0: as much as one likes.
        #[serde(default)]
        #[serde(alias = "octets-per-second")]
        bytes_per_second: Option<u64>,
        /// Of a thousand segments so many are lost and sent again; which ones, the seed says.
        #[serde(default)]
        lost_per_mille: Option<u16>,
        /// Nothing passes, nothing is lost.
        #[serde(default)]
        held: Option<bool>,
        /// Everything vanishes.
        #[serde(default)]
        severed: Option<bool>,
        /// New connections to these ports vanish.
        #[serde(default)]
        blocked_ports: Option<Vec<u16>>,
    },
    /// One way between two hosts; the other way stays as it is.
    Way {
        /// From this host.
        from: String,
        /// To this host.
        to: String,
        /// How long a segment takes.
        #[serde(default)]
        latency: Option<Span>,
        /// So much passes in a second; 0: as much as one likes.
        #[serde(default)]
        #[serde(alias = "octets-per-second")]
        bytes_per_second: Option<u64>,
        /// Of a thousand segments so many are lost and sent again; which ones, the seed says.
        #[serde(default)]
        lost_per_mille: Option<u16>,
        /// Nothing passes, nothing is lost.
        #[serde(default)]
        held: Option<bool>,
        /// Everything vanishes.
        #[serde(default)]
        severed: Option<bool>,
    },
    /// The next connection breaks when so much has passed.
    Cut {
        /// From this host.
        from: String,
        /// To this host.
        to: String,
        /// And this port.
        port: u16,
        /// Octets that still pass.
        #[serde(alias = "after-octets")]
        after_bytes: u64,
        /// Counted in what the server says; otherwise in what the client says.
        #[serde(default)]
        to_client: bool,
        /// Both are told (RST); otherwise nobody is.
        #[serde(default)]
        told: bool,
        /// Only what goes the counted way vanishes from then on; the other way still passes.
        #[serde(default)]
        one_way: bool,
    },
    /// A connection dies before the answer to an SMTP command passes: the host has acted, and the
    /// client never hears of it (RFC 1047).
    Lost {
        /// From this host.
        from: String,
        /// To this host.
        to: String,
        /// And this port.
        port: u16,
        /// `RCPT`, `DATA` …; `.` is the end of the message, by its dot or by its last chunk (BDAT).
        #[serde(default = "end_of_message")]
        command: String,
        /// The so-manieth, counted from now on over all connections.
        #[serde(default = "first")]
        nth: u32,
        /// Both are told (RST); otherwise nobody is.
        #[serde(default)]
        told: bool,
    },
    /// An SMTP command is answered so. The host itself never sees it; but `.` it has seen, and only
    /// its answer is another.
    Reply {
        /// From this host; any host without it.
        #[serde(default)]
        from: Option<String>,
        /// The host in whose place is answered.
        to: String,
        /// Its port.
        port: u16,
        /// `EHLO`, `MAIL`, `RCPT`, `DATA` …; `.` is the end of the message, by its dot or by its
        /// last chunk (BDAT). To a client that says BDAT, `DATA` is that last chunk too.
        command: String,
        /// The so-manieth, counted from now on over all connections.
        #[serde(default = "first")]
        nth: u32,
        /// And so many after each other.
        #[serde(default = "first")]
        times: u32,
        /// `452 4.5.3 Too many recipients`; a refusal, for now (4yz) or for good (5yz).
        reply: String,
    },
    /// An attacker on the way replaces words, wherever they pass in the clear.
    Rewrite {
        /// On connections from this host.
        from: String,
        /// To this host.
        to: String,
        /// And this port.
        port: u16,
        /// In what the server says; otherwise in what the client says.
        #[serde(default)]
        to_client: bool,
        /// These words …
        find: String,
        /// … become these.
        put: String,
    },
    /// Nobody meddles any more with connections from one host to another.
    Honest {
        /// From this host.
        from: String,
        /// To this host.
        to: String,
    },
    /// Name servers fail for a name; `none` ends it.
    Dns {
        /// The name.
        name: String,
        /// `nxdomain`, `servfail`, `timeout`, `none`.
        answer: String,
    },
    /// A host's cache keeps what DNS says of a name now, whatever becomes of it.
    Stale {
        /// Whose cache.
        host: String,
        /// The name.
        name: String,
        /// False: it asks anew.
        #[serde(default = "yes")]
        kept: bool,
    },
    /// The host's disk is full, or has room again.
    Disk {
        /// Which host.
        host: String,
        /// Full, or not.
        full: bool,
    },
    /// The host's clock is wrong by so many seconds.
    Clock {
        /// Which host.
        host: String,
        /// Ahead, or below zero behind.
        seconds: i64,
    },
    /// The host's certificate: `good`, `expired`, `other-name`, `untrusted`, `none`.
    Certificate {
        /// Which host.
        host: String,
        /// Which certificate.
        kind: String,
    },
}

fn first() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn end_of_message() -> String {
    ".".to_owned()
}

impl Fault {
    /// The hosts that it names.
    pub(in crate::scenario) fn hosts(&self) -> Vec<&str> {
        match self {
            Fault::Down(host) | Fault::Up(host) | Fault::Crash(host) | Fault::Restart(host) => {
                vec![host]
            }
            Fault::Link {
                between: [one, other],
                ..
            } => vec![one, other],
            Fault::Way { from, to, .. }
            | Fault::Cut { from, to, .. }
            | Fault::Lost { from, to, .. } => vec![from, to],
            Fault::Rewrite { from, to, .. } | Fault::Honest { from, to } => vec![from, to],
            Fault::Reply { from, to, .. } => from
                .iter()
                .map(String::as_str)
                .chain([to.as_str()])
                .collect(),
            Fault::Disk { host, .. }
            | Fault::Clock { host, .. }
            | Fault::Certificate { host, .. }
            | Fault::Stale { host, .. } => {
                vec![host]
            }
            Fault::Dns { .. } => Vec::new(),
        }
    }
}
