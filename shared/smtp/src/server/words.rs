//! What the server session asks its role, and what the role answers: the wall between reading SMTP and deciding about mail.

use crate::Credentials;
use crate::dot::Summary;
use mail::session::TlsInfo;
use mail::{BodyKind, Host, Path, Reply};

/// A question to the role. Each is answered by one [`Answer`]; `Answer::Go` gives the reply named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Someone has connected; may they speak? 220. A refusal (554) leaves them nothing but QUIT (RFC 5321 §3.1).
    Connected,
    /// HELO or EHLO. 250. The role forgets an open transaction (§4.1.4). Refused: as if nobody had said hello yet.
    Hello(Hello),
    /// TLS stands; the client begins anew with EHLO (RFC 3207 §4.2), so the role forgets what it heard before. No
    /// reply. Not asked where TLS began with the connection: whoever made the session knows.
    TlsStarted(TlsInfo),
    /// Is it really them? 235. A refusal should be 535 5.7.8.
    Auth(Credentials),
    /// MAIL: a letter from this sender? 250 2.1.0.
    Mail {
        /// The reverse path; [`Path::Null`] for `<>`.
        sender: Path,
        /// What was said with it.
        parameters: MailParameters,
    },
    /// RCPT: to this recipient? 250 2.1.5. Never [`Path::Null`].
    Rcpt {
        /// The forward path.
        recipient: Path,
    },
    /// DATA: the letter is about to come. 354.
    Data,
    /// The next bytes of the letter, stuffed dots taken away; every piece in order. No reply; a refusal (say 452 4.3.1) is said at
    /// the letter's end, and no more pieces come.
    Chunk(Vec<u8>),
    /// The letter is whole. 250 2.0.0: from then on the role is responsible for it (RFC 5321 §4.2.5).
    End(Summary),
    /// The open transaction is over without a letter: forget it. No reply of the role's is used.
    Abandoned(Why),
    /// VRFY. 252 2.5.0, which says nothing.
    Verify(String),
}

/// HELO or EHLO as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The argument's text.
    pub name: String,
    /// The argument, where it is a domain or an address literal (RFC 5321 §4.1.1.1); many clients say something else.
    pub host: Option<Host>,
    /// EHLO.
    pub extended: bool,
}

/// The parameters of MAIL (RFC 5321 §4.1.1.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// `SIZE=` (RFC 1870): what the client believes.
    pub size: Option<u64>,
    /// `BODY=` (RFC 6152).
    pub body: BodyKind,
    /// `SMTPUTF8` (RFC 6531).
    pub smtputf8: bool,
}

/// Why a transaction is over without a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// RSET.
    Reset,
    /// A bare CR or LF in the letter: refused with 554 5.6.0.
    BareLineEnd,
    /// More octets than allowed: refused with 552 5.3.4.
    TooBig,
    /// The role itself refused a piece.
    Refused,
}

/// The role's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, in the session's own words.
    Go,
    /// The role's own reply: yes or no by its first digit.
    Reply(Reply),
    /// Say this (421 or 554) and close.
    Close(Reply),
}

/// What the role reports on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The program stops: 421 4.3.2 and close. A letter whose end was already heard gets its reply first.
    Shutdown,
}

/// An [`Answer`] sorted by what it means.
pub(super) enum Decision {
    Yes(Reply),
    No(Reply),
    Close(Reply),
}

impl Answer {
    pub(super) fn or(self, default: Reply) -> Decision {
        match self {
            Answer::Go => Decision::Yes(default),
            Answer::Reply(reply) if reply.is_positive() => Decision::Yes(reply),
            Answer::Reply(reply) => Decision::No(reply),
            Answer::Close(reply) => Decision::Close(reply),
        }
    }
}
