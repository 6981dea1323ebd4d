//! Translates faults into the behaviour of the simulated network: rules of a middlebox, DNS
//! failures, certificates. Does not execute them.

use super::spec::Fault;
use crate::error::StepProblem;
use crate::link::{Break, Direction};
use crate::middlebox::{Rule, Tampering};
use crate::tls::Certificate;
use mail::Time;
use mail::dns::Failure;

// SMTP commands whose replies can be replaced.
const COMMANDS: [&str; 10] = [
    "HELO", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT", ".",
];

/// How a connection breaks: with a reset that both sides receive, or silently.
pub(super) fn breaks(reset: bool) -> Break {
    if reset { Break::Reset } else { Break::Silent }
}

/// The middlebox rule that implements a fault; `None` if another part implements it.
///
/// # Errors
/// If a command is unknown, a reply is not a rejection, or the text to be replaced is empty.
pub(super) fn rule(fault: &Fault) -> Result<Option<Rule>, StepProblem> {
    Ok(Some(match fault {
        Fault::Lost {
            from,
            to,
            port,
            command,
            nth,
            reset,
        } => Rule {
            from: Some(from.clone()),
            to: Some(to.clone()),
            port: Some(*port),
            nth: *nth,
            times: 1,
            what: Tampering::Lose {
                command: verb(command)?,
                how: breaks(*reset),
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
            what: Tampering::Answer {
                command: verb(command)?,
                reply: rejection(reply)?,
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
            what: Tampering::Rewrite {
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

fn verb(command: &str) -> Result<String, StepProblem> {
    let verb = command.trim().to_ascii_uppercase();
    let known = COMMANDS.contains(&verb.as_str());
    if known {
        Ok(verb)
    } else {
        Err(StepProblem::UnknownCommand {
            command: command.to_owned(),
            known: COMMANDS.map(str::to_owned).to_vec(),
        })
    }
}

// RFC 5321 §4.2.1: 4yz and 5yz are rejections. A host that never saw the command cannot have
// accepted it.
fn rejection(reply: &str) -> Result<String, StepProblem> {
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
        Err(StepProblem::NotARejection(reply.to_owned()))
    }
}

fn words(find: &str) -> Result<Vec<u8>, StepProblem> {
    if find.is_empty() {
        Err(StepProblem::NothingToReplace)
    } else {
        Ok(find.as_bytes().to_vec())
    }
}

/// The DNS failure for a keyword; `None` for the keyword `none`, which ends a failure.
///
/// # Errors
/// If the keyword is unknown.
pub(super) fn dns_failure(word: &str) -> Result<Option<Failure>, StepProblem> {
    match word {
        "nxdomain" => Ok(Some(Failure::NoSuchName)),
        "servfail" => Ok(Some(Failure::ServerFailure)),
        "timeout" => Ok(Some(Failure::Timeout)),
        "none" => Ok(None),
        other => Err(StepProblem::UnknownDnsFailure(other.to_owned())),
    }
}

/// The certificate for a keyword.
///
/// # Errors
/// If the keyword is unknown.
pub(super) fn certificate(
    host: &str,
    word: &str,
    now: Time,
) -> Result<Option<Certificate>, StepProblem> {
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
        other => Err(StepProblem::UnknownCertificate(other.to_owned())),
    }
}
