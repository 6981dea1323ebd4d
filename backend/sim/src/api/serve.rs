//! A person plays a server: a host's port replies what the person types, and a real client reacts.
//! Further connections are accepted and get no reply.
//!
//! Failures: as in the console; a client that gives up shows in the events.

use super::console::{dialogue, now};
use super::dialogue::{Conversation, conversations};
use super::form::{ConsoleTurn, ServeRequest, ServerConnection, ServerState, WaitingClient};
use super::limits;
use super::play;
use crate::error::{Counted, HostProblem, Problem};
use crate::link::Direction;
use crate::scenario::{self, Bounds, HostSpec, Scenario, ScenarioError};
use mail::Time;
use mail::session::Speaker;

/// Connections that a person answers.
pub const CONNECTIONS_MAX: usize = 50;

pub(super) fn served(serve: &ServeRequest) -> Result<ServerState, ScenarioError> {
    let ServeRequest {
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
    let carried = conversations(&run.carried.0);
    let ours: Vec<&Conversation<'_>> = carried
        .iter()
        .filter(|t| t.server.port() == *port && Some(t.server.ip().to_string()) == address)
        .collect();
    // The present time is when the client last sent something on the connection that was answered
    // last; before any answer, when the first connection was opened.
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
    // After the end of a connection, the next one is waited for.
    let mut waiting_on = talk.filter(|talk| talk.is_open(now)).map(|_| current);
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
    let shown = |talk: &&Conversation<'_>| ServerConnection {
        client: talk.client.to_string(),
        lines: talk.lines(now),
        open: talk.is_open(now),
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
    Ok(ServerState {
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

// The host with the port played by the person.
fn played(scenario: &Scenario, serve: &ServeRequest) -> Result<HostSpec, ScenarioError> {
    let ServeRequest {
        host,
        port,
        connections,
        ..
    } = serve;
    let there = scenario.hosts.iter().find(|h| h.name == *host);
    let there = there.cloned();
    let mut fresh = there.ok_or_else(|| HostProblem::Unknown(host.clone()))?;
    if connections.len() > CONNECTIONS_MAX {
        return Err(Problem::TooMany {
            what: Counted::Connections,
            count: connections.len(),
            max: CONNECTIONS_MAX,
        }
        .into());
    }
    if fresh.runs == scenario::Runs::Nothing {
        fresh.runs = scenario::Runs::Script;
    }
    let mut scripts = connections
        .iter()
        .map(|turns| replies(turns))
        .collect::<Result<Vec<String>, ScenarioError>>()?;
    // Later connections get no reply.
    scripts.push("/ hang\n".to_owned());
    fresh.script.insert(port.to_string(), scripts);
    Ok(fresh)
}

// The greeting comes a second after the connection, every other reply after a command.
fn replies(turns: &[ConsoleTurn]) -> Result<String, ScenarioError> {
    let (greeting, rest) = turns.split_at(turns.len().min(1));
    match greeting {
        [ConsoleTurn::Say(_)] => {
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
    talk: &Conversation<'_>,
    connection: usize,
    events: &[event::Event],
    happened: usize,
    now: Time,
) -> Option<WaitingClient> {
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
    Some(WaitingClient {
        connection,
        last,
        state,
        otherwise: otherwise.map(|(place, _)| place),
    })
}
