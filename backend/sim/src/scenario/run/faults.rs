//! How faults are carried out in the world of a run.

use super::{RunError, Stage};
use crate::clock::Skew;
use crate::link::{Break, Cut, Direction, Link};
use crate::middlebox::{Meddling, Rule};
use crate::scenario::fault::Fault;
use crate::scenario::spec::Span;
use crate::tls::Certificate;
use mail::Time;
use mail::dns::Failure;

// SMTP commands whose answers may be others.
const COMMANDS: [&str; 10] = [
    "HELO", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT", ".",
];

impl Stage<'_> {
    pub(super) fn fault(&mut self, fault: &Fault) -> Result<(), RunError> {
        if let Some(rule) = rule(fault)? {
            self.lab.meddle(rule);
            return Ok(());
        }
        match fault {
            Fault::Down(host) => self.lab.set_up(host, false)?,
            Fault::Up(host) => self.lab.set_up(host, true)?,
            Fault::Crash(host) => self.crash(host)?,
            Fault::Restart(host) => {
                self.lab.set_up(host, true)?;
                self.wake(self.host(host)?)?;
            }
            Fault::Link {
                between: [one, other],
                latency,
                bytes_per_second,
                lost_per_mille,
                held,
                severed,
                blocked_ports,
            } => {
                self.lab.edit_link(one, other, |link| {
                    edit(
                        link,
                        *latency,
                        *bytes_per_second,
                        *lost_per_mille,
                        [*held, *severed],
                    );
                    if let Some(ports) = blocked_ports {
                        link.blocked_ports = ports.iter().copied().collect();
                    }
                })?;
            }
            Fault::Way {
                from,
                to,
                latency,
                bytes_per_second,
                lost_per_mille,
                held,
                severed,
            } => {
                self.lab.edit_way(from, to, |link| {
                    edit(
                        link,
                        *latency,
                        *bytes_per_second,
                        *lost_per_mille,
                        [*held, *severed],
                    )
                })?;
            }
            Fault::Cut {
                from,
                to,
                port,
                after_bytes,
                to_client,
                told,
                one_way,
            } => self.lab.cut(Cut {
                from: Some(from.clone()),
                to: Some(to.clone()),
                port: Some(*port),
                direction: if *to_client {
                    Direction::ToClient
                } else {
                    Direction::ToServer
                },
                after_bytes: *after_bytes,
                how: if *one_way {
                    Break::OneWay
                } else {
                    breaks(*told)
                },
                connections: 1,
            }),
            Fault::Honest { from, to } => self.lab.let_be(from, to),
            Fault::Dns { name, answer } => self.lab.zones().fail(name, failure(answer)?),
            Fault::Stale { host, name, kept } => self.lab.set_stale(host, name, *kept)?,
            Fault::Disk { host, full } => self.lab.disk(host)?.set_full(*full),
            Fault::Clock { host, seconds } => {
                self.lab.set_clock(
                    host,
                    Skew {
                        offset_micros: seconds.saturating_mul(1_000_000),
                        drift_ppm: 0,
                    },
                )?;
            }
            Fault::Certificate { host, kind } => self
                .lab
                .set_certificate(host, certificate(host, kind, self.lab.now())?)?,
            Fault::Lost { .. } | Fault::Reply { .. } | Fault::Rewrite { .. } => {}
        }
        Ok(())
    }

    // What the host's recorder had still in memory is written before: the Lab has seen it, whatever
    // the host may lose.
    pub(super) fn crash(&mut self, host: &str) -> Result<(), RunError> {
        if let Some(node) = self.nodes.remove(host) {
            let journeys = node.store().journeys().clone();
            // On a full disk they are lost with the host.
            let _ = self.lab.complete(async move { journeys.flush().await });
        }
        Ok(self.lab.crash(host)?)
    }
}

fn edit(
    link: &mut Link,
    latency: Option<Span>,
    rate: Option<u64>,
    lost: Option<u16>,
    [held, severed]: [Option<bool>; 2],
) {
    link.latency = latency.map_or(link.latency, |l| l.0);
    link.bytes_per_second = rate.map_or(link.bytes_per_second, |rate| (rate > 0).then_some(rate));
    link.lost_per_mille = lost.unwrap_or(link.lost_per_mille);
    link.held = held.unwrap_or(link.held);
    link.severed = severed.unwrap_or(link.severed);
}

fn breaks(told: bool) -> Break {
    if told { Break::Reset } else { Break::Silent }
}

/// What somebody on the way does, where the fault is one of those.
///
/// # Errors
/// A command that is none, a reply that refuses nothing, words that are none.
pub(in crate::scenario) fn rule(fault: &Fault) -> Result<Option<Rule>, RunError> {
    Ok(Some(match fault {
        Fault::Lost {
            from,
            to,
            port,
            command,
            nth,
            told,
        } => Rule {
            from: Some(from.clone()),
            to: Some(to.clone()),
            port: Some(*port),
            nth: *nth,
            times: 1,
            what: Meddling::Lose {
                command: verb(command)?,
                how: breaks(*told),
            },
        },
        Fault::Reply {
            from,
            to,
            port,
            command,
            nth,
            times,
            reply,
        } => Rule {
            from: from.clone(),
            to: Some(to.clone()),
            port: Some(*port),
            nth: *nth,
            times: *times,
            what: Meddling::Answer {
                command: verb(command)?,
                reply: refusal(reply)?,
            },
        },
        Fault::Rewrite {
            from,
            to,
            port,
            to_client,
            find,
            put,
        } => Rule {
            from: Some(from.clone()),
            to: Some(to.clone()),
            port: Some(*port),
            nth: 1,
            times: u32::MAX,
            what: Meddling::Rewrite {
                direction: if *to_client {
                    Direction::ToClient
                } else {
                    Direction::ToServer
                },
                find: words(find)?,
                put: put.as_bytes().to_vec(),
            },
        },
        _ => return Ok(None),
    }))
}

fn verb(command: &str) -> Result<String, RunError> {
    let verb = command.trim().to_ascii_uppercase();
    let known = COMMANDS.contains(&verb.as_str());
    if known {
        Ok(verb)
    } else {
        Err(RunError(format!(
            "`{command}` is no command whose answer can be changed; {} are",
            COMMANDS.join(" ")
        )))
    }
}

// RFC 5321 §4.2.1: a host that never saw a command cannot have granted it.
fn refusal(reply: &str) -> Result<String, RunError> {
    let code = |line: &str| {
        let mut chars = line.chars();
        matches!(chars.next(), Some('4' | '5'))
            && chars.by_ref().take(2).filter(char::is_ascii_digit).count() == 2
            && matches!(chars.next(), None | Some(' ' | '-'))
    };
    let fits = !reply.trim().is_empty() && reply.lines().all(code);
    if fits {
        Ok(reply.to_owned())
    } else {
        Err(RunError(format!(
            "`{reply}` is no refusal; one begins with a code such as 452 or 550"
        )))
    }
}

fn words(find: &str) -> Result<Vec<u8>, RunError> {
    if find.is_empty() {
        Err(RunError("there are no words to be replaced".to_owned()))
    } else {
        Ok(find.as_bytes().to_vec())
    }
}

pub(in crate::scenario) fn failure(word: &str) -> Result<Option<Failure>, RunError> {
    match word {
        "nxdomain" => Ok(Some(Failure::NoSuchName)),
        "servfail" => Ok(Some(Failure::ServerFailure)),
        "timeout" => Ok(Some(Failure::Timeout)),
        "none" => Ok(None),
        other => Err(RunError(format!(
            "`{other}` is no failure of DNS; nxdomain, servfail, timeout and none are"
        ))),
    }
}

pub(in crate::scenario) fn certificate(
    host: &str,
    word: &str,
    now: Time,
) -> Result<Option<Certificate>, RunError> {
    let good = Certificate::good(host);
    match word {
        "good" => Ok(Some(good)),
        "expired" => Ok(Some(Certificate {
            until: Time(now.0 - 1),
            ..good
        })),
        "other-name" => Ok(Some(Certificate::good(format!("other.{host}")))),
        "untrusted" => Ok(Some(Certificate {
            trusted: false,
            ..good
        })),
        "none" => Ok(None),
        other => Err(RunError(format!(
            "`{other}` is no kind of certificate; good, expired, other-name, untrusted and none are"
        ))),
    }
}
