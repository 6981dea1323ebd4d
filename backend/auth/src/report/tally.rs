//! Counts results by the author's domain, for its daily report.

use crate::action::Action;
use crate::dmarc::DmarcResult;
use crate::evaluate::Verdicts;
use mail::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The most rows of one host and day; further ones are not counted.
pub const ROWS_MAX: usize = 50_000;

const DAY_SECS: i64 = 86_400;

/// The day of a time, counted from 1970-01-01 UTC.
pub fn day_of(time: Time) -> u32 {
    u32::try_from(time.secs().div_euclid(DAY_SECS)).unwrap_or(0)
}

/// One row of a report: messages of the same properties.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TallyRow {
    /// The client's address.
    pub ip: IpAddr,
    /// The disposition: `none`, `pass`, `quarantine` or `reject`.
    pub disposition: String,
    /// Why the disposition differs from the policy: `local_policy`, `trusted_forwarder`.
    pub reason: Option<String>,
    /// A signature that passed is aligned.
    pub dkim_aligned: bool,
    /// SPF passed with an aligned domain.
    pub spf_aligned: bool,
    /// The author's domain.
    pub header_from: String,
    /// The domain of MAIL FROM; empty for the null sender.
    pub envelope_from: String,
    /// Domain, selector and result of each signature.
    pub dkim: Vec<(String, String, String)>,
    /// Domain and result of SPF.
    pub spf: Option<(String, String)>,
}

/// The counts of one domain and day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainTally {
    /// The record that applied last.
    pub record: String,
    /// The number of messages in each row.
    pub rows: Vec<(TallyRow, u64)>,
}

impl DomainTally {
    /// Adds the counts of another process or an earlier run.
    pub fn merge(&mut self, other: DomainTally) {
        self.record = other.record;
        for (row, count) in other.rows {
            match self.rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, sum)) => *sum += count,
                None => self.rows.push((row, count)),
            }
        }
    }
}

#[derive(Default)]
struct Counting {
    record: String,
    rows: BTreeMap<TallyRow, u64>,
}

/// The counts that were not reported yet, by domain and day.
#[derive(Default)]
pub struct Tallies {
    days: BTreeMap<(u32, String), Counting>,
    rows: usize,
    changed: bool,
}

impl Tallies {
    /// Counts one message, where the author's domain asks for reports.
    pub fn count(
        &mut self,
        now: Time,
        ip: IpAddr,
        envelope_from: &str,
        verdicts: &Verdicts,
        action: &Action,
    ) {
        let Some((place, record)) = verdicts
            .dmarc
            .as_ref()
            .and_then(|d| d.record.as_ref())
            .filter(|(_, r)| !r.aggregate.is_empty())
        else {
            return;
        };
        let Some(dmarc) = &verdicts.dmarc else { return };
        let passes = dmarc.result == DmarcResult::Pass;
        let disposition = match action {
            Action::Accept if passes => "pass",
            Action::Accept => "none",
            Action::Junk => "quarantine",
            Action::Reject(_) => "reject",
        };
        let reason = if verdicts.overridden {
            Some("trusted_forwarder")
        } else if dmarc.result == DmarcResult::Fail && disposition != dmarc.policy.as_str() {
            Some("local_policy")
        } else {
            None
        };
        let row = TallyRow {
            ip,
            disposition: disposition.to_owned(),
            reason: reason.map(str::to_owned),
            dkim_aligned: dmarc.dkim_aligned,
            spf_aligned: dmarc.spf_aligned,
            header_from: dmarc.domain.clone(),
            envelope_from: envelope_from.to_owned(),
            dkim: verdicts
                .dkim
                .iter()
                .filter_map(|d| {
                    Some((
                        d.domain.clone()?,
                        d.selector.clone().unwrap_or_default(),
                        d.result.as_str().to_owned(),
                    ))
                })
                .collect(),
            spf: verdicts
                .spf
                .as_ref()
                .map(|s| (s.domain.clone(), s.result.as_str().to_owned())),
        };
        let counting = self.days.entry((day_of(now), place.clone())).or_default();
        counting.record.clone_from(&record.text);
        if let Some(count) = counting.rows.get_mut(&row) {
            *count += 1;
        } else if self.rows < ROWS_MAX {
            counting.rows.insert(row, 1);
            self.rows += 1;
        }
        self.changed = true;
    }

    /// The counts to store, by day and domain; empty where nothing has changed. Also forgets the
    /// days before `today`.
    pub fn take_changed(&mut self, today: u32) -> Vec<(u32, String, DomainTally)> {
        if !std::mem::take(&mut self.changed) {
            return Vec::new();
        }
        let all = self.days.iter().map(|((day, domain), counting)| {
            let rows = counting
                .rows
                .iter()
                .map(|(row, count)| (row.clone(), *count))
                .collect();
            (
                *day,
                domain.clone(),
                DomainTally {
                    record: counting.record.clone(),
                    rows,
                },
            )
        });
        let all = all.collect();
        self.days.retain(|(day, _), _| *day >= today);
        self.rows = self.days.values().map(|c| c.rows.len()).sum();
        all
    }
}
