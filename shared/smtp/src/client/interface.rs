//! The interface between the client session and its role: [`Query`], [`Decision`], [`Notice`], and
//! the result for each recipient.

use mail::session::TlsInfo;
use mail::{BodyKind, EnhancedCode, Envelope, Path, Recipient, Reply, ReplyClass, ReturnMode};
use sasl::Mechanisms;

/// What the session asks its role. Each query is answered by one [`Decision`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// TLS has started; is the certificate acceptable? `Go`, or `Abort` to close.
    TlsStarted(TlsInfo),
    /// Ready for a message: `Message`, `Wait` or `Quit`. Asked again after each message, so that a
    /// connection can be reused, until the remote host's limit is reached (RFC 9422 MAILMAX): then
    /// the session sends QUIT.
    Next(Capabilities),
    /// The next bytes of the message: `Body`, `BodyEnd`, or `Abort` where they cannot be read: then
    /// the connection is closed before the message's end, so that a partial message is never
    /// accepted as a complete one.
    Body,
    /// The results: one for each recipient, in the message's order. `Go`.
    Results(Vec<RecipientResult>),
    /// The conversation failed before a message could be offered; the result applies to every
    /// message that was to be sent. `Go`.
    Failed(RecipientResult),
}

/// The role's decision; each variant belongs to the queries that name it. A decision that does not
/// fit the query closes the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Proceed.
    Go,
    /// Send this message.
    Message(OutgoingMessage),
    /// No message now: the connection stays idle until [`Notice::Ready`], at most
    /// [`super::Timeouts::rest`]; then QUIT. If the remote host ends it in the meantime, the
    /// session is done, and no message is affected.
    Wait,
    /// No more messages: QUIT.
    Quit,
    /// The next bytes of the body, as stored; not empty.
    Body(Vec<u8>),
    /// The body is complete.
    BodyEnd,
    /// Close at once.
    Abort,
}

/// What the role reports on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// There is a message for an idle connection: it asks [`Query::Next`] again. A notice that
    /// comes too early is remembered.
    Ready,
    /// The program stops: QUIT after the current message.
    Shutdown,
}

/// A message to send; its bytes are queried later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The reverse path.
    pub sender: Path,
    /// The recipients at this host; at least one. NOTIFY and ORCPT are passed on where DSN is
    /// offered (RFC 3461 §5.2.1).
    pub recipients: Vec<Recipient>,
    /// Its size, for `SIZE=` (RFC 1870), where known.
    pub bytes: Option<u64>,
    /// What the body contains. Bytes above 127 are sent only where 8BITMIME is offered (RFC 6152
    /// §3), binary only where BINARYMIME and CHUNKING are (RFC 3030 §3), else 5.6.3.
    pub body: BodyKind,
    /// Its header contains UTF-8: sent only where SMTPUTF8 is offered (RFC 6531 §3.5), else 5.6.7.
    /// International addresses are detected by the session.
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
    /// A seven-bit message without parameters.
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

    /// With the parameters of the envelope, to these of its recipients.
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

/// What the remote host offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It accepted EHLO; otherwise it supports only HELO.
    pub extended: bool,
    /// RFC 2920
    pub pipelining: bool,
    /// RFC 3207
    pub starttls: bool,
    /// RFC 6152
    pub eight_bit: bool,
    /// RFC 6531
    pub smtputf8: bool,
    /// RFC 1870: the largest message; `None` where it is not announced.
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
    /// itself, and the role sends them with the next message.
    pub recipients_max: Option<u32>,
    /// RFC 9422 MAILMAX: messages on one connection.
    pub messages_max: Option<u32>,
    /// RFC 4954
    pub auth: Mechanisms,
    /// The connection is in TLS.
    pub in_tls: bool,
    /// The certificate was verified for the host's name.
    pub verified: bool,
}

/// A step of the conversation with the remote host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The greeting (220).
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS and the handshake.
    Tls,
    /// AUTH.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA, or a chunk before the last one.
    Data,
    /// The end of the message: the final dot, or the last chunk.
    End,
}

impl Phase {
    /// The name used in replies and in events: `greeting`, `hello`, `tls` …
    pub fn name(self) -> &'static str {
        match self {
            Phase::Greeting => "greeting",
            Phase::Hello => "hello",
            Phase::Tls => "tls",
            Phase::Auth => "auth",
            Phase::Mail => "mail",
            Phase::Rcpt => "rcpt",
            Phase::Data => "data",
            Phase::End => "end",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What a [`RecipientResult`] means, independent of its reply's digits. Whether it is temporary or
/// permanent is [`RecipientResult::is_temporary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultClass {
    /// The remote host took responsibility for the message.
    Accepted,
    /// 421: the remote host closes the connection (RFC 5321 §3.8).
    ServiceUnavailable,
    /// More recipients than the remote host accepts with one message (RFC 5321 §4.5.3.1.10).
    TooManyRecipients,
    /// The mailbox does not exist (X.1.1, X.1.2, X.1.6).
    MailboxUnknown,
    /// The mailbox is full or disabled (X.2.x).
    MailboxUnavailable,
    /// The message is larger than the remote host accepts (X.3.4).
    TooLarge,
    /// A policy or security rule of the remote host (X.7.x).
    Policy,
    /// The message needs an extension that the remote host does not offer (X.6.x).
    ExtensionMissing,
    /// TLS is required and cannot be used.
    TlsUnavailable,
    /// The login at the smart host is impossible or failed.
    LoginFailed,
    /// The connection was lost, or no reply came in time.
    ConnectionLost,
    /// The remote host broke the protocol.
    ProtocolError,
    /// Anything else.
    Other,
}

impl ResultClass {
    // The one place where the digits of a remote reply are read (RFC 3463 §3, RFC 5321 §4.2.3).
    fn of_remote(phase: Phase, reply: &Reply) -> ResultClass {
        if phase == Phase::End && reply.is_positive() {
            return ResultClass::Accepted;
        }
        if reply.code == 421 {
            return ResultClass::ServiceUnavailable;
        }
        match reply.enhanced.map(|code| (code.1, code.2)) {
            Some((1, 1 | 2 | 6)) => ResultClass::MailboxUnknown,
            Some((2, _)) => ResultClass::MailboxUnavailable,
            Some((3, 4)) => ResultClass::TooLarge,
            Some((5, 3)) => ResultClass::TooManyRecipients,
            Some((6, _)) => ResultClass::ExtensionMissing,
            Some((7, _)) => ResultClass::Policy,
            _ => ResultClass::Other,
        }
    }
}

/// A failure that is found out on this side of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalFailure {
    /// The connection was lost.
    ConnectionLost,
    /// No reply came in time.
    Timeout,
    /// What the remote host sent is not an SMTP reply.
    NotSmtp,
    /// The remote host gave this reply where another one was expected.
    UnexpectedReply(String),
    /// The remote host sent a reply without a command.
    UnsolicitedReply,
    /// TLS is required, and the remote host does not offer STARTTLS.
    StartTlsMissing,
    /// The TLS handshake failed.
    HandshakeFailed,
    /// The login is not sent without TLS.
    LoginWithoutTls,
    /// The remote host offers no mechanism that this host supports.
    NoLoginMechanism,
    /// The remote host could not prove that it knows the password (SCRAM).
    ServerNotAuthenticated,
    /// The message could not be read on this host.
    MessageUnreadable,
    /// More recipients than the remote host announced (RFC 9422).
    TooManyRecipients,
    /// The message requires TLS on its whole way, which the remote host does not promise (RFC
    /// 8689).
    RequireTlsMissing,
    /// The message needs this extension, which the remote host does not offer.
    ExtensionMissing(MissingExtension),
    /// The message is larger than the remote host announced (RFC 1870).
    TooLarge,
}

impl LocalFailure {
    fn class(&self) -> ResultClass {
        match self {
            LocalFailure::ConnectionLost | LocalFailure::Timeout => ResultClass::ConnectionLost,
            LocalFailure::NotSmtp
            | LocalFailure::UnexpectedReply(_)
            | LocalFailure::UnsolicitedReply => ResultClass::ProtocolError,
            LocalFailure::StartTlsMissing
            | LocalFailure::HandshakeFailed
            | LocalFailure::RequireTlsMissing => ResultClass::TlsUnavailable,
            LocalFailure::LoginWithoutTls
            | LocalFailure::NoLoginMechanism
            | LocalFailure::ServerNotAuthenticated => ResultClass::LoginFailed,
            LocalFailure::MessageUnreadable => ResultClass::Other,
            LocalFailure::TooManyRecipients => ResultClass::TooManyRecipients,
            LocalFailure::ExtensionMissing(_) => ResultClass::ExtensionMissing,
            LocalFailure::TooLarge => ResultClass::TooLarge,
        }
    }

    /// The reply code and the enhanced code that a report gives for it.
    pub fn codes(&self) -> (u16, EnhancedCode) {
        let (code, class, subject, detail) = match self {
            // RFC 3463 X.4.2
            LocalFailure::ConnectionLost | LocalFailure::Timeout => (451, 4, 4, 2),
            LocalFailure::NotSmtp
            | LocalFailure::UnexpectedReply(_)
            | LocalFailure::UnsolicitedReply => (451, 4, 5, 0),
            LocalFailure::StartTlsMissing => (450, 4, 7, 10),
            LocalFailure::HandshakeFailed => (450, 4, 7, 5),
            LocalFailure::LoginWithoutTls => (454, 4, 7, 11),
            LocalFailure::NoLoginMechanism | LocalFailure::ServerNotAuthenticated => (454, 4, 7, 0),
            LocalFailure::MessageUnreadable => (451, 4, 3, 0),
            LocalFailure::TooManyRecipients => (452, 4, 5, 3),
            // RFC 8689 §4.2.1 and its code X.7.30
            LocalFailure::RequireTlsMissing => (550, 5, 7, 30),
            // RFC 6531 §3.5 and its code X.6.7
            LocalFailure::ExtensionMissing(MissingExtension::Smtputf8) => (550, 5, 6, 7),
            // RFC 6152 §3, RFC 3030 §3 and X.6.3
            LocalFailure::ExtensionMissing(
                MissingExtension::EightBitMime | MissingExtension::BinaryMime,
            ) => (554, 5, 6, 3),
            // RFC 1870 §6.1
            LocalFailure::TooLarge => (552, 5, 3, 4),
        };
        (code, EnhancedCode(class, subject, detail))
    }

    // The codes as a reply; the role words the failure.
    fn reply(&self) -> Reply {
        let (code, enhanced) = self.codes();
        Reply {
            code,
            enhanced: Some(enhanced),
            lines: Vec::new(),
        }
    }
}

/// An extension that a message needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingExtension {
    /// SMTPUTF8 (RFC 6531).
    Smtputf8,
    /// 8BITMIME (RFC 6152).
    EightBitMime,
    /// BINARYMIME (RFC 3030).
    BinaryMime,
}

impl MissingExtension {
    /// The keyword in the reply to EHLO.
    pub fn keyword(self) -> &'static str {
        match self {
            MissingExtension::Smtputf8 => "SMTPUTF8",
            MissingExtension::EightBitMime => "8BITMIME",
            MissingExtension::BinaryMime => "BINARYMIME",
        }
    }
}

/// The result for one recipient, as far as this conversation knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientResult {
    /// The remote host's reply; for a [`LocalFailure`] its codes, without text.
    pub reply: Reply,
    /// What it means.
    pub class: ResultClass,
    /// Why this host made the reply itself; none: the remote host gave it.
    pub failure: Option<LocalFailure>,
    /// The step at which it was given.
    pub phase: Phase,
    /// The message was sent to its end and no reply came: the remote host may have accepted it (RFC
    /// 1047). It is sent again all the same.
    pub uncertain: bool,
}

impl RecipientResult {
    pub(super) fn remote(phase: Phase, reply: Reply) -> RecipientResult {
        RecipientResult {
            class: ResultClass::of_remote(phase, &reply),
            reply,
            failure: None,
            phase,
            uncertain: false,
        }
    }

    /// A failure that is found out on this side of the connection.
    pub fn local(phase: Phase, failure: LocalFailure) -> RecipientResult {
        RecipientResult {
            reply: failure.reply(),
            class: failure.class(),
            failure: Some(failure),
            phase,
            uncertain: false,
        }
    }

    /// A reply other than the expected one. Where it is positive all the same (250 to DATA, 334 to
    /// MAIL), the remote host broke the protocol: 4.5.0.
    pub(super) fn rejected(phase: Phase, reply: Reply) -> RecipientResult {
        if reply.is_positive() {
            let failure = LocalFailure::UnexpectedReply(reply.to_string());
            return RecipientResult::local(phase, failure);
        }
        RecipientResult::remote(phase, reply)
    }

    /// The remote host has taken responsibility.
    pub fn is_accepted(&self) -> bool {
        self.class == ResultClass::Accepted
    }

    /// The remote host gave the reply.
    pub fn is_remote(&self) -> bool {
        self.failure.is_none()
    }

    /// A later attempt may succeed (4yz).
    pub fn is_temporary(&self) -> bool {
        self.reply.class() == ReplyClass::Transient
    }
}
