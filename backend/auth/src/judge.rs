//! From the verdicts to a decision: what is verified, what is done about it, and what is told.

use crate::arc::{Arc, ArcResult};
use crate::ask::{Asked, Asking};
use crate::dkim::{Dkim, DkimResult};
use crate::dmarc::{self, Dmarc, DmarcResult, Identifiers, Policy};
use crate::message::IncomingMessage;
use crate::proof::Proof;
use crate::results;
use crate::spf::{self, Spf, SpfCheck, SpfResult};
use event::catalogue::authentication::{DmarcReason, SpfIdentity};
use event::catalogue::inbound::Rejection;
use event::{Check, Locale, Localize, ProofStep, Reason, Verdict};
use mail::{Address, Reply};
use std::net::IpAddr;
use world::World;

/// What is done with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nothing is verified.
    Off,
    /// Verified and written down.
    Note,
    /// Verified, written down, and acted upon.
    Enforce,
}

/// How a host judges what comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Enforce: a host that SPF fails is refused, whatever DMARC says.
    pub spf: Mode,
    /// A signature that does not hold is never a reason to refuse (RFC 6376 §6.1): enforce is
    /// note.
    pub dkim: Mode,
    /// Enforce: what the author's domain wants is done.
    pub dmarc: Mode,
    /// Enforce: a chain sealed by a host of `trusted_sealers` that saw DMARC pass counts as if it
    /// passed here.
    pub arc: Mode,
    /// Domains whose seals are believed.
    pub trusted_sealers: Vec<String>,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies {
            spf: Mode::Note,
            dkim: Mode::Note,
            dmarc: Mode::Enforce,
            arc: Mode::Note,
            trusted_sealers: Vec::new(),
        }
    }
}

impl Policies {
    /// Nothing is verified at all.
    pub fn all_off(&self) -> bool {
        [self.spf, self.dkim, self.dmarc, self.arc] == [Mode::Off; 4]
    }
}

/// Who brought the message.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The other host's address.
    pub ip: IpAddr,
    /// What it said in HELO or EHLO.
    pub helo: &'a str,
    /// MAIL FROM; none is the null sender.
    pub sender: Option<&'a Address>,
    /// Our own name: the authserv-id.
    pub host: &'a str,
}

/// One check, to be told as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// SPF, DKIM, ARC or DMARC.
    pub check: Check,
    /// The outcome.
    pub verdict: Verdict,
    /// What decided it.
    pub reason: Reason,
    /// The steps by which it was found.
    pub proof: Vec<ProofStep>,
    /// How many of the DNS questions were asked up to then.
    pub asked: usize,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take it.
    Accept,
    /// Take it, but file it in Junk.
    Junk,
    /// Refuse it.
    Refuse(Reply),
}

/// The whole judgement.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The DNS questions.
    pub asked: Vec<Asked>,
    /// The checks, in their order.
    pub checks: Vec<Checked>,
    /// Authentication-Results, with its line end.
    pub field: String,
    /// What is to be done.
    pub action: Action,
    /// For the reports that the author's domain wants.
    pub seen: Seen,
}

/// The verdicts themselves.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// For MAIL FROM, or for HELO where the sender is null.
    pub spf: Option<Spf>,
    /// Each signature.
    pub dkim: Vec<Dkim>,
    /// The chain.
    pub arc: Option<Arc>,
    /// The worst of the authors' domains.
    pub dmarc: Option<Dmarc>,
    /// DMARC failed, but the message was let pass because of a trusted seal.
    pub overridden: bool,
}

/// Authors' domains of one message that are looked at; a message of more belongs into Junk: among so
/// many, one may hide behind the others.
pub const AUTHORS_MAX: usize = 4;

/// Verifies and judges.
pub async fn judge(
    world: &World,
    policies: &Policies,
    arrival: Arrival<'_>,
    message: &IncomingMessage,
) -> Judgement {
    let mut bench = Bench {
        asking: Asking::new(world),
        checks: Vec::new(),
        results: Vec::new(),
        seen: Seen::default(),
    };
    let mut action = Action::Accept;
    if policies.spf != Mode::Off || policies.dmarc != Mode::Off {
        action = bench.spf(arrival, policies.spf == Mode::Enforce).await;
    }
    if policies.dkim != Mode::Off || policies.dmarc != Mode::Off {
        bench.dkim(message).await;
    }
    if policies.arc != Mode::Off {
        bench.arc(message).await;
    }
    if policies.dmarc != Mode::Off {
        let wanted = bench.dmarc(arrival, policies, message).await;
        if action == Action::Accept && policies.dmarc == Mode::Enforce {
            action = wanted;
        }
    }
    let Bench {
        asking,
        checks,
        results,
        seen,
    } = bench;
    Judgement {
        asked: asking.into_asked(),
        checks,
        field: results::field(arrival.host, &results),
        action,
        seen,
    }
}

struct Bench<'a> {
    asking: Asking<'a>,
    checks: Vec<Checked>,
    results: Vec<String>,
    seen: Seen,
}

impl Bench<'_> {
    fn record(&mut self, check: Check, verdict: Verdict, reason: Reason, proof: &Proof) {
        let asked = self.asking.count();
        self.checks.push(Checked {
            check,
            verdict,
            reason,
            proof: proof.steps().to_vec(),
            asked,
        });
    }

    // HELO and MAIL FROM (RFC 7208 §2.3, §2.4).
    async fn spf(&mut self, arrival: Arrival<'_>, enforce: bool) -> Action {
        let check = SpfCheck {
            ip: arrival.ip,
            helo: arrival.helo,
            local: "postmaster",
            domain: arrival.helo,
            receiver: arrival.host,
        };
        let helo = spf::check(&mut self.asking, check).await;
        let mut refused = refusal(&helo, enforce);
        // A greeting of which no domain says anything is not worth telling, unless it is all there
        // is.
        if helo.result != SpfResult::None || arrival.sender.is_none() {
            self.results.push(results::spf(&helo, "helo", arrival.helo));
            let reason = spf_reason(SpfIdentity::Helo, arrival.helo.to_owned(), &helo);
            self.record(Check::Spf, verdict(helo.result), reason, &helo.proof);
        }
        let Some(sender) = arrival.sender else {
            self.seen.spf = Some(helo);
            return refused.unwrap_or(Action::Accept);
        };
        let domain = sender.domain().map(ToString::to_string).unwrap_or_default();
        let check = SpfCheck {
            local: sender.local().as_str(),
            domain: &domain,
            ..check
        };
        let from = spf::check(&mut self.asking, check).await;
        self.results
            .push(results::spf(&from, "mailfrom", &sender.host().to_string()));
        let reason = spf_reason(SpfIdentity::MailFrom, sender.host().to_string(), &from);
        self.record(Check::Spf, verdict(from.result), reason, &from.proof);
        refused = refused.or_else(|| refusal(&from, enforce));
        self.seen.spf = Some(from);
        refused.unwrap_or(Action::Accept)
    }

    async fn dkim(&mut self, message: &IncomingMessage) {
        let verdicts = message.verify_dkim(&mut self.asking).await;
        if verdicts.is_empty() {
            self.results.push("dkim=none".into());
            let none = Proof::default();
            self.record(Check::Dkim, Verdict::Neutral, Reason::DkimUnsigned, &none);
        }
        for dkim in &verdicts {
            let verdict = match dkim.result {
                DkimResult::Pass => Verdict::Pass,
                DkimResult::Fail => Verdict::Fail,
                _ => Verdict::Neutral,
            };
            let signer = dkim.domain.as_deref().unwrap_or("?");
            self.results.push(results::dkim(dkim));
            let reason = Reason::Dkim {
                domain: signer.to_owned(),
                result: dkim.result.into(),
                reason: dkim.reason.clone(),
            };
            self.record(Check::Dkim, verdict, reason, &dkim.proof);
        }
        self.seen.dkim = verdicts;
    }

    async fn arc(&mut self, message: &IncomingMessage) {
        let arc = message.verify_arc(&mut self.asking).await;
        if let Some(result) = results::arc(&arc) {
            self.results.push(result);
            let verdict = match arc.result {
                ArcResult::Pass => Verdict::Pass,
                ArcResult::Fail => Verdict::Fail,
                _ => Verdict::Neutral,
            };
            let reason = Reason::Arc {
                result: arc.result.into(),
                reason: arc.reason.clone(),
            };
            self.record(Check::Arc, verdict, reason, &Proof::default());
        }
        self.seen.arc = Some(arc);
    }

    async fn dmarc(
        &mut self,
        arrival: Arrival<'_>,
        policies: &Policies,
        message: &IncomingMessage,
    ) -> Action {
        let identifiers = self.identifiers(arrival);
        let authors = message.author_domains();
        if authors.len() > AUTHORS_MAX {
            self.results.push("dmarc=permerror".into());
            let reason = Reason::DmarcNotEvaluated {
                reason: DmarcReason::TooManyAuthors {
                    limit: AUTHORS_MAX as u32,
                },
            };
            self.record(Check::Dmarc, Verdict::Fail, reason, &Proof::default());
            return Action::Junk;
        }
        let mut worst: Option<Dmarc> = None;
        // RFC 9989 §4.1: with several authors each domain is asked, and the strictest answer
        // counts.
        for author in &authors {
            let found = dmarc::evaluate(&mut self.asking, author, &identifiers).await;
            if worst.as_ref().is_none_or(|w| rank(&found) > rank(w)) {
                worst = Some(found);
            }
        }
        let Some(dmarc) = worst else {
            self.results.push("dmarc=permerror".into());
            let reason = Reason::DmarcNotEvaluated {
                reason: DmarcReason::NoAuthor,
            };
            self.record(Check::Dmarc, Verdict::Neutral, reason, &Proof::default());
            return Action::Accept;
        };
        self.results.push(results::dmarc(&dmarc));
        let verdict = match dmarc.result {
            DmarcResult::Pass => Verdict::Pass,
            DmarcResult::Fail => Verdict::Fail,
            _ => Verdict::Neutral,
        };
        let mut reason = dmarc.reason.clone();
        let mut action = wanted(&dmarc);
        if action != Action::Accept && policies.arc == Mode::Enforce && self.trusted(policies) {
            reason = DmarcReason::Overridden {
                reason: Box::new(reason),
            };
            action = Action::Accept;
            self.seen.overridden = true;
        }
        let reason = Reason::Dmarc {
            domain: dmarc.domain.clone(),
            result: dmarc.result.into(),
            reason,
        };
        self.record(Check::Dmarc, verdict, reason, &dmarc.proof);
        self.seen.dmarc = Some(dmarc);
        action
    }

    fn identifiers(&self, arrival: Arrival<'_>) -> Identifiers {
        let of = |result: DkimResult| {
            self.seen
                .dkim
                .iter()
                .filter(move |d| d.result == result)
                .filter_map(|d| d.domain.clone())
                .collect()
        };
        let spf = self.seen.spf.as_ref();
        let sender = || match arrival.sender {
            Some(sender) => sender.domain().map(|d| d.to_string()),
            None => Some(arrival.helo.to_owned()),
        };
        let with = |wanted: SpfResult| spf.filter(|s| s.result == wanted).and_then(|_| sender());
        Identifiers {
            spf: with(SpfResult::Pass),
            spf_temporary: with(SpfResult::TempError),
            dkim: of(DkimResult::Pass),
            dkim_temporary: of(DkimResult::TempError),
        }
    }

    fn trusted(&self, policies: &Policies) -> bool {
        self.seen.arc.as_ref().is_some_and(|arc| {
            arc.result == ArcResult::Pass
                && arc.sealer.as_ref().is_some_and(|s| {
                    policies
                        .trusted_sealers
                        .iter()
                        .any(|t| t.eq_ignore_ascii_case(s))
                })
                && arc
                    .saw
                    .as_ref()
                    .is_some_and(|saw| saw.split(';').any(|r| r.trim().starts_with("dmarc=pass")))
        })
    }
}

fn spf_reason(identity: SpfIdentity, domain: String, spf: &Spf) -> Reason {
    Reason::Spf {
        identity,
        domain,
        result: spf.result.into(),
        reason: spf.reason.clone(),
    }
}

fn verdict(result: SpfResult) -> Verdict {
    match result {
        SpfResult::Pass => Verdict::Pass,
        SpfResult::Fail => Verdict::Fail,
        _ => Verdict::Neutral,
    }
}

// A reply's line has 512 octets (RFC 5321 §4.5.3.1.5), and what a stranger wants to say is not
// worth more.
const EXPLANATION_CHARS_MAX: usize = 150;

fn refusal(spf: &Spf, enforce: bool) -> Option<Action> {
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
    Some(Action::Refuse(Reply::new(550, (5, 7, 23), text)))
}

fn wanted(dmarc: &Dmarc) -> Action {
    match (dmarc.result, dmarc.policy) {
        (DmarcResult::Fail, Policy::Reject) => {
            let rejection = Rejection::DmarcReject {
                domain: dmarc.domain.clone(),
            };
            let text = rejection.sentence(Locale::English);
            Action::Refuse(Reply::new(550, (5, 7, 1), text))
        }
        (DmarcResult::Fail, Policy::Quarantine) => Action::Junk,
        _ => Action::Accept,
    }
}

fn rank(dmarc: &Dmarc) -> u8 {
    match (dmarc.result, dmarc.policy) {
        (DmarcResult::Fail, Policy::Reject) => 5,
        (DmarcResult::Fail, Policy::Quarantine) => 4,
        (DmarcResult::Fail, Policy::None) => 3,
        (DmarcResult::TempError, _) => 2,
        (DmarcResult::PermError | DmarcResult::None, _) => 1,
        (DmarcResult::Pass, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Reading;
    use world::zone::Zones;

    const ZONE: &str = "a.test. TXT \"v=spf1 -all exp=why.a.test\"\nwhy.a.test. TXT \"%{i} is not ours\"\n_dmarc.a.test. TXT \"v=DMARC1; p=reject\"\n\
        _dmarc.b.test. TXT \"v=DMARC1; p=quarantine\"\nc.test. TXT \"v=spf1 +all\"\n_dmarc.c.test. TXT \"v=DMARC1; p=reject\"\n";

    async fn check(policies: &Policies, sender: &str, from: &str, expected: &str) -> Judgement {
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(Zones::read(ZONE).unwrap());
        let sender: Address = sender.parse().unwrap();
        let arrival = Arrival {
            ip: "192.0.2.7".parse().unwrap(),
            helo: "x.test",
            sender: Some(&sender),
            host: "mx.here.test",
        };
        let mut reading = Reading::default();
        reading.write(format!("From: {from}\r\n\r\nhello\r\n").as_bytes());
        let judgement = judge(&world, policies, arrival, &reading.finish()).await;
        let got = match &judgement.action {
            Action::Accept => "accept".to_owned(),
            Action::Junk => "junk".to_owned(),
            Action::Refuse(reply) => reply.to_string(),
        };
        assert!(
            got.starts_with(expected),
            "{from}: {got} instead of {expected}: {:#?}",
            judgement.checks
        );
        judgement
    }

    #[tokio::test]
    async fn what_the_authors_domain_wants_is_done() {
        let usual = Policies::default();
        check(&usual, "x@c.test", "x@c.test", "accept").await;
        check(
            &usual,
            "x@c.test",
            "x@a.test",
            "550 5.7.1 the message fails DMARC, and a.test asks",
        )
        .await;
        check(&usual, "x@c.test", "x@b.test", "junk").await;
        check(&usual, "x@c.test", "x@nobody.test", "accept").await;
        // The strictest of several counts, wherever it stands; too many are suspect by themselves.
        check(
            &usual,
            "x@c.test",
            "x@c.test, y@b.test, z@a.test",
            "550 5.7.1 the message fails DMARC, and a.test",
        )
        .await;
        let many: Vec<String> = (0..=AUTHORS_MAX).map(|n| format!("x@d{n}.test")).collect();
        check(&usual, "x@c.test", &many[1..].join(", "), "accept").await;
        check(&usual, "x@c.test", &many.join(", "), "junk").await;
        check(&usual, "x@c.test", "nobody", "accept").await;
    }

    #[tokio::test]
    async fn each_mode_does_what_it_says() {
        let noting = Policies {
            dmarc: Mode::Note,
            ..Policies::default()
        };
        let noted = check(&noting, "x@c.test", "x@a.test", "accept").await;
        assert!(
            noted
                .field
                .contains("dmarc=fail policy.dmarc=reject header.from=a.test"),
            "{}",
            noted.field
        );
        let strict = Policies {
            spf: Mode::Enforce,
            ..noting.clone()
        };
        check(
            &strict,
            "x@a.test",
            "x@nobody.test",
            "550 5.7.23 a.test does not authorize this host to send its mail (SPF); a.test explains: 192.0.2.7 is not ours",
        )
        .await;
        let off = Policies {
            spf: Mode::Off,
            dkim: Mode::Off,
            dmarc: Mode::Off,
            arc: Mode::Off,
            ..Policies::default()
        };
        let nothing = check(&off, "x@a.test", "x@a.test", "accept").await;
        assert_eq!(
            (nothing.asked.len(), nothing.checks.len(), off.all_off()),
            (0, 0, true)
        );
    }
}
