//! One message's envelope on its way: which commands may be said now, and what each reply means for
//! each recipient. Knows RFC 5321 §4.3.2 and RFC 2920 §3.1; sends nothing itself.

use super::words::{Fate, Offers, OutgoingMessage};
use crate::xtext;
use mail::{Address, BodyKind, Notify, Recipient, Reply, ReturnMode};
use std::collections::VecDeque;
use std::fmt::Write;

/// The most commands said without their replies: keeps either side's buffers from filling up while
/// both write (RFC 2920 §3.1).
const GROUP_MAX: usize = 100;

/// A command that has been said and not yet answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Rset,
    Mail,
    Rcpt(usize),
    Data,
}

impl Said {
    pub(super) fn at(self) -> &'static str {
        match self {
            Said::Rset | Said::Mail => "mail",
            Said::Rcpt(_) => "rcpt",
            Said::Data => "data",
        }
    }

    pub(super) fn explain(self) -> &'static str {
        match self {
            Said::Rset => "smtp.rset",
            Said::Mail => "smtp.mail",
            Said::Rcpt(_) => "smtp.rcpt",
            Said::Data => "smtp.data",
        }
    }
}

/// What the replies so far come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// More is to be said or heard.
    Open,
    /// 354, or all is said but BDAT: send the message.
    Send,
    /// 354, though no recipient was taken: send the dot alone (RFC 2920 §3.1).
    SendNothing,
    /// Nobody is left to send to.
    Over,
}

/// The envelope under way.
#[derive(Debug)]
pub(super) struct Transaction {
    message: OutgoingMessage,
    fates: Vec<Option<Fate>>,
    /// By BDAT: no DATA is said.
    chunking: bool,
    to_say: Option<Said>,
    said: VecDeque<Said>,
    taken: usize,
    mail_refused: bool,
}

impl Transaction {
    /// `reset`: an earlier transaction was left open; RSET goes first. `chunking`: the message will
    /// go by BDAT.
    pub(super) fn new(
        message: OutgoingMessage,
        reset: bool,
        chunking: bool,
        offers: &Offers,
    ) -> Transaction {
        let mut fates = vec![None; message.recipients.len()];
        // RFC 9422 §4.2: what is beyond the limit is not even said.
        for slot in fates.iter_mut().skip(recipients_max(offers)) {
            *slot = Some(Fate::ours(
                "rcpt",
                Reply::new(
                    452,
                    (4, 5, 3),
                    "more recipients than the other host takes with one message",
                ),
            ));
        }
        let to_say = Some(if reset { Said::Rset } else { Said::Mail });
        Transaction {
            message,
            fates,
            chunking,
            to_say,
            said: VecDeque::new(),
            taken: 0,
            mail_refused: false,
        }
    }

    /// The message goes by BDAT.
    pub(super) fn is_chunked(&self) -> bool {
        self.chunking
    }

    /// Binary content is not touched; other content goes with whole line ends.
    pub(super) fn is_binary(&self) -> bool {
        self.message.body == BodyKind::Binary
    }

    /// Why this message cannot be sent to this host at all.
    pub(super) fn unsendable(message: &OutgoingMessage, offers: &Offers) -> Option<Reply> {
        if message.require_tls && !(offers.in_tls && offers.verified && offers.require_tls) {
            // RFC 8689 §4.2.1 and its code X.7.30
            return Some(Reply::new(
                550,
                (5, 7, 30),
                "the message requires TLS all the way, which the other host does not promise",
            ));
        }
        let international = needs_smtputf8(message);
        if international && !offers.smtputf8 {
            // RFC 6531 §3.5 and its code X.6.7
            return Some(Reply::new(
                550,
                (5, 6, 7),
                "the message needs SMTPUTF8, which the other host does not offer",
            ));
        }
        // RFC 6152 §3, RFC 3030 §3; RFC 3463 X.6.3
        match message.body {
            BodyKind::EightBit if !offers.eight_bit => {
                return Some(Reply::new(
                    554,
                    (5, 6, 3),
                    "the message needs 8BITMIME, which the other host does not offer",
                ));
            }
            BodyKind::Binary if !(offers.binary && offers.chunking) => {
                return Some(Reply::new(
                    554,
                    (5, 6, 3),
                    "the message needs BINARYMIME, which the other host does not offer",
                ));
            }
            _ => {}
        }
        // RFC 1870 §6.1
        let too_big = message
            .bytes
            .zip(offers.bytes_max)
            .is_some_and(|(bytes, max)| bytes > max);
        too_big.then(|| {
            Reply::new(
                552,
                (5, 3, 4),
                "the message is larger than the other host takes",
            )
        })
    }

    /// The next command that may be said now.
    pub(super) fn next(&mut self, offers: &Offers) -> Option<(Said, String)> {
        let group_max = if offers.pipelining { GROUP_MAX } else { 1 };
        if self.said.len() >= group_max || self.mail_refused {
            return None;
        }
        let said = self.to_say?;
        // DATA is worth saying while someone has been taken, or may still be.
        let hope = self.taken > 0 || self.said.iter().any(|s| matches!(s, Said::Rcpt(_)));
        if said == Said::Data && !hope {
            return None;
        }
        self.to_say = match said {
            Said::Rset => Some(Said::Mail),
            Said::Mail => Some(Said::Rcpt(0)),
            Said::Rcpt(i) if i + 1 < self.message.recipients.len().min(recipients_max(offers)) => {
                Some(Said::Rcpt(i + 1))
            }
            Said::Rcpt(_) if self.chunking => None,
            Said::Rcpt(_) => Some(Said::Data),
            Said::Data => None,
        };
        self.said.push_back(said);
        Some((said, self.command(said, offers)))
    }

    fn command(&self, said: Said, offers: &Offers) -> String {
        match said {
            Said::Rset => "RSET".to_owned(),
            Said::Mail => self.mail(offers),
            Said::Rcpt(i) => rcpt(&self.message.recipients[i], offers),
            Said::Data => "DATA".to_owned(),
        }
    }

    fn mail(&self, offers: &Offers) -> String {
        let mut command = format!("MAIL FROM:{}", self.message.sender);
        // Parameters only as offered (RFC 5321 §4.1.1.11). Writing to a String cannot fail.
        if let Some(bytes) = self.message.bytes.filter(|_| offers.bytes_max.is_some()) {
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
        // RFC 8689 §2: what was asked of us is asked of the next.
        if self.message.require_tls {
            command.push_str(" REQUIRETLS");
        }
        // RFC 3461 §5.2.1
        if offers.dsn {
            match self.message.return_mode {
                Some(ReturnMode::Full) => command.push_str(" RET=FULL"),
                Some(ReturnMode::Headers) => command.push_str(" RET=HDRS"),
                None => {}
            }
            if let Some(id) = &self.message.envelope_id {
                let _ = write!(command, " ENVID={}", xtext::encode(id));
            }
        }
        command
    }

    /// The command whose reply comes next.
    pub(super) fn awaited(&self) -> Option<Said> {
        self.said.front().copied()
    }

    /// The reply to [`Transaction::awaited`].
    pub(super) fn replied(&mut self, reply: Reply) -> Standing {
        let Some(said) = self.said.pop_front() else {
            return Standing::Open;
        };
        let good = reply.code / 100 == 2;
        match said {
            Said::Rset => {}
            Said::Mail if good => {}
            Said::Mail => {
                self.mail_refused = true;
                self.all_undecided(Fate::refused("mail", reply));
            }
            Said::Rcpt(_) if good && !self.mail_refused => self.taken += 1,
            Said::Rcpt(i) => {
                self.fates[i].get_or_insert(Fate::refused("rcpt", reply));
            }
            Said::Data if reply.code == 354 && self.taken > 0 && !self.mail_refused => {
                return Standing::Send;
            }
            Said::Data if reply.code == 354 => return Standing::SendNothing,
            Said::Data => {
                self.all_undecided(Fate::refused("data", reply));
                return Standing::Over;
            }
        }
        // After the last RCPT's refusal DATA is not said. BDAT has no go-ahead of its own: the last
        // RCPT's reply is that.
        let last_rcpt = self.to_say == Some(Said::Data) || (self.chunking && self.to_say.is_none());
        match self.said.is_empty() && (self.mail_refused || last_rcpt) {
            true if self.mail_refused || self.taken == 0 => Standing::Over,
            true if self.chunking => Standing::Send,
            _ => Standing::Open,
        }
    }

    /// Gives all that have none yet this fate.
    pub(super) fn all_undecided(&mut self, fate: Fate) {
        for slot in self.fates.iter_mut().filter(|f| f.is_none()) {
            *slot = Some(fate.clone());
        }
    }

    /// One fate for each recipient; `rest` for those that have none.
    pub(super) fn outcome(mut self, rest: Fate) -> Vec<Fate> {
        self.all_undecided(rest);
        self.fates.into_iter().flatten().collect()
    }
}

// At least one, whatever a host says of itself.
fn recipients_max(offers: &Offers) -> usize {
    offers
        .recipients_max
        .map_or(usize::MAX, |n| n.max(1) as usize)
}

/// `RCPT TO:<…> [NOTIFY=…] [ORCPT=type;xtext]` (RFC 3461 §4.1, §4.2).
fn rcpt(recipient: &Recipient, offers: &Offers) -> String {
    let mut command = format!("RCPT TO:<{}>", recipient.address);
    if !offers.dsn {
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
    // RFC 6533 §3 has a form of its own for what is not ASCII; it is left out rather than said
    // wrongly.
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
