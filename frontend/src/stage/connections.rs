//! The protocol connections of a run: which spans are connections, who connected to whom, and which
//! two spans are the two ends of one connection that both hosts recorded. Lines are parsed only to
//! name the parties.

mod login_name;

use super::model::Connection;
use super::model::{AgentId, Side};
use event::catalogue::delivery::RouteReason;
use event::catalogue::submission::SubmissionReason;
use event::{Event, Kind, Party, Protocol, Reason, Role};
use mail::session::Speaker;
use mail::{Duration, SpanId, Time};
use std::collections::HashMap;

/// Two records of one connection may begin this far apart, because of differing clocks or a slow
/// network.
const TWIN_APART_MAX: Duration = Duration::from_secs(30);

impl Connection {
    /// Whether this connection transports a message or serves a reader.
    pub fn side(&self) -> Side {
        match self.protocol {
            Protocol::Imap | Protocol::Pop3 => Side::Reads,
            Protocol::Web if self.server.role == Role::Mra => Side::Reads,
            _ => Side::Writes,
        }
    }

    /// The agent of a speaker.
    pub fn agent(&self, speaker: Speaker) -> AgentId {
        match speaker {
            Speaker::Client => self.client_agent,
            Speaker::Server => self.server_agent,
        }
    }

    /// Whether both ends recorded the connection and `event` is a line recorded by its own speaker.
    pub(super) fn is_recorded_by_speaker(&self, event: &Event) -> bool {
        let Kind::Line { speaker, .. } = &event.kind else {
            return false;
        };
        let client = if self.recorder_is_client {
            Some(&self.recorder)
        } else {
            self.other_recorder.as_ref()
        };
        let by_client = client.is_some_and(|c| *c == event.host);
        self.other_recorder.is_some() && by_client == (*speaker == Speaker::Client)
    }

    /// The server's port, taken from its address.
    pub fn port(&self) -> Option<u16> {
        self.server
            .address
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok())
    }
}

/// The connections in the order in which they began; `topology` assigns their agents later. The
/// second list names, for each event, the earlier record of the same event by the other end of its
/// connection, so that it is not shown twice. `times` holds the corrected time of each event.
pub(super) fn connections(
    events: &[Event],
    times: &[Time],
) -> (Vec<Connection>, Vec<Option<usize>>) {
    let mut connections: Vec<Connection> = Vec::new();
    let mut by_span: HashMap<SpanId, usize> = HashMap::new();
    let mut recorded: HashMap<(usize, String), LineIndex> = HashMap::new();
    let mut noted: HashMap<(SpanId, Time, String), usize> = HashMap::new();
    let mut twins = Vec::with_capacity(events.len());
    for (number, event) in events.iter().enumerate() {
        if let Kind::Connect { .. } = &event.kind
            && !by_span.contains_key(&event.span)
            && let Some(connection) = Connection::begin(event, times[number])
        {
            let twin = connections.iter().position(|t| t.is_other_end(&connection));
            let at = twin.unwrap_or(connections.len());
            match twin {
                Some(at) => {
                    connections[at].spans.push(event.span);
                    connections[at].other_recorder = Some(connection.recorder);
                }
                None => connections.push(connection),
            }
            by_span.insert(event.span, at);
        }
        if let Some(reused) = reused_connection(event, &connections)
            && !by_span.contains_key(&event.span)
        {
            connections[reused].spans.push(event.span);
            by_span.insert(event.span, reused);
        }
        let Some(&at) = by_span.get(&event.span) else {
            twins.push(None);
            continue;
        };
        connections[at].learn(event);
        let end = usize::from(connections[at].recorder != event.host);
        let twin = match (line_key(event), &event.kind) {
            (Some(words), _) => recorded.entry((at, words)).or_default().twin(number, end),
            // A server records its findings at the start of a connection in the journey of each
            // message that the connection transports.
            (None, Kind::Dns { .. } | Kind::Check { .. }) => {
                let kind = serde_json::to_string(&event.kind).unwrap_or_default();
                let first = noted.entry((event.span, event.at, kind)).or_insert(number);
                (*first != number).then_some(*first)
            }
            _ => None,
        };
        twins.push(twin);
    }
    (connections, twins)
}

/// The open connection that a client reports reusing for another message (RFC 5321 §4.1.4).
fn reused_connection(event: &Event, connections: &[Connection]) -> Option<usize> {
    let Kind::Check {
        reason: Reason::Route(RouteReason::ConnectionReused { host }),
        ..
    } = &event.kind
    else {
        return None;
    };
    connections.iter().rposition(|connection| {
        let client = if connection.recorder_is_client {
            Some(&connection.recorder)
        } else {
            connection.other_recorder.as_ref()
        };
        let server = connection.server.name.as_deref();
        client.is_some_and(|client| *client == event.host)
            && server.is_some_and(|server| server.eq_ignore_ascii_case(host))
    })
}

/// Indices of the events with which each end recorded the same line of a connection, which may be
/// repeated.
#[derive(Default)]
struct LineIndex([Vec<usize>; 2]);

impl LineIndex {
    /// The other end's record of the same line, if it came earlier.
    fn twin(&mut self, number: usize, end: usize) -> Option<usize> {
        self.0[end].push(number);
        self.0[1 - end].get(self.0[end].len() - 1).copied()
    }
}

/// Whether an event is a line of a mail transaction; what both ends record of it concerns one
/// message.
pub(super) fn is_of_transaction(event: &Event) -> bool {
    matches!(
        event.explain.as_ref(),
        "smtp.mail" | "smtp.rcpt" | "smtp.data" | "smtp.bdat" | "smtp.message" | "smtp.dot"
    )
}

/// A key for events that both ends of a connection record identically.
fn line_key(event: &Event) -> Option<String> {
    match &event.kind {
        Kind::Connect { .. } => Some("connect".to_owned()),
        Kind::Tls(_) => Some("tls".to_owned()),
        Kind::Closed { .. } => Some("closed".to_owned()),
        Kind::Line { speaker, text, .. } => Some(format!("{speaker:?} {text}")),
        _ => None,
    }
}

impl Connection {
    fn begin(event: &Event, began: Time) -> Option<Connection> {
        let Kind::Connect {
            protocol,
            client,
            server,
        } = &event.kind
        else {
            return None;
        };
        let named = |party: &Party| {
            party
                .name
                .as_deref()
                .is_some_and(|n| n.eq_ignore_ascii_case(&event.host))
        };
        // The recording side is found by role, else by name; otherwise a connection caused by a
        // delivery attempt is the client's.
        let recorder_is_client = if client.role != server.role && event.role == client.role {
            true
        } else if client.role != server.role && event.role == server.role {
            false
        } else if named(client) != named(server) {
            named(client)
        } else {
            event.parent.is_some()
        };
        Some(Connection {
            spans: vec![event.span],
            protocol: *protocol,
            client: client.clone(),
            server: server.clone(),
            client_agent: 0,
            server_agent: 0,
            recorder: event.host.to_string(),
            other_recorder: None,
            recorder_is_client,
            account: None,
            ehlo_name: None,
            sender: None,
            claimed: event.claimed,
            began,
        })
    }

    fn is_other_end(&self, other: &Connection) -> bool {
        let apart = self
            .began
            .since(other.began)
            .max(other.began.since(self.began));
        self.protocol == other.protocol
            && self.client.address == other.client.address
            && self.server.address == other.server.address
            && self.recorder != other.recorder
            && self.spans.len() == 1
            && apart <= TWIN_APART_MAX
    }

    fn learn(&mut self, event: &Event) {
        if let Kind::Line {
            speaker: Speaker::Client,
            text,
            ..
        } = &event.kind
            && self.account.is_none()
        {
            self.account = login_name::login_name(&event.explain, text);
        }
        match &event.kind {
            // A browser tab may read over the same connection with which it submitted; the
            // connection still counts as transport.
            _ if self.side() == Side::Writes
                && matches!(event.kind, Kind::Fetched { .. } | Kind::Pushed { .. }) => {}
            Kind::Fetched { by, .. } => self.account = Some(by.clone()),
            Kind::Pushed { to, .. } => self.account = Some(to.clone()),
            Kind::Check {
                reason: Reason::Submission(SubmissionReason::Login { account, .. }),
                ..
            } => self.account = Some(account.clone()),
            Kind::Line {
                speaker: Speaker::Client,
                text,
                ..
            } if event.explain == "smtp.mail" && self.sender.is_none() => {
                self.sender =
                    Some(super::message_state::path_in(text)).filter(|path| !path.is_empty());
            }
            Kind::Line {
                speaker: Speaker::Client,
                text,
                ..
            } if self.ehlo_name.is_none() => {
                let (verb, name) = text.split_once(' ').unwrap_or((text, ""));
                if (verb.eq_ignore_ascii_case("EHLO") || verb.eq_ignore_ascii_case("HELO"))
                    && !name.trim().is_empty()
                {
                    self.ehlo_name = Some(name.trim().to_owned());
                }
            }
            _ => {}
        }
    }
}
