//! Aliases at the moment of acceptance: the envelope gets the addresses that an alias leads to in
//! place of it (RFC 5321 §3.9.1); sender and message stay as they are. Whoever is named twice gets
//! one copy.
//!
//! Failures: a message that went through the alias before, as its Delivered-To tells (RFC 9228 §4),
//! loops: 554 5.4.6 for that recipient.

use crate::Queue;
use mail::{Envelope, Recipient, Reply};
use std::collections::BTreeSet;
use store::{Fault, Target};

/// An envelope without aliases.
pub(crate) struct Expanded {
    /// With at least those recipients who were no aliases.
    pub envelope: Envelope,
    /// What is put on top of the message, so that a loop is seen.
    pub added: String,
    /// Recipients whose message loops.
    pub looping: Vec<Recipient>,
    /// `team@here.test → alice@here.test, carol@there.test`, one for each alias.
    pub told: Vec<String>,
}

impl Queue {
    pub(crate) async fn expand(
        &self,
        mut envelope: Envelope,
        head: &[u8],
    ) -> Result<Expanded, Fault> {
        let given = std::mem::take(&mut envelope.recipients);
        let alone = given.len() == 1;
        let mut expanded = Expanded {
            envelope,
            added: String::new(),
            looping: Vec::new(),
            told: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for recipient in given {
            let targets = self.store().targets(&recipient.address).await?;
            let itself = |t: &Target| t.address().key() == recipient.address.key();
            if targets.is_empty() || targets.iter().all(itself) {
                expanded.add(recipient, &mut seen);
                continue;
            }
            if was_delivered_to(head, &recipient.address.key()) {
                expanded.looping.push(recipient);
                continue;
            }
            let names: Vec<_> = targets.iter().map(|t| t.address().to_string()).collect();
            expanded
                .told
                .push(format!("{} → {}", recipient.address, names.join(", ")));
            // Others may not learn by which alias the message came, so it is written only where
            // there is nobody else.
            if alone && targets.iter().any(|t| matches!(t, Target::Elsewhere(_))) {
                expanded.added = format!("Delivered-To: {}\r\n", recipient.address);
            }
            let original = recipient
                .original
                .clone()
                .unwrap_or_else(|| format!("rfc822;{}", recipient.address));
            for target in targets {
                let one = Recipient {
                    address: target.address().clone(),
                    original: Some(original.clone()),
                    ..recipient.clone()
                };
                expanded.add(one, &mut seen);
            }
        }
        Ok(expanded)
    }
}

impl Expanded {
    fn add(&mut self, recipient: Recipient, seen: &mut BTreeSet<String>) {
        if seen.insert(recipient.address.key()) {
            self.envelope.recipients.push(recipient);
        }
    }

    /// What is said of those whose message loops.
    pub(crate) fn loop_reply() -> Reply {
        Reply::new(
            554,
            (5, 4, 6),
            "the message has been through this alias before: it loops",
        )
    }
}

fn was_delivered_to(head: &[u8], key: &str) -> bool {
    mime::fields(head)
        .filter(|f| f.is("Delivered-To"))
        .any(|f| f.text().trim().to_lowercase() == key)
}
