//! Redaction of journeys: events name every envelope recipient, and Bcc recipients must stay hidden
//! from the other recipients (RFC 5322 §3.6.3). What concerns only a hidden recipient is left out,
//! since a masked line would still tell that there is one: its commands with their replies, the
//! attempts and connections that serve it, and its reader's. The sender sees everything.

mod dialogue;

use dialogue::Dialogue;
use event::catalogue::delivery::QueueReason;
use event::{Event, Kind, ProofStep, Protocol, Reason};
use mail::{Address, SpanId};
use std::collections::{BTreeSet, HashMap, HashSet};
use store::Account;

/// Removes recipients from events unless the message's own header shows them.
pub(crate) struct RecipientRedactor {
    reader: Option<Account>,
    /// Visible addresses, in lower case.
    visible: BTreeSet<String>,
    /// Envelope recipients to hide, in lower case.
    hidden: BTreeSet<String>,
    /// The reader is the sender.
    sender: bool,
    /// The SMTP dialogues; a reply may come in a later batch than its command.
    dialogues: HashMap<SpanId, Dialogue>,
    /// Attempts and connections that serve hidden recipients only.
    hidden_spans: HashSet<SpanId>,
    /// Connections of IMAP and POP3 clients whose account is not known yet, with their events.
    unknown_readers: HashMap<SpanId, Vec<Event>>,
}

/// Replaces a hidden address where the rest of a text concerns the reader.
const MASK: &str = "••••";

impl RecipientRedactor {
    /// A redactor for a recipient with this account.
    pub(crate) fn new(account: &Account) -> RecipientRedactor {
        RecipientRedactor::of(Some(account.clone()))
    }

    /// A redactor that hides nothing.
    pub(crate) fn for_sender() -> RecipientRedactor {
        RecipientRedactor::of(None)
    }

    fn of(reader: Option<Account>) -> RecipientRedactor {
        RecipientRedactor {
            sender: reader.is_none(),
            reader,
            visible: BTreeSet::new(),
            hidden: BTreeSet::new(),
            dialogues: HashMap::new(),
            hidden_spans: HashSet::new(),
            unknown_readers: HashMap::new(),
        }
    }

    /// The message's header shows these to the reader.
    pub(crate) fn allow_header_addresses(&mut self, message: &[u8]) {
        let header = &message[..mime::header_end(message)];
        for name in ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"] {
            for field in mime::fields(header).filter(|f| f.name.eq_ignore_ascii_case(name)) {
                self.visible.extend(
                    mime::addresses(field.value)
                        .iter()
                        .map(|who| key(&who.address)),
                );
            }
        }
    }

    /// Redacts events and removes those that concern only hidden recipients.
    pub(crate) fn redact(&mut self, events: Vec<Event>) -> Vec<Event> {
        self.learn(&events);
        if self.sender || self.hidden.is_empty() {
            return events;
        }
        let mut shown = Vec::with_capacity(events.len());
        for mut event in events {
            if let Some(earlier) = self.learn_reader(&event) {
                shown.extend(earlier);
            }
            if let Some(waiting) = self.unknown_readers.get_mut(&event.span) {
                waiting.push(event);
            } else if self.redact_event(&mut event) {
                shown.push(event);
            }
        }
        remove_repeated_checks(&mut shown);
        shown
    }

    fn learn(&mut self, events: &[Event]) {
        // An alias that leads to the reader may be shown to the reader.
        for event in events {
            if let Some((alias, targets)) = expanded_alias(&event.kind)
                && targets.split(", ").any(|target| self.owns(target))
            {
                self.visible.insert(key(alias));
            }
        }
        for event in events {
            match &event.kind {
                Kind::Accepted {
                    sender, recipients, ..
                } => {
                    self.sender |= self.owns(sender);
                    recipients.iter().for_each(|r| self.classify(r));
                }
                // Precedes the acceptance of the message.
                Kind::Line { text, .. } => {
                    if let Some(recipient) = recipient_of_command(text) {
                        self.classify(recipient);
                    }
                }
                _ => {}
            }
        }
    }

    // Whose connection this is: known as soon as the message is fetched over it. Returns the
    // events of the connection that waited for this.
    fn learn_reader(&mut self, event: &Event) -> Option<Vec<Event>> {
        match &event.kind {
            Kind::Connect {
                protocol: Protocol::Imap | Protocol::Pop3,
                ..
            } => {
                self.unknown_readers.entry(event.span).or_default();
                None
            }
            Kind::Fetched { by: account, .. } | Kind::Pushed { to: account, .. } => {
                let waiting = self.unknown_readers.remove(&event.span)?;
                if self.is_shown_account(account) {
                    return Some(waiting);
                }
                self.hidden_spans.insert(event.span);
                None
            }
            _ => None,
        }
    }

    fn owns(&self, address: &str) -> bool {
        Address::parse(address)
            .is_ok_and(|a| self.reader.as_ref().is_some_and(|account| account.owns(&a)))
    }

    fn classify(&mut self, recipient: &str) {
        let key = key(recipient);
        if !key.is_empty() && !self.visible.contains(&key) && !self.owns(recipient) {
            self.hidden.insert(key);
        }
    }

    fn is_hidden(&self, address: &str) -> bool {
        self.hidden.contains(&key(address))
    }

    // An account may have received the message under another address of it, so that only the
    // reader's own and those in the header can be shown.
    fn is_shown_account(&self, address: &str) -> bool {
        self.owns(address) || self.visible.contains(&key(address))
    }

    // Returns false if the event concerns only a hidden recipient.
    fn redact_event(&mut self, event: &mut Event) -> bool {
        let serves_hidden = |span: &SpanId| self.hidden_spans.contains(span);
        if serves_hidden(&event.span) || event.parent.as_ref().is_some_and(serves_hidden) {
            self.hidden_spans.insert(event.span);
            return false;
        }
        match &mut event.kind {
            Kind::Accepted {
                recipients, added, ..
            } => {
                let had_recipients = !recipients.is_empty();
                recipients.retain(|r| !self.is_hidden(r));
                added.iter_mut().for_each(|field| self.redact_text(field));
                !had_recipients || !recipients.is_empty()
            }
            Kind::Attempt { recipients, .. } => {
                recipients.retain(|r| !self.is_hidden(r));
                if recipients.is_empty() {
                    self.hidden_spans.insert(event.span);
                }
                !recipients.is_empty()
            }
            Kind::Deferred { recipient, .. }
            | Kind::Relayed { recipient, .. }
            | Kind::Delivered { recipient, .. }
            | Kind::Bounced { recipient, .. } => !self.is_hidden(recipient),
            Kind::Fetched { by: address, .. } | Kind::Pushed { to: address, .. } => {
                self.is_shown_account(address)
            }
            Kind::Line { text, .. } => {
                let names_hidden = self.names_hidden(text);
                let dialogue = self.dialogues.entry(event.span).or_default();
                dialogue.shows(event, names_hidden) && self.mask_line(event)
            }
            Kind::Check { reason, proof, .. } => self.redact_check(reason, proof),
            Kind::Unreachable { reason, .. } => {
                reason.edit_texts(|text| self.redact_text(text));
                true
            }
            _ => true,
        }
    }

    // A line that is shown, such as a reply to another command.
    fn mask_line(&self, event: &mut Event) -> bool {
        if let Kind::Line { text, redacted, .. } = &mut event.kind
            && self.names_hidden(text)
        {
            self.redact_text(text);
            *redacted = true;
        }
        true
    }

    // Returns false where the check is about a hidden recipient. An alias may have hidden members
    // beside the reader.
    fn redact_check(&self, reason: &mut Reason, proof: &mut [ProofStep]) -> bool {
        if let Reason::Queue(QueueReason::AliasExpanded { target, .. }) = reason {
            let shown = target.split(", ").filter(|member| !self.is_hidden(member));
            *target = shown.collect::<Vec<_>>().join(", ");
            if target.is_empty() {
                return false;
            }
        }
        let mut names_hidden = false;
        let mut look = |text: &mut String| names_hidden |= self.names_hidden(text);
        reason.edit_texts(&mut look);
        proof.iter_mut().for_each(|step| step.edit_texts(&mut look));
        !names_hidden
    }

    fn names_hidden(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let mut hidden = self.hidden.iter();
        hidden.any(|address| occurrence(&lower, address).is_some())
    }

    fn redact_text(&self, text: &mut String) {
        for address in &self.hidden {
            // ASCII lower case keeps byte offsets; full lower case may not.
            while let Some(at) = occurrence(&text.to_ascii_lowercase(), address) {
                text.replace_range(at..at + address.len(), MASK);
            }
        }
    }
}

// Where an address occurs in a text, not as a part of a longer one.
fn occurrence(text: &str, address: &str) -> Option<usize> {
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+');
    let is_whole = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + address.len()..]);
        let mut following = after.chars();
        let next = match following.next() {
            Some('.') => following.next(),
            next => next,
        };
        !before.ends_with(|c| continues(c) || c == '.') && !next.is_some_and(continues)
    };
    text.match_indices(address).map(|(at, _)| at).find(is_whole)
}

fn expanded_alias(kind: &Kind) -> Option<(&str, &str)> {
    match kind {
        Kind::Check {
            reason: Reason::Queue(QueueReason::AliasExpanded { alias, target }),
            ..
        } => Some((alias, target)),
        _ => None,
    }
}

fn recipient_of_command(line: &str) -> Option<&str> {
    let (command, path) = line.split_at_checked("RCPT TO:".len())?;
    let is_rcpt = command.eq_ignore_ascii_case("RCPT TO:");
    is_rcpt.then(|| mail::split_angle(path.trim()).ok().map(|(path, _)| path))?
}

// A check is made for each recipient, and does not name it: the number of checks would tell that
// there are hidden ones.
fn remove_repeated_checks(events: &mut Vec<Event>) {
    let mut seen: Vec<(SpanId, Kind)> = Vec::new();
    events.retain(|event| {
        if !matches!(&event.kind, Kind::Check { .. }) {
            return true;
        }
        let check = (event.span, event.kind.clone());
        let is_new = !seen.contains(&check);
        if is_new {
            seen.push(check);
        }
        is_new
    });
}

fn key(address: &str) -> String {
    address.trim().to_lowercase()
}

#[cfg(test)]
mod tests;
