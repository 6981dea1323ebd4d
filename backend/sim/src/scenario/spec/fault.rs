//! Faults as data: hosts, links, replies, names, disks, clocks, certificates. Does not execute
//! them.

use crate::text::Span;
use serde::{Deserialize, Serialize};

/// A fault, or the end of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Fault {
    /// The host leaves the network.
    Down(String),
    /// The host is back on the network.
    Up(String),
    /// The host crashes; its disk is kept.
    Crash(String),
    /// The host restarts from its disk.
    Restart(String),
    /// Changes the link between two hosts in both directions.
    Link {
        /// The two ends.
        between: [String; 2],
        /// The one-way latency.
        #[serde(default)]
        latency: Option<Span>,
        /// Bandwidth in bytes per second; 0: unlimited.
        #[serde(default)]
        #[serde(alias = "octets-per-second")]
        bytes_per_second: Option<u64>,
        /// The share of segments, per thousand, that are lost and retransmitted; the seed decides
        /// which.
        #[serde(default)]
        lost_per_mille: Option<u16>,
        /// Whether segments are held; they arrive when the hold ends.
        #[serde(default)]
        held: Option<bool>,
        /// Whether all segments are lost.
        #[serde(default)]
        severed: Option<bool>,
        /// New connections to these ports get no answer.
        #[serde(default)]
        blocked_ports: Option<Vec<u16>>,
    },
    /// Changes one direction of the link between two hosts.
    #[serde(alias = "way")]
    Path {
        /// The sending host.
        from: String,
        /// The receiving host.
        to: String,
        /// The one-way latency.
        #[serde(default)]
        latency: Option<Span>,
        /// Bandwidth in bytes per second; 0: unlimited.
        #[serde(default)]
        #[serde(alias = "octets-per-second")]
        bytes_per_second: Option<u64>,
        /// The share of segments, per thousand, that are lost and retransmitted; the seed decides
        /// which.
        #[serde(default)]
        lost_per_mille: Option<u16>,
        /// Whether segments are held; they arrive when the hold ends.
        #[serde(default)]
        held: Option<bool>,
        /// Whether all segments are lost.
        #[serde(default)]
        severed: Option<bool>,
    },
    /// The next connection breaks after a number of bytes.
    Cut {
        /// The client host.
        from: String,
        /// The server host.
        to: String,
        /// The server's port.
        port: u16,
        /// Number of bytes that still pass.
        #[serde(alias = "after-octets")]
        after_bytes: u64,
        /// Whether the server's bytes are counted; otherwise the client's.
        #[serde(default)]
        to_client: bool,
        /// Whether both ends receive a reset (RST); otherwise the break is silent.
        #[serde(default)]
        #[serde(alias = "told")]
        reset: bool,
        /// Whether only the counted direction breaks.
        #[serde(default)]
        one_way: bool,
    },
    /// A connection breaks before the reply to an SMTP command passes: the host has executed the
    /// command, and the client does not know (RFC 1047).
    Lost {
        /// The client host.
        from: String,
        /// The server host.
        to: String,
        /// The server's port.
        port: u16,
        /// `RCPT`, `DATA` …; `.` is the end of the message, by its dot or by its last chunk (BDAT).
        #[serde(default = "end_of_message")]
        command: String,
        /// Which occurrence, counted from now over all connections.
        #[serde(default = "first")]
        nth: u32,
        /// Whether both ends receive a reset (RST); otherwise the break is silent.
        #[serde(default)]
        #[serde(alias = "told")]
        reset: bool,
    },
    /// Replaces the reply to an SMTP command. The host does not see the command, except for `.`,
    /// where only its reply is replaced.
    Reply {
        /// The client host; `None`: any host.
        #[serde(default)]
        from: Option<String>,
        /// The server host, in whose place the reply is given.
        to: String,
        /// The server's port.
        port: u16,
        /// `EHLO`, `MAIL`, `RCPT`, `DATA` …; `.` is the end of the message, by its dot or by its
        /// last chunk (BDAT). For a client that uses BDAT, `DATA` is the last chunk too.
        command: String,
        /// Which occurrence, counted from now over all connections.
        #[serde(default = "first")]
        nth: u32,
        /// Number of consecutive occurrences.
        #[serde(default = "first")]
        times: u32,
        /// `452 4.5.3 Too many recipients`: a temporary (4yz) or permanent (5yz) rejection.
        reply: String,
    },
    /// An attacker on the path replaces a text wherever it is not encrypted.
    Rewrite {
        /// The client host.
        from: String,
        /// The server host.
        to: String,
        /// The server's port.
        port: u16,
        /// Whether the server's data is changed; otherwise the client's.
        #[serde(default)]
        to_client: bool,
        /// The text to be replaced.
        find: String,
        /// The replacement.
        put: String,
    },
    /// Ends all tampering with connections from one host to another.
    #[serde(alias = "honest")]
    StopRewriting {
        /// The client host.
        from: String,
        /// The server host.
        to: String,
    },
    /// Name servers fail for a name; the answer `none` ends the failure.
    Dns {
        /// The name.
        name: String,
        /// `nxdomain`, `servfail`, `timeout`, `none`.
        answer: String,
    },
    /// A host's DNS cache keeps its current answer for a name.
    Stale {
        /// The host.
        host: String,
        /// The name.
        name: String,
        /// Whether the answer is kept; `false` drops it.
        #[serde(default = "default_true")]
        kept: bool,
    },
    /// The host's disk is full, or has free space again.
    Disk {
        /// The host.
        host: String,
        /// Whether it is full.
        full: bool,
    },
    /// The host's clock is off by a number of seconds.
    Clock {
        /// The host.
        host: String,
        /// Seconds ahead; negative: behind.
        seconds: i64,
    },
    /// The host's certificate: `good`, `expired`, `other-name`, `untrusted`, `none`.
    Certificate {
        /// The host.
        host: String,
        /// The kind of certificate.
        kind: String,
    },
}

fn first() -> u32 {
    1
}

fn default_true() -> bool {
    true
}

fn end_of_message() -> String {
    ".".to_owned()
}

impl Fault {
    /// The hosts that the fault refers to.
    pub(in crate::scenario) fn hosts(&self) -> Vec<&str> {
        match self {
            Fault::Down(host) | Fault::Up(host) | Fault::Crash(host) | Fault::Restart(host) => {
                vec![host]
            }
            Fault::Link {
                between: [one, other],
                ..
            } => vec![one, other],
            Fault::Path { from, to, .. }
            | Fault::Cut { from, to, .. }
            | Fault::Lost { from, to, .. } => vec![from, to],
            Fault::Rewrite { from, to, .. } | Fault::StopRewriting { from, to } => vec![from, to],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_keys_of_earlier_versions() {
        let read = |text: &str| serde_json::from_str::<Fault>(text).unwrap();
        for (old, new) in [
            (
                r#"{"way": {"from": "a.test", "to": "b.test", "severed": true}}"#,
                r#"{"path": {"from": "a.test", "to": "b.test", "severed": true}}"#,
            ),
            (
                r#"{"honest": {"from": "a.test", "to": "b.test"}}"#,
                r#"{"stop-rewriting": {"from": "a.test", "to": "b.test"}}"#,
            ),
            (
                r#"{"cut": {"from": "a.test", "to": "b.test", "port": 25, "after-octets": 9, "told": true}}"#,
                r#"{"cut": {"from": "a.test", "to": "b.test", "port": 25, "after-bytes": 9, "reset": true}}"#,
            ),
        ] {
            assert_eq!(read(old), read(new));
        }
    }
}
