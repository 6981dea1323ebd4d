//! Records in the journeys of messages how their reader fetched them: the login, the command, and
//! the fetch itself; also that a client in IDLE was notified of a new message. Lines that concern
//! no message are not kept.

use event::{Kind, Party, Protocol, Recorder, Role};
use mail::session::{Line, Speaker, TlsInfo};
use mail::{JourneyId, Time};
use std::net::SocketAddr;

// Lines from the beginning of a connection that are added to every message's journey.
const PREAMBLE_LINES_MAX: u8 = 12;
// A command that fetches more messages than this is a download: each journey gets the fetch without
// the dialogue.
const DIALOGUE_MESSAGES_MAX: usize = 4;
// Messages remembered as having these lines.
const ATTACHED_MAX: usize = 64;
// Messages of one notification that are recorded.
const PUSHED_MAX: usize = 16;

/// Records the events of one connection.
pub(super) struct SessionRecorder {
    recorder: Recorder,
    began: Time,
    preamble_left: u8,
    command: Option<Box<(Time, u64, Line)>>,
    messages: Vec<JourneyId>,
    attached: Vec<JourneyId>,
}

impl SessionRecorder {
    pub(super) fn new(
        mut recorder: Recorder,
        began: Time,
        client: SocketAddr,
        server: SocketAddr,
        tls: Option<&TlsInfo>,
    ) -> SessionRecorder {
        let party = |role, address: SocketAddr| Party {
            role,
            address: address.to_string(),
            name: None,
        };
        recorder.emit(
            began,
            Kind::Connect {
                protocol: Protocol::Imap,
                client: party(Role::Mua, client),
                server: party(Role::Mra, server),
            },
        );
        let mut session = SessionRecorder {
            recorder,
            began,
            preamble_left: PREAMBLE_LINES_MAX,
            command: None,
            messages: Vec::new(),
            attached: Vec::new(),
        };
        if let Some(tls) = tls {
            session.tls_started(began, tls);
        }
        session
    }

    pub(super) fn tls_started(&mut self, at: Time, tls: &TlsInfo) {
        self.recorder.tls(at, tls.clone());
    }

    /// Takes a line of the dialogue.
    pub(super) fn line(&mut self, at: Time, line: Line, selected: bool) {
        let number = self.recorder.number();
        match line.speaker {
            Speaker::Client => {
                self.messages.clear();
                self.command = Some(Box::new((at, number, line.clone())));
            }
            Speaker::Server => {
                for message in std::mem::take(&mut self.messages) {
                    self.recorder.line_for(message, at, number, line.clone());
                }
                self.command = None;
            }
        }
        // The login, up to the selected mailbox.
        if self.preamble_left > 0 && (!selected || line.speaker == Speaker::Server) {
            self.preamble_left = if selected { 0 } else { self.preamble_left - 1 };
            self.recorder.numbered_line(at, number, line);
        } else {
            self.recorder.unstored_line(at, number, line);
        }
    }

    /// Records that a message's content was fetched.
    pub(super) fn fetched(&mut self, at: Time, journey: JourneyId, by: String, what: String) {
        if self.messages.len() < DIALOGUE_MESSAGES_MAX && !self.messages.contains(&journey) {
            if !self.attached.contains(&journey) {
                if self.attached.len() == ATTACHED_MAX {
                    self.attached.remove(0);
                }
                self.attached.push(journey);
                self.recorder.attach(journey);
            }
            if let Some((speaker, number, line)) = self.command.as_deref().cloned() {
                self.recorder.line_for(journey, speaker, number, line);
            }
            self.messages.push(journey);
        }
        self.recorder.emit_for(
            journey,
            at,
            Kind::Fetched {
                protocol: Protocol::Imap,
                by,
                what,
            },
        );
    }

    /// Records that a client in IDLE was notified of new messages.
    pub(super) fn pushed(&mut self, at: Time, to: &str, messages: Vec<JourneyId>) {
        for journey in messages.into_iter().take(PUSHED_MAX) {
            self.recorder.emit_for(
                journey,
                at,
                Kind::Pushed {
                    protocol: Protocol::Imap,
                    to: to.to_owned(),
                },
            );
        }
    }

    /// Records the end of the connection for the message that was fetched last.
    pub(super) fn closed(&mut self, at: Time) {
        if let Some(journey) = self.attached.last().copied() {
            self.recorder.emit_for(
                journey,
                at,
                Kind::Closed {
                    after: at.since(self.began),
                },
            );
        }
    }
}
