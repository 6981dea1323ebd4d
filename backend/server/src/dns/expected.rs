//! The DNS records that a local domain should publish.

use crate::config::Config;
use crate::zone_file::{key_name, quoted, zone_line};
use mail::Domain;
use store::{SigningKey, SigningState};

/// The records of one domain.
#[derive(Clone, Debug)]
pub(super) struct ExpectedRecords {
    pub domain: Domain,
    /// This host's name.
    pub host: Domain,
    pub spf: String,
    pub keys: Vec<SigningKey>,
    pub dmarc: String,
    /// The MTA-STS record and the policy that this host serves (RFC 8461 §3), if it serves one.
    pub mta_sts: Option<(String, String)>,
    pub tls_report: String,
    pub services: Vec<Srv>,
}

/// A service record (RFC 6186, RFC 8314).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Srv {
    pub service: &'static str,
    pub priority: u16,
    pub port: u16,
}

pub(super) fn expected(config: &Config, domain: &Domain, keys: &[SigningKey]) -> ExpectedRecords {
    let host = config.server.hostname.clone();
    let listen = &config.listen;
    let services = [
        // RFC 8314 §5.1: implicit TLS is preferred.
        ("_submissions._tcp", 0, &listen.submissions),
        ("_submission._tcp", 10, &listen.submission),
        ("_imaps._tcp", 0, &listen.imaps),
        ("_imap._tcp", 10, &listen.imap),
        ("_pop3s._tcp", 20, &listen.pop3s),
        ("_pop3._tcp", 30, &listen.pop3),
    ];
    let services = services
        .into_iter()
        .filter_map(|(service, priority, listen)| {
            listen.addresses().first().map(|address| Srv {
                service,
                priority,
                port: address.port(),
            })
        });
    let mta_sts = config.outbound.mta_sts_mode.policy(&host);
    ExpectedRecords {
        domain: domain.clone(),
        spf: "v=spf1 mx -all".into(),
        keys: keys.to_vec(),
        dmarc: format!("v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}"),
        // The ID must change when the policy does (RFC 8461 §3.1).
        mta_sts: mta_sts.map(|policy| (format!("v=STSv1; id={:016x};", digest(&policy)), policy)),
        tls_report: format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}"),
        services: services.collect(),
        host,
    }
}

// The first 8 bytes of SHA-256.
fn digest(text: &str) -> u64 {
    use sha2::Digest;
    let whole: [u8; 32] = sha2::Sha256::digest(text.as_bytes()).into();
    whole
        .iter()
        .take(8)
        .fold(0, |n, b| (n << 8) | u64::from(*b))
}

impl ExpectedRecords {
    /// The records as a zone file with comments.
    pub(super) fn to_zone(&self) -> String {
        let (domain, host) = (self.domain.as_str(), self.host.as_str());
        let mut lines = vec![format!("; ---- {domain}")];
        let mut add = |comment: &str, records: Vec<String>| {
            lines.push(format!("; {comment}"));
            lines.extend(records);
        };
        add(
            "MX: this host receives the domain's mail; its name needs A/AAAA records, and its address a PTR record",
            vec![zone_line(domain, "MX", &format!("10 {host}."))],
        );
        add(
            "SPF: only the MX hosts may send mail for the domain",
            vec![zone_line(domain, "TXT", &quoted(&self.spf))],
        );
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|k| zone_line(&key_name(k), "TXT", &quoted(&k.record)))
            .collect();
        let comment = if keys.is_empty() {
            "DKIM: no signing keys yet; create them with `glasspost dkim create`"
        } else {
            "DKIM: public keys"
        };
        add(comment, keys);
        add(
            "DMARC: change to p=reject once the reports have been clean for some weeks",
            vec![zone_line(
                &format!("_dmarc.{domain}"),
                "TXT",
                &quoted(&self.dmarc),
            )],
        );
        if let Some((record, policy)) = &self.mta_sts {
            let policy = policy.trim_end().replace("\r\n", " / ");
            let comment = format!(
                "MTA-STS: https://mta-sts.{domain}/.well-known/mta-sts.txt must be served by this host; its policy is: {policy}"
            );
            add(
                &comment,
                vec![zone_line(
                    &format!("_mta-sts.{domain}"),
                    "TXT",
                    &quoted(record),
                )],
            );
        }
        add(
            "TLS-RPT: where other hosts report TLS failures",
            vec![zone_line(
                &format!("_smtp._tls.{domain}"),
                "TXT",
                &quoted(&self.tls_report),
            )],
        );
        let services = self.services.iter().map(|s| {
            zone_line(
                &format!("{}.{domain}", s.service),
                "SRV",
                &format!("{} 1 {} {host}.", s.priority, s.port),
            )
        });
        add(
            "SRV: automatic configuration of mail programs",
            services.collect(),
        );
        add(
            "autoconfig: the same for Thunderbird",
            vec![zone_line(
                &format!("autoconfig.{domain}"),
                "CNAME",
                &format!("{host}."),
            )],
        );
        lines.join("\n") + "\n"
    }

    /// The keys that must be published.
    pub(super) fn published_keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }

    /// True if messages are signed.
    pub(super) fn signs(&self) -> bool {
        self.keys.iter().any(|k| k.state == SigningState::Active)
    }
}
