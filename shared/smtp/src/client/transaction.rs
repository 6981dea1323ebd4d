//! One message's envelope in transfer: which commands may be sent now, and what each reply means
//! for each recipient (RFC 5321 §4.3.2, RFC 2920 §3.1). Sends nothing itself.

use super::interface::{
    Capabilities, LocalFailure, MissingExtension, OutgoingMessage, Phase, RecipientResult,
};
use crate::xtext;
use mail::{Address, BodyKind, Notify, Recipient, Reply, ReturnMode};
use std::collections::VecDeque;
use std::fmt::Write;

/// The most commands that may be outstanding: keeps the buffers of both sides from filling up while
/// both write (RFC 2920 §3.1).
const OUTSTANDING_MAX: usize = 100;

/// A command that was sent and is not yet answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SentCommand {
    Rset,
    Mail,
    Rcpt(usize),
    Data,
}

impl SentCommand {
    pub(super) fn phase(self) -> Phase {
        match self {
            SentCommand::Rset | SentCommand::Mail => Phase::Mail,
            SentCommand::Rcpt(_) => Phase::Rcpt,
            SentCommand::Data => Phase::Data,
        }
    }

    pub(super) fn explain(self) -> &'static str {
        match self {
            SentCommand::Rset => "smtp.rset",
            SentCommand::Mail => "smtp.mail",
            SentCommand::Rcpt(_) => "smtp.rcpt",
            SentCommand::Data => "smtp.data",
        }
    }
}

/// Where the envelope stands after a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More commands are to be sent, or more replies are due.
    Open,
    /// 354, or every command but BDAT is answered: send the body.
    SendBody,
    /// 354 although no recipient was accepted: send the dot alone (RFC 2920 §3.1).
    SendNothing,
    /// No recipient is left.
    NoRecipients,
}

/// The envelope in transfer.
#[derive(Debug)]
pub(super) struct Transaction {
    message: OutgoingMessage,
    results: Vec<Option<RecipientResult>>,
    /// The body goes by BDAT: no DATA is sent.
    chunking: bool,
    next: Option<SentCommand>,
    outstanding: VecDeque<SentCommand>,
    /// Recipients accepted so far.
    accepted: usize,
    mail_refused: bool,
}

impl Transaction {
    /// `reset`: an earlier transaction was left open, so RSET goes first. `chunking`: the body goes
    /// by BDAT.
    pub(super) fn new(
        message: OutgoingMessage,
        reset: bool,
        chunking: bool,
        capabilities: &Capabilities,
    ) -> Transaction {
        let mut results = vec![None; message.recipients.len()];
        // RFC 9422 §4.2: recipients beyond the limit are not even named.
        for slot in results.iter_mut().skip(recipients_max(capabilities)) {
            *slot = Some(RecipientResult::local(
                Phase::Rcpt,
                LocalFailure::TooManyRecipients,
            ));
        }
        let first = if reset {
            SentCommand::Rset
        } else {
            SentCommand::Mail
        };
        Transaction {
            message,
            results,
            chunking,
            next: Some(first),
            outstanding: VecDeque::new(),
            accepted: 0,
            mail_refused: false,
        }
    }

    /// The body goes by BDAT.
    pub(super) fn is_chunked(&self) -> bool {
        self.chunking
    }

    /// Binary content is sent unchanged; in other content line ends are completed.
    pub(super) fn is_binary(&self) -> bool {
        self.message.body == BodyKind::Binary
    }

    /// Why this message cannot be sent to this host at all.
    pub(super) fn unsendable(
        message: &OutgoingMessage,
        capabilities: &Capabilities,
    ) -> Option<RecipientResult> {
        let proven = capabilities.in_tls && capabilities.verified && capabilities.require_tls;
        let too_large = message
            .bytes
            .zip(capabilities.bytes_max)
            .is_some_and(|(bytes, max)| bytes > max);
        let binary = capabilities.binary && capabilities.chunking;
        let failure = if message.require_tls && !proven {
            LocalFailure::RequireTlsMissing
        } else if needs_smtputf8(message) && !capabilities.smtputf8 {
            LocalFailure::ExtensionMissing(MissingExtension::Smtputf8)
        } else if message.body == BodyKind::EightBit && !capabilities.eight_bit {
            LocalFailure::ExtensionMissing(MissingExtension::EightBitMime)
        } else if message.body == BodyKind::Binary && !binary {
            LocalFailure::ExtensionMissing(MissingExtension::BinaryMime)
        } else if too_large {
            LocalFailure::TooLarge
        } else {
            return None;
        };
        Some(RecipientResult::local(Phase::Mail, failure))
    }

    /// The next command that may be sent now.
    pub(super) fn next(&mut self, capabilities: &Capabilities) -> Option<(SentCommand, String)> {
        let outstanding_max = if capabilities.pipelining {
            OUTSTANDING_MAX
        } else {
            1
        };
        if self.outstanding.len() >= outstanding_max || self.mail_refused {
            return None;
        }
        let command = self.next?;
        // DATA is worth sending while a recipient is accepted, or may still be.
        let expected = self.accepted > 0
            || self
                .outstanding
                .iter()
                .any(|s| matches!(s, SentCommand::Rcpt(_)));
        if command == SentCommand::Data && !expected {
            return None;
        }
        self.next = match command {
            SentCommand::Rset => Some(SentCommand::Mail),
            SentCommand::Mail => Some(SentCommand::Rcpt(0)),
            SentCommand::Rcpt(i)
                if i + 1
                    < self
                        .message
                        .recipients
                        .len()
                        .min(recipients_max(capabilities)) =>
            {
                Some(SentCommand::Rcpt(i + 1))
            }
            SentCommand::Rcpt(_) if self.chunking => None,
            SentCommand::Rcpt(_) => Some(SentCommand::Data),
            SentCommand::Data => None,
        };
        self.outstanding.push_back(command);
        Some((command, self.line(command, capabilities)))
    }

    fn line(&self, command: SentCommand, capabilities: &Capabilities) -> String {
        match command {
            SentCommand::Rset => "RSET".to_owned(),
            SentCommand::Mail => self.mail(capabilities),
            SentCommand::Rcpt(i) => rcpt(&self.message.recipients[i], capabilities),
            SentCommand::Data => "DATA".to_owned(),
        }
    }

    fn mail(&self, capabilities: &Capabilities) -> String {
        let mut command = format!("MAIL FROM:{}", self.message.sender);
        // Parameters only as offered (RFC 5321 §4.1.1.11). Writing to a String cannot fail.
        if let Some(bytes) = self
            .message
            .bytes
            .filter(|_| capabilities.bytes_max.is_some())
        {
            let _ = write!(command, " SIZE={bytes}");
        }
        match self.message.body {
            BodyKind::SevenBit => {}
            BodyKind::EightBit => command.push_str(" BODY=8BITMIME"),
            BodyKind::Binary => command.push_str(" BODY=BINARYMIME"),
        }
        if needs_smtputf8(&self.message) {
            command.push_str(" SMTPUTF8");
        }
        // RFC 8689 §2: the requirement is passed on.
        if self.message.require_tls {
            command.push_str(" REQUIRETLS");
        }
        // RFC 3461 §5.2.1
        if capabilities.dsn {
            match self.message.return_mode {
                Some(ReturnMode::Full) => command.push_str(" RET=FULL"),
                Some(ReturnMode::Headers) => command.push_str(" RET=HDRS"),
                None => {}
            }
            // RFC 3461 §4.4: an empty one is lawful, but older servers reject it.
            if let Some(id) = self
                .message
                .envelope_id
                .as_ref()
                .filter(|id| !id.is_empty())
            {
                let _ = write!(command, " ENVID={}", xtext::encode(id));
            }
        }
        command
    }

    /// The command whose reply comes next.
    pub(super) fn awaited(&self) -> Option<SentCommand> {
        self.outstanding.front().copied()
    }

    /// The reply to [`Transaction::awaited`].
    pub(super) fn replied(&mut self, reply: Reply) -> Progress {
        let Some(command) = self.outstanding.pop_front() else {
            return Progress::Open;
        };
        let good = reply.code / 100 == 2;
        match command {
            SentCommand::Rset => {}
            SentCommand::Mail if good => {}
            SentCommand::Mail => {
                self.mail_refused = true;
                self.set_undecided(RecipientResult::rejected(Phase::Mail, reply));
            }
            SentCommand::Rcpt(_) if good && !self.mail_refused => self.accepted += 1,
            SentCommand::Rcpt(i) => {
                self.results[i].get_or_insert(RecipientResult::rejected(Phase::Rcpt, reply));
            }
            SentCommand::Data if reply.code == 354 && self.accepted > 0 && !self.mail_refused => {
                return Progress::SendBody;
            }
            SentCommand::Data if reply.code == 354 => return Progress::SendNothing,
            SentCommand::Data => {
                self.set_undecided(RecipientResult::rejected(Phase::Data, reply));
                return Progress::NoRecipients;
            }
        }
        // After the last RCPT was refused, DATA is not sent. BDAT has no go-ahead of its own: the
        // last RCPT's reply is it.
        let last_rcpt =
            self.next == Some(SentCommand::Data) || (self.chunking && self.next.is_none());
        match self.outstanding.is_empty() && (self.mail_refused || last_rcpt) {
            true if self.mail_refused || self.accepted == 0 => Progress::NoRecipients,
            true if self.chunking => Progress::SendBody,
            _ => Progress::Open,
        }
    }

    /// Gives this result to every recipient that has none yet.
    pub(super) fn set_undecided(&mut self, result: RecipientResult) {
        for slot in self.results.iter_mut().filter(|f| f.is_none()) {
            *slot = Some(result.clone());
        }
    }

    /// One result for each recipient; `rest` for those that have none.
    pub(super) fn results(mut self, rest: RecipientResult) -> Vec<RecipientResult> {
        self.set_undecided(rest);
        self.results.into_iter().flatten().collect()
    }
}

// At least one, whatever the host announces.
fn recipients_max(capabilities: &Capabilities) -> usize {
    capabilities
        .recipients_max
        .map_or(usize::MAX, |n| n.max(1) as usize)
}

/// `RCPT TO:<…> [NOTIFY=…] [ORCPT=type;xtext]` (RFC 3461 §4.1, §4.2).
fn rcpt(recipient: &Recipient, capabilities: &Capabilities) -> String {
    let mut command = format!("RCPT TO:<{}>", recipient.address);
    if !capabilities.dsn {
        return command;
    }
    if let Some(notify) = recipient.notify {
        let words = [
            ("SUCCESS", notify.success),
            ("FAILURE", notify.failure),
            ("DELAY", notify.delay),
        ];
        let wanted: Vec<_> = words
            .into_iter()
            .filter(|(_, wanted)| *wanted)
            .map(|(word, _)| word)
            .collect();
        command.push_str(" NOTIFY=");
        command.push_str(&if notify == Notify::NEVER {
            "NEVER".to_owned()
        } else {
            wanted.join(",")
        });
    }
    // RFC 6533 §3 has a form of its own for addresses that are not ASCII; they are left out.
    if let Some((kind, address)) = recipient
        .original
        .as_deref()
        .filter(|o| o.is_ascii())
        .and_then(|o| o.split_once(';'))
    {
        let _ = write!(command, " ORCPT={kind};{}", xtext::encode(address));
    }
    command
}

fn needs_smtputf8(message: &OutgoingMessage) -> bool {
    message.smtputf8
        || message
            .sender
            .address()
            .is_some_and(Address::is_international)
        || message
            .recipients
            .iter()
            .any(|r| r.address.is_international())
}
