//! The states of a server session, a struct each: a handler consumes its state and returns the
//! next.

use super::auth::{Exchange, PendingAuth};
use super::chunks::{Chunk, Chunks, Size};
use super::config::Config;
use super::data::IncomingData;
use super::interface::Query;
use mail::{Reply, Time};
use sasl::server::Rng;
use std::sync::Arc;

/// The names of the states in the journey; bits, for the table of verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Stage {
    Connected = 1,
    Refused = 2,
    Greeted = 4,
    Hello = 8,
    Mail = 16,
    Rcpt = 32,
    Data = 64,
    Auth = 128,
    Tls = 256,
    Closed = 512,
    /// Between two chunks, or inside one.
    Bdat = 1024,
    /// A chunk was rejected: RSET is needed.
    Failed = 2048,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Stage::Connected => "connected",
            Stage::Refused => "refused",
            Stage::Greeted => "greeted",
            Stage::Hello => "hello",
            Stage::Mail => "mail",
            Stage::Rcpt => "rcpt",
            Stage::Data => "data",
            Stage::Auth => "auth",
            Stage::Tls => "tls",
            Stage::Closed => "closed",
            Stage::Bdat => "bdat",
            Stage::Failed => "broken",
        }
    }
}

/// EHLO or HELO was accepted; no transaction is open.
#[derive(Clone, Copy)]
pub(super) struct Ready {
    /// By EHLO: parameters are allowed.
    pub extended: bool,
}

/// MAIL has been accepted.
#[derive(Clone, Copy)]
pub(super) struct MailAccepted {
    pub ready: Ready,
    pub smtputf8: bool,
    /// `BODY=BINARYMIME`: by BDAT only.
    pub binary: bool,
}

/// At least one RCPT has been accepted.
#[derive(Clone, Copy)]
pub(super) struct RcptAccepted {
    pub mail: MailAccepted,
    pub recipients: u32,
}

/// The state of the session.
pub(super) enum State {
    Connected,
    Refused,
    Greeted,
    Ready(Ready),
    Mail(MailAccepted),
    Rcpt(RcptAccepted),
    Data(Box<IncomingData>),
    Chunks(Box<Chunks>),
    Chunk(Box<Chunk>),
    Failed(Ready),
    Auth(Exchange),
    Handshake,
    PendingDecision(PendingDecision),
    Closed,
}

/// The role is asked; its decision is applied to this.
pub(super) enum PendingDecision {
    Connected,
    Hello {
        ready: Ready,
        name: String,
    },
    TlsStarted,
    Auth(PendingAuth),
    Keys(PendingAuth),
    Mail(MailAccepted),
    Rcpt {
        mail: MailAccepted,
        recipients: u32,
    },
    Data(Ready),
    Chunk {
        incoming: Box<IncomingData>,
        ended: bool,
    },
    End(Ready),
    FirstChunk {
        chunks: Box<Chunks>,
        size: Size,
    },
    Piece(Box<Chunk>),
    Abandoned {
        then: Box<State>,
        reply: Reply,
    },
    Verify(Box<State>),
    Expand(Box<State>),
}

impl State {
    /// The stage; none while the role is asked.
    pub(super) fn stage(&self) -> Option<Stage> {
        Some(match self {
            State::Connected => Stage::Connected,
            State::Refused => Stage::Refused,
            State::Greeted => Stage::Greeted,
            State::Ready(_) => Stage::Hello,
            State::Mail(_) => Stage::Mail,
            State::Rcpt(_) => Stage::Rcpt,
            State::Data(_) => Stage::Data,
            State::Chunks(_) | State::Chunk(_) => Stage::Bdat,
            State::Failed(_) => Stage::Failed,
            State::Auth(_) => Stage::Auth,
            State::Handshake => Stage::Tls,
            State::Closed => Stage::Closed,
            State::PendingDecision(_) => return None,
        })
    }

    /// The state after MAIL or RCPT, by the number of recipients.
    pub(super) fn transaction(recipients: u32, mail: MailAccepted) -> State {
        if recipients == 0 {
            State::Mail(mail)
        } else {
            State::Rcpt(RcptAccepted { mail, recipients })
        }
    }
}

/// Properties of the connection, independent of the state.
pub(super) struct ConnectionState {
    pub config: Arc<Config>,
    pub in_tls: bool,
    pub authenticated: bool,
    /// The client's network may submit without TLS and AUTH.
    pub trusted: bool,
    /// Random bytes for AUTH; without them some mechanisms are not offered.
    pub rng: Option<Rng>,
    /// The channel binding of the connection, for -PLUS (RFC 9266).
    pub binding: Option<Vec<u8>>,
    pub now: Time,
    pub auth_failures: u32,
    pub messages: u32,
}

/// The result of a handler: the next state, and optionally a reply or a query.
pub(super) struct Next {
    pub state: State,
    pub reply: Option<Reply>,
    pub query: Option<Query>,
}

impl Next {
    pub(super) fn reply(state: State, reply: Reply) -> Next {
        Next {
            state,
            reply: Some(reply),
            query: None,
        }
    }

    pub(super) fn query(waiting: PendingDecision, query: Query) -> Next {
        Next {
            state: State::PendingDecision(waiting),
            reply: None,
            query: Some(query),
        }
    }

    pub(super) fn go(state: State) -> Next {
        Next {
            state,
            reply: None,
            query: None,
        }
    }

    pub(super) fn close(reply: Reply) -> Next {
        Next::reply(State::Closed, reply)
    }
}
