//! Which hosts accept the mail of a domain: MX records by preference, equal ones in random order,
//! the domain itself where it has none, no host where the MX is null (RFC 5321 §5.1, RFC 7505).
//! Each DNS question and answer is recorded in the journey.
//!
//! Failures: [`RoutingError`].

use super::Outbound;
use super::routing_error::RoutingError;
use super::sts::Policy;
use super::sts_policy::StsLookup;
use event::catalogue::delivery::RouteReason;
use event::{Check, Kind, Recorder, Verdict};
use mail::Domain;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::IpAddr;
use world::address_answers;

/// The hosts of a domain, in the order in which they are tried.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The recipients' domain.
    pub domain: Domain,
    pub hosts: Vec<Domain>,
    /// The MX records are signed (DNSSEC).
    pub secure: bool,
    /// The MTA-STS policy in force.
    pub policy: Option<Policy>,
    /// What went wrong with a newer policy, as TLS reports name it.
    pub policy_fault: Option<&'static str>,
}

/// The addresses of a host.
#[derive(Debug)]
pub(super) struct HostAddresses {
    pub addresses: Vec<IpAddr>,
    /// The address records are signed (DNSSEC).
    pub secure: bool,
}

impl Outbound {
    /// The hosts of a domain.
    pub(super) async fn route(
        &self,
        domain: &Domain,
        recorder: &mut Recorder,
    ) -> Result<Route, RoutingError> {
        let answer = self
            .ask(Question::new(domain.as_str(), RecordType::Mx), recorder)
            .await;
        let (records, secure) = match answer {
            Ok(answer) => (answer.records, answer.secure),
            Err(Failure::NoSuchName) => {
                return Err(RouteReason::NoSuchDomain {
                    domain: domain.to_string(),
                }
                .into());
            }
            Err(failure) => {
                return Err(dns_failed(domain, failure));
            }
        };
        let shuffle = |bound| self.0.world.rng.below(bound);
        let hosts = order(domain, &records, &self.0.config.host, shuffle)?;
        let names = hosts.iter().map(ToString::to_string).collect();
        let reason = RouteReason::Hosts { hosts: names };
        self.check(recorder, Check::Mx, Verdict::Pass, reason);
        let found = if self.0.config.sts {
            self.sts_policy(domain, recorder).await
        } else {
            StsLookup::default()
        };
        Ok(Route {
            domain: domain.clone(),
            hosts,
            secure,
            policy: found.policy,
            policy_fault: found.fault,
        })
    }

    /// Looks up the addresses of a host, without this host's own.
    pub(super) async fn addresses(
        &self,
        name: &Domain,
        port: u16,
        recorder: &mut Recorder,
    ) -> Result<HostAddresses, RoutingError> {
        let mut found = Vec::new();
        let (mut failure, mut secure) = (None, true);
        // RFC 5321 §5.2: both; IPv6 first (RFC 6724).
        for record in [RecordType::Aaaa, RecordType::A] {
            match self
                .ask(Question::new(name.as_str(), record), recorder)
                .await
            {
                Ok(answer) => {
                    // Only records that exist must be signed.
                    secure &= answer.secure || answer.records.is_empty();
                    found.extend(address_answers(&answer.records));
                }
                Err(Failure::NoSuchName) => {}
                Err(other) => failure = Some(other),
            }
        }
        if found.is_empty() {
            return Err(match failure {
                Some(failure) => dns_failed(name, failure),
                None => RouteReason::NoAddress {
                    host: name.to_string(),
                }
                .into(),
            });
        }
        found.retain(|a| {
            !self
                .0
                .config
                .own
                .iter()
                .any(|own| own.port() == port && own.ip() == *a)
        });
        if found.is_empty() {
            return Err(loops_back(name));
        }
        Ok(HostAddresses {
            addresses: found,
            secure,
        })
    }

    pub(super) async fn ask(
        &self,
        question: Question,
        recorder: &mut Recorder,
    ) -> Result<Answer, Failure> {
        let world = &self.0.world;
        let begun = world.now();
        let answer = world.resolver.ask(question.clone()).await;
        let now = world.now();
        let micros = u64::try_from(now.since(begun).as_micros()).unwrap_or(u64::MAX);
        let records = answer.as_ref().map(|a| a.records.clone()).map_err(|f| *f);
        recorder.emit(
            now,
            Kind::Dns {
                question,
                answer: records,
                micros,
            },
        );
        answer
    }
}

fn loops_back(name: &Domain) -> RoutingError {
    let domain = name.to_string();
    RouteReason::LoopsBack { domain }.into()
}

fn dns_failed(name: &Domain, failure: Failure) -> RoutingError {
    let name = name.to_string();
    RouteReason::Dns { name, failure }.into()
}

/// Sorts MX records. `below` gives a random number below its bound.
fn order(
    domain: &Domain,
    records: &[Record],
    own: &Domain,
    below: impl Fn(u64) -> u64,
) -> Result<Vec<Domain>, RoutingError> {
    let mut exchangers: Vec<(u16, u64, Domain)> = Vec::new();
    let mut null = false;
    for record in records {
        match record {
            Record::Mx(preference, Some(name)) => {
                exchangers.push((*preference, below(u64::MAX), name.clone()));
            }
            Record::Mx(_, None) => null = true,
            _ => {}
        }
    }
    if exchangers.is_empty() && null {
        return Err(RouteReason::NullMx {
            domain: domain.to_string(),
        }
        .into());
    }
    if exchangers.is_empty() {
        // RFC 5321 §5.1: an implicit MX of preference 0.
        if domain == own {
            return Err(loops_back(domain));
        }
        return Ok(vec![domain.clone()]);
    }
    // RFC 5321 §5.1: a host that is in the list itself uses only more preferred ones.
    if let Some(ours) = exchangers
        .iter()
        .filter(|(_, _, name)| name == own)
        .map(|(p, ..)| *p)
        .min()
    {
        exchangers.retain(|(preference, ..)| *preference < ours);
        if exchangers.is_empty() {
            return Err(loops_back(domain));
        }
    }
    exchangers.sort();
    let mut hosts: Vec<Domain> = Vec::new();
    for (.., name) in exchangers {
        if !hosts.contains(&name) {
            hosts.push(name);
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn mx(preference: u16, name: &str) -> Record {
        Record::Mx(preference, (name != ".").then(|| name.parse().unwrap()))
    }

    fn check(records: &[Record], expected: Result<&[&str], &str>) {
        let turn = Cell::new(0);
        let below = |_| {
            turn.set(turn.get() + 1);
            u64::MAX - turn.get()
        };
        let got = order(
            &"there.test".parse().unwrap(),
            records,
            &"mx.here.test".parse().unwrap(),
            below,
        );
        let got = got
            .map(|hosts| hosts.iter().map(ToString::to_string).collect::<Vec<_>>())
            .map_err(|e| e.diagnostic().reply.to_string());
        match expected {
            Ok(names) => assert_eq!(got.unwrap(), names),
            Err(start) => assert!(got.as_ref().is_err_and(|e| e.starts_with(start)), "{got:?}"),
        }
    }

    #[test]
    fn sorts_by_preference_and_shuffles_equals() {
        check(
            &[mx(20, "c.test"), mx(10, "a.test"), mx(10, "b.test")],
            Ok(&["b.test", "a.test", "c.test"]),
        );
        check(&[mx(20, "a.test"), mx(10, "a.test")], Ok(&["a.test"]));
    }

    #[test]
    fn uses_the_domain_itself_without_mx_and_no_host_with_null_mx() {
        check(&[], Ok(&["there.test"]));
        check(&[mx(0, ".")], Err("556 5.1.10"));
        check(&[mx(0, "."), mx(10, "a.test")], Ok(&["a.test"]));
    }

    #[test]
    fn uses_only_hosts_preferred_to_itself() {
        check(
            &[
                mx(5, "a.test"),
                mx(10, "mx.here.test"),
                mx(10, "b.test"),
                mx(20, "c.test"),
            ],
            Ok(&["a.test"]),
        );
        check(
            &[mx(10, "mx.here.test"), mx(20, "c.test")],
            Err("554 5.4.6"),
        );
    }
}
