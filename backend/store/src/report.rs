//! Reports about mail: counts for DMARC reports (RFC 9990) to other domains, and reports received
//! from others. The rows are encoded by their owners.

use crate::directory::parse;
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::{Domain, Time};
use serde::{Deserialize, Serialize};

// The most rows of one day that are read.
const DOMAINS_MAX: usize = 100_000;

/// A received report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceivedReport {
    /// `dmarc` (RFC 9990), `tls` (RFC 8460) or `arf` (RFC 5965).
    pub kind: String,
    /// When it was received.
    pub received: Time,
    /// The address of its author.
    pub from: String,
    /// Whether DMARC passed for the author's domain.
    pub verified: bool,
    /// The domain that it is about, if it names one.
    pub about: String,
    /// The report itself.
    pub report: serde_json::Value,
}

impl Store {
    /// Stores the counts of this opening for a day, replacing those that it stored before.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_dmarc_tallies(
        &self,
        day: u32,
        rows: Vec<(String, Vec<u8>)>,
    ) -> Result<(), Fault> {
        let (mut batch, opening) = (Batch::default(), self.opening());
        for (domain, row) in rows {
            batch.put(
                Keyspace::Sending,
                keys::dmarc_tally(day, &domain, opening),
                row,
            );
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// The counts of a day; a domain is listed once per opening of the store.
    ///
    /// # Errors
    /// As the engine.
    pub async fn dmarc_tallies(&self, day: u32) -> Result<Vec<(Domain, Vec<u8>)>, Fault> {
        let prefix = keys::dmarc_tallies_of(day);
        self.rows_by_domain(&prefix, DOMAINS_MAX).await
    }

    /// Removes the counts of a day.
    ///
    /// # Errors
    /// As the engine.
    pub async fn forget_dmarc_tallies(&self, day: u32) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.delete_prefix(Keyspace::Sending, &keys::dmarc_tallies_of(day));
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Stores a received report.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_report(&self, report: &ReceivedReport) -> Result<(), Fault> {
        let mut batch = Batch::default();
        let row = serde_json::to_vec(report).map_err(|e| Fault::Broken(e.to_string()))?;
        batch.put(
            Keyspace::Sending,
            keys::received_report(report.received, self.next_number()),
            row,
        );
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// At most `limit` received reports from a time on, oldest first.
    ///
    /// # Errors
    /// As the engine.
    pub async fn received_reports(
        &self,
        from: Time,
        limit: usize,
    ) -> Result<Vec<ReceivedReport>, Fault> {
        let (begin, end) = (
            keys::received_report(from, 0),
            after_prefix(keys::RECEIVED_REPORTS),
        );
        let rows = self
            .engine()
            .scan(Keyspace::Sending, &begin, &end, limit)
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    #[tokio::test]
    async fn stores_and_removes_tallies_and_reports() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store
            .keep_dmarc_tallies(7, vec![("b.test".into(), vec![1])])
            .await
            .unwrap();
        store
            .keep_dmarc_tallies(7, vec![("b.test".into(), vec![2])])
            .await
            .unwrap();
        store
            .keep_dmarc_tallies(8, vec![("b.test".into(), vec![3])])
            .await
            .unwrap();
        assert_eq!(
            store.dmarc_tallies(7).await.unwrap(),
            [("b.test".parse().unwrap(), vec![2])]
        );
        store.forget_dmarc_tallies(7).await.unwrap();
        assert_eq!(
            (
                store.dmarc_tallies(7).await.unwrap().len(),
                store.dmarc_tallies(8).await.unwrap().len()
            ),
            (0, 1)
        );
        let report = |secs| ReceivedReport {
            kind: "dmarc".into(),
            received: Time::from_secs(secs),
            from: "r@c.test".into(),
            verified: true,
            about: "a.test".into(),
            report: serde_json::json!({ "n": secs }),
        };
        for secs in [2, 1, 3] {
            store.keep_report(&report(secs)).await.unwrap();
        }
        assert_eq!(
            store
                .received_reports(Time::from_secs(2), 10)
                .await
                .unwrap(),
            [report(2), report(3)]
        );
        assert_eq!(
            store.received_reports(Time(0), 1).await.unwrap(),
            [report(1)]
        );
    }
}
