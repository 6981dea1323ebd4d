//! Where playback stops for a question: before the first event that shows the answer, which may be
//! earlier than the event of the question.

use event::{Event, Kind, Verdict};
use mail::SpanId;
use mail::session::Speaker;

/// The index of the event before which playback stops for a question about the event at `asked`.
///
/// Both sides of a connection record each line; playback stops before the first record. A check
/// that decides a reply is recorded before the reply; playback stops before the check.
pub(super) fn stop(events: &[Event], asked: usize) -> usize {
    let first = first_record(events, asked).unwrap_or(asked);
    deciding_check(events, first).unwrap_or(first)
}

// The same line as recorded by the other side, if that was earlier.
fn first_record(events: &[Event], asked: usize) -> Option<usize> {
    let event = &events[asked];
    let text = line(event)?;
    let own = connection(events, event.span)?;
    let repeated = events[..asked]
        .iter()
        .rposition(|e| e.span == event.span && line(e) == Some(text));
    let from = repeated.map_or(0, |at| at + 1);
    events[from..asked]
        .iter()
        .position(|e| {
            e.span != event.span && line(e) == Some(text) && connection(events, e.span) == Some(own)
        })
        .map(|at| from + at)
}

fn line(event: &Event) -> Option<(Speaker, &str)> {
    match &event.kind {
        Kind::Line { speaker, text, .. } => Some((*speaker, text)),
        _ => None,
    }
}

// The addresses of a span's connection.
fn connection(events: &[Event], span: SpanId) -> Option<(&str, &str)> {
    events.iter().find_map(|e| match &e.kind {
        Kind::Connect { client, server, .. } if e.span == span => {
            Some((client.address.as_str(), server.address.as_str()))
        }
        _ => None,
    })
}

// Of the checks since the previous line, the first one that failed, or else the last one.
fn deciding_check(events: &[Event], reply: usize) -> Option<usize> {
    let event = &events[reply];
    if !matches!(line(event), Some((Speaker::Server, _))) {
        return None;
    }
    let mut passed = None;
    let mut failed = None;
    for (at, e) in events[..reply].iter().enumerate().rev() {
        if e.span != event.span {
            continue;
        }
        match &e.kind {
            Kind::Line { .. } => break,
            Kind::Check {
                verdict: Verdict::Fail,
                ..
            } => failed = Some(at),
            Kind::Check { .. } => passed = passed.or(Some(at)),
            _ => {}
        }
    }
    failed.or(passed)
}
