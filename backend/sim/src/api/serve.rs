//! Somebody plays the server: a host's port answers what a person types, and a real client reacts.
//! Connections beyond those that were answered are taken and hear nothing.
//!
//! Failures: as at the console; a client that gives up is told by the events.

use super::console::{dialogue, now};
use super::dialogue::{Talk as Carried, talks};
use super::form::{Serve, Served, Talk, Turn, Waiting};
use super::play;
use super::{Fault, limits};
use crate::link::Direction;
use crate::scenario::{self, Bounds, HostSpec, Scenario};
use mail::Time;
use mail::session::Speaker;

/// Connections to a played server that are answered.
pub const CONNECTIONS_MAX: usize = 50;

pub(super) fn served(serve: &Serve) -> Result<Served, Fault> {
    let Serve {
        plan,
        host,
        port,
        connections,
    } = serve;
    let mut plan = plan.clone();
    let file = scenario::read_any(&plan.scenario)?;
    let mut edits = plan
        .edits
        .take()
        .unwrap_or_else(|| scenario::Edits::of(&file));
    let played_host = played(&scenario::edited(&file, &edits)?, serve)?;
    edits.hosts.retain(|there| there.name != *host);
    edits.hosts.push(played_host);
    plan.edits = Some(edits.clone());
    let prepared = play::prepare(&plan)?;
    let run = scenario::run_within(
        &prepared.scenario,
        &Bounds {
            listens: true,
            ..limits()
        },
    )?;
    let address = prepared
        .scenario
        .hosts
        .iter()
        .find(|h| h.name == *host)
        .map(|h| h.address.clone());
    let carried = talks(&run.carried.0);
    let ours: Vec<&Carried<'_>> = carried
        .iter()
        .filter(|t| t.server.port() == *port && Some(t.server.ip().to_string()) == address)
        .collect();
    // It is as late as the client's last words to whoever was answered last; with nobody answered
    // yet, as its first connection.
    let current = connections
        .iter()
        .rposition(|turns| !turns.is_empty())
        .unwrap_or(0);
    let talk = ours.get(current).copied();
    let replied = talk.map_or(run.ended, |talk| {
        talk.last(Direction::ToClient, run.ended)
            .unwrap_or(talk.opened)
    });
    let mut now = if talk.is_some() {
        now(talk, replied, Direction::ToServer)
    } else {
        run.ended
    };
    // A connection that is over: the next one is waited for.
    let mut waiting_on = talk.filter(|talk| talk.stands(now)).map(|_| current);
    if waiting_on.is_none()
        && let Some(next) = ours.get(current + 1)
    {
        (now, waiting_on) = (
            next.last(Direction::ToServer, next.opened + super::console::LISTEN)
                .unwrap_or(next.opened),
            Some(current + 1),
        );
    }
    now = now.min(run.ended);
    let happened = run
        .moments
        .iter()
        .take_while(|moment| **moment <= now)
        .count();
    let shown = |talk: &&Carried<'_>| Talk {
        client: talk.client.to_string(),
        lines: talk.lines(now),
        open: talk.stands(now),
    };
    let waiting = waiting_on.and_then(|connection| {
        waiting(
            ours.get(connection)?,
            connection,
            &run.events,
            happened,
            now,
        )
    });
    Ok(Served {
        connections: ours
            .iter()
            .filter(|talk| talk.opened <= now)
            .map(shown)
            .collect(),
        waiting,
        now,
        happened,
        edits,
        played: play::shown(prepared, run)?,
    })
}

// The host as it was, but for the port.
fn played(scenario: &Scenario, serve: &Serve) -> Result<HostSpec, Fault> {
    let Serve {
        host,
        port,
        connections,
        ..
    } = serve;
    let there = scenario.hosts.iter().find(|h| h.name == *host);
    let mut fresh = there.cloned().ok_or_else(|| {
        Fault::new(
            format!("没有 {host} 这台主机。"),
            format!("there is no host {host}"),
        )
    })?;
    if connections.len() > CONNECTIONS_MAX {
        let there = connections.len();
        return Err(Fault::new(
            format!("已经应答了 {there} 条连接，最多 {CONNECTIONS_MAX} 条。"),
            format!("{there} connections were answered; {CONNECTIONS_MAX} are allowed"),
        ));
    }
    if fresh.runs == scenario::Runs::Nothing {
        fresh.runs = scenario::Runs::Script;
    }
    let mut scripts = connections
        .iter()
        .map(|turns| replies(turns))
        .collect::<Result<Vec<String>, Fault>>()?;
    // Whoever comes later hears nothing.
    scripts.push("/ hang\n".to_owned());
    fresh.script.insert(port.to_string(), scripts);
    Ok(fresh)
}

// Nobody speaks before the greeting: it comes a second after the connection, all others after what
// the client says.
fn replies(turns: &[Turn]) -> Result<String, Fault> {
    let (greeting, rest) = turns.split_at(turns.len().min(1));
    match greeting {
        [Turn::Say(_)] => {
            let first = dialogue(greeting, "> ", false)?;
            Ok(format!(
                ". 1s\n{}{}",
                first.trim_end_matches("/ hang\n"),
                dialogue(rest, "~ ", false)?
            ))
        }
        _ => dialogue(turns, "~ ", false),
    }
}

fn waiting(
    talk: &Carried<'_>,
    connection: usize,
    events: &[event::Event],
    happened: usize,
    now: Time,
) -> Option<Waiting> {
    let last = talk
        .lines(now)
        .into_iter()
        .rfind(|line| line.speaker == Speaker::Client)
        .map(|line| line.text)
        .unwrap_or_default();
    let state = talk.state(&events[..happened], Speaker::Client);
    let client = events[..happened].iter().rev().find(|e| {
        matches!(&e.kind, event::Kind::Connect { client, server, .. }
        if client.address == talk.client.to_string() && server.address == talk.server.to_string())
    });
    let host = client.map(|e| e.host.clone());
    let otherwise = events
        .iter()
        .enumerate()
        .skip(happened)
        .find(|(_, e)| host.as_ref().is_some_and(|h| *h == e.host));
    Some(Waiting {
        connection,
        last,
        state,
        otherwise: otherwise.map(|(place, _)| place),
    })
}
