//! The interface between the server session and its role: [`Query`], [`Decision`], [`Notice`]. The
//! session parses, the role decides.

use crate::dot::Summary;
use mail::session::TlsInfo;
use mail::{BodyKind, Host, Notify, Path, Reply, ReturnMode, Time};
use sasl::Credentials;
use sasl::scram::{Hash, Keys};

/// What the session asks its role. Each query is answered by one [`Decision`]; [`Decision::Go`]
/// sends the reply named here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A client has connected. 220. After a rejection (554) only QUIT is accepted (RFC 5321 §3.1).
    Connected,
    /// HELO or EHLO. 250. The role discards an open transaction (§4.1.4). After a rejection the
    /// client must greet again.
    Hello(Hello),
    /// TLS has started; the client greets again (RFC 3207 §4.2), so the role discards what it knows
    /// about the client. No reply. Not asked where TLS began with the connection.
    TlsStarted(TlsInfo),
    /// Are the credentials valid? 235. A rejection should be 535 5.7.8.
    Auth(Credentials),
    /// The SCRAM keys of a user: [`Decision::Keys`]; for an unknown user
    /// [`Keys::for_unknown_user`], so that the answer does not disclose which users exist. No
    /// reply.
    Keys {
        /// The hash function.
        hash: Hash,
        /// The user name as sent.
        user: String,
    },
    /// MAIL. 250 2.1.0.
    Mail {
        /// The reverse path; [`Path::Null`] for `<>`.
        sender: Path,
        /// The parameters of MAIL.
        parameters: MailParameters,
    },
    /// RCPT. 250 2.1.5. Never [`Path::Null`].
    Rcpt {
        /// The forward path.
        recipient: Path,
        /// The parameters of RCPT.
        parameters: RcptParameters,
    },
    /// DATA, or the first BDAT: the message follows. 354 for DATA.
    Data,
    /// The next bytes of the message, without stuffed dots, in order. No reply; a rejection (for
    /// example 452 4.3.1) is sent at the end of the message, and no more pieces follow.
    Chunk(Vec<u8>),
    /// The message is complete. 250 2.0.0: from then on the role is responsible for it (RFC 5321
    /// §4.2.5).
    End(Summary),
    /// The transaction ended without a message; the role discards it. Its decision is ignored.
    Abandoned(AbandonReason),
    /// VRFY. 252 2.5.0, which discloses nothing.
    Verify(String),
    /// EXPN. 550 5.7.1, which discloses nothing.
    Expand(String),
}

/// HELO or EHLO as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The argument's text.
    pub name: String,
    /// The argument, where it is a domain or an address literal (RFC 5321 §4.1.1.1); many clients
    /// send something else.
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
    /// The recipient for the envelope.
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
    /// `SIZE=` (RFC 1870): the client's estimate.
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
    /// `HOLDFOR=` or `HOLDUNTIL=` (RFC 4865), as a time in the future.
    pub hold_until: Option<Time>,
}

impl MailParameters {
    /// The envelope with these parameters. `seen` describes the actual message, which takes
    /// precedence over what was declared.
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

/// Why a transaction ended without a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbandonReason {
    /// RSET.
    Reset,
    /// A bare CR or LF in a message that is not binary: 554 5.6.0.
    BareLineEnd,
    /// Larger than allowed: 552 5.3.4.
    TooBig,
    /// The role rejected a piece.
    Refused,
}

/// The role's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Accept, with the session's own reply.
    Go,
    /// Accept or reject with this reply, by its first digit.
    Reply(Reply),
    /// Reply (421 or 554) and close.
    Close(Reply),
    /// The answer to [`Query::Keys`]. For any other query it means the same as [`Decision::Go`].
    Keys(Keys),
}

/// What the role reports on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The program stops: 421 4.3.2 and close. A message that is already complete gets its reply
    /// first.
    Shutdown,
}

/// A [`Decision`] with its reply.
pub(super) enum Resolved {
    Accept(Reply),
    Reject(Reply),
    Close(Reply),
}

impl Decision {
    pub(super) fn or(self, default: Reply) -> Resolved {
        match self {
            Decision::Go | Decision::Keys(_) => Resolved::Accept(default),
            Decision::Reply(reply) if reply.is_positive() => Resolved::Accept(reply),
            Decision::Reply(reply) => Resolved::Reject(reply),
            Decision::Close(reply) => Resolved::Close(reply),
        }
    }
}
