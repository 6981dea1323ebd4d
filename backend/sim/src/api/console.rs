//! The console: a user types SMTP, POP3 or IMAP to a host of the scenario. The input so far is a
//! step of the run, which is repeated after each line; each line is sent a second after the host
//! has answered the previous one.
//!
//! Failures: too many or too long lines are rejected; a connection that cannot be opened shows in
//! the events.

use super::dialogue::{Conversation, conversations};
use super::form::{ConsoleRequest, ConsoleState, ConsoleTurn, Plan};
use super::limits;
use super::play::{self, Prepared};
use crate::START;
use crate::error::{Counted, Document, Problem, ScenarioError};
use crate::link::Direction;
use crate::scenario::{self, Bounds, Edits, Span, Step, StepSpec};
use crate::script::{PATIENCE, PAUSE};
use mail::session::Speaker;
use mail::{Duration, Time};
use std::fmt::Write;

/// Maximum number of inputs on one connection.
pub const CONSOLE_TURNS_MAX: usize = 500;
/// Maximum size of one input in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Maximum time for the host to answer the last line.
pub(super) const LISTEN: Duration = Duration::from_secs(10);
// How long the run continues after the last line.
const AFTERWARDS: Duration = Duration::from_secs(60);

pub(super) fn type_input(console: &ConsoleRequest) -> Result<ConsoleState, ScenarioError> {
    let ConsoleRequest {
        from,
        host,
        port,
        at,
        turns,
        ..
    } = console;
    let (plan, edits) = with_input(console)?;
    let prepared: Prepared = play::prepare(&plan)?;
    let run = scenario::run_within(
        &prepared.scenario,
        &Bounds {
            listens: true,
            ..limits()
        },
    )?;
    let opened = START + at.0;
    let address = |name: &String| {
        prepared
            .scenario
            .hosts
            .iter()
            .find(|h| h.name == *name)
            .map(|h| h.address.clone())
    };
    let ours = |conversation: &&Conversation<'_>| {
        conversation.opened >= opened
            && Some(conversation.client.ip().to_string()) == address(from)
            && Some(conversation.server.ip().to_string()) == address(host)
            && conversation.server.port() == *port
    };
    let carried = conversations(&run.carried.0);
    let conversation = carried
        .iter()
        .filter(ours)
        .min_by_key(|conversation| conversation.opened);
    let now = shown_until(conversation, turns, opened, run.ended);
    let happened = run
        .moments
        .iter()
        .take_while(|moment| **moment <= now)
        .count();
    let lines = conversation
        .map(|conversation| conversation.lines(now))
        .unwrap_or_default();
    let answer = lines
        .iter()
        .rposition(|line| line.speaker == Speaker::Client && !turns.is_empty())
        .map_or(0, |last| last + 1);
    Ok(ConsoleState {
        answer,
        state: conversation
            .map(|conversation| conversation.state(&run.events[..happened], Speaker::Server))
            .unwrap_or_default(),
        open: conversation.is_some_and(|conversation| conversation.is_open(now)),
        lines,
        now,
        happened,
        edits,
        played: play::assemble(prepared, run)?,
    })
}

// The plan with the input as its last step, and its edits.
fn with_input(console: &ConsoleRequest) -> Result<(Plan, Edits), ScenarioError> {
    let mut plan = console.plan.clone();
    let file = scenario::read_any(&plan.scenario)?;
    let mut edits = plan.edits.take().unwrap_or_else(|| Edits::of(&file));
    let step = Step::Type {
        on: console.from.clone(),
        to_host: console.host.clone(),
        port: console.port,
        tls: console.tls,
        lines: dialogue(&console.turns, "~ ", true)?,
    };
    let at = console.at;
    edits.steps.push(StepSpec { at, step });
    let lasts = edits.lasts.unwrap_or(file.world.lasts);
    edits.lasts = Some(long_enough(lasts, at, &console.turns));
    plan.edits = Some(edits.clone());
    Ok((plan, edits))
}

// The time up to which the run is shown: when the host has answered the last input, or when the
// connection that the user closed is closed.
fn shown_until(
    conversation: Option<&Conversation<'_>>,
    turns: &[ConsoleTurn],
    opened: Time,
    ended: Time,
) -> Time {
    let last_sent = conversation
        .and_then(|conversation| conversation.last(Direction::ToServer, ended))
        .filter(|_| !turns.is_empty());
    let waits = turns
        .iter()
        .rev()
        .map_while(|turn| {
            if let ConsoleTurn::Wait(span) = turn {
                Some(span.0)
            } else {
                None
            }
        })
        .sum::<Duration>();
    let now = now(
        conversation,
        last_sent.unwrap_or(opened) + waits,
        Direction::ToClient,
    );
    let closed = conversation
        .and_then(Conversation::closed_at)
        .filter(|_| turns.last() == Some(&ConsoleTurn::Close));
    closed.map_or(now, |closed| closed.max(now)).min(ended)
}

/// The time at which the other side has finished its answer.
pub(super) fn now(
    conversation: Option<&Conversation<'_>>,
    since: Time,
    direction: Direction,
) -> Time {
    let listened = since + LISTEN;
    conversation
        .and_then(|conversation| conversation.last(direction, listened))
        .filter(|at| *at > since)
        .unwrap_or(listened)
}

// Formats the input as a dialogue; `mark` precedes the first line of each turn.
pub(super) fn dialogue(
    turns: &[ConsoleTurn],
    mark: &str,
    goes_on: bool,
) -> Result<String, ScenarioError> {
    if turns.len() > CONSOLE_TURNS_MAX {
        return Err(Problem::TooMany {
            what: Counted::ConsoleTurns,
            count: turns.len(),
            max: CONSOLE_TURNS_MAX,
        }
        .into());
    }
    let mut lines = String::new();
    for turn in turns {
        match turn {
            ConsoleTurn::Say(text) if text.len() > LINE_BYTES_MAX => {
                return Err(Problem::TooLarge {
                    document: Document::Line,
                    bytes: text.len(),
                    bytes_max: LINE_BYTES_MAX,
                }
                .into());
            }
            ConsoleTurn::Say(text) => {
                let mut marks = std::iter::once(mark).chain(std::iter::repeat("> "));
                let text = text.strip_suffix('\n').unwrap_or(text);
                // A line of a dialogue cannot contain a bare CR.
                text.replace('\r', "").split('\n').for_each(|line| {
                    let _ = writeln!(lines, "{}{line}", marks.next().unwrap_or_default());
                });
            }
            ConsoleTurn::Seal => lines.push_str("/ tls\n"),
            ConsoleTurn::Wait(span) => {
                let _ = writeln!(lines, ". {span}");
            }
            ConsoleTurn::Close => {
                lines.push_str(if goes_on {
                    ". 1s\n/ finish\n/ listen\n"
                } else {
                    ". 1s\n"
                });
                return Ok(lines);
            }
        }
    }
    lines.push_str(if goes_on { "/ listen\n" } else { "/ hang\n" });
    Ok(lines)
}

// Extends the run to the end of the input.
fn long_enough(lasts: Span, at: Span, turns: &[ConsoleTurn]) -> Span {
    let each = turns.iter().map(|turn| {
        if let ConsoleTurn::Wait(span) = turn {
            span.0
        } else {
            PATIENCE + PAUSE
        }
    });
    let typed = each.fold(at.0 + AFTERWARDS, Duration::saturating_add);
    lasts.max(Span(typed))
}
