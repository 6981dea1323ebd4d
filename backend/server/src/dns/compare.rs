//! Compares the expected DNS records with the published ones.

use super::expected::ExpectedRecords;
use crate::zone_file::key_name;
use auth::DnsLookups;
use auth::dmarc::{DmarcRecord, Policy};
use auth::spf::{SpfCheck, SpfResult, check};
use event::{Locale, Localize};
use mail::dns::{Failure, Question, Record, RecordType};
use std::net::IpAddr;
use store::SigningState;
use world::World;

/// Result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub ok: bool,
    pub text: String,
}

struct Comparison<'a> {
    dns: DnsLookups<'a>,
    expected: &'a ExpectedRecords,
    findings: Vec<Finding>,
}

/// Runs all checks of one domain.
pub(super) async fn compare(world: &World, expected: &ExpectedRecords) -> Vec<Finding> {
    let mut comparison = Comparison {
        dns: DnsLookups::new(world),
        expected,
        findings: Vec::new(),
    };
    comparison.mx().await;
    let addresses = comparison.addresses().await;
    comparison.names(&addresses).await;
    comparison.spf(&addresses).await;
    comparison.keys().await;
    comparison.dmarc().await;
    comparison.transport().await;
    comparison.services().await;
    comparison.findings
}

impl Comparison<'_> {
    fn add(&mut self, ok: bool, text: String) {
        self.findings.push(Finding { ok, text });
    }

    // The records; none if the query failed, which is reported.
    async fn ask(&mut self, name: &str, record: RecordType) -> Option<Vec<Record>> {
        match self.dns.records(name, record).await {
            Ok(records) => Some(records),
            Err(Failure::NoSuchName) => Some(Vec::new()),
            Err(failure) => {
                self.add(false, format!("{name}: query failed: {failure}"));
                None
            }
        }
    }

    async fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let records = self.ask(name, RecordType::Txt).await?;
        Some(
            records
                .into_iter()
                .filter_map(|r| {
                    if let Record::Txt(t) = r {
                        Some(t)
                    } else {
                        None
                    }
                })
                .collect(),
        )
    }

    async fn mx(&mut self) {
        let (domain, host) = (&self.expected.domain, &self.expected.host);
        let Some(records) = self.ask(domain.as_str(), RecordType::Mx).await else {
            return;
        };
        let here = records
            .iter()
            .any(|r| matches!(r, Record::Mx(_, Some(to)) if to == host));
        let others = records.len().saturating_sub(1);
        match (here, records.is_empty()) {
            (true, _) if others > 0 => {
                self.add(
                    true,
                    format!("{domain}: MX includes {host} and {others} other hosts, which must forward mail to this host"),
                );
            }
            (true, _) => self.add(true, format!("{domain}: MX is {host}")),
            (false, true) => self.add(
                false,
                format!("{domain} has no MX record. Publish MX 10 {host}."),
            ),
            (false, false) => {
                self.add(
                    false,
                    format!("{domain}: MX does not include this host. Publish MX 10 {host}."),
                );
            }
        }
    }

    async fn addresses(&mut self) -> Vec<IpAddr> {
        let host = self.expected.host.as_str();
        let mut addresses = Vec::new();
        for record in [RecordType::A, RecordType::Aaaa] {
            let Some(records) = self.ask(host, record).await else {
                return addresses;
            };
            addresses.extend(world::address_answers(&records));
        }
        if addresses.is_empty() {
            self.add(
                false,
                format!("{host} has no address. Publish an A record, and an AAAA record if the host has IPv6."),
            );
        }
        addresses
    }

    async fn names(&mut self, addresses: &[IpAddr]) {
        let host = &self.expected.host;
        for address in addresses {
            let question = Question::reverse(*address);
            let names = match self.dns.lookup(question).await {
                Ok(names) => names,
                Err(Failure::NoSuchName) => Vec::new(),
                Err(failure) => {
                    self.add(false, format!("{address}: PTR query failed: {failure}"));
                    continue;
                }
            };
            if names.contains(&Record::Ptr(host.clone())) {
                self.add(true, format!("{address}: PTR is {host}"));
            } else if names.is_empty() {
                self.add(
                    false,
                    format!("{address} has no PTR record; many hosts reject mail from such addresses. Ask the network's operator to set it to {host}."),
                );
            } else {
                self.add(
                    false,
                    format!("{address}: PTR is another name. Set it to {host}."),
                );
            }
        }
    }

    async fn spf(&mut self, addresses: &[IpAddr]) {
        let (domain, host) = (self.expected.domain.as_str(), self.expected.host.as_str());
        for ip in addresses {
            let asked = SpfCheck {
                ip: *ip,
                helo: host,
                local: "postmaster",
                domain,
                receiver: host,
            };
            let spf = check(&mut self.dns, asked).await;
            match spf.result {
                SpfResult::Pass => self.add(true, format!("{domain}: SPF passes for {ip}")),
                SpfResult::None => {
                    let record = &self.expected.spf;
                    self.add(
                        false,
                        format!("{domain} has no SPF record. Publish TXT \"{record}\"."),
                    );
                }
                SpfResult::TempError => self.add(
                    false,
                    format!(
                        "{domain}: SPF query failed: {}",
                        spf.reason.sentence(Locale::English)
                    ),
                ),
                SpfResult::PermError => self.add(
                    false,
                    format!(
                        "{domain}: invalid SPF record: {}",
                        spf.reason.sentence(Locale::English)
                    ),
                ),
                result => {
                    self.add(false, format!("{domain}: SPF result for {ip} is {result}: {}. Add mx, or this address.", spf.reason.sentence(Locale::English)));
                }
            }
        }
    }

    async fn keys(&mut self) {
        let domain = &self.expected.domain;
        if !self.expected.signs() {
            self.add(false, format!("{domain}: messages are not signed with DKIM. Create keys with `glasspost dkim create --domain {domain}`."));
        }
        for key in self.expected.published_keys() {
            let name = key_name(key);
            let Some(texts) = self.texts(&name).await else {
                continue;
            };
            let public = |text: &str| {
                text.split(';').find_map(|t| {
                    t.trim()
                        .strip_prefix("p=")
                        .map(|p| p.split_whitespace().collect::<String>())
                })
            };
            let published = texts.iter().any(|t| public(t) == public(&key.record));
            match (published, texts.is_empty(), key.state) {
                (true, ..) => self.add(true, format!("{name}: key published")),
                (false, true, SigningState::Old) => {
                    self.add(
                        true,
                        format!("{name}: old key no longer published; delete it with `glasspost dkim retire {}`", key.selector),
                    );
                }
                (false, _, SigningState::Waiting) => {
                    self.add(false, format!("{name}: new key not published yet. Publish the output of `glasspost dkim zone`, then run `glasspost dkim rotate`."));
                }
                (false, true, _) => self.add(
                    false,
                    format!("{name}: key not published; signatures fail. Publish the output of `glasspost dkim zone`."),
                ),
                (false, false, _) => self.add(
                    false,
                    format!("{name}: a different key is published; signatures fail. Publish the output of `glasspost dkim zone`."),
                ),
            }
        }
    }

    async fn dmarc(&mut self) {
        let domain = &self.expected.domain;
        let Some(texts) = self.texts(&format!("_dmarc.{domain}")).await else {
            return;
        };
        let records: Vec<_> = texts.iter().filter_map(|t| DmarcRecord::parse(t)).collect();
        match records.as_slice() {
            [] => {
                let record = &self.expected.dmarc;
                self.add(false, format!("{domain} has no DMARC record. Publish TXT \"{record}\" at _dmarc.{domain}."));
            }
            [record] if record.policy == Policy::None => {
                self.add(true, format!("{domain}: DMARC policy is p=none (monitoring only); change to p=quarantine or p=reject once the reports are clean"));
            }
            [record] => self.add(true, format!("{domain}: DMARC policy is p={}", record.policy)),
            _ => self.add(false, format!("{domain} has several DMARC records, which are all ignored (RFC 9989 §4.10). Keep one.")),
        }
    }

    async fn transport(&mut self) {
        let domain = self.expected.domain.clone();
        let sts = self.expected.mta_sts.as_ref().map(|(record, _)| {
            (
                format!("_mta-sts.{domain}"),
                "v=STSv1",
                record.clone(),
                "MTA-STS",
            )
        });
        let report = (
            format!("_smtp._tls.{domain}"),
            "v=TLSRPTv1",
            self.expected.tls_report.clone(),
            "TLS-RPT",
        );
        for (name, version, record, what) in sts.into_iter().chain([report]) {
            let Some(texts) = self.texts(&name).await else {
                continue;
            };
            match texts.iter().filter(|t| t.starts_with(version)).count() {
                1 => self.add(true, format!("{domain}: {what} record published")),
                0 => self.add(
                    false,
                    format!("{domain} has no {what} record. Publish TXT \"{record}\" at {name}."),
                ),
                _ => self.add(
                    false,
                    format!(
                        "{name} has several {version} records, which are all ignored. Keep one."
                    ),
                ),
            }
        }
    }

    async fn services(&mut self) {
        let (domain, host) = (&self.expected.domain, &self.expected.host);
        for srv in &self.expected.services {
            let name = format!("{}.{domain}", srv.service);
            let Some(records) = self.ask(&name, RecordType::Srv).await else {
                continue;
            };
            let right = records.iter().any(
                |r| matches!(r, Record::Srv(_, _, port, to) if *port == srv.port && to == host),
            );
            if right {
                self.add(true, format!("{name}: {host}, port {}", srv.port));
            } else if records.is_empty() {
                let data = format!("{} 1 {} {host}.", srv.priority, srv.port);
                self.add(false, format!("{name} is missing; mail programs cannot configure themselves. Publish SRV {data}"));
            } else {
                self.add(
                    false,
                    format!("{name} does not point to {host}, port {}.", srv.port),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
