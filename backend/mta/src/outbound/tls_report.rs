//! Sends TLS reports (RFC 8460): once a day, by mail, to every domain that requests them in DNS,
//! with the results of the previous day's sessions. Reports to `https:` addresses are not sent.
//!
//! Failures: logged; a day whose reports fail is retried at the next interval.

use super::Outbound;
use super::tally::{Tally, day_of};
use event::Role;
use mail::dns::{Question, Record, RecordType};
use mail::{Address, Domain, Duration, Envelope, Time};
use mime::NameAddr;
use mime::build::{FilePart, MachineReport, machine_report};
use queue::{NewMessage, Queue};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Content, Fault};

/// The sender of the reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsReports {
    /// `organization-name`
    pub organization: String,
    /// `contact-info`, and the sender address of the reports.
    pub contact: Address,
}

// How often counts are written to the store.
const WRITE_INTERVAL: Duration = Duration::from_secs(10 * 60);
// Reports are sent after midnight UTC with a random delay up to this, to spread the load (RFC 8460
// §4.1).
const SPREAD_SECS: u64 = 4 * 3600;
const DAY_SECS: i64 = 86_400;

impl Outbound {
    /// Writes counts and sends reports, where configured. Runs as long as the host.
    pub async fn run_reports(&self, queue: &Queue) {
        let Some(reports) = self.0.config.tls_reports.clone() else {
            return;
        };
        let world = &self.0.world;
        let mut today = day_of(world.now());
        let delay = Duration::from_secs(world.rng.below(SPREAD_SECS));
        loop {
            world.sleep(WRITE_INTERVAL).await;
            let now = world.now();
            if let Err(error) = self.0.tallies.write(&self.0.store, now).await {
                tracing::warn!(%error, "cannot write the counts for TLS reports");
                continue;
            }
            let begun = Time::from_secs(i64::from(today + 1) * DAY_SECS);
            if now >= begun + delay {
                if let Err(error) = self.report_day(queue, &reports, today).await {
                    tracing::warn!(%error, "cannot send TLS reports");
                    continue;
                }
                today = day_of(now);
            }
        }
    }

    /// Sends the reports of one day and deletes its counts.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn report_day(
        &self,
        queue: &Queue,
        reports: &TlsReports,
        day: u32,
    ) -> Result<(), Fault> {
        let mut domains: BTreeMap<Domain, Tally> = BTreeMap::new();
        for (domain, row) in self.0.store.tallies(day).await? {
            if let Ok(tally) = serde_json::from_slice(&row) {
                domains.entry(domain).or_default().add(tally);
            }
        }
        for (domain, tally) in domains {
            let question = Question::new(format!("_smtp._tls.{domain}"), RecordType::Txt);
            let texts = self
                .0
                .world
                .resolver
                .ask(question)
                .await
                .map(|a| a.records)
                .unwrap_or_default();
            let recipients = texts.iter().find_map(|r| {
                if let Record::Txt(text) = r {
                    recipients(text)
                } else {
                    None
                }
            });
            for recipient in recipients.unwrap_or_default() {
                self.send_report(queue, reports, day, &domain, &tally, recipient)
                    .await;
            }
        }
        self.0.store.forget_tallies(day).await
    }

    async fn send_report(
        &self,
        queue: &Queue,
        reports: &TlsReports,
        day: u32,
        domain: &Domain,
        tally: &Tally,
        to: Address,
    ) {
        let (now, host) = (self.0.world.now(), &self.0.config.host);
        let journey = queue.new_journey();
        let id = format!("{journey}.{domain}@{host}");
        let json = report_json(reports, &id, day, domain, tally);
        let of = |address: &Address| NameAddr {
            name: String::new(),
            address: address.to_string(),
        };
        let built = machine_report(&MachineReport {
            from: of(&reports.contact),
            to: of(&to),
            // RFC 8460 §5.3
            subject: format!("Report Domain: {domain} Submitter: {host} Report-ID: <{id}>"),
            date: now,
            message_id: format!("{journey}@{host}"),
            fields: vec![
                ("TLS-Report-Domain", domain.to_string()),
                ("TLS-Report-Submitter", host.to_string()),
            ],
            text: format!(
                "This is an aggregate TLS report from {host} about mail to {domain} ({} failures).\n",
                tally.failures()
            ),
            report_type: "tlsrpt",
            attachment: FilePart {
                name: format!(
                    "{host}!{domain}!{}!{}.json",
                    i64::from(day) * DAY_SECS,
                    (i64::from(day) + 1) * DAY_SECS - 1
                ),
                media_type: "application/tlsrpt+json".into(),
                content_id: None,
                bytes: json.into_bytes(),
            },
        });
        let bytes = match built {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%domain, ?error, "cannot build a TLS report");
                return;
            }
        };
        let mut message = NewMessage {
            journey,
            span: self.0.world.span(),
            role: Role::Mta,
            // RFC 8460 §3: a report is delivered even where TLS fails.
            envelope: Envelope {
                despite_tls: true,
                ..Envelope::new(Some(reports.contact.clone()), [to])
            },
            prefix: String::new(),
            header: Vec::new(),
            content: Content::Small(Vec::new()),
            account: None,
            events: Vec::new(),
        };
        if let Some(ours) = reports.contact.domain() {
            // RFC 8460 §3: unsigned reports are ignored by their recipients.
            let end = mime::header_end(&bytes);
            let mut hashing = auth::dkim::Hashing::default();
            hashing.write(&bytes[end..]);
            queue
                .sign(&mut message, ours, &bytes[..end], &hashing.finish())
                .await;
        }
        message.content = Content::Small(bytes);
        match queue.accept(message).await {
            Ok(accepted) => {
                tracing::info!(%domain, journey = %accepted.journey, "TLS report queued");
            }
            Err(refusal) => {
                tracing::warn!(%domain, error = %refusal, "cannot queue a TLS report");
            }
        }
    }
}

/// `tlsrpt-record = tlsrpt-version 1*(field-delim tlsrpt-field)` (RFC 8460 §3): the mail addresses
/// of `rua`.
fn recipients(text: &str) -> Option<Vec<Address>> {
    let mut fields = text.split(';').map(str::trim);
    if fields.next() != Some("v=TLSRPTv1") {
        return None;
    }
    let rua = fields.find_map(|f| f.strip_prefix("rua="))?;
    let address =
        |uri: &str| Address::parse(uri.trim().strip_prefix("mailto:")?.split('?').next()?).ok();
    Some(
        rua.split(',')
            .filter_map(address)
            .take(RECIPIENTS_MAX)
            .collect(),
    )
}

// Addresses of one record that get a report.
const RECIPIENTS_MAX: usize = 4;

// RFC 8460 §4.4
fn report_json(reports: &TlsReports, id: &str, day: u32, domain: &Domain, tally: &Tally) -> String {
    let at = |secs: i64| {
        let text = Time::from_secs(secs).rfc3339();
        format!("{}Z", text.split('.').next().unwrap_or_default())
    };
    let begin = i64::from(day) * DAY_SECS;
    let policies: Vec<_> = tally
        .policies
        .iter()
        .map(|p| {
            let failures: Vec<_> = p
                .bad
                .iter()
                .map(|f| {
                    json!({
                        "result-type": f.result,
                        "sending-mta-ip": f.from,
                        "receiving-ip": f.to,
                        "receiving-mx-hostname": f.mx,
                        "failed-session-count": f.count,
                    })
                })
                .collect();
            json!({
                "policy": {"policy-type": p.kind, "policy-string": p.lines, "policy-domain": domain.as_str(), "mx-host": p.mx},
                "summary": {
                    "total-successful-session-count": p.good,
                    "total-failure-session-count": p.bad.iter().map(|f| f.count).sum::<u64>(),
                },
                "failure-details": failures,
            })
        })
        .collect();
    let report = json!({
        "organization-name": reports.organization,
        "date-range": {"start-datetime": at(begin), "end-datetime": at(begin + DAY_SECS - 1)},
        "contact-info": reports.contact.to_string(),
        "report-id": id,
        "policies": policies,
    });
    report.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tally::SessionResult;
    use super::super::tls_requirement::PolicySource;
    use super::*;

    #[test]
    fn reads_recipients_from_the_record() {
        let of = |text: &str| {
            recipients(text).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            of("v=TLSRPTv1; rua=mailto:tls@b.test,https://b.test/report"),
            Some(vec!["tls@b.test".to_owned()])
        );
        assert_eq!(
            of("v=TLSRPTv1;rua=mailto:a@b.test?subject=x, mailto:c@d.test"),
            Some(vec!["a@b.test".into(), "c@d.test".into()])
        );
        assert_eq!(of("v=spf1 -all"), None);
        assert_eq!(of("v=TLSRPTv1"), None);
    }

    #[test]
    fn builds_a_report_as_rfc_8460_specifies() {
        let reports = TlsReports {
            organization: "a.test".into(),
            contact: "postmaster@a.test".parse().unwrap(),
        };
        let mut tally = Tally::default();
        let session = |failure| SessionResult {
            source: &PolicySource::NoPolicy,
            mx: "mx.b.test",
            from: None,
            to: "192.0.2.1".parse().ok(),
            failure,
        };
        tally.count(&session(None));
        tally.count(&session(Some("starttls-not-supported")));
        let text = report_json(
            &reports,
            "1@a.test",
            20_000,
            &"b.test".parse().unwrap(),
            &tally,
        );
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["date-range"]["start-datetime"], "2024-10-04T00:00:00Z");
        assert_eq!(json["date-range"]["end-datetime"], "2024-10-04T23:59:59Z");
        let policy = &json["policies"][0];
        assert_eq!(policy["policy"]["policy-type"], "no-policy-found");
        assert_eq!(policy["summary"]["total-successful-session-count"], 1);
        assert_eq!(
            policy["failure-details"][0]["result-type"],
            "starttls-not-supported"
        );
        assert_eq!(policy["failure-details"][0]["receiving-ip"], "192.0.2.1");
    }
}
