//! The interface of every protocol session, server and client alike: sans-IO. Bytes and the time go
//! in, decisions go in, steps come out. A session makes no decision, does not wait and does no I/O;
//! `world::drive` runs any session on any byte stream, and a *role* makes the decisions.
//!
//! The driver's loop:
//! 1. `start` once; then take `step`s until there are none, carrying each out. After `Step::Query`
//!    the driver calls the role and passes its decision to `answer`; after `Step::StartTls` it
//!    makes the handshake and calls `tls_started`.
//! 2. Without a step, wait for the first of bytes (`receive`), end of stream (`closed`), a notice
//!    of the role (`notice`), the `deadline` (`tick`); then 1 again.
//!
//! While a query is pending, `step` returns nothing and input waits inside the session, which
//! bounds it: the driver reads only when no step is left.

use crate::Time;
use serde::{Deserialize, Serialize};

/// What a session wants the driver to do next.
#[derive(Debug)]
pub enum Step<Query> {
    /// Write these bytes.
    Send(Vec<u8>),
    /// Let the role decide; then call [`Session::answer`].
    Query(Query),
    /// Flush, make the TLS handshake, then call [`Session::tls_started`]. The session has discarded
    /// input that arrived before the handshake (RFC 3207 §4.2; STARTTLS injection).
    StartTls,
    /// A line was sent or received: for the journey. Secrets are already redacted.
    Trace(Line),
    /// The session is over: flush and close.
    Done,
}

/// The side that sent a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The side that opened the connection.
    Client,
    /// The side that listens.
    Server,
}

/// One line (or one reply of several lines) of the dialogue, as a journey shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The sender.
    pub speaker: Speaker,
    /// Without the final CRLF; lines of one reply joined by LF; invalid UTF-8 replaced; secrets
    /// written as `••••`.
    pub text: String,
    /// True where a secret was left out.
    pub redacted: bool,
    /// The session's state before the line, a name of the protocol: `greeted`, `mail`, `rcpt`,
    /// `data`, `selected` …
    pub before: &'static str,
    /// The state after it.
    pub after: &'static str,
    /// The key of its explanation in `static/explain`: `smtp.ehlo`, `smtp.reply.250`,
    /// `imap.select`, `pop3.retr` …
    pub explain: String,
    /// What the line means for the record of the session.
    pub kind: LineKind,
}

/// What a line means for the record of a session: which message the following lines belong to, and
/// the code of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// A command that begins a message (MAIL): lines from here on belong to the message.
    BeginsMessage,
    /// A command after which lines belong to the connection again (HELO, EHLO, STARTTLS).
    ResetsSession,
    /// The greeting, or what is sent in its place, with this code.
    Greeting(u16),
    /// Another reply with this code.
    Reply(u16),
    /// Anything else.
    #[default]
    Other,
}

/// The parameters of a completed TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsInfo {
    /// `TLS 1.3`
    pub version: String,
    /// `TLS13_AES_256_GCM_SHA384`
    pub cipher: String,
    /// The server name: as requested by the client (SNI), or as verified by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// For a client: the certificate is valid for the name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Keying material exported from the connection (RFC 9266 §4.1, `tls-exporter`), for channel
    /// binding. TLS 1.3 only. Not part of a journey.
    #[serde(skip)]
    pub exporter: Option<Vec<u8>>,
}

/// A protocol session. The module describes the driver's loop.
pub trait Session: Send {
    /// What the session asks its role.
    type Query: Send;
    /// The role's decision.
    type Decision: Send;
    /// What the role may report on its own initiative (new mail during IMAP IDLE, shutdown).
    type Notice: Send;

    /// The connection is open.
    fn start(&mut self, now: Time);
    /// Takes received bytes; at most a few KiB a call.
    fn receive(&mut self, bytes: &[u8], now: Time);
    /// The peer has closed its side.
    fn closed(&mut self, now: Time);
    /// Takes the role's decision about the last `Step::Query`.
    fn answer(&mut self, decision: Self::Decision, now: Time);
    /// Takes a notice of the role.
    fn notice(&mut self, notice: Self::Notice, now: Time);
    /// The handshake of `Step::StartTls` succeeded.
    fn tls_started(&mut self, tls: TlsInfo, now: Time);
    /// The time at which the session wants `tick` unless something else happens before.
    fn deadline(&self) -> Option<Time>;
    /// The deadline has passed.
    fn tick(&mut self, now: Time);
    /// The next step, or `None`: then wait.
    fn step(&mut self) -> Option<Step<Self::Query>>;
}
