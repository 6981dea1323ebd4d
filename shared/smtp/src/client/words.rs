//! What the client session asks its role, and what the role answers; what became of each recipient.

use mail::session::TlsInfo;
use mail::{Address, Path, Reply};

/// A question to the role. Each is answered by one [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// TLS stands; is the certificate good enough? `Go`, or `Abort` to close.
    TlsStarted(TlsInfo),
    /// Ready for a letter: `Letter` or `Quit`. Asked again after each letter, so that a connection is used more than once.
    Next(Offers),
    /// The next bytes of the letter: `Body`, `BodyEnd`, or `Abort` where they cannot be had: then the connection is closed before
    /// the final dot, so that half a letter is never taken for a whole one.
    Body,
    /// What became of the letter: one fate for each recipient, in the letter's order. `Go`.
    Outcome(Vec<Fate>),
    /// The conversation failed before any letter could be offered; the fate holds for all that were meant. `Go`.
    Failed(Fate),
}

/// The role's answer; each variant belongs to the questions that name it. An answer to another question closes the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Go,
    /// Send this letter.
    Letter(Letter),
    /// No more letters: QUIT.
    Quit,
    /// The next bytes of the body, as stored; not empty.
    Body(Vec<u8>),
    /// That was the body.
    BodyEnd,
    /// Close at once.
    Abort,
}

/// What the role reports on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The program stops: after the letter under way, QUIT.
    Shutdown,
}

/// A letter to be sent; its bytes are asked for later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The reverse path.
    pub sender: Path,
    /// The recipients at this host; at least one.
    pub recipients: Vec<Address>,
    /// Its size, for `SIZE=` (RFC 1870), where known.
    pub octets: Option<u64>,
    /// It holds octets above 127: sent only where 8BITMIME is offered (RFC 6152 §3), else 5.6.3.
    pub eight_bit: bool,
    /// Its header holds UTF-8: sent only where SMTPUTF8 is offered (RFC 6531 §3.5), else 5.6.7. Addresses speak for themselves.
    pub smtputf8: bool,
}

/// What the other host offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// It answered EHLO; otherwise it only knew HELO.
    pub extended: bool,
    /// RFC 2920
    pub pipelining: bool,
    /// RFC 3207
    pub starttls: bool,
    /// RFC 6152
    pub eight_bit: bool,
    /// RFC 6531
    pub smtputf8: bool,
    /// RFC 1870: the largest letter; `None` where it does not say.
    pub octets_max: Option<u64>,
    /// AUTH PLAIN (RFC 4616)
    pub auth_plain: bool,
    /// AUTH LOGIN
    pub auth_login: bool,
    /// The connection is in TLS.
    pub in_tls: bool,
}

/// What became of one recipient, as far as this conversation knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The other host's own reply, or our words where it gave none. By its first digit: done, try again, give up.
    pub reply: Reply,
    /// The other host said it.
    pub theirs: bool,
    /// When: `greeting`, `hello`, `tls`, `auth`, `mail`, `rcpt`, `data`, `end`.
    pub at: &'static str,
    /// The final dot was sent and no reply came: the letter may have been taken (RFC 1047). To be sent again all the same.
    pub uncertain: bool,
}

impl Fate {
    pub(super) fn theirs(at: &'static str, reply: Reply) -> Fate {
        Fate { reply, theirs: true, at, uncertain: false }
    }

    pub(super) fn ours(at: &'static str, reply: Reply) -> Fate {
        Fate { reply, theirs: false, at, uncertain: false }
    }

    /// A reply that is not the one hoped for. Where it is no refusal either (250 to DATA, 334 to MAIL), it becomes our own 4.5.0.
    pub(super) fn refused(at: &'static str, reply: Reply) -> Fate {
        if reply.is_positive() {
            return Fate::ours(at, Reply::new(451, (4, 5, 0), format!("the other host gave a reply that does not fit: {reply}")));
        }
        Fate::theirs(at, reply)
    }

    /// The other host has taken responsibility.
    pub fn is_taken(&self) -> bool {
        self.theirs && self.at == "end" && self.reply.is_positive()
    }
}
