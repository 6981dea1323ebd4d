//! The messages of a run as hosts accepted them: which text belongs to which journey. Taken from
//! the write that makes a message durable, which contains both. Fields that the host adds are not
//! in the text; they are in the event of the acceptance.
//!
//! Failures: a long text is truncated, and later messages have no text once the limit for all texts
//! is reached; both are marked.

use crate::executor::lock;
use event::{Event, Kind};
use mail::JourneyId;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};

/// Maximum bytes kept of one message.
pub const MESSAGE_KEPT_BYTES_MAX: usize = 64 * 1024;
/// Maximum bytes kept of all messages of a run.
pub const MESSAGES_KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A message as a host accepted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedMessage {
    /// Its journey at the host.
    pub journey: JourneyId,
    /// The host.
    pub host: String,
    /// Header and body as received, with CRLF line ends; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Whether the text is complete.
    pub whole: bool,
}

/// The messages of a run. Clones share them.
#[derive(Clone, Default)]
pub struct AcceptedMessages(Arc<Mutex<(Vec<AcceptedMessage>, usize)>>);

impl AcceptedMessages {
    /// All messages, in the order in which they became durable.
    pub fn all(&self) -> Vec<AcceptedMessage> {
        lock(&self.0).0.clone()
    }

    /// Records the messages of a durable write, given its events and contents.
    pub(crate) fn accepted(&self, events: &[Event], mut contents: Vec<Vec<u8>>) {
        for event in events {
            let (Kind::Accepted { added, .. }, Some(journey)) = (&event.kind, event.journey) else {
                continue;
            };
            // A notification in the same write has its own content.
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
        inner.0.push(AcceptedMessage {
            journey,
            host: host.to_owned(),
            text,
            whole: content.len() <= room,
        });
    }
}

// Whether an event's header ends with the fields of this content: a host adds its own fields before
// them. An event's header may be truncated, so only the names of the available fields are compared.
fn belongs(content: &[u8], fields: &[String]) -> bool {
    let names: Vec<String> = mime::fields(content)
        .filter(|f| !f.is("Bcc"))
        .map(|f| f.name.to_ascii_lowercase())
        .collect();
    let fields: Vec<String> = fields
        .iter()
        .map(|line| {
            line.split(':')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        })
        .collect();
    (0..=fields.len()).any(|own| {
        let theirs = &fields[own..];
        theirs.len() <= names.len()
            && theirs == &names[..theirs.len()]
            && (theirs.len() == names.len() || fields.len() >= EVENT_FIELDS_MAX)
    })
}

// Maximum number of header fields in an event (see `queue`).
const EVENT_FIELDS_MAX: usize = 40;

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
    fn messages_of_one_write_get_their_own_texts() {
        let messages = AcceptedMessages::default();
        let fields = [
            accepted(1, &["Received: x", "From: a", "Subject: s"]),
            accepted(2, &["From: postmaster", "To: a"]),
        ];
        messages.accepted(
            &fields,
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
    fn a_message_at_the_limit_is_complete_and_one_byte_more_is_truncated() {
        for (bytes, whole) in [
            (MESSAGE_KEPT_BYTES_MAX, true),
            (MESSAGE_KEPT_BYTES_MAX + 1, false),
        ] {
            let messages = AcceptedMessages::default();
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
    fn the_size_of_all_messages_together_is_limited() {
        let messages = AcceptedMessages::default();
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
