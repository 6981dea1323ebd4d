//! Who takes the mail of a domain: MX by preference, equal ones in random order, the domain itself
//! where there is none, nobody where it says so (RFC 5321 §5.1, RFC 7505). Each question and answer
//! is told in the journey.

use super::Outbound;
use super::policy::Found;
use super::sts::Policy;
use event::{Kind, Recorder, Verdict};
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use mail::{Domain, Reply};
use std::net::IpAddr;
use world::address_answers;

/// Hosts, the one to be called first in front.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Whose mail it is.
    pub domain: Domain,
    pub hosts: Vec<Domain>,
    /// DNSSEC vouches for the names.
    pub secure: bool,
    /// The MTA-STS policy that holds.
    pub policy: Option<Policy>,
    /// What went wrong with it, for the report.
    pub policy_fault: Option<&'static str>,
}

/// Where a host is.
#[derive(Debug)]
pub(super) struct Reached {
    pub addresses: Vec<IpAddr>,
    /// DNSSEC vouches for them.
    pub secure: bool,
}

impl Outbound {
    /// The hosts of a domain.
    pub(super) async fn route(
        &self,
        domain: &Domain,
        recorder: &mut Recorder,
    ) -> Result<Route, Reply> {
        let answer = self
            .ask(Question::new(domain.as_str(), RecordType::Mx), recorder)
            .await;
        let (records, secure) = match answer {
            Ok(answer) => (answer.records, answer.secure),
            // RFC 3463 X.1.2
            Err(Failure::NoSuchName) => {
                return Err(Reply::new(
                    550,
                    (5, 1, 2),
                    format!("there is no domain {domain}"),
                ));
            }
            // RFC 3463 X.4.3
            Err(failure) => {
                return Err(Reply::new(
                    451,
                    (4, 4, 3),
                    format!("DNS for {domain}: {failure}"),
                ));
            }
        };
        let shuffle = |bound| self.0.world.rng.below(bound);
        let hosts = order(domain, &records, &self.0.config.host, shuffle)?;
        let names: Vec<&str> = hosts.iter().map(Domain::as_str).collect();
        self.told(recorder, "mx", Verdict::Pass, names.join(", "));
        let found = if self.0.config.sts {
            self.sts_policy(domain, recorder).await
        } else {
            Found {
                policy: None,
                fault: None,
            }
        };
        Ok(Route {
            domain: domain.clone(),
            hosts,
            secure,
            policy: found.policy,
            policy_fault: found.fault,
        })
    }

    /// Where a host is. Our own addresses are no way out.
    pub(super) async fn addresses(
        &self,
        name: &Domain,
        port: u16,
        recorder: &mut Recorder,
    ) -> Result<Reached, Reply> {
        let mut found = Vec::new();
        let (mut failure, mut secure) = (None, true);
        // RFC 5321 §5.2: both; IPv6 first, as hosts do (RFC 6724).
        for record in [RecordType::Aaaa, RecordType::A] {
            match self
                .ask(Question::new(name.as_str(), record), recorder)
                .await
            {
                Ok(answer) => {
                    // What is not there is not called; only what is must be vouched for.
                    secure &= answer.secure || answer.records.is_empty();
                    found.extend(address_answers(&answer.records));
                }
                Err(Failure::NoSuchName) => {}
                Err(other) => failure = Some(other),
            }
        }
        if found.is_empty() {
            return Err(match failure {
                Some(failure) => Reply::new(451, (4, 4, 3), format!("DNS for {name}: {failure}")),
                None => Reply::new(550, (5, 4, 4), format!("{name} has no address")),
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
        Ok(Reached {
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

// RFC 3463 X.4.6
fn loops_back(name: &Domain) -> Reply {
    Reply::new(
        554,
        (5, 4, 6),
        format!("mail for {name} loops back to this host"),
    )
}

/// Puts MX records in their order. `below` gives a random number below its bound.
fn order(
    domain: &Domain,
    records: &[Record],
    own: &Domain,
    below: impl Fn(u64) -> u64,
) -> Result<Vec<Domain>, Reply> {
    let mut exchangers: Vec<(u16, u64, Domain)> = Vec::new();
    let mut null = false;
    for record in records {
        match record {
            Record::Mx(preference, Some(name)) => {
                exchangers.push((*preference, below(u64::MAX), name.clone()))
            }
            Record::Mx(_, None) => null = true,
            _ => {}
        }
    }
    if exchangers.is_empty() && null {
        // RFC 7505 §4.1; RFC 7504 for the code
        return Err(Reply::new(
            556,
            (5, 1, 10),
            format!("{domain} takes no mail (null MX)"),
        ));
    }
    if exchangers.is_empty() {
        // RFC 5321 §5.1: an implicit MX of preference 0.
        if domain == own {
            return Err(loops_back(domain));
        }
        return Ok(vec![domain.clone()]);
    }
    // RFC 5321 §5.1: whoever finds itself in the list uses only hosts that are preferred to it.
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
            .map_err(|r| r.to_string());
        match expected {
            Ok(names) => assert_eq!(got.unwrap(), names),
            Err(start) => assert!(got.as_ref().is_err_and(|e| e.starts_with(start)), "{got:?}"),
        }
    }

    #[test]
    fn calls_the_preferred_first_and_equals_in_random_order() {
        check(
            &[mx(20, "c.test"), mx(10, "a.test"), mx(10, "b.test")],
            Ok(&["b.test", "a.test", "c.test"]),
        );
        check(&[mx(20, "a.test"), mx(10, "a.test")], Ok(&["a.test"]));
    }

    #[test]
    fn without_mx_the_domain_itself_is_called_and_a_null_mx_nobody() {
        check(&[], Ok(&["there.test"]));
        check(&[mx(0, ".")], Err("556 5.1.10"));
        check(&[mx(0, "."), mx(10, "a.test")], Ok(&["a.test"]));
    }

    #[test]
    fn a_host_that_finds_itself_uses_only_better_ones() {
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
