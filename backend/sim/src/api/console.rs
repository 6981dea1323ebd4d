//! The console: a person types SMTP, POP3 or IMAP to a host of the scenario. What was typed so far
//! is a step of the run, played anew with each line; each line is said a second after the host has
//! answered the one before.
//!
//! Failures: too many lines and too long ones are refused; a connection that does not come about is
//! told by the events.

use super::dialogue::{Talk, talks};
use super::form::{Console, Turn, Typed};
use super::play::{self, Prepared};
use super::{Fault, limits};
use crate::START;
use crate::link::Direction;
use crate::scenario::{self, Bounds, Span, Step, StepSpec};
use crate::script::{PATIENCE, PAUSE};
use mail::session::Speaker;
use mail::{Duration, Time};
use std::fmt::Write;

/// Things that are typed on one connection.
pub const CONSOLE_TURNS_MAX: usize = 500;
/// Octets of one of them.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// How long the host is listened to for its answer to the last line.
pub(super) const LISTEN: Duration = Duration::from_secs(10);
// What may still happen after the last line.
const AFTERWARDS: Duration = Duration::from_secs(60);

pub(super) fn typed(console: &Console) -> Result<Typed, Fault> {
    let Console {
        plan,
        from,
        host,
        port,
        tls,
        at,
        turns,
    } = console;
    let mut plan = plan.clone();
    let file = scenario::read_any(&plan.scenario)?;
    let mut edits = plan
        .edits
        .take()
        .unwrap_or_else(|| scenario::Edits::of(&file));
    let lines = dialogue(turns, "~ ", true)?;
    let step = Step::Type {
        on: from.clone(),
        to_host: host.clone(),
        port: *port,
        tls: *tls,
        lines,
    };
    edits.steps.push(StepSpec { at: *at, step });
    edits.lasts = Some(long_enough(
        edits.lasts.unwrap_or(file.world.lasts),
        *at,
        turns,
    ));
    plan.edits = Some(edits.clone());
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
    let ours = |talk: &&Talk<'_>| {
        talk.opened >= opened
            && Some(talk.client.ip().to_string()) == address(from)
            && Some(talk.server.ip().to_string()) == address(host)
            && talk.server.port() == *port
    };
    let carried = talks(&run.carried.0);
    let talk = carried.iter().filter(ours).min_by_key(|talk| talk.opened);
    let said_last = talk
        .and_then(|talk| talk.last(Direction::ToServer, run.ended))
        .filter(|_| !turns.is_empty());
    let waits = turns
        .iter()
        .rev()
        .map_while(|turn| {
            if let Turn::Wait(span) = turn {
                Some(span.0)
            } else {
                None
            }
        })
        .sum::<Duration>();
    let now = now(
        talk,
        said_last.unwrap_or(opened) + waits,
        Direction::ToClient,
    );
    let closed = talk
        .and_then(Talk::over)
        .filter(|_| turns.last() == Some(&Turn::Close));
    let now = closed.map_or(now, |closed| closed.max(now)).min(run.ended);
    let happened = run
        .moments
        .iter()
        .take_while(|moment| **moment <= now)
        .count();
    let lines = talk.map(|talk| talk.lines(now)).unwrap_or_default();
    let answer = lines
        .iter()
        .rposition(|line| line.speaker == Speaker::Client && !turns.is_empty())
        .map_or(0, |last| last + 1);
    Ok(Typed {
        answer,
        state: talk
            .map(|talk| talk.state(&run.events[..happened], Speaker::Server))
            .unwrap_or_default(),
        open: talk.is_some_and(|talk| talk.stands(now)),
        lines,
        now,
        happened,
        edits,
        played: play::shown(prepared, run)?,
    })
}

/// When the other side has said all that it says at once.
pub(super) fn now(talk: Option<&Talk<'_>>, since: Time, direction: Direction) -> Time {
    let listened = since + LISTEN;
    talk.and_then(|talk| talk.last(direction, listened))
        .filter(|at| *at > since)
        .unwrap_or(listened)
}

// A typed dialogue as a script has it: the mark before the first line of each turn.
pub(super) fn dialogue(turns: &[Turn], mark: &str, goes_on: bool) -> Result<String, Fault> {
    if turns.len() > CONSOLE_TURNS_MAX {
        let there = turns.len();
        return Err(Fault::new(
            format!("已经输入了 {there} 次，一条连接上最多 {CONSOLE_TURNS_MAX} 次。"),
            format!("{there} things were typed; on one connection {CONSOLE_TURNS_MAX} are allowed"),
        ));
    }
    let mut lines = String::new();
    for turn in turns {
        match turn {
            Turn::Say(text) if text.len() > LINE_BYTES_MAX => {
                let there = text.len();
                return Err(Fault::new(
                    format!("这一行有 {there} 个字节，最多 {LINE_BYTES_MAX} 个。"),
                    format!("the line has {there} octets; {LINE_BYTES_MAX} are allowed"),
                ));
            }
            Turn::Say(text) => {
                let mut marks = std::iter::once(mark).chain(std::iter::repeat("> "));
                let text = text.strip_suffix('\n').unwrap_or(text);
                // A lone CR would not survive as a line of a dialogue.
                text.replace('\r', "").split('\n').for_each(|line| {
                    let _ = writeln!(lines, "{}{line}", marks.next().unwrap_or_default());
                });
            }
            Turn::Seal => lines.push_str("/ tls\n"),
            Turn::Wait(span) => {
                let _ = writeln!(lines, ". {span}");
            }
            Turn::Close => {
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

// The run must last for what is typed.
fn long_enough(lasts: Span, at: Span, turns: &[Turn]) -> Span {
    let each = turns.iter().map(|turn| {
        if let Turn::Wait(span) = turn {
            span.0
        } else {
            PATIENCE + PAUSE
        }
    });
    let typed = each.fold(at.0 + AFTERWARDS, Duration::saturating_add);
    lasts.max(Span(typed))
}
