//! Adds DKIM signatures to a message that is about to enter the queue. Signing itself is
//! [`auth::dkim::Signer`], with the keys of the store; this module records the results.
//!
//! Failures: where a key cannot be used or the store cannot be read, the message goes out unsigned;
//! the log says so, and for a key also the journey.

use crate::handle::Queue;
use crate::new_message::NewMessage;
use auth::dkim::Signed;
use event::{Check, Kind, Reason, Verdict};
use mail::Domain;

impl Queue {
    /// Signs a message for one of this host's domains, if that or a domain above it has keys. Puts
    /// the signatures before all other fields and records each in the message's events. `header` is
    /// the header as it will be sent, without trace fields; `body_hash` is from
    /// [`auth::dkim::Hashing`].
    pub async fn sign(
        &self,
        message: &mut NewMessage,
        domain: &Domain,
        header: &[u8],
        body_hash: &[u8],
    ) {
        let now = self.0.world.now();
        let signatures = match self.0.signer.sign(domain, header, body_hash, now).await {
            Ok(signatures) => signatures,
            Err(fault) => {
                tracing::error!(%domain, error = %fault, "cannot read the signing keys");
                return;
            }
        };
        let mut fields = String::new();
        for signature in signatures {
            let (verdict, reason, proof) = match signature.signed {
                Ok(Signed {
                    field,
                    reason,
                    proof,
                }) => {
                    fields.push_str(&field);
                    (Verdict::Pass, Reason::from(reason), proof.into_steps())
                }
                Err(reason) => {
                    let (domain, selector) = (signature.domain, signature.selector);
                    let reason = Reason::from(reason);
                    let why = reason.english();
                    tracing::error!(%domain, selector, why, "cannot sign a message with this key");
                    (Verdict::Fail, reason, Vec::new())
                }
            };
            let kind = Kind::Check {
                check: Check::DkimSign,
                verdict,
                reason,
                proof,
            };
            let (journey, span, role) = (message.journey, message.span, message.role);
            let event = self.event(journey, span, None, role, now, kind);
            message.events.push(event);
        }
        message.prefix.insert_str(0, &fields);
    }
}
