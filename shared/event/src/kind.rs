//! The kinds of events, and the parties of a connection.

use crate::{Check, ProofStep, Reason};
use mail::dns::{Failure, Question, Record};
use mail::session::{Speaker, TlsInfo};
use mail::{Duration, EnhancedCode, Reply, Time};
use serde::{Deserialize, Serialize};

/// The roles that handle a message (RFC 5598; the MRA serves mailboxes to users), and the name
/// server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Message user agent.
    Mua,
    /// Message submission agent.
    Msa,
    /// Message transfer agent.
    Mta,
    /// Message delivery agent.
    Mda,
    /// Message retrieval agent.
    Mra,
    /// Name server.
    Dns,
}

impl Role {
    /// The mail roles in the order in which a message passes them.
    pub const WAY: [Role; 5] = [Role::Mua, Role::Msa, Role::Mta, Role::Mda, Role::Mra];
}

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// SMTP between hosts, port 25.
    Smtp,
    /// SMTP from users (RFC 6409), 587 or 465.
    Submission,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// The webmail's WebSocket.
    Web,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its role; a client of a submission port is taken for an MUA.
    pub role: Role,
    /// `192.0.2.1:25`
    pub address: String,
    /// Its host name where known: this host's, or the MX name that was looked up. Not the name in
    /// EHLO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The check passed.
    Pass,
    /// The check failed.
    Fail,
    /// The check could not be decided, or has no bearing.
    Neutral,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A connection was opened; recorded by each end that is a host of ours.
    Connect {
        /// The protocol.
        protocol: Protocol,
        /// The client.
        client: Party,
        /// The server.
        server: Party,
    },
    /// A connection could not be opened.
    #[serde(deserialize_with = "crate::legacy::unreachable")]
    Unreachable {
        /// `mx1.b.test [192.0.2.25]:25`
        peer: String,
        /// Why.
        reason: Reason,
    },
    /// The TLS handshake succeeded; later lines are encrypted.
    Tls(TlsInfo),
    /// A line of the dialogue.
    Line {
        /// The sender of the line.
        speaker: Speaker,
        /// Without CRLF; several lines of one reply joined by LF; secrets as `••••`.
        text: String,
        /// It was sent in TLS.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sealed: bool,
        /// A secret was left out.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        redacted: bool,
    },
    /// A DNS lookup was answered.
    Dns {
        /// The question.
        question: Question,
        /// The records, or why there are none.
        answer: Result<Vec<Record>, Failure>,
        /// How long it took.
        micros: u64,
    },
    /// A check was made.
    #[serde(deserialize_with = "crate::legacy::check")]
    Check {
        /// What was checked.
        check: Check,
        /// The outcome.
        verdict: Verdict,
        /// What decided it.
        #[serde(skip_serializing_if = "Reason::is_none")]
        reason: Reason,
        /// The steps of its proof; empty for most checks.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        proof: Vec<ProofStep>,
    },
    /// This host has taken responsibility for the message, which is durable here.
    Accepted {
        /// The message's number in the queue.
        #[serde(alias = "letter")]
        message: u64,
        /// The reverse path without brackets; empty for `<>`.
        sender: String,
        /// The recipients for whom this host is responsible now.
        recipients: Vec<String>,
        /// The size of the message.
        #[serde(alias = "octets")]
        bytes: u64,
        /// The header, the fields that this host added first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<String>,
    },
    /// A delivery attempt begins.
    Attempt {
        /// 1, 2, 3 …
        number: u32,
        /// The domain of the recipients, local or remote.
        domain: String,
        /// The recipients.
        recipients: Vec<String>,
    },
    /// A temporary failure: the message stays in the queue.
    Deferred {
        /// The recipients.
        recipient: String,
        /// The reply of the other host, or of this one.
        reply: Reply,
        /// Why, where this host made the reply itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Reason>,
        /// The time of the next attempt.
        next: Time,
    },
    /// The next host has taken responsibility.
    Relayed {
        /// The recipients.
        recipient: String,
        /// The name of that host.
        host: String,
        /// Its final reply.
        reply: Reply,
    },
    /// The message was put into a mailbox.
    Delivered {
        /// The recipients.
        recipient: String,
        /// The name of the mailbox.
        mailbox: String,
        /// Its UID in the mailbox.
        uid: u32,
    },
    /// A permanent failure: the sender is notified, unless the reverse path is null.
    Bounced {
        /// The recipients.
        recipient: String,
        /// The final reply.
        reply: Reply,
        /// Why, where this host made the reply itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Reason>,
        /// The journey of the notification.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<mail::JourneyId>,
    },
    /// A client fetched the content.
    Fetched {
        /// The protocol.
        protocol: Protocol,
        /// The account.
        by: String,
        /// Which part: `BODY[]`, `RETR`, `message`.
        what: String,
    },
    /// An open session was notified of the message.
    Pushed {
        /// The protocol.
        protocol: Protocol,
        /// The account.
        to: String,
    },
    /// The connection ended.
    Closed {
        /// How long it lasted.
        #[serde(with = "micros")]
        after: Duration,
    },
    /// A kind that this version does not know; never written.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// The key of its explanation where the recorder gives none.
    pub fn explain(&self) -> &'static str {
        match self {
            Kind::Connect { protocol, .. } => match protocol {
                Protocol::Smtp => "connect.smtp",
                Protocol::Submission => "connect.submission",
                Protocol::Imap => "connect.imap",
                Protocol::Pop3 => "connect.pop3",
                Protocol::Web => "connect.web",
            },
            Kind::Unreachable { .. } => "connect.failed",
            Kind::Tls(_) => "tls",
            Kind::Line { .. } => "line",
            Kind::Dns { question, .. } => match question.record {
                mail::dns::RecordType::Mx => "dns.mx",
                mail::dns::RecordType::A | mail::dns::RecordType::Aaaa => "dns.address",
                mail::dns::RecordType::Txt => "dns.txt",
                mail::dns::RecordType::Ptr => "dns.ptr",
                _ => "dns.other",
            },
            Kind::Check { check, .. } => check.explain(),
            Kind::Accepted { .. } => "queue.accepted",
            Kind::Attempt { .. } => "queue.attempt",
            Kind::Deferred { .. } => "queue.deferred",
            Kind::Relayed { .. } => "queue.relayed",
            Kind::Delivered { .. } => "mda.delivered",
            Kind::Bounced { .. } => "queue.bounced",
            Kind::Fetched { .. } => "mra.fetched",
            Kind::Pushed { .. } => "mua.pushed",
            Kind::Closed { .. } => "closed",
            Kind::Unknown => "unknown",
        }
    }

    /// The enhanced code of its reply, if it has one.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        match self {
            Kind::Deferred { reply, .. }
            | Kind::Relayed { reply, .. }
            | Kind::Bounced { reply, .. } => reply.enhanced,
            _ => None,
        }
    }
}

mod micros {
    use mail::Duration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_micros)
    }
}
