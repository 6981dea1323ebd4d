//! DMARC aggregate reports: results are counted while messages arrive and sent once a day to the
//! domains that request them (RFC 9990); received reports are stored for the administrator. Off
//! unless configured.
//!
//! Failures: counts since the last write to the store are lost in a crash; a report that cannot be
//! queued is retried an hour later; a received report that cannot be read stays an ordinary
//! message.

use super::Inbound;
use auth::report::{Aggregate, DomainTally, Submitter, day_of};
use auth::{DnsLookups, Evaluation};
use event::Role;
use mail::{Address, Domain, Duration, Envelope, Notify, Recipient};
use queue::NewMessage;
use std::collections::BTreeMap;
use std::net::IpAddr;
use store::{Content, Fault};
use world::lock;

/// How often counts are written to the store.
const WRITE_INTERVAL: Duration = Duration::from_secs(60);
/// How often to check whether a day has ended.
const SEND_INTERVAL: Duration = Duration::from_secs(3600);
/// Past days that are still reported after the host was down.
const DAYS_MAX: u32 = 3;

impl Inbound {
    pub(super) fn count(&self, ip: IpAddr, sender: Option<&Address>, evaluation: &Evaluation) {
        if !self.0.dmarc_reports {
            return;
        }
        let from = sender
            .and_then(Address::domain)
            .map(ToString::to_string)
            .unwrap_or_default();
        let mut tallies = lock(&self.0.tallies);
        tallies.count(
            self.0.world.now(),
            ip,
            &from,
            &evaluation.verdicts,
            &evaluation.action,
        );
    }

    /// Writes counts to the store and reports each day that has ended. Never returns.
    pub async fn report(&self) {
        let world = self.0.world.clone();
        let mut checked = world.now();
        loop {
            world.sleep(WRITE_INTERVAL).await;
            if let Err(error) = self.keep_counted().await {
                tracing::warn!(%error, "cannot write DMARC counts");
            }
            if world.now().since(checked) >= SEND_INTERVAL {
                checked = world.now();
                let today = day_of(checked);
                for day in today.saturating_sub(DAYS_MAX)..today {
                    if let Err(error) = self.send_reports(day).await {
                        tracing::warn!(%error, day, "cannot send DMARC reports");
                    }
                }
            }
        }
    }

    /// Writes the counts since the last call to the store.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn keep_counted(&self) -> Result<(), Fault> {
        let today = day_of(self.0.world.now());
        let changed = lock(&self.0.tallies).take_changed(today);
        let mut days: BTreeMap<u32, Vec<(String, Vec<u8>)>> = BTreeMap::new();
        for (day, domain, tally) in changed {
            let row = serde_json::to_vec(&tally).map_err(|e| Fault::Broken(e.to_string()))?;
            days.entry(day).or_default().push((domain, row));
        }
        for (day, rows) in days {
            self.0.store.keep_dmarc_tallies(day, rows).await?;
        }
        Ok(())
    }

    /// Sends the reports of a day to all domains that request them, and deletes its counts; answers
    /// the number of reports.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn send_reports(&self, day: u32) -> Result<usize, Fault> {
        let mut domains: BTreeMap<Domain, DomainTally> = BTreeMap::new();
        for (domain, row) in self.0.store.dmarc_tallies(day).await? {
            let tally = serde_json::from_slice(&row).map_err(|e| Fault::Broken(e.to_string()))?;
            domains.entry(domain).or_default().merge(tally);
        }
        let mut sent = 0;
        for (domain, tally) in &domains {
            sent += usize::from(self.send_report(domain, day, tally).await);
        }
        self.0.store.forget_dmarc_tallies(day).await?;
        Ok(sent)
    }

    async fn send_report(&self, domain: &Domain, day: u32, tally: &DomainTally) -> bool {
        let host = &self.0.smtp.host;
        // From a domain of this host, so that the report is signed and passes DMARC itself.
        let ours = self
            .0
            .store
            .domains()
            .await
            .ok()
            .and_then(|d| d.into_iter().next())
            .unwrap_or_else(|| host.clone());
        let submitter = Submitter {
            host: host.to_string(),
            email: format!("postmaster@{ours}"),
        };
        let mut dns = DnsLookups::new(&self.0.world);
        let Some(report) = Aggregate::new(&mut dns, &submitter, domain.as_str(), day, tally).await
        else {
            return false;
        };
        let recipients = report
            .addresses
            .iter()
            .filter_map(|a| a.parse::<Address>().ok());
        let bytes = report.message(&submitter, self.0.world.now());
        let mut envelope = Envelope::new(submitter.email.parse().ok(), recipients);
        envelope
            .recipients
            .iter_mut()
            .for_each(|r: &mut Recipient| r.notify = Some(Notify::NEVER));
        let (queue, end) = (&self.0.queue, mime::header_end(&bytes));
        let mut hashing = auth::dkim::Hashing::default();
        hashing.write(&bytes[end..]);
        let head = bytes[..end].to_vec();
        let mut message = NewMessage {
            journey: queue.new_journey(),
            span: self.0.world.span(),
            role: Role::Mta,
            envelope,
            prefix: String::new(),
            header: Vec::new(),
            content: Content::Small(bytes),
            account: None,
            events: Vec::new(),
        };
        queue
            .sign(&mut message, &ours, &head, &hashing.finish())
            .await;
        match queue.accept(message).await {
            Ok(accepted) => {
                tracing::info!(%domain, day, journey = %accepted.journey, "DMARC report queued");
                true
            }
            Err(refusal) => {
                tracing::warn!(%domain, day, error = %refusal, "cannot queue a DMARC report");
                false
            }
        }
    }

    /// Stores the report that a message contains, if any. Parsing happens in a task of its own, so
    /// that it does not delay the reply.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) async fn keep_report(
        &self,
        head: &[u8],
        content: &Content,
        from: Option<&Address>,
        verified: bool,
    ) {
        use auth::report::{REPORT_BYTES_MAX, looks_like_one, read};
        if content.bytes() > REPORT_BYTES_MAX as u64 || !looks_like_one(head) {
            return;
        }
        let Ok(bytes) = self.0.store.bytes_of(content).await else {
            return;
        };
        let (store, received) = (self.0.store.clone(), self.0.world.now());
        let from = from.map(ToString::to_string).unwrap_or_default();
        self.0.world.tasks.spawn(Box::pin(async move {
            let Some(found) = read(&bytes) else { return };
            let (kind, about) = (found.kind.to_owned(), found.about);
            let report = store::ReceivedReport {
                kind,
                received,
                from,
                verified,
                about,
                report: found.report,
            };
            if let Err(error) = store.keep_report(&report).await {
                tracing::warn!(%error, "cannot store a received report");
            }
        }));
    }

    /// Without the library that parses reports, none are stored.
    #[cfg(target_arch = "wasm32")]
    pub(super) async fn keep_report(
        &self,
        _head: &[u8],
        _content: &Content,
        _from: Option<&Address>,
        _verified: bool,
    ) {
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InboundConfig, Outbound, OutboundConfig};
    use auth::{MessageReader, Origin, Policies};
    use queue::{Queue, Retry};
    use std::sync::Arc;
    use store::{PasswordCost, Store};
    use world::zone::Zones;

    const ZONE: &str = "_dmarc.a.test. TXT \"v=DMARC1; p=reject; rua=mailto:reports@a.test,mailto:x@unwilling.test,mailto:y@willing.test\"\n\
        a.test._report._dmarc.willing.test. TXT \"v=DMARC1\"\n";

    #[tokio::test]
    async fn counts_are_stored_reported_on_request_and_deleted() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store
            .add_domain(&"here.test".parse().unwrap())
            .await
            .unwrap();
        let mut world = world::still::world();
        world.resolver = Arc::new(Zones::read(ZONE).unwrap());
        let host: Domain = "mx.here.test".parse().unwrap();
        let outbound = Arc::new(Outbound::new(
            world.clone(),
            store.clone(),
            OutboundConfig::new(host.clone()),
        ));
        let queue = Queue::new(
            world.clone(),
            store.clone(),
            host.as_str(),
            Retry::default(),
            vec![outbound],
        );
        let smtp = Arc::new(smtp::server::Config::new(
            smtp::server::Kind::Transfer,
            host,
            true,
        ));
        let config = InboundConfig {
            authentication: Policies::default(),
            dmarc_reports: true,
            ..InboundConfig::new(smtp)
        };
        let inbound = Inbound::new(world.clone(), store.clone(), queue, config);
        let (ip, sender) = ("192.0.2.7".parse().unwrap(), "eve@b.test".parse().unwrap());
        let mut reader = MessageReader::default();
        reader.write(b"From: alice@a.test\r\n\r\nhello\r\n");
        let origin = Origin {
            ip,
            helo: "x.b.test",
            sender: Some(&sender),
            host: "mx.here.test",
        };
        let evaluation =
            auth::evaluate(&world, &Policies::default(), origin, &reader.finish()).await;
        for _ in 0..3 {
            inbound.count(ip, Some(&sender), &evaluation);
        }
        inbound.keep_counted().await.unwrap();
        let today = day_of(world.now());
        assert_eq!(store.dmarc_tallies(today).await.unwrap().len(), 1);
        assert_eq!(inbound.send_reports(today).await.unwrap(), 1);
        assert!(store.dmarc_tallies(today).await.unwrap().is_empty());
        let waiting = store.spool_after(None, 10).await.unwrap();
        let entry = queue::QueuedMessage::from_row(&waiting[0].row).unwrap();
        let to: Vec<String> = entry
            .envelope
            .recipients
            .iter()
            .map(|r| r.address.to_string())
            .collect();
        assert_eq!(
            (waiting.len(), to),
            (
                1,
                vec!["reports@a.test".to_owned(), "y@willing.test".to_owned()]
            )
        );
        let message = store.read_content(entry.blob, 0, usize::MAX).await.unwrap();
        let read = auth::report::read(&message).unwrap();
        assert_eq!((read.kind, read.about.as_str()), ("dmarc", "a.test"));
        let text = read.report.to_string();
        for part in [
            "\"count\":3",
            "192.0.2.7",
            "\"header_from\":\"a.test\"",
            "\"envelope_from\":\"b.test\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(auth::report::looks_like_one(&message));
    }
}
