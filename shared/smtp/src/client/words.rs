//! What the client session asks its role, and what the role answers; what became of each recipient.

use mail::session::TlsInfo;
use mail::{BodyKind, Envelope, Path, Recipient, Reply, ReturnMode};
use sasl::Mechanisms;

/// A question to the role. Each is answered by one [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// TLS stands; is the certificate good enough? `Go`, or `Abort` to close.
    TlsStarted(TlsInfo),
    /// Ready for a message: `Message`, `Wait` or `Quit`. Asked again after each message, so that a
    /// connection is used more than once. Not asked again where the other host takes no more on
    /// this connection (RFC 9422 MAILMAX): then the session says QUIT by itself.
    Next(Offers),
    /// The next bytes of the message: `Body`, `BodyEnd`, or `Abort` where they cannot be had: then
    /// the connection is closed before the message's end, so that half a message is never taken
    /// for a whole one.
    Body,
    /// What became of the message: one fate for each recipient, in the message's order. `Go`.
    Outcome(Vec<Fate>),
    /// The conversation failed before any message could be offered; the fate holds for all that were
    /// meant. `Go`.
    Failed(Fate),
}

/// The role's answer; each variant belongs to the questions that name it. An answer to another
/// question closes the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Go,
    /// Send this message.
    Message(OutgoingMessage),
    /// No message now, perhaps another soon: the connection rests until [`Notice::Ready`], at most
    /// [`super::Timeouts::rest`]; then QUIT. If the other host ends it meanwhile, the session
    /// is done, and no message is concerned.
    Wait,
    /// No more messages: QUIT.
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
    /// There is a message for a connection that rests: it asks [`Ask::Next`] again. Never lost: one
    /// that comes too early is remembered.
    Ready,
    /// The program stops: after the message under way, QUIT.
    Shutdown,
}

/// A message to be sent; its bytes are asked for later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The reverse path.
    pub sender: Path,
    /// The recipients at this host; at least one. NOTIFY and ORCPT are passed on where DSN is
    /// offered (RFC 3461 §5.2.1).
    pub recipients: Vec<Recipient>,
    /// Its size, for `SIZE=` (RFC 1870), where known.
    pub bytes: Option<u64>,
    /// What the body holds. Octets above 127 are sent only where 8BITMIME is offered (RFC 6152
    /// §3), binary only where BINARYMIME and CHUNKING are (RFC 3030 §3), else 5.6.3.
    pub body: BodyKind,
    /// Its header holds UTF-8: sent only where SMTPUTF8 is offered (RFC 6531 §3.5), else 5.6.7.
    /// Addresses speak for themselves.
    pub smtputf8: bool,
    /// `REQUIRETLS`: sent only in TLS, to a proven host that offers it (RFC 8689 §4.2.1), else
    /// 5.7.30.
    pub require_tls: bool,
    /// `RET=`, passed on where DSN is offered.
    pub return_mode: Option<ReturnMode>,
    /// `ENVID=`, likewise.
    pub envelope_id: Option<String>,
}

impl OutgoingMessage {
    /// A message of seven bits of which nothing special is asked.
    pub fn new(sender: Path, recipients: Vec<Recipient>) -> OutgoingMessage {
        OutgoingMessage {
            sender,
            recipients,
            bytes: None,
            body: BodyKind::SevenBit,
            smtputf8: false,
            require_tls: false,
            return_mode: None,
            envelope_id: None,
        }
    }

    /// With what the envelope promises, to these of its recipients.
    pub fn of(envelope: &Envelope, recipients: Vec<Recipient>) -> OutgoingMessage {
        OutgoingMessage {
            body: envelope.body,
            smtputf8: envelope.smtputf8,
            require_tls: envelope.require_tls,
            return_mode: envelope.return_mode,
            envelope_id: envelope.envelope_id.clone(),
            ..OutgoingMessage::new(envelope.reverse_path(), recipients)
        }
    }
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
    /// RFC 1870: the largest message; `None` where it does not say.
    pub bytes_max: Option<u64>,
    /// RFC 3030: BDAT.
    pub chunking: bool,
    /// RFC 3030: `BODY=BINARYMIME`.
    pub binary: bool,
    /// RFC 3461
    pub dsn: bool,
    /// RFC 8689
    pub require_tls: bool,
    /// RFC 9422 RCPTMAX: recipients of one message. Further ones get 452 4.5.3 from the session
    /// itself and go with the next message.
    pub recipients_max: Option<u32>,
    /// RFC 9422 MAILMAX: messages on one connection.
    pub messages_max: Option<u32>,
    /// RFC 4954
    pub auth: Mechanisms,
    /// The connection is in TLS.
    pub in_tls: bool,
    /// … with a certificate that was checked and fits the name.
    pub verified: bool,
}

/// What became of one recipient, as far as this conversation knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The other host's own reply, or our words where it gave none. By its first digit: done, try
    /// again, give up.
    pub reply: Reply,
    /// The other host said it.
    pub theirs: bool,
    /// When: `greeting`, `hello`, `tls`, `auth`, `mail`, `rcpt`, `data`, `end`.
    pub at: &'static str,
    /// The message's end was sent and no reply came: it may have been taken (RFC 1047). To be sent
    /// again all the same.
    pub uncertain: bool,
}

impl Fate {
    pub(super) fn theirs(at: &'static str, reply: Reply) -> Fate {
        Fate {
            reply,
            theirs: true,
            at,
            uncertain: false,
        }
    }

    pub(super) fn ours(at: &'static str, reply: Reply) -> Fate {
        Fate {
            reply,
            theirs: false,
            at,
            uncertain: false,
        }
    }

    /// A reply that is not the one hoped for. Where it is no refusal either (250 to DATA, 334 to
    /// MAIL), it becomes our own 4.5.0.
    pub(super) fn refused(at: &'static str, reply: Reply) -> Fate {
        if reply.is_positive() {
            return Fate::ours(
                at,
                Reply::new(
                    451,
                    (4, 5, 0),
                    format!("the other host gave a reply that does not fit: {reply}"),
                ),
            );
        }
        Fate::theirs(at, reply)
    }

    /// The other host has taken responsibility.
    pub fn is_taken(&self) -> bool {
        self.theirs && self.at == "end" && self.reply.is_positive()
    }
}
