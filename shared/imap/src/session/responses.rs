//! The output of a session: untagged and tagged responses, BYE, and their traces for the journey.
//! Decides nothing.

use super::{Condition, Job, Reply, Server, State, Work};
use crate::code::Code;
use crate::command::Tag;
use crate::limits;
use crate::query::Query;
use crate::verb::UntaggedUpdates;
use crate::write;
use mail::session::{Line, Speaker, Step};

impl Server {
    /// Writes one untagged response: `* `, the content, and CRLF.
    pub(super) fn untagged(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        self.out.extend_from_slice(b"* ");
        write(&mut self.out);
        self.out.extend_from_slice(b"\r\n");
        self.trace_untagged(start);
    }

    /// Adds what was written since `start` to the trace.
    pub(super) fn trace_untagged(&mut self, start: usize) {
        if self.config.trace && self.untagged_trace.len() < limits::TRACED_BYTES_MAX {
            let text = String::from_utf8_lossy(&self.out[start..]);
            let room = limits::TRACED_BYTES_MAX - self.untagged_trace.len();
            self.untagged_trace
                .extend(text.chars().filter(|c| *c != '\r').take(room));
        }
    }

    /// `* OK [code] text`
    pub(super) fn untagged_ok(&mut self, code: &str, text: &str) {
        self.untagged(|out| {
            out.extend_from_slice(b"OK [");
            out.extend_from_slice(code.as_bytes());
            out.extend_from_slice(b"] ");
            write::text(out, text);
        });
    }

    /// Sends the remaining changes, then the tagged reply of a command.
    pub(super) fn finish(&mut self, job: Job, reply: Reply) {
        if job.verb.updates != UntaggedUpdates::None && matches!(self.state, State::Selected(_)) {
            self.ask(
                Query::Sync { pushing: false },
                Work::Finish(job, Box::new(reply)),
            );
        } else {
            self.tagged(&job.tag, &reply);
        }
    }

    /// Sends the tagged reply; the command is complete.
    pub(super) fn tagged(&mut self, tag: &Tag, reply: &Reply) {
        self.work = Work::Ready;
        let start = self.out.len();
        self.out.extend_from_slice(tag.as_str().as_bytes());
        let key = self.write_reply(reply);
        self.trace_reply(start, key);
        self.count_error(reply.condition);
    }

    /// Replies to a line without a tag, or to a tag without a verb.
    pub(super) fn reject(&mut self, tag: Option<Tag>, reply: Reply) {
        match tag {
            Some(tag) => self.tagged(&tag, &reply),
            None => {
                let start = self.out.len();
                self.out.push(b'*');
                let key = self.write_reply(&reply);
                self.trace_reply(start, key);
                self.count_error(reply.condition);
            }
        }
    }

    fn write_reply(&mut self, reply: &Reply) -> &'static str {
        let (word, key): (&[u8], _) = match reply.condition {
            Condition::Ok => (b" OK ", "imap.reply.ok"),
            Condition::No => (b" NO ", "imap.reply.no"),
            Condition::Bad => (b" BAD ", "imap.reply.bad"),
        };
        self.out.extend_from_slice(word);
        if let Some(code) = &reply.code {
            self.out.extend_from_slice(format!("[{code}] ").as_bytes());
        }
        write::text(&mut self.out, &reply.text);
        self.out.extend_from_slice(b"\r\n");
        key
    }

    fn count_error(&mut self, condition: Condition) {
        if condition != Condition::Bad {
            self.errors = 0;
            return;
        }
        self.errors += 1;
        if self.errors >= limits::ERRORS_MAX {
            self.send_bye(None, "Too many errors");
        }
    }

    /// `* BYE text`; the connection ends.
    pub(super) fn send_bye(&mut self, code: Option<Code>, text: &str) {
        let start = self.out.len();
        self.out.extend_from_slice(b"* BYE ");
        if let Some(code) = code {
            self.out.extend_from_slice(format!("[{code}] ").as_bytes());
        }
        write::text(&mut self.out, text);
        self.out.extend_from_slice(b"\r\n");
        self.trace_reply(start, "imap.reply.bye");
        self.close();
    }

    /// `+ text`: a continuation request.
    pub(super) fn continuation(&mut self, text: &str) {
        let start = self.out.len();
        self.out.extend_from_slice(b"+ ");
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self.trace_reply(start, "imap.reply.continue");
        self.flush();
    }

    /// Traces the untagged lines collected so far and what was written since `start` as one reply.
    pub(super) fn trace_reply(&mut self, start: usize, key: &str) {
        if !self.config.trace {
            return;
        }
        let last = String::from_utf8_lossy(&self.out[start..]);
        let text = format!(
            "{}{}",
            std::mem::take(&mut self.untagged_trace),
            last.trim_end()
        );
        self.trace(
            Speaker::Server,
            text.replace('\r', ""),
            false,
            key.to_owned(),
        );
    }

    /// Traces untagged lines without a tagged reply.
    pub(super) fn trace_push(&mut self) {
        let text = std::mem::take(&mut self.untagged_trace);
        if !text.is_empty() {
            self.trace(
                Speaker::Server,
                text.trim_end().to_owned(),
                false,
                "imap.push".to_owned(),
            );
        }
    }

    pub(super) fn trace(
        &mut self,
        speaker: Speaker,
        text: String,
        redacted: bool,
        explain: String,
    ) {
        if self.config.trace {
            let state = self.state.name();
            self.steps.push_back(Step::Trace(Line {
                speaker,
                text,
                redacted,
                before: state,
                after: state,
                explain,
                kind: mail::session::LineKind::Other,
            }));
        }
    }

    /// Traces a client's line of which only the words before the first `shown` spaces may be
    /// visible; `usize::MAX` for all.
    pub(super) fn trace_command(&mut self, text: &[u8], shown: usize, explain: &str) {
        if !self.config.trace {
            return;
        }
        let end = match shown {
            _ if self.shows_secrets => text.len(),
            usize::MAX => text.len(),
            n => text
                .iter()
                .enumerate()
                .filter(|(_, b)| **b == b' ')
                .nth(n - 1)
                .map_or(text.len(), |(i, _)| i),
        };
        let redacted = end < text.len();
        let mut shown =
            String::from_utf8_lossy(&text[..end.min(limits::TRACED_BYTES_MAX)]).replace('\r', "");
        if redacted {
            shown.push_str(" ••••");
        } else if end > limits::TRACED_BYTES_MAX {
            shown.push('…');
        }
        self.trace(Speaker::Client, shown, redacted, explain.to_owned());
    }

    pub(super) fn trace_too_long(&mut self, text: &[u8]) {
        self.trace_command(text, 1, "imap.unknown");
    }
}
