//! The states of a server session, a struct each, consumed by value: a handler takes the state it
//! needs and gives the next one back.

use super::auth::{Asked, Exchange};
use super::chunks::{Chunk, Chunks, Size};
use super::config::Config;
use super::data::Receiving;
use super::words::Ask;
use mail::{Reply, Time};
use sasl::server::Rng;
use std::sync::Arc;

/// The names of the states as the journey shows them; bits, for the table of verbs.
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
    /// A chunk was refused: nothing but RSET helps.
    Broken = 2048,
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
            Stage::Broken => "broken",
        }
    }
}

/// EHLO or HELO has been said; no message is open.
#[derive(Clone, Copy)]
pub(super) struct Ready {
    /// By EHLO: parameters are allowed.
    pub extended: bool,
}

/// MAIL has been accepted.
#[derive(Clone, Copy)]
pub(super) struct MailGiven {
    pub ready: Ready,
    pub smtputf8: bool,
    /// `BODY=BINARYMIME`: by BDAT only.
    pub binary: bool,
}

/// At least one RCPT has been accepted.
#[derive(Clone, Copy)]
pub(super) struct RcptGiven {
    pub mail: MailGiven,
    pub recipients: u32,
}

/// Where the session is.
pub(super) enum State {
    Connected,
    Refused,
    Greeted,
    Ready(Ready),
    Mail(MailGiven),
    Rcpt(RcptGiven),
    Data(Box<Receiving>),
    Chunks(Box<Chunks>),
    Chunk(Box<Chunk>),
    Broken(Ready),
    Auth(Exchange),
    Handshake,
    Waiting(Waiting),
    Closed,
}

/// A question is out; this is what its answer will be applied to.
pub(super) enum Waiting {
    Connected,
    Hello {
        ready: Ready,
        name: String,
    },
    TlsStarted,
    Auth(Asked),
    Keys(Asked),
    Mail(MailGiven),
    Rcpt {
        mail: MailGiven,
        recipients: u32,
    },
    Data(Ready),
    Chunk {
        receiving: Box<Receiving>,
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
    /// The stage, unless a question is out: then it is still the one before.
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
            State::Broken(_) => Stage::Broken,
            State::Auth(_) => Stage::Auth,
            State::Handshake => Stage::Tls,
            State::Closed => Stage::Closed,
            State::Waiting(_) => return None,
        })
    }

    /// MAIL given or RCPT given, by the recipients so far.
    pub(super) fn transaction(recipients: u32, mail: MailGiven) -> State {
        if recipients == 0 {
            State::Mail(mail)
        } else {
            State::Rcpt(RcptGiven { mail, recipients })
        }
    }
}

/// What holds for the connection, whatever its state.
pub(super) struct Standing {
    pub config: Arc<Config>,
    pub in_tls: bool,
    pub authenticated: bool,
    /// Comes from a network that may submit without TLS and AUTH.
    pub trusted: bool,
    /// Where the random parts of AUTH come from; without it some mechanisms are not offered.
    pub rng: Option<Rng>,
    /// The connection's exported value, for -PLUS (RFC 9266).
    pub binding: Option<Vec<u8>>,
    pub now: Time,
    pub auth_failures: u32,
    pub messages: u32,
}

/// What a handler decides: the next state, and perhaps a reply or a question.
pub(super) struct Next {
    pub state: State,
    pub say: Option<Reply>,
    pub ask: Option<Ask>,
}

impl Next {
    pub(super) fn say(state: State, reply: Reply) -> Next {
        Next {
            state,
            say: Some(reply),
            ask: None,
        }
    }

    pub(super) fn ask(waiting: Waiting, ask: Ask) -> Next {
        Next {
            state: State::Waiting(waiting),
            say: None,
            ask: Some(ask),
        }
    }

    pub(super) fn go(state: State) -> Next {
        Next {
            state,
            say: None,
            ask: None,
        }
    }

    pub(super) fn close(reply: Reply) -> Next {
        Next::say(State::Closed, reply)
    }
}
