//! Records the events of connections without a mail server of ours: a user who types to a scripted
//! server. The scripted server records the dialogue as its script understands it: received data
//! becomes a line when the script has read it, not when it arrives. Also records connections that
//! users could not open. Records no session states, because a script has none.

use crate::Act;
use crate::script::perform_observed;
use event::{Event, Kind, Party, Protocol, Recorder, Role, Sink};
use mail::session::{Line, Speaker};
use mail::{Service, Time};
use std::borrow::Cow;
use std::sync::Arc;
use world::{Connection, World};

// The Lab sees every event through the observer of the sequence; a scripted server stores no
// journeys.
struct NoSink;

impl Sink for NoSink {
    fn emit(&self, _: Event) {}
}

fn recorder(world: &World, host: &str, role: Role) -> Recorder {
    Recorder::new(
        Cow::Owned(host.to_owned()),
        role,
        world.span(),
        None,
        world.sequence.clone(),
        Arc::new(NoSink),
    )
}

/// Records a connection that a user's program could not open.
pub(super) fn unreachable(world: &World, host: &str, peer: String, why: &std::io::Error) {
    recorder(world, host, Role::Mua).emit(
        world.now(),
        Kind::Unreachable {
            peer,
            reason: world::network_error(why).into(),
        },
    );
}

/// Runs a script and records the dialogue. `host` is the name of the scripted server.
pub(super) async fn play(
    world: World,
    host: String,
    connection: Connection,
    acts: Vec<Act>,
) -> Vec<u8> {
    let (client, server) = (connection.remote, connection.local);
    let protocol = protocol(server.port());
    let mut recorder = recorder(&world, &host, role(protocol));
    let party = |role, address: std::net::SocketAddr, name| Party {
        role,
        address: address.to_string(),
        name,
    };
    let opened = world.now();
    let client = party(Role::Mua, client, None);
    recorder.emit(
        opened,
        Kind::Connect {
            protocol,
            client,
            server: party(role(protocol), server, Some(host)),
        },
    );
    let mut dialogue = DialogueRecorder {
        recorder,
        protocol,
        sent: Vec::new(),
        received: Vec::new(),
        reply: String::new(),
        in_message: false,
    };
    let received = perform_observed(&world, connection, &acts, &mut |now, speaker, length| {
        dialogue.take(now, speaker, length);
    })
    .await;
    let now = world.now();
    dialogue.recorder.emit(
        now,
        Kind::Closed {
            after: now.since(opened),
        },
    );
    received
}

fn protocol(port: u16) -> Protocol {
    match Service::from_port(port) {
        Some(Service::Submission | Service::Submissions) => Protocol::Submission,
        Some(Service::Imap | Service::Imaps) => Protocol::Imap,
        Some(Service::Pop3 | Service::Pop3s) => Protocol::Pop3,
        Some(Service::Smtp) | None => Protocol::Smtp,
    }
}

fn role(protocol: Protocol) -> Role {
    match protocol {
        Protocol::Submission => Role::Msa,
        Protocol::Imap | Protocol::Pop3 => Role::Mra,
        _ => Role::Mta,
    }
}

struct DialogueRecorder {
    recorder: Recorder,
    protocol: Protocol,
    // The incomplete last line of each side.
    sent: Vec<u8>,
    received: Vec<u8>,
    // The preceding lines of a multiline reply.
    reply: String,
    in_message: bool,
}

impl DialogueRecorder {
    fn take(&mut self, now: Time, speaker: Speaker, bytes: &[u8]) {
        let rest = if speaker == Speaker::Server {
            &mut self.sent
        } else {
            &mut self.received
        };
        rest.extend_from_slice(bytes);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
            return;
        };
        let whole: Vec<u8> = rest.drain(..=end).collect();
        // A dot ends the message only if the script stops reading after it.
        let mut lines = whole.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let last = lines.peek().is_none();
            self.line(now, speaker, line, last);
        }
    }

    fn line(&mut self, now: Time, speaker: Speaker, bytes: &[u8], last: bool) {
        let text = String::from_utf8_lossy(bytes);
        // Shows a bare LF as a symbol.
        let text = text
            .strip_suffix("\r\n")
            .map_or_else(|| text.replace('\n', "␊"), str::to_owned);
        let (explain, text) = match speaker {
            Speaker::Client => (self.command(&text, last), text),
            Speaker::Server => {
                self.reply.push_str(&text);
                // RFC 5321 §4.2.1: a hyphen after the code means that the reply continues.
                if self.protocol != Protocol::Imap && text.as_bytes().get(3) == Some(&b'-') {
                    self.reply.push('\n');
                    return;
                }
                (self.reply(&text), std::mem::take(&mut self.reply))
            }
        };
        self.recorder.line(
            now,
            Line {
                speaker,
                text,
                redacted: false,
                before: "",
                after: "",
                explain,
                kind: mail::session::LineKind::Other,
            },
        );
    }

    fn reply(&mut self, text: &str) -> String {
        let code = text
            .get(..3)
            .filter(|code| code.bytes().all(|b| b.is_ascii_digit()));
        match (self.protocol, code) {
            (Protocol::Smtp | Protocol::Submission, Some(code)) => {
                self.in_message = code == "354";
                format!("smtp.reply.{code}")
            }
            (Protocol::Pop3, _) => "pop3.reply".into(),
            (Protocol::Imap, _) => "imap.reply".into(),
            _ => "smtp.reply".into(),
        }
    }

    fn command(&self, text: &str, last: bool) -> String {
        let word = |place| {
            text.split(' ')
                .nth(place)
                .unwrap_or_default()
                .trim_end_matches('␊')
                .to_ascii_lowercase()
        };
        match self.protocol {
            Protocol::Pop3 => format!("pop3.{}", word(0)),
            Protocol::Imap => format!("imap.{}", word(1)),
            _ if self.in_message => if last && text.trim_end_matches('␊') == "." {
                "smtp.dot"
            } else {
                "smtp.message"
            }
            .into(),
            _ => format!("smtp.{}", word(0)),
        }
    }
}
