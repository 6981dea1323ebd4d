//! The messages of a run as their hosts took them: which text belongs to which journey. Told by the
//! write that makes a message durable, which holds both. The fields that the host added are not in
//! the text; they stand in the event that told of the acceptance.
//!
//! Failures: a long text is cut, and when all that may be kept is kept, later messages have none;
//! both are marked.

use crate::executor::lock;
use event::{Event, Kind};
use mail::JourneyId;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

/// Octets that are kept of one message.
pub const MESSAGE_KEPT_BYTES_MAX: usize = 64 * 1024;
/// Octets that are kept of all messages of a run.
pub const MESSAGES_KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A message as a host took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMessage {
    /// Its journey there.
    pub journey: JourneyId,
    /// Which host took it.
    pub host: String,
    /// Header and body as they came, CRLF line ends; octets that are no UTF-8 are replaced.
    pub text: String,
    /// Nothing was left out.
    pub whole: bool,
}

/// The messages of a run. Clones share them.
#[derive(Clone, Default)]
pub struct RunMessages(Arc<Mutex<(Vec<RunMessage>, usize)>>);

impl RunMessages {
    /// In the order in which they became durable.
    pub fn all(&self) -> Vec<RunMessage> {
        lock(&self.0).0.clone()
    }

    /// A write has become durable: what it told, and the contents that it holds.
    pub(crate) fn accepted(&self, told: &[Event], mut contents: Vec<Vec<u8>>) {
        for event in told {
            let (Kind::Accepted { added, .. }, Some(journey)) = (&event.kind, event.journey) else {
                continue;
            };
            // A notice that is written in the same write has a content of its own.
            let Some(place) = contents.iter().position(|content| belongs(content, added)) else {
                continue;
            };
            self.keep(journey, &event.host, &contents.remove(place));
        }
    }

    fn keep(&self, journey: JourneyId, host: &str, content: &[u8]) {
        let mut inner = lock(&self.0);
        let room = MESSAGE_KEPT_BYTES_MAX.min(MESSAGES_KEPT_BYTES_MAX - inner.1);
        let mut text = String::from_utf8_lossy(&content[..content.len().min(room)]).into_owned();
        text.truncate(text.floor_char_boundary(room));
        inner.1 += text.len();
        inner.0.push(RunMessage {
            journey,
            host: host.to_owned(),
            text,
            whole: content.len() <= room,
        });
    }
}

// Whether the header that was told ends with the fields of this content: a host puts its own fields
// before them. What is told is cut, so fields are compared by name, as far as they go.
fn belongs(content: &[u8], told: &[String]) -> bool {
    let names: Vec<String> = mime::fields(content)
        .filter(|f| !f.is("Bcc"))
        .map(|f| f.name.to_ascii_lowercase())
        .collect();
    let told: Vec<String> = told
        .iter()
        .map(|line| {
            line.split(':')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        })
        .collect();
    (0..=told.len()).any(|own| {
        let theirs = &told[own..];
        theirs.len() <= names.len()
            && theirs == &names[..theirs.len()]
            && (theirs.len() == names.len() || told.len() >= FIELDS_TOLD)
    })
}

// So many fields are told of a header (`queue`).
const FIELDS_TOLD: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use mail::{SpanId, Time};

    fn accepted(journey: u64, added: &[&str]) -> Event {
        let added = added.iter().map(|line| (*line).to_owned()).collect();
        let kind = Kind::Accepted {
            message: 1,
            sender: String::new(),
            recipients: Vec::new(),
            bytes: 0,
            added,
        };
        Event {
            at: Time(0),
            seq: 0,
            journey: Some(JourneyId(journey)),
            span: SpanId(1),
            parent: None,
            host: "mail.a.test".into(),
            role: event::Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: "queue.accepted".into(),
            claimed: false,
            kind,
        }
    }

    #[test]
    fn each_of_two_messages_of_one_write_gets_its_own_text() {
        let messages = RunMessages::default();
        let told = [
            accepted(1, &["Received: x", "From: a", "Subject: s"]),
            accepted(2, &["From: postmaster", "To: a"]),
        ];
        messages.accepted(
            &told,
            vec![
                b"From: postmaster\r\nTo: a\r\n\r\nno\r\n".to_vec(),
                b"From: a\r\nSubject: s\r\n\r\nhi\r\n".to_vec(),
            ],
        );
        let texts: Vec<_> = messages
            .all()
            .into_iter()
            .map(|l| (l.journey.0, l.text, l.whole))
            .collect();
        assert_eq!(
            texts,
            [
                (1, "From: a\r\nSubject: s\r\n\r\nhi\r\n".to_owned(), true),
                (
                    2,
                    "From: postmaster\r\nTo: a\r\n\r\nno\r\n".to_owned(),
                    true
                )
            ]
        );
    }

    #[test]
    fn a_message_at_the_limit_is_whole_and_one_byte_more_is_cut() {
        for (bytes, whole) in [
            (MESSAGE_KEPT_BYTES_MAX, true),
            (MESSAGE_KEPT_BYTES_MAX + 1, false),
        ] {
            let messages = RunMessages::default();
            let mut content = b"A: b\r\n\r\n".to_vec();
            content.resize(bytes, b'x');
            messages.accepted(&[accepted(1, &["A: b"])], vec![content]);
            let kept = &messages.all()[0];
            assert_eq!(
                (kept.whole, kept.text.len()),
                (whole, MESSAGE_KEPT_BYTES_MAX)
            );
        }
    }

    #[test]
    fn all_messages_together_are_bounded() {
        let messages = RunMessages::default();
        let content = [
            b"A: b\r\n\r\n".to_vec(),
            vec![b'x'; MESSAGE_KEPT_BYTES_MAX - 8],
        ]
        .concat();
        for _ in 0..MESSAGES_KEPT_BYTES_MAX / MESSAGE_KEPT_BYTES_MAX + 1 {
            messages.accepted(&[accepted(1, &["A: b"])], vec![content.clone()]);
        }
        let all = messages.all();
        assert_eq!(
            all.iter().map(|l| l.text.len()).sum::<usize>(),
            MESSAGES_KEPT_BYTES_MAX
        );
        assert!(all[all.len() - 2].whole && !all[all.len() - 1].whole);
    }
}
