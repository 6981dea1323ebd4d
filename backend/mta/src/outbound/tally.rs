//! Counts the TLS results of outbound sessions by day and domain, for TLS reports (RFC 8460). Kept
//! in memory and written to the store at intervals; counts lost in a crash are not recovered.

use super::tls_requirement::PolicySource;
use mail::{Domain, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use store::{Fault, Store};
use world::{CertificateFault, lock};

/// Domains counted on one day; further ones are not.
pub const DOMAINS_MAX: usize = 20_000;
// Distinct failures counted for one policy.
const FAILURES_MAX: usize = 100;

/// The counts of one domain on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) policies: Vec<PolicyTally>,
}

/// The counts under one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PolicyTally {
    /// `tlsa`, `sts`, `no-policy-found` (RFC 8460 §4.2).
    pub(super) kind: String,
    /// The policy's lines.
    pub(super) lines: Vec<String>,
    /// The hosts that it lists.
    pub(super) mx: Vec<String>,
    /// Successful sessions.
    pub(super) good: u64,
    pub(super) bad: Vec<FailureTally>,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FailureTally {
    /// `certificate-expired` … (RFC 8460 §4.3)
    pub(super) result: String,
    pub(super) mx: String,
    pub(super) from: Option<IpAddr>,
    pub(super) to: Option<IpAddr>,
    pub(super) count: u64,
}

/// The result of one session.
pub(super) struct SessionResult<'a> {
    pub(super) source: &'a PolicySource,
    pub(super) mx: &'a str,
    pub(super) from: Option<IpAddr>,
    pub(super) to: Option<IpAddr>,
    /// None where the session succeeded.
    pub(super) failure: Option<&'static str>,
}

impl Tally {
    pub(super) fn count(&mut self, session: &SessionResult<'_>) {
        let (lines, mx) = match session.source {
            PolicySource::Tlsa(records) => (records.clone(), Vec::new()),
            PolicySource::Sts(policy) => (policy.lines(), policy.mx.clone()),
            PolicySource::NoPolicy => (Vec::new(), Vec::new()),
        };
        let fresh = PolicyTally {
            kind: session.source.policy_type().into(),
            lines,
            mx,
            good: 0,
            bad: Vec::new(),
        };
        let counted = self.policy(fresh);
        match session.failure {
            None => counted.good += 1,
            Some(result) => {
                let (mx, from, to) = (session.mx.to_owned(), session.from, session.to);
                counted.fail(FailureTally {
                    result: result.to_owned(),
                    mx,
                    from,
                    to,
                    count: 1,
                });
            }
        }
    }

    fn policy(&mut self, fresh: PolicyTally) -> &mut PolicyTally {
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

    /// Adds counts of another run of the program.
    pub(super) fn add(&mut self, other: Tally) {
        for PolicyTally {
            kind,
            lines,
            mx,
            good,
            bad,
        } in other.policies
        {
            let counted = self.policy(PolicyTally {
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

impl PolicyTally {
    fn fail(&mut self, failed: FailureTally) {
        let same = |f: &FailureTally| {
            (&f.result, &f.mx, f.from, f.to) == (&failed.result, &failed.mx, failed.from, failed.to)
        };
        match self.bad.iter().position(same) {
            Some(known) => self.bad[known].count += failed.count,
            None if self.bad.len() < FAILURES_MAX => self.bad.push(failed),
            None => {}
        }
    }
}

/// The `result-type` of a certificate's fault (RFC 8460 §4.3.1).
pub(super) fn certificate_result(fault: Option<CertificateFault>) -> &'static str {
    match fault {
        Some(CertificateFault::Expired | CertificateFault::NotYetValid) => "certificate-expired",
        Some(CertificateFault::OtherName) => "certificate-host-mismatch",
        Some(CertificateFault::Untrusted) => "certificate-not-trusted",
        Some(
            CertificateFault::NoTlsaFits
            | CertificateFault::Revoked
            | CertificateFault::Unreadable
            | CertificateFault::Unusable,
        )
        | None => "validation-failure",
    }
}

/// The day's number: days since the epoch, by UTC (RFC 8460 §4.1).
pub(super) fn day_of(at: Time) -> u32 {
    u32::try_from(at.secs().div_euclid(86_400)).unwrap_or_default()
}

/// The counts since they were last written to the store.
#[derive(Default)]
pub(super) struct Tallies(Mutex<BTreeMap<(u32, Domain), Tally>>);

impl Tallies {
    pub(super) fn count(&self, now: Time, domain: &Domain, session: &SessionResult<'_>) {
        let mut all = lock(&self.0);
        let key = (day_of(now), domain.clone());
        if all.len() < DOMAINS_MAX || all.contains_key(&key) {
            all.entry(key).or_default().count(session);
        }
    }

    /// Writes the counts of all days to the store; past days are then dropped from memory.
    ///
    /// # Errors
    /// Those of the store.
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
    fn counts_sessions_by_policy_and_failures_by_kind() {
        let session = |result, mx| SessionResult {
            source: &PolicySource::NoPolicy,
            mx,
            from: None,
            to: None,
            failure: result,
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
            tally.count(&SessionResult {
                source: &PolicySource::NoPolicy,
                mx: &mx,
                from: None,
                to: None,
                failure: Some("validation-failure"),
            });
        }
        assert_eq!(tally.policies[0].bad.len(), FAILURES_MAX, "the limit");
    }
}
