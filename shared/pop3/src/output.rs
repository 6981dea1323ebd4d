//! The output of a session: replies, and traces for the journey without secrets. Decides nothing.

use mail::session::{Line, Speaker, Step};

use crate::command::Verb;
use crate::limits::{TRACED_CHARS_MAX, TRACED_LINES_MAX};
use crate::query::Query;
use crate::reply::ErrorReply;

/// Written in place of a secret.
const REDACTED: &str = "••••";

/// Steps in their order; bytes are collected until another step must come between.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) out: Vec<u8>,
    pub(crate) steps: std::collections::VecDeque<Step<Query>>,
    pub(crate) trace: bool,
    pub(crate) shows_secrets: bool,
}

impl Output {
    /// Turns the collected bytes into a step.
    pub(crate) fn flush(&mut self) {
        if !self.out.is_empty() {
            self.steps
                .push_back(Step::Send(std::mem::take(&mut self.out)));
        }
    }

    /// `+OK text`
    pub(crate) fn ok(&mut self, text: &str, before: &'static str, after: &'static str) {
        let line = format!("+OK {text}");
        self.line(&line);
        self.server(line, "pop3.reply.ok", before, after);
    }

    /// `-ERR [code] text`
    pub(crate) fn error(&mut self, error: &ErrorReply, before: &'static str, after: &'static str) {
        let text: String = error
            .text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let (line, explain) = match error.code {
            Some(code) => (format!("-ERR [{}] {text}", code.as_str()), code.explain()),
            None => (format!("-ERR {text}"), "pop3.reply.err"),
        };
        self.line(&line);
        self.server(line, explain, before, after);
    }

    /// Writes a line as it is.
    pub(crate) fn line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// Traces a reply.
    pub(crate) fn server(
        &mut self,
        text: String,
        explain: &str,
        before: &'static str,
        after: &'static str,
    ) {
        self.push(Speaker::Server, text, false, explain, before, after);
    }

    /// Traces a command without its secret words.
    pub(crate) fn command(&mut self, line: &[u8], verb: &Verb, state: &'static str) {
        if !self.trace {
            return;
        }
        let mut ends = line
            .iter()
            .enumerate()
            .filter(|(_, b)| **b == b' ')
            .map(|(i, _)| i);
        let end = if self.shows_secrets || verb.shown_words == usize::MAX {
            None
        } else {
            ends.nth(verb.shown_words - 1)
        };
        let mut shown = visible(&line[..end.unwrap_or(line.len())]);
        if end.is_some() {
            shown = format!("{shown} {REDACTED}");
        }
        self.push(
            Speaker::Client,
            shown,
            end.is_some(),
            verb.explain,
            state,
            state,
        );
    }

    /// Traces an unknown command. Before login it may contain a mistyped password: only its first
    /// word is shown.
    pub(crate) fn unknown(&mut self, line: &[u8], may_be_secret: bool, state: &'static str) {
        if !self.trace {
            return;
        }
        let end = line
            .iter()
            .position(|b| *b == b' ')
            .filter(|_| may_be_secret && !self.shows_secrets);
        let mut shown = visible(&line[..end.unwrap_or(line.len())]);
        if end.is_some() {
            shown = format!("{shown} {REDACTED}");
        }
        self.push(
            Speaker::Client,
            shown,
            end.is_some(),
            "pop3.unknown",
            state,
            state,
        );
    }

    /// Traces the client's part of a SASL exchange.
    pub(crate) fn secret(&mut self, line: &[u8], state: &'static str) {
        let shown = if self.shows_secrets {
            visible(line)
        } else {
            REDACTED.to_owned()
        };
        self.push(
            Speaker::Client,
            shown,
            !self.shows_secrets,
            "pop3.auth.response",
            state,
            state,
        );
    }

    fn push(
        &mut self,
        speaker: Speaker,
        text: String,
        redacted: bool,
        explain: &str,
        before: &'static str,
        after: &'static str,
    ) {
        if self.trace {
            self.flush();
            self.steps.push_back(Step::Trace(Line {
                speaker,
                text,
                redacted,
                before,
                after,
                explain: explain.to_owned(),
                kind: mail::session::LineKind::Other,
            }));
        }
    }
}

/// Bytes as a trace shows them: control characters as pictures, bounded.
fn visible(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let picture = |c: char| {
        if c.is_ascii_control() {
            char::from_u32(0x2400 + (u32::from(c) & 0x1f)).unwrap_or(c)
        } else {
            c
        }
    };
    let mut shown: String = text.chars().take(TRACED_CHARS_MAX).map(picture).collect();
    if text.chars().nth(TRACED_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A multi-line response for a trace, collected while it is sent: its first lines and its end.
#[derive(Debug, Default)]
pub(crate) struct ResponseTrace {
    text: String,
    lines: usize,
}

impl ResponseTrace {
    pub(crate) fn new(first: String) -> ResponseTrace {
        ResponseTrace {
            text: first,
            lines: 0,
        }
    }

    pub(crate) fn line(&mut self, line: &str) {
        if self.lines < TRACED_LINES_MAX {
            self.text.push('\n');
            self.text.push_str(line);
        }
        self.lines += 1;
    }

    pub(crate) fn finish(mut self) -> String {
        if self.lines > TRACED_LINES_MAX {
            self.text.push_str("\n⋯");
        }
        self.text.push_str("\n.");
        self.text
    }
}
