//! What a reader may see of a message's journey. The events name every receiver of the envelope;
//! those who got it unseen (Bcc) must stay unseen to the other recipients (RFC 5322 §3.6.3). Whoever
//! sent the message sees all.

use event::{Event, Kind};
use mail::Address;
use std::collections::BTreeSet;
use store::Account;

/// Covers the names that the message itself does not show.
pub(crate) struct Veil {
    own: Option<Account>,
    /// Addresses that may be seen, in their comparing form.
    open: BTreeSet<String>,
    /// Recipients of the envelope that must not be.
    hidden: BTreeSet<String>,
    /// The reader wrote it.
    sender: bool,
}

/// What stands in place of a covered address.
const COVER: &str = "••••";

impl Veil {
    /// For a reader with this account.
    pub(crate) fn new(account: &Account) -> Veil {
        Veil {
            own: Some(account.clone()),
            open: BTreeSet::new(),
            hidden: BTreeSet::new(),
            sender: false,
        }
    }

    /// For the sender.
    pub(crate) fn none() -> Veil {
        Veil {
            own: None,
            open: BTreeSet::new(),
            hidden: BTreeSet::new(),
            sender: true,
        }
    }

    /// The message's own header shows these.
    pub(crate) fn reveal_named_in(&mut self, message: &[u8]) {
        let header = &message[..mime::header_end(message)];
        for name in ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"] {
            for field in mime::fields(header).filter(|f| f.name.eq_ignore_ascii_case(name)) {
                self.open.extend(
                    mime::addresses(field.value)
                        .iter()
                        .map(|who| key(&who.address)),
                );
            }
        }
    }

    /// Events without what must stay covered; those that speak only of a covered receiver are left
    /// out.
    pub(crate) fn cover(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        self.learn(&events);
        if self.sender || self.hidden.is_empty() {
            return events;
        }
        events.retain_mut(|event| self.cover_one(&mut event.kind));
        events
    }

    fn learn(&mut self, events: &[Event]) {
        for event in events {
            match &event.kind {
                Kind::Accepted {
                    sender, recipients, ..
                } => {
                    self.sender |= self.owns(sender);
                    recipients.iter().for_each(|r| self.judge(r));
                }
                // Said before the message was accepted.
                Kind::Line { text, .. }
                    if text
                        .get(..8)
                        .is_some_and(|t| t.eq_ignore_ascii_case("RCPT TO:")) =>
                {
                    if let Ok((path, _)) = mail::split_angle(text[8..].trim()) {
                        self.judge(path);
                    }
                }
                _ => {}
            }
        }
    }

    fn owns(&self, address: &str) -> bool {
        Address::parse(address)
            .is_ok_and(|a| self.own.as_ref().is_some_and(|account| account.owns(&a)))
    }

    fn judge(&mut self, recipient: &str) {
        let key = key(recipient);
        if !key.is_empty() && !self.open.contains(&key) && !self.owns(recipient) {
            self.hidden.insert(key);
        }
    }

    fn is_hidden(&self, address: &str) -> bool {
        self.hidden.contains(&key(address))
    }

    // False where the event is about a covered receiver only.
    fn cover_one(&self, kind: &mut Kind) -> bool {
        match kind {
            Kind::Accepted {
                recipients, added, ..
            } => {
                recipients.retain(|r| !self.is_hidden(r));
                added.iter_mut().for_each(|field| self.cover_text(field));
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
                self.cover_text(text);
                *redacted |= text.len() != before || text.contains(COVER);
            }
            Kind::Check { reason, proof, .. } => {
                reason.edit_texts(|text| self.cover_text(text));
                for step in proof {
                    step.edit_texts(|text| self.cover_text(text));
                }
            }
            Kind::Unreachable { reason, .. } => reason.edit_texts(|text| self.cover_text(text)),
            _ => {}
        }
        true
    }

    fn cover_text(&self, text: &mut String) {
        for address in &self.hidden {
            // Lower case may change lengths outside ASCII; addresses are searched by ASCII case
            // only, which keeps places.
            while let Some(at) = text.to_ascii_lowercase().find(address.as_str()) {
                text.replace_range(at..at + address.len(), COVER);
            }
        }
    }
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
    fn a_receiver_does_not_learn_of_those_who_got_it_unseen() {
        let mut veil = Veil::new(&account("bob@b.test"));
        veil.reveal_named_in(b"From: alice@a.test\r\nTo: bob@b.test\r\n\r\n");
        let events = veil.cover(journey());
        assert_eq!(events.len(), 5);
        assert!(!format!("{events:?}").to_lowercase().contains("carol"));
        assert!(
            veil.cover(vec![event(Kind::Pushed {
                protocol: event::Protocol::Web,
                to: "carol@c.test".into()
            })])
            .is_empty()
        );
    }

    #[test]
    fn who_is_named_in_the_header_is_seen_and_the_sender_sees_all() {
        let mut veil = Veil::new(&account("bob@b.test"));
        veil.reveal_named_in(
            b"From: alice@a.test\r\nTo: bob@b.test\r\nCc: C <carol@c.test>\r\n\r\n",
        );
        assert_eq!(veil.cover(journey()), journey());
        assert_eq!(
            Veil::new(&account("alice@a.test")).cover(journey()),
            journey()
        );
        assert_eq!(Veil::none().cover(journey()), journey());
    }
}
