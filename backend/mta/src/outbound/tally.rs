//! What connections to other domains came to, counted by day and domain for TLS reports (RFC 8460).
//! In memory, written to the store now and then: a count lost in a crash harms nobody.

use super::guard::Under;
use mail::{Domain, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use store::{Fault, Store};
use world::{CertificateFault, lock};

/// Domains counted on one day; further ones are not.
pub const DOMAINS_MAX: usize = 20_000;
// Kinds of failures that are told apart for one policy.
const FAILURES_MAX: usize = 100;

/// The counts of one domain on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) policies: Vec<Counted>,
}

/// The counts under one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counted {
    /// `tlsa`, `sts`, `no-policy-found` (RFC 8460 §4.2).
    pub(super) kind: String,
    /// Its lines.
    pub(super) lines: Vec<String>,
    /// The hosts that it names.
    pub(super) mx: Vec<String>,
    /// Sessions in which all was as it should be.
    pub(super) good: u64,
    pub(super) bad: Vec<Failed>,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    /// `certificate-expired` … (RFC 8460 §4.3)
    pub(super) result: String,
    pub(super) mx: String,
    pub(super) from: Option<IpAddr>,
    pub(super) to: Option<IpAddr>,
    pub(super) count: u64,
}

/// One outcome.
pub(super) struct Session<'a> {
    pub(super) under: &'a Under,
    pub(super) mx: &'a str,
    pub(super) from: Option<IpAddr>,
    pub(super) to: Option<IpAddr>,
    /// None: all is well.
    pub(super) result: Option<&'static str>,
}

impl Tally {
    pub(super) fn count(&mut self, session: &Session<'_>) {
        let (lines, mx) = match session.under {
            Under::Tlsa(records) => (records.clone(), Vec::new()),
            Under::Sts(policy) => (policy.lines(), policy.mx.clone()),
            Under::Nothing => (Vec::new(), Vec::new()),
        };
        let fresh = Counted {
            kind: session.under.kind().into(),
            lines,
            mx,
            good: 0,
            bad: Vec::new(),
        };
        let counted = self.policy(fresh);
        match session.result {
            None => counted.good += 1,
            Some(result) => {
                let (mx, from, to) = (session.mx.to_owned(), session.from, session.to);
                counted.fail(Failed {
                    result: result.to_owned(),
                    mx,
                    from,
                    to,
                    count: 1,
                });
            }
        }
    }

    fn policy(&mut self, fresh: Counted) -> &mut Counted {
        let at = self
            .policies
            .iter()
            .position(|c| (&c.kind, &c.lines) == (&fresh.kind, &fresh.lines));
        let at = at.unwrap_or_else(|| {
            self.policies.push(fresh);
            self.policies.len() - 1
        });
        &mut self.policies[at]
    }

    /// Adds what another opening counted.
    pub(super) fn add(&mut self, other: Tally) {
        for Counted {
            kind,
            lines,
            mx,
            good,
            bad,
        } in other.policies
        {
            let counted = self.policy(Counted {
                kind,
                lines,
                mx,
                good: 0,
                bad: Vec::new(),
            });
            counted.good += good;
            bad.into_iter().for_each(|failed| counted.fail(failed));
        }
    }

    /// Sessions that failed.
    pub(super) fn failures(&self) -> u64 {
        self.policies
            .iter()
            .flat_map(|c| &c.bad)
            .map(|f| f.count)
            .sum()
    }
}

impl Counted {
    fn fail(&mut self, failed: Failed) {
        let same = |f: &Failed| {
            (&f.result, &f.mx, f.from, f.to) == (&failed.result, &failed.mx, failed.from, failed.to)
        };
        match self.bad.iter().position(same) {
            Some(known) => self.bad[known].count += failed.count,
            None if self.bad.len() < FAILURES_MAX => self.bad.push(failed),
            None => {}
        }
    }
}

/// How reports name a certificate's fault (RFC 8460 §4.3.1).
pub(super) fn result_of(fault: Option<CertificateFault>) -> &'static str {
    match fault {
        Some(CertificateFault::Expired) => "certificate-expired",
        Some(CertificateFault::OtherName) => "certificate-host-mismatch",
        Some(CertificateFault::Untrusted) => "certificate-not-trusted",
        Some(CertificateFault::NoTlsaFits | CertificateFault::Broken) | None => {
            "validation-failure"
        }
    }
}

/// The day's number: days since the epoch, by UTC (RFC 8460 §4.1).
pub(super) fn day_of(at: Time) -> u32 {
    u32::try_from(at.secs().div_euclid(86_400)).unwrap_or_default()
}

/// The counts since they were last written.
#[derive(Default)]
pub(super) struct Tallies(Mutex<BTreeMap<(u32, Domain), Tally>>);

impl Tallies {
    pub(super) fn count(&self, now: Time, domain: &Domain, session: &Session<'_>) {
        let mut all = lock(&self.0);
        let key = (day_of(now), domain.clone());
        if all.len() < DOMAINS_MAX || all.contains_key(&key) {
            all.entry(key).or_default().count(session);
        }
    }

    /// Writes the counts of all days; those of days that are over are then forgotten here.
    ///
    /// # Errors
    /// As the store.
    pub(super) async fn write(&self, store: &Store, now: Time) -> Result<(), Fault> {
        let mut days: BTreeMap<u32, Vec<(Domain, Vec<u8>)>> = BTreeMap::new();
        for ((day, domain), tally) in lock(&self.0).iter() {
            days.entry(*day).or_default().push((
                domain.clone(),
                serde_json::to_vec(tally).unwrap_or_default(),
            ));
        }
        for (day, rows) in days {
            store.keep_tallies(day, rows).await?;
        }
        lock(&self.0).retain(|(day, _), _| *day >= day_of(now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_counted_by_policy_and_failures_by_kind() {
        let session = |result, mx| Session {
            under: &Under::Nothing,
            mx,
            from: None,
            to: None,
            result,
        };
        let mut tally = Tally::default();
        for (result, mx) in [
            (None, "a"),
            (Some("certificate-expired"), "a"),
            (Some("certificate-expired"), "a"),
            (Some("certificate-expired"), "b"),
        ] {
            tally.count(&session(result, mx));
        }
        let counted = &tally.policies[0];
        assert_eq!(
            (tally.policies.len(), counted.kind.as_str(), counted.good),
            (1, "no-policy-found", 1)
        );
        assert_eq!(
            counted.bad.iter().map(|f| f.count).collect::<Vec<_>>(),
            [2, 1]
        );
        let mut twice = tally.clone();
        twice.add(tally.clone());
        assert_eq!((twice.policies[0].good, twice.failures()), (2, 6));
        for i in 0..200 {
            let mx = format!("mx{i}");
            tally.count(&Session {
                under: &Under::Nothing,
                mx: &mx,
                from: None,
                to: None,
                result: Some("validation-failure"),
            });
        }
        assert_eq!(tally.policies[0].bad.len(), FAILURES_MAX, "the limit");
    }
}
