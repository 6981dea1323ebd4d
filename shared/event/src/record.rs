//! How roles record: a [`Recorder`] for each connection or attempt. What is said before a message is
//! known (greeting, EHLO, AUTH) is kept as the preamble and becomes part of every message that the
//! connection brings.

use crate::{Event, Kind, Role};
use mail::session::Line;
use mail::{JourneyId, SpanId, Time};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where events go that happen after their message was stored: the final 250, a retry, a fetch. They
/// reach the message's journey and live viewers. Losing one in a crash loses no mail.
pub trait Sink: Send + Sync {
    /// Takes an event whose `journey` is set (but a witness, see [`Sequence::witnessed`], takes
    /// all).
    fn emit(&self, event: Event);
}

/// Numbers the events of one host.
#[derive(Clone, Default)]
pub struct Sequence {
    next: Arc<AtomicU64>,
    witness: Option<Arc<dyn Sink>>,
}

impl Sequence {
    /// With somebody who sees every recorded event when it happens, also those that belong to no
    /// message (a refused connection, a login, NOOP): the Lab. An event that belongs to messages
    /// comes to their journeys besides, under the same number.
    pub fn witnessed(witness: Arc<dyn Sink>) -> Sequence {
        Sequence {
            next: Arc::default(),
            witness: Some(witness),
        }
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sequence")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// The most events a connection keeps for its preamble, and for one transaction; what comes beyond
/// is not recorded.
pub const PREAMBLE_EVENTS_MAX: usize = 64;
/// See [`PREAMBLE_EVENTS_MAX`].
pub const TRANSACTION_EVENTS_MAX: usize = 400;

/// Records the events of one connection or attempt.
pub struct Recorder {
    host: Cow<'static, str>,
    role: Role,
    span: SpanId,
    parent: Option<SpanId>,
    sequence: Sequence,
    sink: Arc<dyn Sink>,
    /// Lines from now on go through TLS.
    sealed: bool,
    preamble: Vec<Event>,
    transaction: Vec<Event>,
    /// The message that was stored last and is still being spoken of.
    bound: Option<JourneyId>,
    in_transaction: bool,
}

impl Recorder {
    /// A recorder for a new span.
    pub fn new(
        host: impl Into<Cow<'static, str>>,
        role: Role,
        span: SpanId,
        parent: Option<SpanId>,
        sequence: Sequence,
        sink: Arc<dyn Sink>,
    ) -> Recorder {
        Recorder {
            host: host.into(),
            role,
            span,
            parent,
            sequence,
            sink,
            sealed: false,
            preamble: Vec::new(),
            transaction: Vec::new(),
            bound: None,
            in_transaction: false,
        }
    }

    /// This recorder's span.
    pub fn span(&self) -> SpanId {
        self.span
    }

    /// Records something in this recorder's own role.
    pub fn emit(&mut self, at: Time, kind: Kind) {
        let event = self.event(at, kind);
        self.place(event);
    }

    /// Records a line of the dialogue.
    pub fn line(&mut self, at: Time, line: Line) {
        let number = self.number();
        self.numbered_line(at, number, line);
    }

    /// A number for a line that is recorded a little later, or for several messages: it is one
    /// event.
    pub fn number(&self) -> u64 {
        self.sequence.next()
    }

    /// Records a line under a number that was taken for it.
    pub fn numbered_line(&mut self, at: Time, number: u64, line: Line) {
        let event = self.line_event(at, number, line);
        self.place(event);
    }

    /// Tells a given message of a line.
    pub fn line_for(&self, journey: JourneyId, at: Time, number: u64, line: Line) {
        self.sink.emit(Event {
            journey: Some(journey),
            ..self.line_event(at, number, line)
        });
    }

    /// A line that speaks of no message and is not kept: only a witness sees it.
    pub fn passing_line(&self, at: Time, number: u64, line: Line) {
        if let Some(witness) = &self.sequence.witness {
            witness.emit(self.line_event(at, number, line));
        }
    }

    fn line_event(&self, at: Time, number: u64, line: Line) -> Event {
        let kind = Kind::Line {
            speaker: line.speaker,
            text: line.text,
            sealed: self.sealed,
            redacted: line.redacted,
        };
        let (before, after) = (Cow::Borrowed(line.before), Cow::Borrowed(line.after));
        Event {
            before,
            after,
            explain: Cow::Owned(line.explain),
            ..self.numbered(at, number, kind)
        }
    }

    /// Records the handshake; what follows is sealed.
    pub fn tls(&mut self, at: Time, tls: mail::session::TlsInfo) {
        self.emit(at, Kind::Tls(tls));
        self.sealed = true;
    }

    /// Marks the connection as sealed from its first byte (implicit TLS) without recording a
    /// handshake.
    pub fn set_sealed(&mut self) {
        self.sealed = true;
    }

    /// An event of this recorder, not placed anywhere.
    pub fn event(&self, at: Time, kind: Kind) -> Event {
        self.numbered(at, self.number(), kind)
    }

    fn numbered(&self, at: Time, number: u64, kind: Kind) -> Event {
        Event {
            at,
            seq: number,
            journey: self.bound,
            span: self.span,
            parent: self.parent,
            host: self.host.clone(),
            role: self.role,
            before: Cow::Borrowed(""),
            after: Cow::Borrowed(""),
            explain: Cow::Borrowed(kind.explain()),
            claimed: false,
            kind,
        }
    }

    fn place(&mut self, event: Event) {
        if let Some(witness) = &self.sequence.witness {
            witness.emit(event.clone());
        }
        if event.journey.is_some() {
            self.sink.emit(event);
        } else if self.in_transaction {
            if self.transaction.len() < TRANSACTION_EVENTS_MAX {
                self.transaction.push(event);
            }
        } else if self.preamble.len() < PREAMBLE_EVENTS_MAX {
            self.preamble.push(event);
        }
    }

    /// A message begins to be spoken of (MAIL): what follows belongs to it, not to the preamble.
    pub fn begin(&mut self) {
        self.bound = None;
        self.in_transaction = true;
        self.transaction.clear();
    }

    /// The message was given up (RSET, refusal): what was said of it is dropped.
    pub fn abandon(&mut self) {
        self.bound = None;
        self.in_transaction = false;
        self.transaction.clear();
    }

    /// Everything said so far of the message, preamble first, marked with its journey: to be stored
    /// with it. What is recorded from now on until [`Recorder::begin`] or [`Recorder::abandon`]
    /// goes to the sink with the same journey.
    pub fn bind(&mut self, journey: JourneyId) -> Vec<Event> {
        self.bound = Some(journey);
        self.in_transaction = false;
        let spoken = std::mem::take(&mut self.transaction);
        let all = self.preamble.iter().cloned().chain(spoken);
        all.map(|mut e| {
            e.journey = Some(journey);
            e
        })
        .collect()
    }

    /// Sends the preamble to a journey's sink: for a reader's connection (IMAP, POP3) that turns to
    /// a message, so that its journey shows how the reader came. Once a connection and journey.
    pub fn attach(&mut self, journey: JourneyId) {
        for e in &self.preamble {
            let mut e = e.clone();
            e.journey = Some(journey);
            self.sink.emit(e);
        }
    }

    /// Records something of a given message, whatever the recorder is bound to.
    pub fn emit_for(&mut self, journey: JourneyId, at: Time, kind: Kind) {
        let mut event = self.event(at, kind);
        event.journey = Some(journey);
        self.sink.emit(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<Event>>);

    impl Sink for Kept {
        fn emit(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }

    fn recorder(sink: &Arc<Kept>) -> Recorder {
        Recorder::new(
            "mx.a.test",
            Role::Mta,
            SpanId(7),
            None,
            Sequence::default(),
            sink.clone(),
        )
    }

    fn check(name: &str) -> Kind {
        Kind::Check {
            check: name.into(),
            verdict: crate::Verdict::Pass,
            reason: crate::Reason::None,
            proof: Vec::new(),
        }
    }

    #[test]
    fn each_message_of_a_connection_gets_the_preamble_and_its_own_lines_only() {
        let sink = Arc::new(Kept::default());
        let mut r = recorder(&sink);
        r.emit(Time(1), check("hello"));
        r.begin();
        r.emit(Time(2), check("first"));
        let first = r.bind(JourneyId(1));
        r.emit(Time(3), check("after-first"));
        r.begin();
        r.emit(Time(4), check("second"));
        let second = r.bind(JourneyId(2));
        let names = |events: &[Event]| events.iter().map(|e| e.at.0).collect::<Vec<_>>();
        assert_eq!(names(&first), [1, 2]);
        assert_eq!(names(&second), [1, 4]);
        let later = sink.0.lock().unwrap();
        assert_eq!(
            (later.len(), later[0].journey, later[0].at),
            (1, Some(JourneyId(1)), Time(3))
        );
    }

    #[test]
    fn a_witness_sees_also_what_belongs_to_no_message_and_each_event_once() {
        let (sink, witness) = (Arc::new(Kept::default()), Arc::new(Kept::default()));
        let sequence = Sequence::witnessed(witness.clone());
        let mut r = Recorder::new(
            "mx.a.test",
            Role::Mta,
            SpanId(7),
            None,
            sequence,
            sink.clone(),
        );
        r.emit(Time(1), check("hello"));
        r.begin();
        r.emit(Time(2), check("refused"));
        r.abandon();
        r.begin();
        r.emit(Time(3), check("taken"));
        assert_eq!(
            r.bind(JourneyId(1))
                .iter()
                .map(|e| e.seq)
                .collect::<Vec<_>>(),
            [0, 2]
        );
        let seen: Vec<_> = witness
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|e| (e.at.0, e.seq, e.journey))
            .collect();
        assert_eq!(seen, [(1, 0, None), (2, 1, None), (3, 2, None)]);
        assert!(sink.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_journey_survives_json_and_an_unknown_kind_is_read_as_such() {
        let sink = Arc::new(Kept::default());
        let mut r = recorder(&sink);
        r.emit(
            Time(1),
            Kind::Closed {
                after: mail::Duration::from_millis(3),
            },
        );
        let events = r.bind(JourneyId(u64::MAX));
        assert_eq!(crate::from_json(&crate::to_json(&events)).unwrap(), events);
        let later = br#"[{"t":1,"n":0,"s":"07","h":"x","r":"mta","x":"k","k":"teleported"}]"#;
        assert_eq!(crate::from_json(later).unwrap()[0].kind, Kind::Unknown);
    }

    #[test]
    fn a_flood_of_lines_is_bounded() {
        let sink = Arc::new(Kept::default());
        let mut r = recorder(&sink);
        for i in 0..10_000 {
            r.emit(Time(i), check("x"));
        }
        assert_eq!(r.bind(JourneyId(1)).len(), PREAMBLE_EVENTS_MAX);
    }
}
