//! The kinds of events and the parties they speak of.

use crate::{Check, ProofStep, Reason};
use mail::dns::{Failure, Question, Record};
use mail::session::{Speaker, TlsInfo};
use mail::{Duration, EnhancedCode, Reply, Time};
use serde::{Deserialize, Serialize};

/// The five roles a message passes (RFC 5598; MRA: what lets users fetch), and the name server that
/// is asked on the way.
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
    /// The five roles in the order of a message's way.
    pub const WAY: [Role; 5] = [Role::Mua, Role::Msa, Role::Mta, Role::Mda, Role::Mra];
}

/// What is spoken on a connection.
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
    /// Its role, as far as we can know: who connects to a submission port is taken for an MUA.
    pub role: Role,
    /// `192.0.2.1:25`
    pub address: String,
    /// Its host name where known: our own, or the MX name we looked up. What it says of itself
    /// stands in its EHLO line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All is well.
    Pass,
    /// It is not.
    Fail,
    /// Could not be decided, or says nothing.
    Neutral,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A connection was opened (recorded by each of our ends).
    Connect {
        /// What will be spoken.
        protocol: Protocol,
        /// Who opened it.
        client: Party,
        /// Who listened.
        server: Party,
    },
    /// A connection could not be opened: the peer's address and the system's word (`connection
    /// refused`, `timed out`).
    #[serde(deserialize_with = "crate::legacy::unreachable")]
    Unreachable {
        /// `mx1.b.test [192.0.2.25]:25`
        peer: String,
        /// Why.
        reason: Reason,
    },
    /// The TLS handshake is done: what follows is sealed.
    Tls(TlsInfo),
    /// A line of the dialogue.
    Line {
        /// Who said it.
        speaker: Speaker,
        /// Without CRLF; several lines of one reply joined by LF; secrets as `••••`.
        text: String,
        /// It went through TLS.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sealed: bool,
        /// Something secret was left out.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        redacted: bool,
    },
    /// DNS was asked and this came back.
    Dns {
        /// The question.
        question: Question,
        /// The records, or why there are none.
        answer: Result<Vec<Record>, Failure>,
        /// How long it took.
        micros: u64,
    },
    /// Something was checked.
    #[serde(deserialize_with = "crate::legacy::check")]
    Check {
        /// What was checked.
        check: Check,
        /// The outcome.
        verdict: Verdict,
        /// What decided it.
        #[serde(skip_serializing_if = "Reason::is_none")]
        reason: Reason,
        /// The steps by which it was found; mostly none.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        proof: Vec<ProofStep>,
    },
    /// Responsibility was taken: the message is durable here. The baton moves.
    Accepted {
        /// The message's number in the queue.
        #[serde(alias = "letter")]
        message: u64,
        /// Reverse path without brackets; empty for `<>`.
        sender: String,
        /// The recipients for whom this host now answers.
        recipients: Vec<String>,
        /// The message's size.
        #[serde(alias = "octets")]
        bytes: u64,
        /// The header as it now stands, the fields this host added first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<String>,
    },
    /// A delivery attempt begins.
    Attempt {
        /// 1, 2, 3 …
        number: u32,
        /// Whereto: our own domain or a foreign one.
        domain: String,
        /// For whom.
        recipients: Vec<String>,
    },
    /// Not now: it stays in the queue.
    Deferred {
        /// For whom.
        recipient: String,
        /// What was said, by the other host or by us.
        reply: Reply,
        /// Why, where this host made the reply itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Reason>,
        /// When it is tried again.
        next: Time,
    },
    /// The next host took responsibility: its own words.
    Relayed {
        /// For whom.
        recipient: String,
        /// Who took it.
        host: String,
        /// Its final reply.
        reply: Reply,
    },
    /// The message lies in a mailbox.
    Delivered {
        /// For whom.
        recipient: String,
        /// Mailbox name.
        mailbox: String,
        /// Its UID there.
        uid: u32,
    },
    /// Given up: the sender is told by a notice, unless there is nobody to tell.
    Bounced {
        /// For whom.
        recipient: String,
        /// The final word.
        reply: Reply,
        /// Why, where this host made the reply itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Reason>,
        /// The notice's own journey.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<mail::JourneyId>,
    },
    /// Its reader took the content.
    Fetched {
        /// By which way.
        protocol: Protocol,
        /// The account.
        by: String,
        /// What of it: `BODY[]`, `RETR`, `message`.
        what: String,
    },
    /// An open session was told of it at once.
    Pushed {
        /// By which way.
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
    /// Only for reading: a kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// The explanation key that fits where the emitter names none.
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

    /// A reply's enhanced code, where the kind carries a reply.
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
