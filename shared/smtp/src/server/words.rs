//! What the server session asks its role, and what the role answers: the wall between reading SMTP
//! and deciding about mail.

use crate::dot::Summary;
use mail::session::TlsInfo;
use mail::{BodyKind, Host, Notify, Path, Reply, ReturnMode, Time};
use sasl::Credentials;
use sasl::scram::{Hash, Keys};

/// A question to the role. Each is answered by one [`Answer`]; `Answer::Go` gives the reply named
/// here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Someone has connected; may they speak? 220. A refusal (554) leaves them nothing but QUIT
    /// (RFC 5321 §3.1).
    Connected,
    /// HELO or EHLO. 250. The role forgets an open transaction (§4.1.4). Refused: as if nobody had
    /// said hello yet.
    Hello(Hello),
    /// TLS stands; the client begins anew with EHLO (RFC 3207 §4.2), so the role forgets what it
    /// heard before. No reply. Not asked where TLS began with the connection: whoever made the
    /// session knows.
    TlsStarted(TlsInfo),
    /// Is it really them? 235. A refusal should be 535 5.7.8.
    Auth(Credentials),
    /// The SCRAM keys of a name: [`Answer::Keys`]; for a name that has none [`Keys::of_nobody`], so
    /// that nothing tells who is here. No reply.
    Keys {
        /// For which hash function.
        hash: Hash,
        /// The name as it was said.
        user: String,
    },
    /// MAIL: a message from this sender? 250 2.1.0.
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
        /// What was said with it.
        parameters: RcptParameters,
    },
    /// DATA, or the first BDAT: the message is about to come. 354, or nothing.
    Data,
    /// The next bytes of the message, stuffed dots taken away; every piece in order. No reply; a
    /// refusal (say 452 4.3.1) is said at the message's end, and no more pieces come.
    Chunk(Vec<u8>),
    /// The message is whole. 250 2.0.0: from then on the role is responsible for it (RFC 5321
    /// §4.2.5).
    End(Summary),
    /// The open transaction is over without a message: forget it. No reply of the role's is used.
    Abandoned(Why),
    /// VRFY. 252 2.5.0, which says nothing.
    Verify(String),
    /// EXPN. 550 5.7.1, which says nothing.
    Expand(String),
}

/// HELO or EHLO as it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The argument's text.
    pub name: String,
    /// The argument, where it is a domain or an address literal (RFC 5321 §4.1.1.1); many clients
    /// say something else.
    pub host: Option<Host>,
    /// EHLO.
    pub extended: bool,
}

/// The parameters of RCPT (RFC 3461).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// `NOTIFY=` (§4.1).
    pub notify: Option<Notify>,
    /// `ORCPT=` (§4.2): `rfc822;bob@b.test`, decoded from xtext.
    pub original: Option<String>,
}

impl RcptParameters {
    /// The recipient as the envelope keeps it.
    pub fn recipient(self, address: mail::Address) -> mail::Recipient {
        mail::Recipient {
            notify: self.notify,
            original: self.original,
            ..mail::Recipient::new(address)
        }
    }
}

/// The parameters of MAIL (RFC 5321 §4.1.1.11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// `SIZE=` (RFC 1870): what the client believes.
    pub size: Option<u64>,
    /// `BODY=` (RFC 6152, RFC 3030).
    pub body: BodyKind,
    /// `SMTPUTF8` (RFC 6531).
    pub smtputf8: bool,
    /// `RET=` (RFC 3461 §4.3).
    pub return_mode: Option<ReturnMode>,
    /// `ENVID=` (RFC 3461 §4.4), decoded from xtext.
    pub envelope_id: Option<String>,
    /// `REQUIRETLS` (RFC 8689).
    pub require_tls: bool,
    /// `HOLDFOR=` or `HOLDUNTIL=` (RFC 4865), as a time that is still to come.
    pub hold_until: Option<Time>,
}

impl MailParameters {
    /// The envelope with all that was promised. `seen` is the message: what it holds counts, not
    /// what it was called.
    pub fn envelope(
        &self,
        sender: Option<mail::Address>,
        recipients: Vec<mail::Recipient>,
        seen: &Summary,
    ) -> mail::Envelope {
        mail::Envelope {
            recipients,
            body: seen.body(self.body),
            smtputf8: self.smtputf8,
            return_mode: self.return_mode,
            envelope_id: self.envelope_id.clone(),
            require_tls: self.require_tls,
            hold_until: self.hold_until,
            ..mail::Envelope::new(sender, [])
        }
    }
}

/// Why a transaction is over without a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// RSET.
    Reset,
    /// A bare CR or LF in a message that is not binary: refused with 554 5.6.0.
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
    /// The keys that [`Ask::Keys`] asked for; to any other question it says yes.
    Keys(Keys),
}

/// What the role reports on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The program stops: 421 4.3.2 and close. A message whose end was already heard gets its reply
    /// first.
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
            Answer::Go | Answer::Keys(_) => Decision::Yes(default),
            Answer::Reply(reply) if reply.is_positive() => Decision::Yes(reply),
            Answer::Reply(reply) => Decision::No(reply),
            Answer::Close(reply) => Decision::Close(reply),
        }
    }
}
