//! Authentication of inbound messages: evaluates SPF, DKIM, DMARC and ARC at the end of DATA,
//! records the results, and applies the configured action. Also removes forged
//! Authentication-Results (RFC 8601 §5).
//!
//! Failures: a message that the configuration rejects gets the reply of `auth`; an overlong header
//! 552 5.3.4.

use auth::{Action, Evaluation, HEADER_BYTES_MAX, MessageReader, Origin, Policies};
use event::catalogue::inbound::PolicyReason;
use event::{Check, Kind};
use mail::Reply;
use queue::intake::{Rejection, RejectionKind, SessionRecorder};
use world::World;

/// The result of a message's authentication.
#[derive(Default)]
pub(super) struct Authentication {
    /// The Authentication-Results field with its line end; empty where nothing was verified.
    pub field: String,
    /// File the message in Junk.
    pub junk: bool,
    /// The message passes DMARC.
    pub verified: bool,
}

/// Evaluates and records. `observe` gets the evaluation itself, for DMARC reports; the error is the
/// reply of a rejection.
pub(super) async fn evaluate(
    world: &World,
    policies: &Policies,
    origin: Origin<'_>,
    reader: MessageReader,
    recorder: &mut SessionRecorder,
    observe: impl FnOnce(&Evaluation),
) -> Result<Authentication, Reply> {
    if reader.overlong() {
        let limit = HEADER_BYTES_MAX as u64;
        let kind = RejectionKind::HeaderTooLarge { limit };
        let reason = PolicyReason::HeaderTooLarge { limit };
        let rejection = Rejection::new(kind, Check::Header, reason);
        recorder.rejected(&rejection);
        return Err(rejection.reply);
    }
    let message = reader.finish();
    let evaluation = auth::evaluate(world, policies, origin, &message).await;
    // Each check is recorded after the lookups that it is based on.
    let mut lookups = evaluation.lookups.iter();
    let mut recorded = 0;
    for check in &evaluation.checks {
        for lookup in lookups
            .by_ref()
            .take(check.lookups.saturating_sub(recorded))
        {
            let answer = lookup.answer.clone().map(|a| a.records);
            let micros = u64::try_from(lookup.took.as_micros()).unwrap_or(u64::MAX);
            let kind = Kind::Dns {
                question: lookup.question.clone(),
                answer,
                micros,
            };
            recorder.emit_at(lookup.at, kind);
        }
        recorded = recorded.max(check.lookups);
        recorder.emit(Kind::Check {
            check: check.check.clone(),
            verdict: check.verdict,
            reason: check.reason.clone(),
            proof: check.proof.clone(),
        });
    }
    observe(&evaluation);
    match evaluation.action {
        Action::Reject(reply) => Err(reply),
        action => Ok(Authentication {
            field: evaluation.field,
            junk: action == Action::Junk,
            verified: passes_dmarc(&evaluation.verdicts),
        }),
    }
}

fn passes_dmarc(verdicts: &auth::Verdicts) -> bool {
    verdicts
        .dmarc
        .as_ref()
        .is_some_and(|d| d.result == auth::dmarc::DmarcResult::Pass)
}

/// The header without Authentication-Results in the name of `host`; none where there are none.
pub(super) fn without_forged_results(header: &[u8], host: &str) -> Option<Vec<u8>> {
    let edit = mime::Edit::new(header).remove_forged_results(host);
    (!edit.is_empty()).then(|| edit.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_only_results_in_the_name_of_this_host() {
        let check = |header: &str, expected: Option<&str>| {
            let edited = without_forged_results(header.as_bytes(), "mx.here.test");
            assert_eq!(edited.as_deref(), expected.map(str::as_bytes), "{header:?}");
        };
        let theirs = "Authentication-Results: mx.there.test; spf=pass\r\nSubject: x\r\n\r\n";
        check(theirs, None);
        check(
            &format!("authentication-results: MX.here.test;\r\n\tdkim=pass\r\n{theirs}"),
            Some(theirs),
        );
    }
}
