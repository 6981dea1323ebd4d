//! One letter's envelope on its way: which commands may be said now, and what each reply means for each recipient.
//! Knows RFC 5321 §4.3.2 and RFC 2920 §3.1; sends nothing itself.

use super::words::{Fate, Letter, Offers};
use mail::{Address, Reply};
use std::collections::VecDeque;
use std::fmt::Write;

/// The most commands said without their replies: keeps either side's buffers from filling up while both write (RFC 2920 §3.1).
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
    /// 354: send the letter.
    Send,
    /// 354, though no recipient was taken: send the dot alone (RFC 2920 §3.1).
    SendNothing,
    /// Nobody is left to send to.
    Over,
}

/// The envelope under way.
#[derive(Debug)]
pub(super) struct Transaction {
    letter: Letter,
    fates: Vec<Option<Fate>>,
    to_say: Option<Said>,
    said: VecDeque<Said>,
    taken: usize,
    mail_refused: bool,
}

impl Transaction {
    /// `reset`: an earlier transaction was left open; RSET goes first.
    pub(super) fn new(letter: Letter, reset: bool) -> Transaction {
        let fates = vec![None; letter.recipients.len()];
        let to_say = Some(if reset { Said::Rset } else { Said::Mail });
        Transaction { letter, fates, to_say, said: VecDeque::new(), taken: 0, mail_refused: false }
    }

    /// Why this letter cannot be sent to this host at all.
    pub(super) fn unsendable(letter: &Letter, offers: &Offers) -> Option<Reply> {
        let international = needs_smtputf8(letter);
        if international && !offers.smtputf8 {
            // RFC 6531 §3.5 and its code X.6.7
            return Some(Reply::new(550, (5, 6, 7), "the letter needs SMTPUTF8, which the other host does not offer"));
        }
        if letter.eight_bit && !offers.eight_bit {
            // RFC 6152 §3; RFC 3463 X.6.3
            return Some(Reply::new(554, (5, 6, 3), "the letter needs 8BITMIME, which the other host does not offer"));
        }
        // RFC 1870 §6.1
        let too_big = letter.octets.zip(offers.octets_max).is_some_and(|(octets, max)| octets > max);
        too_big.then(|| Reply::new(552, (5, 3, 4), "the letter is larger than the other host takes"))
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
            Said::Rcpt(i) if i + 1 < self.letter.recipients.len() => Some(Said::Rcpt(i + 1)),
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
            Said::Rcpt(i) => format!("RCPT TO:<{}>", self.letter.recipients[i]),
            Said::Data => "DATA".to_owned(),
        }
    }

    fn mail(&self, offers: &Offers) -> String {
        let mut command = format!("MAIL FROM:{}", self.letter.sender);
        // Parameters only as offered (RFC 5321 §4.1.1.11). Writing to a String cannot fail.
        if let Some(octets) = self.letter.octets.filter(|_| offers.octets_max.is_some()) {
            let _ = write!(command, " SIZE={octets}");
        }
        if self.letter.eight_bit {
            command.push_str(" BODY=8BITMIME");
        }
        if needs_smtputf8(&self.letter) {
            command.push_str(" SMTPUTF8");
        }
        command
    }

    /// The command whose reply comes next.
    pub(super) fn awaited(&self) -> Option<Said> {
        self.said.front().copied()
    }

    /// The reply to [`Transaction::awaited`].
    pub(super) fn replied(&mut self, reply: Reply) -> Standing {
        let Some(said) = self.said.pop_front() else { return Standing::Open };
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
            Said::Data if reply.code == 354 && self.taken > 0 && !self.mail_refused => return Standing::Send,
            Said::Data if reply.code == 354 => return Standing::SendNothing,
            Said::Data => {
                self.all_undecided(Fate::refused("data", reply));
                return Standing::Over;
            }
        }
        // After the last RCPT's refusal DATA is not said.
        let finished = self.said.is_empty() && (self.mail_refused || (self.to_say == Some(Said::Data) && self.taken == 0));
        if finished { Standing::Over } else { Standing::Open }
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

fn needs_smtputf8(letter: &Letter) -> bool {
    letter.smtputf8
        || letter.sender.address().is_some_and(Address::is_international)
        || letter.recipients.iter().any(Address::is_international)
}
