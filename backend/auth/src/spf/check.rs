//! `check_host()` (RFC 7208 §4): walks through a record and those it includes, within the limits,
//! and tells which term decided.

use super::SpfResult;
use super::macros::{MacroText, Values};
use super::record::{Cidr, Mechanism, Qualifier, SpfRecord, is_record};
use crate::ask::{Asking, is_name, to_ascii};
use crate::proof::Proof;
use event::catalogue::authentication::{SpfMatch, SpfReason};
use event::{Flip, ProofFact, TermOutcome};
use mail::dns::{Failure, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use world::BoxFuture;

/// Terms that ask DNS (RFC 7208 §4.6.4).
pub const LOOKUPS_MAX: u32 = 10;
/// Terms whose question comes to nothing (RFC 7208 §4.6.4).
pub const VOID_LOOKUPS_MAX: u32 = 2;
/// Hosts of one `mx`, and names of one `ptr` (RFC 7208 §4.6.4).
const NAMES_MAX: usize = 10;

/// What is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct SpfCheck<'a> {
    /// The host that sends.
    pub ip: IpAddr,
    /// As it said in HELO or EHLO.
    pub helo: &'a str,
    /// The sender's local part; `postmaster` where there is none.
    pub local: &'a str,
    /// The domain that is asked: of MAIL FROM, or of HELO.
    pub domain: &'a str,
    /// Our own name, for explanations.
    pub receiver: &'a str,
}

/// A verdict and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spf {
    /// The verdict.
    pub result: SpfResult,
    /// For which domain.
    pub domain: String,
    /// Which record and term decided.
    pub reason: SpfReason,
    /// What the domain wants to be said to whom it refuses (RFC 7208 §6.2).
    pub explanation: Option<String>,
    /// Record by record and term by term.
    pub proof: Proof,
}

/// Asks whether `ip` may send in the name of `domain`.
pub async fn check(asking: &mut Asking<'_>, asked: SpfCheck<'_>) -> Spf {
    let ip = match asked.ip {
        // A mapped address is an IPv4 client (RFC 7208 §5).
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(asked.ip, IpAddr::V4),
        four => four,
    };
    let domain = to_ascii(asked.domain);
    let local = if asked.local.is_empty() {
        "postmaster"
    } else {
        asked.local
    };
    let mut walk = Walk {
        asking,
        ip,
        local,
        sender: domain.clone(),
        helo: asked.helo,
        receiver: asked.receiver,
        lookups: 0,
        voids: 0,
        names: None,
        proof: Proof::default(),
        decided: None,
    };
    walk.proof.step(ProofFact::Client { address: ip });
    let Host {
        result,
        reason,
        exp,
    } = walk.host(domain.clone()).await;
    let explanation = match exp {
        Some((exp, at)) if result == SpfResult::Fail => walk.explain(&exp, &at).await,
        _ => None,
    };
    walk.flip(result, &domain);
    Spf {
        result,
        domain,
        reason,
        explanation,
        proof: walk.proof,
    }
}

struct Walk<'w, 'a> {
    asking: &'w mut Asking<'a>,
    ip: IpAddr,
    local: &'w str,
    sender: String,
    helo: &'w str,
    receiver: &'w str,
    lookups: u32,
    voids: u32,
    // The client's names that lead back to it, once they were asked for.
    names: Option<Vec<String>>,
    proof: Proof,
    // The first domain's term that decided.
    decided: Option<(String, String)>,
}

// What became of one domain's record.
struct Host {
    result: SpfResult,
    reason: SpfReason,
    exp: Option<(MacroText, String)>,
}

/// A final result that ends the evaluation.
struct Stop {
    result: SpfResult,
    reason: Box<SpfReason>,
}

impl Stop {
    fn new(result: SpfResult, reason: SpfReason) -> Stop {
        Stop {
            result,
            reason: Box::new(reason),
        }
    }

    fn temporary(reason: SpfReason) -> Stop {
        Stop::new(SpfResult::TempError, reason)
    }

    fn permanent(reason: SpfReason) -> Stop {
        Stop::new(SpfResult::PermError, reason)
    }
}

impl Host {
    fn of(result: SpfResult, reason: SpfReason) -> Host {
        Host {
            result,
            reason,
            exp: None,
        }
    }
}

impl From<Stop> for Host {
    fn from(stop: Stop) -> Host {
        Host::of(stop.result, *stop.reason)
    }
}

impl Walk<'_, '_> {
    // Boxed: records include each other.
    fn host(&mut self, domain: String) -> BoxFuture<'_, Host> {
        Box::pin(async move {
            // RFC 7208 §4.3: malformed, or not of several labels.
            if !is_name(&domain) || !domain.contains('.') || domain.starts_with('[') {
                return Host::of(SpfResult::None, SpfReason::NotADomain { name: domain });
            }
            let found = self.record(&domain).await;
            match &found {
                Ok((text, _)) => self.proof.step(ProofFact::Record {
                    name: domain.clone(),
                    text: text.clone(),
                }),
                Err(stop) => self.proof.step(ProofFact::NoSpfRecord {
                    name: domain.clone(),
                    reason: SpfReason::clone(&stop.reason),
                }),
            }
            match found {
                Ok((text, record)) => self
                    .walk(&domain, &text, record)
                    .await
                    .unwrap_or_else(Host::from),
                Err(stop) => Host::from(stop),
            }
        })
    }

    // RFC 7208 §4.4 and §4.5.
    async fn record(&mut self, domain: &str) -> Result<(String, SpfRecord), Stop> {
        let owned = || domain.to_owned();
        let texts = match self.asking.texts(domain).await {
            Ok(texts) => texts,
            Err(Failure::NoSuchName) => {
                return Err(Stop::new(
                    SpfResult::None,
                    SpfReason::NoSuchDomain { domain: owned() },
                ));
            }
            Err(failure) => {
                return Err(Stop::new(
                    SpfResult::TempError,
                    SpfReason::Dns {
                        name: owned(),
                        record: "TXT".to_owned(),
                        failure,
                    },
                ));
            }
        };
        let mut records = texts.into_iter().filter(|t| is_record(t));
        let Some(text) = records.next() else {
            return Err(Stop::new(
                SpfResult::None,
                SpfReason::NoRecord { domain: owned() },
            ));
        };
        if records.next().is_some() {
            return Err(Stop::new(
                SpfResult::PermError,
                SpfReason::SeveralRecords { domain: owned() },
            ));
        }
        match SpfRecord::parse(&text) {
            Ok(record) => Ok((text, record)),
            Err(term) => Err(Stop::new(
                SpfResult::PermError,
                SpfReason::Syntax {
                    term: term.to_owned(),
                    domain: owned(),
                    record: text.clone(),
                },
            )),
        }
    }

    async fn walk(&mut self, domain: &str, text: &str, record: SpfRecord) -> Result<Host, Stop> {
        for directive in &record.directives {
            let place = self.proof.place();
            self.proof.descend();
            let tried = self.matches(domain, &directive.mechanism).await;
            self.proof.ascend();
            self.record_term(place, &directive.text, &tried);
            if tried.as_ref().map_or(true, Option::is_some) {
                // Of the terms that decided one after the other, the outermost comes last.
                self.decided = Some((directive.text.clone(), domain.to_owned()));
            }
            let Some(how) = tried? else { continue };
            let result = match directive.qualifier {
                Qualifier::Pass => SpfResult::Pass,
                Qualifier::Fail => SpfResult::Fail,
                Qualifier::SoftFail => SpfResult::SoftFail,
                Qualifier::Neutral => SpfResult::Neutral,
            };
            let reason = SpfReason::Matched {
                term: directive.text.clone(),
                domain: domain.to_owned(),
                how,
                record: text.to_owned(),
            };
            return Ok(Host {
                result,
                reason,
                exp: record.exp.map(|exp| (exp, domain.to_owned())),
            });
        }
        if let Some(redirect) = &record.redirect {
            self.count_lookup(domain, "redirect")?;
            let target = self.name(redirect, domain).await;
            self.proof.step(ProofFact::Term {
                term: format!("redirect={target}"),
                outcome: TermOutcome::Match {
                    how: SpfMatch::Include,
                },
                lookups: self.lookups,
                void_lookups: self.voids,
            });
            self.proof.descend();
            let host = self.host(target.clone()).await;
            self.proof.ascend();
            // RFC 7208 §6.1
            if host.result == SpfResult::None {
                return Err(Stop::permanent(SpfReason::RedirectWithoutRecord {
                    domain: domain.to_owned(),
                    target,
                    reason: Box::new(host.reason),
                }));
            }
            return Ok(Host {
                reason: SpfReason::Redirect {
                    domain: domain.to_owned(),
                    target,
                    reason: Box::new(host.reason),
                },
                ..host
            });
        }
        self.proof.step(ProofFact::NoTermMatches);
        // RFC 7208 §4.7
        Ok(Host::of(
            SpfResult::Neutral,
            SpfReason::NoMatch {
                domain: domain.to_owned(),
                address: self.ip,
                record: text.to_owned(),
            },
        ))
    }

    fn record_term(&mut self, place: usize, term: &str, tried: &Result<Option<SpfMatch>, Stop>) {
        let outcome = match tried {
            // An included record has its own steps below.
            Ok(Some(SpfMatch::IncludeBecause { .. })) => TermOutcome::Match {
                how: SpfMatch::Include,
            },
            Ok(Some(how)) => TermOutcome::Match { how: how.clone() },
            Ok(None) => TermOutcome::NoMatch,
            Err(stop) => TermOutcome::Error {
                reason: SpfReason::clone(&stop.reason),
            },
        };
        self.proof.step_at(
            place,
            ProofFact::Term {
                term: term.to_owned(),
                outcome,
                lookups: self.lookups,
                void_lookups: self.voids,
            },
        );
    }

    // The smallest change of DNS that would turn the verdict.
    fn flip(&mut self, result: SpfResult, domain: &str) {
        let term = match self.ip {
            IpAddr::V4(four) => format!("ip4:{four}"),
            IpAddr::V6(six) => format!("ip6:{six}"),
        };
        let decided = self.decided.take();
        let change = match (result, decided) {
            // What is asked for once too often can be said without asking.
            (SpfResult::PermError, Some((decided, domain)))
                if self.lookups > LOOKUPS_MAX || self.voids > VOID_LOOKUPS_MAX =>
            {
                Flip::ReplaceTerm {
                    new: term,
                    term: decided,
                    domain,
                }
            }
            (SpfResult::Pass | SpfResult::PermError, Some((term, domain))) => {
                Flip::RemoveTerm { term, domain }
            }
            (SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral, _) => Flip::AddTerm {
                term,
                domain: domain.to_owned(),
            },
            (SpfResult::None, _) => Flip::PublishRecord {
                domain: domain.to_owned(),
                text: format!("v=spf1 {term} -all"),
            },
            _ => return,
        };
        self.proof.step(ProofFact::Flip(change));
    }

    // How a mechanism fits, or none.
    async fn matches(
        &mut self,
        domain: &str,
        mechanism: &Mechanism,
    ) -> Result<Option<SpfMatch>, Stop> {
        let ip = self.ip;
        Ok(match mechanism {
            Mechanism::All => Some(SpfMatch::All),
            Mechanism::Ip4(network, length) => covers(
                ip,
                IpAddr::V4(*network),
                Cidr {
                    four: *length,
                    six: 128,
                },
            )
            .then_some(SpfMatch::Network { address: ip }),
            Mechanism::Ip6(network, length) => covers(
                ip,
                IpAddr::V6(*network),
                Cidr {
                    four: 32,
                    six: *length,
                },
            )
            .then_some(SpfMatch::Network { address: ip }),
            Mechanism::Include(spec) => self.includes(domain, spec).await?,
            Mechanism::A(spec, cidr) => {
                self.count_lookup(domain, "a")?;
                let name = self.target(spec.as_ref(), domain).await;
                let addresses = self.addresses(&name, true).await?;
                found(&addresses, ip, *cidr).map(|found| SpfMatch::Address { found, address: ip })
            }
            Mechanism::Mx(spec, cidr) => self.exchanges(domain, spec.as_ref(), *cidr).await?,
            Mechanism::Ptr(spec) => {
                self.count_lookup(domain, "ptr")?;
                let target = self.target(spec.as_ref(), domain).await.to_lowercase();
                let names = self.validated_names(true).await?;
                let fits = names.iter().find(|n| {
                    **n == target
                        || n.strip_suffix(&target)
                            .is_some_and(|rest| rest.ends_with('.'))
                });
                fits.map(|name| SpfMatch::Ptr {
                    name: name.clone(),
                    address: ip,
                })
            }
            Mechanism::Exists(spec) => {
                self.count_lookup(domain, "exists")?;
                let name = self.name(spec, domain).await;
                // RFC 7208 §5.7: A, whatever the client's address is.
                let records = self.void_counted(&name, RecordType::A).await?;
                (!records.is_empty()).then_some(SpfMatch::Exists { name })
            }
        })
    }

    // RFC 7208 §5.2
    async fn includes(&mut self, domain: &str, spec: &MacroText) -> Result<Option<SpfMatch>, Stop> {
        self.count_lookup(domain, "include")?;
        let target = self.name(spec, domain).await;
        let host = self.host(target.clone()).await;
        match host.result {
            SpfResult::Pass => Ok(Some(SpfMatch::IncludeBecause {
                reason: Box::new(host.reason),
            })),
            SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => Ok(None),
            SpfResult::TempError => Err(Stop::temporary(host.reason)),
            SpfResult::PermError | SpfResult::None => Err(Stop::permanent(SpfReason::Include {
                domain: domain.to_owned(),
                target,
                reason: Box::new(host.reason),
            })),
        }
    }

    // RFC 7208 §5.4
    async fn exchanges(
        &mut self,
        domain: &str,
        spec: Option<&MacroText>,
        cidr: Cidr,
    ) -> Result<Option<SpfMatch>, Stop> {
        self.count_lookup(domain, "mx")?;
        let name = self.target(spec, domain).await;
        let records = self.void_counted(&name, RecordType::Mx).await?;
        let mut hosts: Vec<_> = records
            .into_iter()
            .filter_map(|r| {
                if let Record::Mx(p, Some(host)) = r {
                    Some((p, host))
                } else {
                    None
                }
            })
            .collect();
        hosts.sort();
        for (index, (_, host)) in hosts.into_iter().enumerate() {
            if index >= NAMES_MAX {
                return Err(Stop::permanent(SpfReason::TooManyExchangers {
                    domain: name,
                    limit: NAMES_MAX as u32,
                }));
            }
            let addresses = self.addresses(host.as_str(), false).await?;
            if let Some(found) = found(&addresses, self.ip, cidr) {
                return Ok(Some(SpfMatch::Exchanger {
                    host: host.to_string(),
                    found,
                    address: self.ip,
                }));
            }
        }
        Ok(None)
    }

    async fn explain(&mut self, exp: &MacroText, domain: &str) -> Option<String> {
        let name = self.name(exp, domain).await;
        // RFC 7208 §6.2: whatever is wrong with it, there is simply none.
        let texts = self.asking.texts(&name).await.ok()?;
        let [text] = texts.as_slice() else {
            return None;
        };
        let macros = MacroText::explanation(text)?;
        let validated = self.validated_for(&macros, domain).await;
        let explanation = macros.expand(&self.values(domain, &validated));
        (explanation.is_ascii() && !explanation.contains(|c: char| c.is_ascii_control()))
            .then_some(explanation)
    }

    fn count_lookup(&mut self, domain: &str, term: &str) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX {
            return Err(Stop::permanent(SpfReason::TooManyLookups {
                term: term.to_owned(),
                domain: domain.to_owned(),
                limit: LOOKUPS_MAX,
            }));
        }
        Ok(())
    }

    // Counts a lookup without an answer; `reason` says which one it was.
    fn count_void(&mut self, reason: impl FnOnce(u32) -> SpfReason) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids > VOID_LOOKUPS_MAX {
            return Err(Stop::permanent(reason(VOID_LOOKUPS_MAX)));
        }
        Ok(())
    }

    async fn void_counted(&mut self, name: &str, record: RecordType) -> Result<Vec<Record>, Stop> {
        let records = match self.asking.ask(name, record).await {
            Ok(records) => records,
            Err(Failure::NoSuchName) => Vec::new(),
            Err(failure) => return Err(temporary(name, record, failure)),
        };
        if records.is_empty() {
            self.count_void(|limit| SpfReason::TooManyVoidLookups {
                name: name.to_owned(),
                limit,
            })?;
        }
        Ok(records)
    }

    // Addresses of the client's family.
    async fn addresses(&mut self, name: &str, count: bool) -> Result<Vec<IpAddr>, Stop> {
        let record = if self.ip.is_ipv4() {
            RecordType::A
        } else {
            RecordType::Aaaa
        };
        let records = if count {
            self.void_counted(name, record).await?
        } else {
            match self.asking.ask(name, record).await {
                Ok(records) => records,
                Err(Failure::NoSuchName) => Vec::new(),
                Err(failure) => return Err(temporary(name, record, failure)),
            }
        };
        Ok(world::address_answers(&records).collect())
    }

    // The client's names that lead back to it (RFC 7208 §5.5).
    async fn validated_names(&mut self, count: bool) -> Result<Vec<String>, Stop> {
        if let Some(names) = &self.names {
            return Ok(names.clone());
        }
        let records = self
            .asking
            .put(mail::dns::Question::reverse(self.ip))
            .await
            .unwrap_or_default();
        if records.is_empty() && count {
            let address = self.ip;
            self.count_void(|limit| SpfReason::TooManyVoidReverseLookups { address, limit })?;
        }
        let mut names = Vec::new();
        for record in records.into_iter().take(NAMES_MAX) {
            let Record::Ptr(name) = record else { continue };
            // A name whose addresses cannot be had is passed over.
            if let Ok(addresses) = self.addresses(name.as_str(), false).await
                && addresses.contains(&self.ip)
            {
                names.push(name.as_str().to_owned());
            }
        }
        self.names = Some(names.clone());
        Ok(names)
    }

    // What `%{p}` stands for (RFC 7208 §7.3): the domain itself, a name below it, any name.
    async fn validated_for(&mut self, text: &MacroText, domain: &str) -> String {
        if !text.needs_validated() {
            return String::new();
        }
        let names = self.validated_names(false).await.unwrap_or_default();
        let below = |n: &&String| {
            n.strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        let best = names
            .iter()
            .find(|n| *n == domain)
            .or_else(|| names.iter().find(below))
            .or(names.first());
        best.cloned().unwrap_or_else(|| "unknown".to_owned())
    }

    fn values<'v>(&'v self, domain: &'v str, validated: &'v str) -> Values<'v> {
        Values {
            ip: self.ip,
            local: self.local,
            sender_domain: &self.sender,
            domain,
            helo: self.helo,
            validated,
            receiver: self.receiver,
            now: self.asking.now(),
        }
    }

    async fn name(&mut self, text: &MacroText, domain: &str) -> String {
        let validated = self.validated_for(text, domain).await;
        text.expand_name(&self.values(domain, &validated))
    }

    async fn target(&mut self, spec: Option<&MacroText>, domain: &str) -> String {
        match spec {
            Some(spec) => self.name(spec, domain).await,
            None => domain.to_owned(),
        }
    }
}

fn temporary(name: &str, record: RecordType, failure: Failure) -> Stop {
    Stop::temporary(SpfReason::Dns {
        name: name.to_owned(),
        record: format!("{record:?}").to_uppercase(),
        failure,
    })
}

fn found(addresses: &[IpAddr], ip: IpAddr, cidr: Cidr) -> Option<IpAddr> {
    addresses.iter().copied().find(|a| covers(ip, *a, cidr))
}

fn covers(ip: IpAddr, network: IpAddr, cidr: Cidr) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(cidr.four)).unwrap_or(0);
            Ipv4Addr::to_bits(ip) & mask == Ipv4Addr::to_bits(network) & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(cidr.six))
                .unwrap_or(0);
            Ipv6Addr::to_bits(ip) & mask == Ipv6Addr::to_bits(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
