//! Evaluates what was found out about a client: rejected, scored, let through, or greylisted. Looks
//! nothing up itself except the greylist.

use super::super::client_names::HelloName;
use super::super::finding::{Finding, Score};
use super::super::lists::{self, DomainSource};
use super::{ClientOrigin, ClientScreening};
use event::catalogue::inbound::{ListReason, PolicyReason};
use event::{Check, Verdict};
use mail::{Address, Duration, Network};
use queue::intake::{Rejection, RejectionKind};
use store::GreylistStatus;

impl ClientScreening {
    // Collects all findings and adds them up, once per message.
    pub(super) async fn evaluate(&mut self) {
        if std::mem::replace(&mut self.evaluation.done, true) {
            return;
        }
        let (mut findings, mut claimed, mut confirmed) =
            (Vec::from_iter(self.early.clone()), Vec::new(), None);
        if let Some(origin) = &mut self.origin
            && let Some(ClientOrigin { name, lists }) = origin.get().await
        {
            findings.extend(name.finding.clone());
            findings.extend(lists.iter().cloned());
            claimed.clone_from(&name.claimed);
            confirmed.clone_from(&name.confirmed);
        }
        let mut hello_confirmed = None;
        if let Some((_, hello)) = &mut self.hello
            && let Some(HelloName { confirmed, finding }) = hello.get().await
        {
            findings.extend(finding.clone());
            hello_confirmed.clone_from(confirmed);
        }
        if let Some(lists) = &mut self.sender_lists
            && let Some(lists) = lists.get().await
        {
            findings.extend(lists.iter().cloned());
        }
        self.events
            .extend(findings.iter().flat_map(Finding::events));
        let config = &self.policy.config;
        let entry = |entry: &lists::ListEntry| ListReason::Entry {
            entry: entry.to_string(),
        };
        if let Some(denied) = claimed
            .iter()
            .find_map(|name| lists::domain(&config.deny, DomainSource::Ptr, name.as_str()))
        {
            self.evaluation.rejected = Some((Check::DenyList, entry(denied).into()));
            return;
        }
        let by_name = confirmed
            .as_ref()
            .and_then(|n| lists::domain(&config.allow, DomainSource::Ptr, n.as_str()));
        let by_hello = hello_confirmed
            .as_ref()
            .and_then(|n| lists::domain(&config.allow, DomainSource::Helo, n.as_str()));
        let by_sender = self
            .sender
            .as_ref()
            .and_then(|s| lists::sender(&config.allow, s));
        if let Some(allowed) = by_name.or(by_hello).or(by_sender) {
            let reason = entry(allowed);
            self.evaluation.score.allowed = true;
            self.record(Check::AllowList, Verdict::Pass, reason);
            return;
        }
        self.add_up(&findings);
    }

    fn add_up(&mut self, findings: &[Finding]) {
        let config = &self.policy.config;
        let (junk, reject) = (config.score_junk, config.score_refuse);
        let parts: Vec<_> = findings
            .iter()
            .filter(|f| f.points != 0)
            .map(|f| (f.check.clone(), f.points))
            .collect();
        let points = parts
            .iter()
            .fold(0i32, |sum, (_, points)| sum.saturating_add(*points));
        self.evaluation.score = Score {
            points,
            junk: points >= junk,
            allowed: false,
            parts,
        };
        let parts = self.evaluation.score.reason_parts();
        if let Some(finding) = findings.iter().find(|f| f.rejects) {
            self.evaluation.rejected = Some((finding.check.clone(), finding.reason.clone()));
        } else if points >= reject {
            let reason = PolicyReason::ScoreRejected {
                points,
                parts: parts.clone(),
                reject,
            };
            self.evaluation.rejected = Some((Check::Score, reason.into()));
        }
        if !parts.is_empty() {
            let verdict = match (points >= reject, points >= junk) {
                (true, _) => Verdict::Fail,
                (false, true) => Verdict::Neutral,
                (false, false) => Verdict::Pass,
            };
            let reason = PolicyReason::Score {
                points,
                parts,
                junk,
                reject,
            };
            self.record(Check::Score, verdict, reason);
        }
    }

    // RFC 6647: an unknown client must retry; real mail servers do.
    pub(super) async fn greylist(&mut self, recipient: &Address) -> Result<(), Rejection> {
        // A client with a negative score is on a welcome list and needs no proof.
        let Some(times) = self.policy.config.greylist.filter(|_| {
            self.is_checked() && !self.evaluation.score.allowed && self.evaluation.score.points >= 0
        }) else {
            return Ok(());
        };
        let network = Network::around(self.address, 24, 64);
        let sender = self.sender.as_ref().map(Address::key).unwrap_or_default();
        let now = self.policy.world.now();
        let status = self
            .policy
            .store
            .greylist(network, &sender, &recipient.key(), times, now)
            .await;
        let (network, recipient) = (network.to_string(), recipient.to_string());
        let reason = match status {
            Ok(GreylistStatus::Known) => PolicyReason::GreylistKnown { network },
            Ok(GreylistStatus::Retried { after }) => PolicyReason::GreylistPassed {
                network,
                sender,
                recipient,
                seconds: after.as_secs(),
            },
            Ok(GreylistStatus::First { wait } | GreylistStatus::TooSoon { wait }) => {
                return Err(greylisted(network, sender, recipient, wait));
            }
            Err(fault) => {
                tracing::warn!(error = %fault, "greylist lookup failed; the message passes");
                return Ok(());
            }
        };
        self.record(Check::Greylist, Verdict::Pass, reason);
        Ok(())
    }
}

fn greylisted(network: String, sender: String, recipient: String, wait: Duration) -> Rejection {
    let kind = RejectionKind::Greylisted {
        seconds: wait.as_secs().max(1),
    };
    let reason = PolicyReason::GreylistWait {
        network,
        sender,
        recipient,
        seconds: wait.as_secs(),
    };
    Rejection::new(kind, Check::Greylist, reason)
}
