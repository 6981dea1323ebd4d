//! Redaction of journeys: events name every envelope recipient, and Bcc recipients must stay hidden
//! from the other recipients (RFC 5322 §3.6.3). The sender sees everything.

use event::{Event, Kind, Reason};
use mail::{Address, SpanId};
use std::collections::BTreeSet;
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
}

/// Replaces a hidden address.
const MASK: &str = "••••";

impl RecipientRedactor {
    /// A redactor for a recipient with this account.
    pub(crate) fn new(account: &Account) -> RecipientRedactor {
        RecipientRedactor {
            reader: Some(account.clone()),
            visible: BTreeSet::new(),
            hidden: BTreeSet::new(),
            sender: false,
        }
    }

    /// A redactor that hides nothing.
    pub(crate) fn for_sender() -> RecipientRedactor {
        RecipientRedactor {
            reader: None,
            visible: BTreeSet::new(),
            hidden: BTreeSet::new(),
            sender: true,
        }
    }

    /// The message's reader header shows these.
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
    pub(crate) fn redact(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        self.learn(&events);
        if self.sender || self.hidden.is_empty() {
            return events;
        }
        events.retain_mut(|event| self.redact_event(&mut event.kind));
        remove_repeated_checks(&mut events);
        events
    }

    fn learn(&mut self, events: &[Event]) {
        for event in events {
            match &event.kind {
                Kind::Accepted {
                    sender, recipients, ..
                } => {
                    self.sender |= self.owns(sender);
                    recipients.iter().for_each(|r| self.classify(r));
                }
                // Precedes the acceptance of the message.
                Kind::Line { text, .. }
                    if text
                        .get(..8)
                        .is_some_and(|t| t.eq_ignore_ascii_case("RCPT TO:")) =>
                {
                    if let Ok((path, _)) = mail::split_angle(text[8..].trim()) {
                        self.classify(path);
                    }
                }
                _ => {}
            }
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

    // Returns false if the event concerns only a hidden recipient.
    fn redact_event(&self, kind: &mut Kind) -> bool {
        match kind {
            Kind::Accepted {
                recipients, added, ..
            } => {
                recipients.retain(|r| !self.is_hidden(r));
                added.iter_mut().for_each(|field| self.redact_text(field));
            }
            Kind::Attempt { recipients, .. } => {
                recipients.retain(|r| !self.is_hidden(r));
                return !recipients.is_empty();
            }
            Kind::Deferred { recipient, .. }
            | Kind::Relayed { recipient, .. }
            | Kind::Delivered { recipient, .. }
            | Kind::Bounced { recipient, .. } => return !self.is_hidden(recipient),
            Kind::Fetched { by: address, .. } | Kind::Pushed { to: address, .. } => {
                return !self.is_hidden(address);
            }
            Kind::Line { text, redacted, .. } => {
                let before = text.len();
                self.redact_text(text);
                *redacted |= text.len() != before || text.contains(MASK);
            }
            Kind::Check { reason, proof, .. } => {
                reason.edit_texts(|text| self.redact_text(text));
                for step in proof {
                    step.edit_texts(|text| self.redact_text(text));
                }
            }
            Kind::Unreachable { reason, .. } => reason.edit_texts(|text| self.redact_text(text)),
            _ => {}
        }
        true
    }

    fn redact_text(&self, text: &mut String) {
        for address in &self.hidden {
            // ASCII lower case keeps byte offsets; full lower case may not.
            while let Some(at) = text.to_ascii_lowercase().find(address.as_str()) {
                text.replace_range(at..at + address.len(), MASK);
            }
        }
    }
}

// A check is made for each recipient, and does not name it: the number of checks would tell that
// there are hidden ones.
fn remove_repeated_checks(events: &mut Vec<Event>) {
    let mut seen: Vec<(SpanId, Kind)> = Vec::new();
    events.retain(|event| {
        if !matches!(&event.kind, Kind::Check { reason, .. } if *reason == Reason::None) {
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
mod tests {
    use super::*;
    use event::{Check, Reason, Role, Verdict};
    use mail::session::Speaker;
    use mail::{AccountId, JourneyId, SpanId, Time};

    fn event(kind: Kind) -> Event {
        Event {
            at: Time(1),
            seq: 1,
            journey: Some(JourneyId(1)),
            span: SpanId(1),
            parent: None,
            host: "a".into(),
            role: Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: "".into(),
            claimed: false,
            kind,
        }
    }

    fn account(address: &str) -> Account {
        let address = address.parse().unwrap();
        let (name, aliases) = (String::new(), Vec::new());
        Account {
            id: AccountId(1),
            address,
            name,
            aliases,
            password: None,
            quota_bytes: None,
            created: Time(0),
        }
    }

    fn journey() -> Vec<Event> {
        let line = |text: &str| Kind::Line {
            speaker: Speaker::Client,
            text: text.into(),
            sealed: false,
            redacted: false,
        };
        let recipients = vec!["bob@b.test".into(), "Carol@c.test".into()];
        let accepted = Kind::Accepted {
            message: 1,
            sender: "alice@a.test".into(),
            recipients,
            bytes: 1,
            added: vec!["for <carol@c.test>".into()],
        };
        let check = Kind::Check {
            check: Check::Recipient,
            verdict: Verdict::Pass,
            reason: Reason::subject("carol@c.test"),
            proof: Vec::new(),
        };
        let delivered = |who: &str| Kind::Delivered {
            recipient: who.into(),
            mailbox: "INBOX".into(),
            uid: 1,
        };
        let kinds = [
            line("RCPT TO:<bob@b.test>"),
            line("RCPT TO:<CAROL@c.test> NOTIFY=NEVER"),
            accepted,
            check,
            delivered("bob@b.test"),
            delivered("carol@c.test"),
        ];
        kinds.map(event).to_vec()
    }

    #[test]
    fn hides_bcc_recipients_from_other_recipients() {
        let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
        redactor.allow_header_addresses(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
        let events = redactor.redact(journey());
        assert_eq!(events.len(), 5);
        assert!(!format!("{events:?}").to_lowercase().contains("carol"));
        assert!(
            redactor
                .redact(vec![event(Kind::Pushed {
                    protocol: event::Protocol::Web,
                    to: "carol@c.test".into()
                })])
                .is_empty()
        );
    }

    #[test]
    fn the_number_of_checks_does_not_tell_how_many_recipients_there_are() {
        let check = |check| {
            event(Kind::Check {
                check,
                verdict: Verdict::Pass,
                reason: Reason::None,
                proof: Vec::new(),
            })
        };
        let mut events = vec![check(Check::Recipient), check(Check::Recipient)];
        events.push(check(Check::Size));
        events.extend(journey());
        let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
        redactor.allow_header_addresses(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
        let shown = redactor.redact(events.clone());
        let count = |wanted: Check| {
            let is_wanted = |e: &&Event| matches!(&e.kind, Kind::Check { check, reason: Reason::None, .. } if *check == wanted);
            shown.iter().filter(is_wanted).count()
        };
        assert_eq!((count(Check::Recipient), count(Check::Size)), (1, 1));
        assert_eq!(
            RecipientRedactor::for_sender().redact(events.clone()),
            events
        );
    }

    #[test]
    fn shows_header_recipients_and_everything_to_the_sender() {
        let mut redactor = RecipientRedactor::new(&account("bob@b.test"));
        redactor.allow_header_addresses(
            b"From: alice@a.test\r\nTo: bob@b.test\r\nCc: C <carol@c.test>\r\n\r\n",
        );
        assert_eq!(redactor.redact(journey()), journey());
        assert_eq!(
            RecipientRedactor::new(&account("alice@a.test")).redact(journey()),
            journey()
        );
        assert_eq!(RecipientRedactor::for_sender().redact(journey()), journey());
    }
}
