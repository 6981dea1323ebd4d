//! The one shape that every protocol conversation has, server and client alike: sans-IO. Bytes go
//! in with the time, a decision goes in, steps come out. A session never decides, never waits and
//! never touches the world; `world::drive` runs any session on any byte stream, and a *role*
//! answers what the session asks.
//!
//! The driver's loop:
//! 1. `start` once; then take `step`s until there are none, carrying each out. After `Step::Ask`
//!    the driver calls the role and hands its answer to `answer`; after `Step::StartTls` it makes
//!    the handshake and calls `tls_started`.
//! 2. No step left: wait for the first of bytes (`receive`), end of stream (`closed`), the role's
//!    own news (`notice`), the `deadline` (`tick`); then 1 again.
//!
//! While an `Ask` is out, `step` gives nothing and input waits inside the session, which bounds it:
//! the driver reads only when no step is left.

use crate::Time;
use serde::{Deserialize, Serialize};

/// What a session wants done next.
#[derive(Debug)]
pub enum Step<Ask> {
    /// Write these bytes.
    Send(Vec<u8>),
    /// Let the role decide; then call [`Session::answer`].
    Ask(Ask),
    /// Everything said so far is flushed; make the TLS handshake, then call
    /// [`Session::tls_started`]. Input that came in before the handshake has been thrown away
    /// by the session (RFC 3207 §4.2; STARTTLS injection).
    StartTls,
    /// A line was spoken or heard: for the journey. Secrets are already redacted.
    Trace(Line),
    /// The conversation is over: flush and close.
    Done,
}

/// Who said a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The side that opened the connection.
    Client,
    /// The side that listened.
    Server,
}

/// One line (or one reply of several lines) of the dialogue, as the journey shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub speaker: Speaker,
    /// Without the final CRLF; lines of one reply joined by LF; bytes that are not UTF-8 replaced;
    /// secrets written as `••••`.
    pub text: String,
    /// True where something was left out because it is secret.
    pub redacted: bool,
    /// The session's state before the line, a name of the protocol's own: `greeted`, `mail`,
    /// `rcpt`, `data`, `selected` …
    pub before: &'static str,
    /// The state after it.
    pub after: &'static str,
    /// Which explanation fits: `smtp.ehlo`, `smtp.reply.250`, `imap.select`, `pop3.retr` … Key of
    /// `static/explain`.
    pub explain: String,
}

/// What the handshake came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsInfo {
    /// `TLS 1.3`
    pub version: String,
    /// `TLS13_AES_256_GCM_SHA384`
    pub cipher: String,
    /// The name the client asked for (SNI), or was asked to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// For a client: the certificate was checked and fits the name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// What both ends can compute from this connection's keys and nobody else (RFC 9266 §4.1,
    /// `tls-exporter`): to bind a login to it. Only TLS 1.3 has it. Not part of a journey.
    #[serde(skip)]
    pub exporter: Option<Vec<u8>>,
}

/// A conversation. See the module for the driver's loop.
pub trait Session: Send {
    /// What the session asks its role.
    type Ask: Send;
    /// What the role answers; the pair is the wall between parsing and deciding.
    type Answer: Send;
    /// What the role may report on its own (new mail during IMAP IDLE, shutdown).
    type Notice: Send;

    /// The connection stands.
    fn start(&mut self, now: Time);
    /// Bytes came in; at most a few KiB a call.
    fn receive(&mut self, bytes: &[u8], now: Time);
    /// The peer will send nothing more.
    fn closed(&mut self, now: Time);
    /// The role's decision about the last `Step::Ask`.
    fn answer(&mut self, answer: Self::Answer, now: Time);
    /// The role reports on its own.
    fn notice(&mut self, notice: Self::Notice, now: Time);
    /// The handshake asked for by `Step::StartTls` succeeded.
    fn tls_started(&mut self, tls: TlsInfo, now: Time);
    /// When the session wants `tick` if nothing else happens.
    fn deadline(&self) -> Option<Time>;
    /// The deadline has passed.
    fn tick(&mut self, now: Time);
    /// The next step, or none: then wait.
    fn step(&mut self) -> Option<Step<Self::Ask>>;
}
