//! Who really sent the message: what `auth` found out at the end of DATA, told in the journey, and
//! made the answer that the configuration wants. Also keeps forged Authentication-Results out (RFC
//! 8601 §5): the header waits until it is whole and is written without them; the body streams past,
//! and is hashed on its way. So nothing of a large message is read twice or kept in memory.

use auth::{Action, Arrival, HEADER_BYTES_MAX, Judgement, Policies, Reading};
use event::catalogue::inbound::PolicyReason;
use event::{Check, Kind, Recorder, Verdict};
use mail::Reply;
use std::borrow::Cow;
use world::World;

/// What a message takes along.
#[derive(Default)]
pub(super) struct Found {
    /// Authentication-Results, with its line end; empty where nothing was verified.
    pub field: String,
    /// It belongs into Junk.
    pub junk: bool,
    /// The author's domain vouches for it.
    pub vouched: bool,
}

/// Verifies, tells, and decides. `heard` gets the judgement itself, for the reports that domains
/// want; the error is the reply that refuses.
pub(super) async fn judge(
    world: &World,
    policies: &Policies,
    arrival: Arrival<'_>,
    reading: Reading,
    recorder: &mut Recorder,
    heard: impl FnOnce(&Judgement),
) -> Result<Found, Reply> {
    if reading.overlong() {
        let text = format!("the header of a message may have {HEADER_BYTES_MAX} octets here");
        let kind = Kind::Check {
            check: Check::Header,
            verdict: Verdict::Fail,
            reason: PolicyReason::HeaderTooLarge {
                limit: HEADER_BYTES_MAX as u64,
            }
            .into(),
            proof: Vec::new(),
        };
        recorder.emit(world.now(), kind);
        return Err(Reply::new(552, (5, 3, 4), text));
    }
    let message = reading.finish();
    let judgement = auth::judge(world, policies, arrival, &message).await;
    // Each verdict behind the questions that it was made of.
    let mut asked = judgement.asked.iter();
    let mut told = 0;
    for check in &judgement.checks {
        for question in asked.by_ref().take(check.asked.saturating_sub(told)) {
            let answer = question.answer.clone().map(|a| a.records);
            let micros = u64::try_from(question.took.as_micros()).unwrap_or(u64::MAX);
            recorder.emit(
                question.at,
                Kind::Dns {
                    question: question.question.clone(),
                    answer,
                    micros,
                },
            );
        }
        told = told.max(check.asked);
        let kind = Kind::Check {
            check: check.check.clone(),
            verdict: check.verdict,
            reason: check.reason.clone(),
            proof: check.proof.clone(),
        };
        recorder.emit(world.now(), kind);
    }
    heard(&judgement);
    match judgement.action {
        Action::Refuse(reply) => Err(reply),
        action => Ok(Found {
            field: judgement.field,
            junk: action == Action::Junk,
            vouched: passes(&judgement.seen),
        }),
    }
}

fn passes(seen: &auth::Seen) -> bool {
    seen.dmarc
        .as_ref()
        .is_some_and(|d| d.result == auth::dmarc::DmarcResult::Pass)
}

/// A header (and what lies behind it) without Authentication-Results that claim to be of this host.
pub(super) fn without_forged<'a>(head: &'a [u8], host: &str) -> Cow<'a, [u8]> {
    let edit = mime::Edit::new(head).remove_forged_results(host);
    if edit.is_empty() {
        Cow::Borrowed(head)
    } else {
        Cow::Owned(edit.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_results_in_our_own_name_are_taken_out() {
        let check = |head: &str, expected: &str| {
            let got = without_forged(head.as_bytes(), "mx.here.test");
            assert_eq!(String::from_utf8_lossy(&got), expected);
        };
        let theirs = "Authentication-Results: mx.there.test; spf=pass\r\nSubject: x\r\n\r\nbody";
        check(theirs, theirs);
        check(
            &format!("authentication-results: MX.here.test;\r\n\tdkim=pass\r\n{theirs}"),
            theirs,
        );
    }
}
