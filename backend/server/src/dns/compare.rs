//! Compares what should be published with what is.

use super::wanted::Wanted;
use crate::dkim::name_of;
use auth::Asking;
use auth::dmarc::{DmarcRecord, Policy};
use auth::spf::{SpfCheck, SpfResult, check};
use mail::dns::{Failure, Question, Record, RecordType};
use std::net::IpAddr;
use store::SigningState;
use world::World;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub good: bool,
    pub sentence: String,
}

struct Comparing<'a> {
    asking: Asking<'a>,
    wanted: &'a Wanted,
    found: Vec<Finding>,
}

/// Everything about one domain.
pub(super) async fn compare(world: &World, wanted: &Wanted) -> Vec<Finding> {
    let mut comparing = Comparing {
        asking: Asking::new(world),
        wanted,
        found: Vec::new(),
    };
    comparing.mx().await;
    let addresses = comparing.addresses().await;
    comparing.names(&addresses).await;
    comparing.spf(&addresses).await;
    comparing.keys().await;
    comparing.dmarc().await;
    comparing.transport().await;
    comparing.services().await;
    comparing.found
}

impl Comparing<'_> {
    fn say(&mut self, good: bool, sentence: String) {
        self.found.push(Finding { good, sentence });
    }

    // The records; a failing server is said once, and is no difference that one could mend here.
    async fn ask(&mut self, name: &str, record: RecordType) -> Option<Vec<Record>> {
        match self.asking.ask(name, record).await {
            Ok(records) => Some(records),
            Err(Failure::NoSuchName) => Some(Vec::new()),
            Err(failure) => {
                self.say(false, format!("{name}: nothing can be said, {failure}"));
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
        let (domain, host) = (&self.wanted.domain, &self.wanted.host);
        let Some(records) = self.ask(domain.as_str(), RecordType::Mx).await else {
            return;
        };
        let here = records
            .iter()
            .any(|r| matches!(r, Record::Mx(_, Some(to)) if to == host));
        let others = records.len().saturating_sub(1);
        match (here, records.is_empty()) {
            (true, _) if others > 0 => {
                self.say(
                    true,
                    format!("{domain}: MX names {host} and {others} more; mail that comes to the others must reach this host too"),
                );
            }
            (true, _) => self.say(true, format!("{domain}: MX names {host}")),
            (false, true) => self.say(
                false,
                format!("{domain} has no MX: mail for it goes to the domain's own address, if anywhere. Publish MX 10 {host}."),
            ),
            (false, false) => {
                self.say(false, format!("{domain}: MX names other hosts only, so its mail does not come here. Publish MX 10 {host}."));
            }
        }
    }

    async fn addresses(&mut self) -> Vec<IpAddr> {
        let host = self.wanted.host.as_str();
        let mut addresses = Vec::new();
        for record in [RecordType::A, RecordType::Aaaa] {
            let Some(records) = self.ask(host, record).await else {
                return addresses;
            };
            addresses.extend(world::address_answers(&records));
        }
        if addresses.is_empty() {
            self.say(
                false,
                format!("{host} has no address: nobody can connect to it. Publish an A record, and an AAAA where there is IPv6."),
            );
        }
        addresses
    }

    async fn names(&mut self, addresses: &[IpAddr]) {
        let host = &self.wanted.host;
        for address in addresses {
            let question = Question::reverse(*address);
            let names = match self.asking.put(question).await {
                Ok(names) => names,
                Err(Failure::NoSuchName) => Vec::new(),
                Err(failure) => {
                    self.say(
                        false,
                        format!("{address}: its name could not be asked for, {failure}"),
                    );
                    continue;
                }
            };
            if names.contains(&Record::Ptr(host.clone())) {
                self.say(true, format!("{address}: PTR names {host}"));
            } else if names.is_empty() {
                self.say(
                    false,
                    format!("{address} has no name (PTR): many hosts refuse mail from it. Ask the owner of the network for PTR {host}."),
                );
            } else {
                self.say(false, format!("{address}: PTR names another host; let it name {host}, as this host calls itself."));
            }
        }
    }

    async fn spf(&mut self, addresses: &[IpAddr]) {
        let (domain, host) = (self.wanted.domain.as_str(), self.wanted.host.as_str());
        for ip in addresses {
            let asked = SpfCheck {
                ip: *ip,
                helo: host,
                local: "postmaster",
                domain,
                receiver: host,
            };
            let spf = check(&mut self.asking, asked).await;
            match spf.result {
                SpfResult::Pass => self.say(true, format!("{domain}: SPF lets {ip} send")),
                SpfResult::None => {
                    let wanted = &self.wanted.spf;
                    self.say(
                        false,
                        format!("{domain} publishes no SPF record, so anybody may send in its name. Publish TXT \"{wanted}\"."),
                    );
                }
                SpfResult::TempError => self.say(
                    false,
                    format!("{domain}: SPF could not be asked for: {}", spf.why),
                ),
                SpfResult::PermError => self.say(
                    false,
                    format!("{domain}: its SPF record cannot be used: {}", spf.why),
                ),
                result => {
                    self.say(false, format!("{domain}: SPF does not let {ip} send ({result}): {}. Add mx, or this address.", spf.why));
                }
            }
        }
    }

    async fn keys(&mut self) {
        let domain = &self.wanted.domain;
        if !self.wanted.signs() {
            self.say(false, format!("{domain}: messages are not signed. `glasspost dkim make --domain {domain}` makes keys."));
        }
        for key in self.wanted.published_keys() {
            let name = name_of(key);
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
            let there = texts.iter().any(|t| public(t) == public(&key.record));
            match (there, texts.is_empty(), key.state) {
                (true, ..) => self.say(true, format!("{name}: the key is published")),
                (false, true, SigningState::Old) => {
                    self.say(
                        true,
                        format!("{name}: the old key is not published any more; `glasspost dkim retire {}` forgets it", key.selector),
                    );
                }
                (false, _, SigningState::Waiting) => {
                    self.say(false, format!("{name}: the new key is not published yet, and does not sign. Publish what `glasspost dkim zone` prints, then rotate."));
                }
                (false, true, _) => self.say(
                    false,
                    format!("{name}: the key is not published, so signatures prove nothing. Publish what `glasspost dkim zone` prints."),
                ),
                (false, false, _) => self.say(
                    false,
                    format!("{name}: another key is published than the one that signs. Publish what `glasspost dkim zone` prints."),
                ),
            }
        }
    }

    async fn dmarc(&mut self) {
        let domain = &self.wanted.domain;
        let Some(texts) = self.texts(&format!("_dmarc.{domain}")).await else {
            return;
        };
        let records: Vec<_> = texts.iter().filter_map(|t| DmarcRecord::parse(t)).collect();
        match records.as_slice() {
            [] => {
                let wanted = &self.wanted.dmarc;
                self.say(false, format!("{domain} publishes no DMARC record: receivers are not told what to do with forgeries. Publish TXT \"{wanted}\" at _dmarc.{domain}."));
            }
            [record] if record.policy == Policy::None => {
                self.say(true, format!("{domain}: DMARC only watches (p=none); when the reports are well, say p=quarantine or p=reject"));
            }
            [record] => self.say(true, format!("{domain}: DMARC says p={}", record.policy)),
            _ => self.say(false, format!("{domain} publishes more than one DMARC record: they count as none (RFC 9989 §4.10). Leave one.")),
        }
    }

    async fn transport(&mut self) {
        let domain = self.wanted.domain.clone();
        let sts = self.wanted.mta_sts.as_ref().map(|(record, _)| {
            (
                format!("_mta-sts.{domain}"),
                "v=STSv1",
                record.clone(),
                "that mail for it is to be sent in TLS (MTA-STS)",
            )
        });
        let report = (
            format!("_smtp._tls.{domain}"),
            "v=TLSRPTv1",
            self.wanted.tls_report.clone(),
            "where to report TLS that failed (TLS-RPT)",
        );
        for (name, version, wanted, what) in sts.into_iter().chain([report]) {
            let Some(texts) = self.texts(&name).await else {
                continue;
            };
            match texts.iter().filter(|t| t.starts_with(version)).count() {
                1 => self.say(true, format!("{domain} says {what}")),
                0 => self.say(false, format!("{domain} does not say {what}. Publish TXT \"{wanted}\" at {name}.")),
                _ => self.say(false, format!("{name} has more than one record of {version}: they count as none. Leave one.")),
            }
        }
    }

    async fn services(&mut self) {
        let (domain, host) = (&self.wanted.domain, &self.wanted.host);
        for srv in &self.wanted.services {
            let name = format!("{}.{domain}", srv.service);
            let Some(records) = self.ask(&name, RecordType::Srv).await else {
                continue;
            };
            let right = records.iter().any(
                |r| matches!(r, Record::Srv(_, _, port, to) if *port == srv.port && to == host),
            );
            if right {
                self.say(true, format!("{name}: leads to {host}, port {}", srv.port));
            } else if records.is_empty() {
                let data = format!("{} 1 {} {host}.", srv.priority, srv.port);
                self.say(false, format!("{name} is missing: mail programs cannot find the server by themselves. Publish SRV {data}"));
            } else {
                self.say(
                    false,
                    format!("{name} leads elsewhere than to {host}, port {}.", srv.port),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::dns::wanted::wanted;
    use std::sync::Arc;
    use store::SigningKey;
    use world::zone::Zones;

    fn domain() -> Wanted {
        let config = Config::parse(
            "[server]\nhostname = \"mx.a.test\"\n[listen]\npop3 = \"off\"\npop3s = \"off\"\n",
        )
        .unwrap();
        let key = SigningKey {
            domain: "a.test".parse().unwrap(),
            selector: "one".into(),
            algorithm: "ed25519-sha256".into(),
            private: Vec::new(),
            record: "v=DKIM1; k=ed25519; p=AAAA".into(),
            state: SigningState::Active,
            created: mail::Time(0),
            since: mail::Time(0),
        };
        wanted(&config, &"a.test".parse().unwrap(), &[key])
    }

    async fn check(zone: &str, expected_wrong: &[&str]) {
        let world = World {
            resolver: Arc::new(Zones::read(zone).unwrap()),
            ..world::still::world()
        };
        let found = compare(&world, &domain()).await;
        let wrong: Vec<_> = found
            .iter()
            .filter(|f| !f.good)
            .map(|f| f.sentence.as_str())
            .collect();
        assert_eq!(wrong.len(), expected_wrong.len(), "{wrong:#?}");
        for (got, expected) in wrong.iter().zip(expected_wrong) {
            assert!(got.contains(expected), "{got} should say {expected}");
        }
    }

    fn whole() -> String {
        let host = "mx.a.test. A 192.0.2.25\n25.2.0.192.in-addr.arpa. PTR mx.a.test.\n";
        let zone: String = domain().to_zone().replace("\tIN\t", "\t");
        format!("{host}{zone}")
    }

    #[tokio::test]
    async fn what_is_printed_is_what_is_checked() {
        check(&whole(), &[]).await;
    }

    #[tokio::test]
    async fn each_difference_is_a_sentence() {
        check(
            &whole().replace("MX\t10 mx.a.test.", "MX\t10 mx.b.test."),
            &[
                "MX names other hosts only",
                "SPF does not let 192.0.2.25 send",
            ],
        )
        .await;
        check(
            &whole().replace("PTR mx.a.test.", "PTR other.test."),
            &["PTR names another host"],
        )
        .await;
        check(
            &whole().replace("v=spf1 mx -all", "something else"),
            &["publishes no SPF record"],
        )
        .await;
        check(
            &whole().replace("p=AAAA", "p=BBBB"),
            &["another key is published"],
        )
        .await;
        check(
            &whole().replace("v=DMARC1", "v=DMARC9"),
            &["publishes no DMARC record"],
        )
        .await;
        check(&whole().replace("v=STSv1", "x"), &["in TLS (MTA-STS)"]).await;
        check(
            &whole().replace("SRV\t0 1 993", "SRV\t0 1 994"),
            &["_imaps._tcp.a.test leads elsewhere"],
        )
        .await;
    }

    #[tokio::test]
    async fn an_empty_zone_is_explained_from_the_beginning() {
        check(
            "",
            &[
                "has no MX",
                "has no address",
                "is not published",
                "no DMARC record",
                "MTA-STS",
                "TLS-RPT",
                "_submissions",
                "_submission.",
                "_imaps",
                "_imap.",
            ],
        )
        .await;
    }
}
