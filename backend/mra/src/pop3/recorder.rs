//! Records in the journeys of messages how their reader fetched them by POP3: the login, the RETR
//! with its reply, and the fetch. Lines that concern no message are not kept.

use std::net::SocketAddr;

use event::{Kind, Party, Protocol, Recorder, Role};
use mail::session::{Line, Speaker, TlsInfo};
use mail::{JourneyId, Time};

/// Lines from the beginning of a connection that are added to the journeys.
const PREAMBLE_LINES_MAX: u8 = 12;
/// Messages of one connection whose journeys get the dialogue; the others get only the fetch, since
/// the dialogue of a download repeats itself.
const DIALOGUE_MESSAGES_MAX: u32 = 32;

/// Records the events of one connection.
pub(super) struct SessionRecorder {
    recorder: Recorder,
    began: Time,
    preamble_left: u8,
    dialogues_left: u32,
    /// The current command.
    command: Option<Box<(Time, u64, Line)>>,
    /// The message that is being fetched; its reply is still to come.
    message: Option<JourneyId>,
    /// Set where it was fetched before its reply was traced.
    sent_to: Option<String>,
    last: Option<JourneyId>,
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
        let (client, server) = (party(Role::Mua, client), party(Role::Mra, server));
        recorder.emit(
            began,
            Kind::Connect {
                protocol: Protocol::Pop3,
                client,
                server,
            },
        );
        let mut session = SessionRecorder {
            recorder,
            began,
            preamble_left: PREAMBLE_LINES_MAX,
            dialogues_left: DIALOGUE_MESSAGES_MAX,
            command: None,
            message: None,
            sent_to: None,
            last: None,
        };
        if let Some(tls) = tls {
            session.tls_started(began, tls);
        }
        session
    }

    /// Records the TLS handshake.
    pub(super) fn tls_started(&mut self, at: Time, tls: &TlsInfo) {
        self.recorder.tls(at, tls.clone());
    }

    /// Takes a line of the dialogue; `signed_in`: a maildrop is open.
    pub(super) fn line(&mut self, at: Time, line: Line, signed_in: bool) {
        let number = self.recorder.number();
        if let (Speaker::Server, Some(message)) = (line.speaker, self.message.take()) {
            self.recorder.line_for(message, at, number, line.clone());
            if let Some(by) = self.sent_to.take() {
                self.fetched(at, message, by);
            }
        }
        self.command =
            (line.speaker == Speaker::Client).then(|| Box::new((at, number, line.clone())));
        // The login, up to the reply that accepts it.
        if self.preamble_left > 0 && (!signed_in || line.speaker == Speaker::Server) {
            self.preamble_left = if signed_in { 0 } else { self.preamble_left - 1 };
            self.recorder.numbered_line(at, number, line);
        } else {
            self.recorder.unstored_line(at, number, line);
        }
    }

    /// Begins the fetch of a message: its journey gets the login and the command.
    pub(super) fn fetch_begins(&mut self, journey: JourneyId) {
        if self.dialogues_left == 0 {
            return;
        }
        self.dialogues_left -= 1;
        if self.last != Some(journey) {
            self.recorder.attach(journey);
        }
        self.last = Some(journey);
        if let Some((speaker, number, line)) = self.command.as_deref().cloned() {
            self.recorder.line_for(journey, speaker, number, line);
        }
        self.message = Some(journey);
    }

    /// Records that the whole message was sent.
    pub(super) fn message_sent(&mut self, at: Time, journey: JourneyId, by: String) {
        if self.message == Some(journey) {
            self.sent_to = Some(by);
        } else {
            self.fetched(at, journey, by);
        }
    }

    fn fetched(&mut self, at: Time, journey: JourneyId, by: String) {
        self.recorder.emit_for(
            journey,
            at,
            Kind::Fetched {
                protocol: Protocol::Pop3,
                by,
                what: "RETR".to_owned(),
            },
        );
    }

    /// Records the end of the connection for the message that was fetched last.
    pub(super) fn closed(&mut self, at: Time) {
        if let Some(journey) = self.last {
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
