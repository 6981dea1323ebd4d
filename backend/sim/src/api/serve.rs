//! Acting as a server: a port of a host sends the replies that the user types, and a real client
//! reacts. Further connections are accepted and get no reply.
//!
//! Failures: as in the console; a client that gives up shows in the events.

use super::console::{LISTEN, dialogue, now};
use super::dialogue::{Conversation, conversations};
use super::form::{ConsoleTurn, Plan, ServeRequest, ServerConnection, ServerState, WaitingClient};
use super::limits;
use super::play;
use crate::error::{Counted, HostProblem, Problem};
use crate::link::Direction;
use crate::scenario::{self, Bounds, Edits, HostSpec, Scenario, ScenarioError};
use mail::Time;
use mail::session::Speaker;

/// Maximum number of connections that the user can answer.
pub const CONNECTIONS_MAX: usize = 50;

pub(super) fn serve(serve: &ServeRequest) -> Result<ServerState, ScenarioError> {
    let ServeRequest {
        host,
        port,
        connections,
        ..
    } = serve;
    let (plan, edits) = with_replies(serve)?;
    let prepared = play::prepare(&plan)?;
    let run = scenario::run_within(
        &prepared.scenario,
        &Bounds {
            listens: true,
            ..limits()
        },
    )?;
    let hosts = &prepared.scenario.hosts;
    let address = hosts.iter().find(|h| h.name == *host).map(|h| &h.address);
    let carried = conversations(&run.carried.0);
    let ours: Vec<&Conversation<'_>> = carried
        .iter()
        .filter(|t| t.server.port() == *port && Some(&t.server.ip().to_string()) == address)
        .collect();
    let (now, waiting_on) = present(&ours, connections, run.ended);
    let happened = run
        .moments
        .iter()
        .take_while(|moment| **moment <= now)
        .count();
    let shown = |conversation: &&Conversation<'_>| ServerConnection {
        client: conversation.client.to_string(),
        lines: conversation.lines(now),
        open: conversation.is_open(now),
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
            .filter(|conversation| conversation.opened <= now)
            .map(shown)
            .collect(),
        waiting,
        now,
        happened,
        edits,
        played: play::assemble(prepared, run)?,
    })
}

// The plan with the replies so far, and its edits.
fn with_replies(serve: &ServeRequest) -> Result<(Plan, Edits), ScenarioError> {
    let mut plan = serve.plan.clone();
    let file = scenario::read_any(&plan.scenario)?;
    let mut edits = plan.edits.take().unwrap_or_else(|| Edits::of(&file));
    let host = with_played_port(&scenario::edited(&file, &edits)?, serve)?;
    edits.hosts.retain(|there| there.name != serve.host);
    edits.hosts.push(host);
    plan.edits = Some(edits.clone());
    Ok((plan, edits))
}

// The present time, and the connection that waits for a reply. The present time is when the client
// last sent data on the most recently answered connection; before any answer, when the first
// connection was opened.
fn present(
    ours: &[&Conversation<'_>],
    connections: &[Vec<ConsoleTurn>],
    ended: Time,
) -> (Time, Option<usize>) {
    let current = connections
        .iter()
        .rposition(|turns| !turns.is_empty())
        .unwrap_or(0);
    let conversation = ours.get(current).copied();
    let mut at = conversation.map_or(ended, |conversation| {
        let replied = conversation
            .last(Direction::ToClient, ended)
            .unwrap_or(conversation.opened);
        now(Some(conversation), replied, Direction::ToServer)
    });
    let mut waiting_on = conversation
        .filter(|conversation| conversation.is_open(at))
        .map(|_| current);
    // When a connection has ended, the next one waits.
    if waiting_on.is_none()
        && let Some(next) = ours.get(current + 1)
    {
        at = next
            .last(Direction::ToServer, next.opened + LISTEN)
            .unwrap_or(next.opened);
        waiting_on = Some(current + 1);
    }
    (at.min(ended), waiting_on)
}

// The host with the scripted port in place of its own server.
fn with_played_port(scenario: &Scenario, serve: &ServeRequest) -> Result<HostSpec, ScenarioError> {
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

// The greeting is sent a second after the connection is opened, every other reply after a command.
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
    conversation: &Conversation<'_>,
    connection: usize,
    events: &[event::Event],
    happened: usize,
    now: Time,
) -> Option<WaitingClient> {
    let last = conversation
        .lines(now)
        .into_iter()
        .rfind(|line| line.speaker == Speaker::Client)
        .map(|line| line.text)
        .unwrap_or_default();
    let state = conversation.state(&events[..happened], Speaker::Client);
    let client = events[..happened].iter().rev().find(|e| {
        matches!(&e.kind, event::Kind::Connect { client, server, .. }
        if client.address == conversation.client.to_string() && server.address == conversation.server.to_string())
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
