//! Expands aliases at acceptance: the addresses of an alias replace it in the envelope (RFC 5321
//! §3.9.1); sender and content stay unchanged. An address that occurs twice gets one copy.
//!
//! Failures: a message that passed the alias before, as its Delivered-To field shows (RFC 9228 §4),
//! loops: 554 5.4.6 for that recipient.

use crate::handle::Queue;
use event::catalogue::delivery::QueueReason;
use mail::{Envelope, Recipient};
use std::collections::BTreeSet;
use store::{Fault, Target};

/// The envelope after expansion.
pub(crate) struct Expansion {
    /// With the final recipients.
    pub(crate) envelope: Envelope,
    /// A Delivered-To field to put before the message so that a loop is detected; may be empty.
    pub(crate) prefix: String,
    /// Recipients for which the message loops.
    pub(crate) looping: Vec<Recipient>,
    /// One reason for each expanded alias.
    pub(crate) expanded: Vec<QueueReason>,
}

impl Queue {
    /// Replaces aliases in the envelope. `header` is the message's header, for loop detection.
    pub(crate) async fn expand_aliases(
        &self,
        mut envelope: Envelope,
        header: &[u8],
    ) -> Result<Expansion, Fault> {
        let given = std::mem::take(&mut envelope.recipients);
        let is_alone = given.len() == 1;
        let mut expansion = Expansion {
            envelope,
            prefix: String::new(),
            looping: Vec::new(),
            expanded: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for recipient in given {
            let targets = self.store().targets(&recipient.address).await?;
            let is_itself = |t: &Target| t.address().key() == recipient.address.key();
            if targets.is_empty() || targets.iter().all(is_itself) {
                expansion.add(recipient, &mut seen);
                continue;
            }
            if was_delivered_to(header, &recipient.address.key()) {
                expansion.looping.push(recipient);
                continue;
            }
            let names: Vec<_> = targets.iter().map(|t| t.address().to_string()).collect();
            expansion.expanded.push(QueueReason::AliasExpanded {
                alias: recipient.address.to_string(),
                target: names.join(", "),
            });
            // With several recipients, the field would disclose to the others by which alias the
            // message came.
            if is_alone && targets.iter().any(|t| matches!(t, Target::Remote(_))) {
                expansion.prefix = format!("Delivered-To: {}\r\n", recipient.address);
            }
            let original = recipient
                .original
                .clone()
                .unwrap_or_else(|| format!("rfc822;{}", recipient.address));
            for target in targets {
                let expanded = Recipient {
                    address: target.address().clone(),
                    original: Some(original.clone()),
                    ..recipient.clone()
                };
                expansion.add(expanded, &mut seen);
            }
        }
        Ok(expansion)
    }
}

impl Expansion {
    fn add(&mut self, recipient: Recipient, seen: &mut BTreeSet<String>) {
        if seen.insert(recipient.address.key()) {
            self.envelope.recipients.push(recipient);
        }
    }
}

fn was_delivered_to(header: &[u8], key: &str) -> bool {
    mime::fields(header)
        .filter(|f| f.is("Delivered-To"))
        .any(|f| f.text().trim().to_lowercase() == key)
}
