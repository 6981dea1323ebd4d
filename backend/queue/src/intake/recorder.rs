//! Records the events of one SMTP session: connection, dialogue, checks. Lines from MAIL on belong
//! to the message, lines from EHLO on to the connection.

use super::Rejection;
use event::{Check, Event, Kind, Party, Protocol, Reason, Recorder, Verdict};
use mail::session::{Line, LineKind, TlsInfo};
use mail::{Duration, JourneyId, SpanId, Time};
use world::World;

/// The event recorder of one session.
pub struct SessionRecorder {
    recorder: Recorder,
    world: World,
}

impl SessionRecorder {
    /// Records into `recorder` with the time of `world`.
    pub fn new(world: World, recorder: Recorder) -> SessionRecorder {
        SessionRecorder { recorder, world }
    }

    /// The session's span.
    pub fn span(&self) -> SpanId {
        self.recorder.span()
    }

    /// The connection was accepted, in TLS where `tls` is given.
    pub fn connected(
        &mut self,
        protocol: Protocol,
        client: Party,
        server: Party,
        tls: Option<&TlsInfo>,
    ) {
        let kind = Kind::Connect {
            protocol,
            client,
            server,
        };
        self.emit(kind);
        if let Some(tls) = tls {
            self.tls(tls);
        }
    }

    /// A line of the dialogue.
    pub fn line(&mut self, line: Line) {
        match line.kind {
            // A nested MAIL is rejected and begins no message.
            LineKind::BeginsMessage => self.recorder.begin(),
            LineKind::ResetsSession => self.recorder.abandon(),
            LineKind::Greeting(_) | LineKind::Reply(_) | LineKind::Other => {}
        }
        self.recorder.line(self.world.now(), line);
    }

    /// The TLS handshake is done.
    pub fn tls(&mut self, tls: &TlsInfo) {
        self.recorder.tls(self.world.now(), tls.clone());
    }

    /// A check and its result.
    pub fn check(&mut self, check: Check, verdict: Verdict, reason: impl Into<Reason>) {
        self.emit(Kind::Check {
            check,
            verdict,
            reason: reason.into(),
            proof: Vec::new(),
        });
    }

    /// The check that led to a rejection.
    pub fn rejected(&mut self, rejection: &Rejection) {
        let reason = Reason::clone(&rejection.reason);
        self.check(rejection.check.clone(), Verdict::Fail, reason);
    }

    /// An event that happens now.
    pub fn emit(&mut self, kind: Kind) {
        self.recorder.emit(self.world.now(), kind);
    }

    /// An event that happened at a known time.
    pub fn emit_at(&mut self, at: Time, kind: Kind) {
        self.recorder.emit(at, kind);
    }

    /// A message begins; see [`Recorder::begin`].
    pub fn begin(&mut self) {
        self.recorder.begin();
    }

    /// The events of the current message, to be stored with it; see [`Recorder::bind`].
    pub fn bind(&mut self, journey: JourneyId) -> Vec<Event> {
        self.recorder.bind(journey)
    }

    /// The connection has ended.
    pub fn closed(&mut self, after: Duration) {
        self.emit(Kind::Closed { after });
    }
}
