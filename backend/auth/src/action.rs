//! What to do with a message because of its results, and the reply of a rejection.

use crate::dmarc::{Dmarc, DmarcResult, Policy};
use crate::spf::{Spf, SpfResult};
use event::catalogue::inbound::Rejection;
use event::{Locale, Localize};
use mail::Reply;

/// What to do with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Accept it.
    Accept,
    /// Accept it and file it in Junk.
    Junk,
    /// Reject it with this reply.
    Reject(Reply),
}

// The explanation is text of the sender's domain; a reply line has at most 512 bytes (RFC 5321
// §4.5.3.1.5).
const EXPLANATION_CHARS_MAX: usize = 150;

/// The rejection of a message that fails SPF, where SPF is enforced.
pub(crate) fn spf_rejection(spf: &Spf, enforce: bool) -> Option<Action> {
    if !enforce || spf.result != SpfResult::Fail {
        return None;
    }
    let domain = spf.domain.clone();
    let rejection = match &spf.explanation {
        Some(explanation) => Rejection::SpfFailExplained {
            domain,
            text: explanation.chars().take(EXPLANATION_CHARS_MAX).collect(),
        },
        None => Rejection::SpfFail { domain },
    };
    // RFC 7372 §3.2
    let text = rejection.sentence(Locale::English);
    Some(Action::Reject(Reply::new(550, (5, 7, 23), text)))
}

/// The action that the policy of the author's domain asks for.
pub(crate) fn requested_action(dmarc: &Dmarc) -> Action {
    match (dmarc.result, dmarc.policy) {
        (DmarcResult::Fail, Policy::Reject) => {
            let rejection = Rejection::DmarcReject {
                domain: dmarc.domain.clone(),
            };
            let text = rejection.sentence(Locale::English);
            Action::Reject(Reply::new(550, (5, 7, 1), text))
        }
        (DmarcResult::Fail, Policy::Quarantine) => Action::Junk,
        _ => Action::Accept,
    }
}

/// Orders results by strictness: of several authors' domains, the highest counts.
pub(crate) fn strictness(dmarc: &Dmarc) -> u8 {
    match (dmarc.result, dmarc.policy) {
        (DmarcResult::Fail, Policy::Reject) => 5,
        (DmarcResult::Fail, Policy::Quarantine) => 4,
        (DmarcResult::Fail, Policy::None) => 3,
        (DmarcResult::TempError, _) => 2,
        (DmarcResult::PermError | DmarcResult::None, _) => 1,
        (DmarcResult::Pass, _) => 0,
    }
}
