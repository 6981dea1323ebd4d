//! [`Recorder`]: records the events of one connection or delivery attempt. Events before the first
//! message (greeting, EHLO, AUTH) are kept as the preamble, which becomes part of the journey of
//! each message on the connection.

use crate::{Event, Kind, Role};
use mail::session::Line;
use mail::{JourneyId, SpanId, Time};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Takes events that happen after their message was stored, such as the final 250, a retry or a
/// fetch, and adds them to the journey. Live viewers see them too. A crash may lose events, but no
/// mail.
pub trait Sink: Send + Sync {
    /// Takes an event. Its `journey` is set, except for the observer of
    /// [`Sequence::with_observer`], which takes every event.
    fn emit(&self, event: Event);
}

/// Numbers the events of one host.
#[derive(Clone, Default)]
pub struct Sequence {
    next: Arc<AtomicU64>,
    observer: Option<Arc<dyn Sink>>,
}

impl Sequence {
    /// A sequence whose `observer` gets every event when it is recorded, including those without a
    /// message (a rejected connection, a login, NOOP): used by the Lab. Events of messages go to
    /// their journeys as well, under the same number.
    pub fn with_observer(observer: Arc<dyn Sink>) -> Sequence {
        Sequence {
            next: Arc::default(),
            observer: Some(observer),
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

/// The most events in the preamble of a connection; further ones are not recorded.
pub const PREAMBLE_EVENTS_MAX: usize = 64;
/// The most events of one message before it is stored; further ones are not recorded.
pub const TRANSACTION_EVENTS_MAX: usize = 400;

/// Records the events of one connection or attempt.
pub struct Recorder {
    host: Cow<'static, str>,
    role: Role,
    span: SpanId,
    parent: Option<SpanId>,
    sequence: Sequence,
    sink: Arc<dyn Sink>,
    /// The connection is in TLS.
    sealed: bool,
    preamble: Vec<Event>,
    transaction: Vec<Event>,
    /// The message that was stored last, until the next one begins.
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

    /// The span of the connection or attempt.
    pub fn span(&self) -> SpanId {
        self.span
    }

    /// Records an event.
    pub fn emit(&mut self, at: Time, kind: Kind) {
        let event = self.event(at, kind);
        self.place(event);
    }

    /// Records a line of the dialogue.
    pub fn line(&mut self, at: Time, line: Line) {
        let number = self.number();
        self.numbered_line(at, number, line);
    }

    /// Takes a number for a line that is recorded later or for several messages, which is one
    /// event.
    pub fn number(&self) -> u64 {
        self.sequence.next()
    }

    /// Records a line under a number from [`Recorder::number`].
    pub fn numbered_line(&mut self, at: Time, number: u64, line: Line) {
        let event = self.line_event(at, number, line);
        self.place(event);
    }

    /// Adds a line to the journey of a message.
    pub fn line_for(&self, journey: JourneyId, at: Time, number: u64, line: Line) {
        self.sink.emit(Event {
            journey: Some(journey),
            ..self.line_event(at, number, line)
        });
    }

    /// Passes a line that concerns no message to the observer, without storing it.
    pub fn unstored_line(&self, at: Time, number: u64, line: Line) {
        if let Some(observer) = &self.sequence.observer {
            observer.emit(self.line_event(at, number, line));
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

    /// Records a TLS handshake: later lines are marked as encrypted.
    pub fn tls(&mut self, at: Time, tls: mail::session::TlsInfo) {
        self.emit(at, Kind::Tls(tls));
        self.sealed = true;
    }

    /// Marks later lines as encrypted without recording a handshake.
    pub fn set_sealed(&mut self) {
        self.sealed = true;
    }

    /// Makes an event without recording it.
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
        if let Some(observer) = &self.sequence.observer {
            observer.emit(event.clone());
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

    /// A message begins (MAIL): later events belong to it and not to the preamble.
    pub fn begin(&mut self) {
        self.bound = None;
        self.in_transaction = true;
        self.transaction.clear();
    }

    /// The message was abandoned (RSET, a rejection): its events are dropped.
    pub fn abandon(&mut self) {
        self.bound = None;
        self.in_transaction = false;
        self.transaction.clear();
    }

    /// Returns the preamble and the events of the message, marked with its journey, to be stored
    /// with it. Later events, until [`Recorder::begin`] or [`Recorder::abandon`], go to the sink
    /// with the same journey.
    pub fn bind(&mut self, journey: JourneyId) -> Vec<Event> {
        self.bound = Some(journey);
        self.in_transaction = false;
        let events = std::mem::take(&mut self.transaction);
        let all = self.preamble.iter().cloned().chain(events);
        all.map(|mut e| {
            e.journey = Some(journey);
            e
        })
        .collect()
    }

    /// Adds the preamble to the journey of a message that is read over this connection (IMAP,
    /// POP3). To be called once for each connection and message.
    pub fn attach(&mut self, journey: JourneyId) {
        for e in &self.preamble {
            let mut e = e.clone();
            e.journey = Some(journey);
            self.sink.emit(e);
        }
    }

    /// Records an event of a given message.
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
    struct Collector(Mutex<Vec<Event>>);

    impl Sink for Collector {
        fn emit(&self, event: Event) {
            self.0.lock().unwrap().push(event);
        }
    }

    fn recorder(sink: &Arc<Collector>) -> Recorder {
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
        let sink = Arc::new(Collector::default());
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
    fn observer_gets_every_event_once() {
        let (sink, observer) = (
            Arc::new(Collector::default()),
            Arc::new(Collector::default()),
        );
        let sequence = Sequence::with_observer(observer.clone());
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
        let seen: Vec<_> = observer
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
    fn reads_back_a_journey_in_json_and_accepts_unknown_kinds() {
        let sink = Arc::new(Collector::default());
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
    fn limits_the_preamble() {
        let sink = Arc::new(Collector::default());
        let mut r = recorder(&sink);
        for i in 0..10_000 {
            r.emit(Time(i), check("x"));
        }
        assert_eq!(r.bind(JourneyId(1)).len(), PREAMBLE_EVENTS_MAX);
    }
}
