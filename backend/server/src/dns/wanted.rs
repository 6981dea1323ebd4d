//! Which records a domain of ours should have.

use super::{quoted, zone_line};
use crate::config::Config;
use crate::dkim::name_of;
use mail::Domain;
use store::{SigningKey, SigningState};

/// What one domain should publish.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub domain: Domain,
    /// Our own name.
    pub host: Domain,
    pub spf: String,
    pub keys: Vec<SigningKey>,
    pub dmarc: String,
    /// The record and the policy that this host serves (RFC 8461 §3); none where it serves none.
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

pub(super) fn wanted(config: &Config, domain: &Domain, keys: &[SigningKey]) -> Wanted {
    let host = config.server.hostname.clone();
    let listen = &config.listen;
    let services = [
        // RFC 8314 §5.1: TLS from the first byte is preferred.
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
    Wanted {
        domain: domain.clone(),
        spf: "v=spf1 mx -all".into(),
        keys: keys.to_vec(),
        dmarc: format!("v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}"),
        // The policy's own digest: it changes when the policy does (RFC 8461 §3.1).
        mta_sts: mta_sts.map(|policy| (format!("v=STSv1; id={:016x};", digest(&policy)), policy)),
        tls_report: format!("v=TLSRPTv1; rua=mailto:postmaster@{domain}"),
        services: services.collect(),
        host,
    }
}

// The first half of SHA-256: only has to change with the text.
fn digest(text: &str) -> u64 {
    use sha2::Digest;
    let whole: [u8; 32] = sha2::Sha256::digest(text.as_bytes()).into();
    whole
        .iter()
        .take(8)
        .fold(0, |n, b| (n << 8) | u64::from(*b))
}

impl Wanted {
    /// As a zone file, with a remark on each.
    pub(super) fn to_zone(&self) -> String {
        let (domain, host) = (self.domain.as_str(), self.host.as_str());
        let mut lines = vec![format!("; ---- {domain}")];
        let mut add = |remark: &str, records: Vec<String>| {
            lines.push(format!("; {remark}"));
            lines.extend(records);
        };
        add(
            "mail for the domain comes to this host, whose name needs its address (A, AAAA) and the address its name (PTR)",
            vec![zone_line(domain, "MX", &format!("10 {host}."))],
        );
        add(
            "only the hosts of MX send in its name (SPF)",
            vec![zone_line(domain, "TXT", &quoted(&self.spf))],
        );
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|k| zone_line(&name_of(k), "TXT", &quoted(&k.record)))
            .collect();
        let remark = if keys.is_empty() {
            "no signing keys yet: `glasspost dkim make` makes them"
        } else {
            "the keys of its signatures (DKIM)"
        };
        add(remark, keys);
        add(
            "what is to be done with forgeries (DMARC); when all is well for some weeks: p=reject",
            vec![zone_line(
                &format!("_dmarc.{domain}"),
                "TXT",
                &quoted(&self.dmarc),
            )],
        );
        if let Some((record, policy)) = &self.mta_sts {
            let policy = policy.trim_end().replace("\r\n", " / ");
            let remark = format!(
                "others shall send in TLS only (MTA-STS), if https://mta-sts.{domain}/.well-known/mta-sts.txt leads here and says: {policy}"
            );
            add(
                &remark,
                vec![zone_line(
                    &format!("_mta-sts.{domain}"),
                    "TXT",
                    &quoted(record),
                )],
            );
        }
        add(
            "reports of TLS that failed",
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
            "so that mail programs find the servers by themselves",
            services.collect(),
        );
        add(
            "the same for programs that look for a page",
            vec![zone_line(
                &format!("autoconfig.{domain}"),
                "CNAME",
                &format!("{host}."),
            )],
        );
        lines.join("\n") + "\n"
    }

    /// Keys that must be findable.
    pub(super) fn published_keys(&self) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter()
    }

    /// True where messages are signed.
    pub(super) fn signs(&self) -> bool {
        self.keys.iter().any(|k| k.state == SigningState::Active)
    }
}
