//! What is made of all that was found out about a client: refused, weighed, let through, or asked
//! to come back. Finds nothing out itself.

use super::super::No;
use super::super::entry::{self, Part};
use super::super::finding::{Finding, Score};
use super::super::names::Greeted;
use super::{Origin, Visit};
use event::Verdict;
use mail::{Address, Network, Reply};
use store::GreylistStatus;

impl Visit {
    // Gathers all findings and adds them up, once a message.
    pub(super) async fn judge(&mut self) {
        if std::mem::replace(&mut self.judged.done, true) {
            return;
        }
        let (mut findings, mut claimed, mut confirmed) =
            (Vec::from_iter(self.early.clone()), Vec::new(), None);
        if let Some(origin) = &mut self.origin
            && let Some(Origin { named, lists }) = origin.get().await
        {
            findings.extend(named.finding.clone());
            findings.extend(lists.iter().cloned());
            claimed.clone_from(&named.claimed);
            confirmed.clone_from(&named.confirmed);
        }
        let mut greeted = None;
        if let Some((_, hello)) = &mut self.hello
            && let Some(Greeted { confirmed, finding }) = hello.get().await
        {
            findings.extend(finding.clone());
            greeted.clone_from(confirmed);
        }
        if let Some(lists) = &mut self.sender_lists
            && let Some(lists) = lists.get().await
        {
            findings.extend(lists.iter().cloned());
        }
        self.told.extend(findings.iter().flat_map(Finding::told));
        let config = &self.door.config;
        if let Some(entry) = claimed
            .iter()
            .find_map(|name| entry::domain(&config.deny, Part::Ptr, name.as_str()))
        {
            let why = entry.words();
            self.judged.refusal = Some(("deny-list", why));
            return;
        }
        let by_name = confirmed
            .as_ref()
            .and_then(|n| entry::domain(&config.allow, Part::Ptr, n.as_str()));
        let by_hello = greeted
            .as_ref()
            .and_then(|n| entry::domain(&config.allow, Part::Helo, n.as_str()));
        let by_sender = self
            .sender
            .as_ref()
            .and_then(|s| entry::sender(&config.allow, s));
        if let Some(entry) = by_name.or(by_hello).or(by_sender) {
            let why = entry.words();
            self.judged.score.allowed = true;
            self.tell("allow-list", Verdict::Pass, why);
            return;
        }
        self.add_up(&findings);
    }

    fn add_up(&mut self, findings: &[Finding]) {
        let config = &self.door.config;
        let (junk, refuse) = (config.score_junk, config.score_refuse);
        let weighed: Vec<_> = findings
            .iter()
            .filter(|f| f.points != 0)
            .map(|f| (f.check, f.points))
            .collect();
        let points = weighed
            .iter()
            .fold(0i32, |sum, (_, points)| sum.saturating_add(*points));
        self.judged.score = Score {
            points,
            junk: points >= junk,
            allowed: false,
            parts: weighed,
        };
        let score = self.judged.score.clone();
        if let Some(finding) = findings.iter().find(|f| f.refuses) {
            self.judged.refusal = Some((finding.check, finding.why.clone()));
        } else if points >= refuse {
            self.judged.refusal =
                Some(("score", format!("{}; refused from {refuse}", score.words())));
        }
        if !score.parts.is_empty() {
            let verdict = match (points >= refuse, score.junk) {
                (true, _) => Verdict::Fail,
                (false, true) => Verdict::Neutral,
                (false, false) => Verdict::Pass,
            };
            self.tell(
                "score",
                verdict,
                format!("{}; Junk from {junk}, refused from {refuse}", score.words()),
            );
        }
    }

    // RFC 6647: a stranger is asked to come back; whoever keeps a queue does.
    pub(super) async fn greylist(&mut self, recipient: &Address) -> Result<(), No> {
        // Whoever a list speaks for needs no proof.
        let Some(times) = self.door.config.greylist.filter(|_| {
            self.is_stranger() && !self.judged.score.allowed && self.judged.score.points >= 0
        }) else {
            return Ok(());
        };
        let network = Network::around(self.address, 24, 64);
        let sender = self.sender.as_ref().map(Address::key).unwrap_or_default();
        let now = self.door.world.now();
        let standing = match self
            .door
            .store
            .greylist(network, &sender, &recipient.key(), times, now)
            .await
        {
            Ok(standing) => standing,
            Err(fault) => {
                tracing::warn!(error = %fault, "the greylist could not be asked");
                return Ok(());
            }
        };
        let triplet = format!("{network}, <{sender}>, <{recipient}>");
        match standing {
            GreylistStatus::Known => self.tell(
                "greylist",
                Verdict::Pass,
                format!("{network} came back before"),
            ),
            GreylistStatus::CameBack { after } => {
                self.tell(
                    "greylist",
                    Verdict::Pass,
                    format!("{triplet}: came back after {} s", after.as_secs()),
                );
            }
            GreylistStatus::First { wait } | GreylistStatus::TooSoon { wait } => {
                let text = format!(
                    "you are new here; please try again in {} seconds",
                    wait.as_secs().max(1)
                );
                return Err(No::new(
                    "greylist",
                    Reply::new(451, (4, 7, 1), text),
                    format!("{triplet}: to come back in {} s", wait.as_secs()),
                ));
            }
        }
        Ok(())
    }
}
