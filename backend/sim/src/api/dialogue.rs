//! The dialogue and the events of a connection, reconstructed from the captured traffic.

use super::form::DialogueLine;
use crate::capture::{CapturedKind, CapturedPiece};
use crate::link::Direction;
use event::{Event, Kind};
use mail::Time;
use mail::session::Speaker;
use std::net::SocketAddr;

/// A connection in the capture.
pub(super) struct Conversation<'a> {
    pub(super) opened: Time,
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    pieces: Vec<&'a CapturedPiece>,
}

/// All connections, in the order in which they were opened.
pub(super) fn conversations(pieces: &[CapturedPiece]) -> Vec<Conversation<'_>> {
    let mut all: Vec<(usize, Conversation<'_>)> = Vec::new();
    for piece in pieces {
        match &piece.what {
            CapturedKind::Opened {
                connection,
                client,
                server,
                ..
            } => {
                all.push((
                    *connection,
                    Conversation {
                        opened: piece.at,
                        client: *client,
                        server: *server,
                        pieces: Vec::new(),
                    },
                ));
            }
            CapturedKind::Data { connection: of, .. }
            | CapturedKind::Ended { connection: of, .. }
            | CapturedKind::Reset { connection: of, .. } => {
                // Pieces most often belong to the connection that was opened last.
                if let Some((_, conversation)) =
                    all.iter_mut().rev().find(|(number, _)| number == of)
                {
                    conversation.pieces.push(piece);
                }
            }
            CapturedKind::Tried { .. }
            | CapturedKind::Asked { .. }
            | CapturedKind::Silenced { .. } => {}
        }
    }
    all.into_iter()
        .map(|(_, conversation)| conversation)
        .collect()
}

// The incomplete last line of one direction.
#[derive(Default)]
struct PartialLine(Vec<u8>);

impl Conversation<'_> {
    /// The lines up to a time: the server's count when they reach the client, the client's when
    /// they are sent.
    pub(super) fn lines(&self, until: Time) -> Vec<DialogueLine> {
        let mut open = [PartialLine::default(), PartialLine::default()];
        let mut lines = Vec::new();
        let mut sealed = false;
        let mut pieces: Vec<(Time, Direction, &[u8])> =
            self.pieces.iter().filter_map(|piece| data(piece)).collect();
        pieces.sort_by_key(|(at, ..)| *at);
        for (at, direction, bytes) in pieces.into_iter().filter(|(at, ..)| *at <= until) {
            let speaker = speaker(direction);
            // RFC 8446 §5.1: an alert or handshake record, as the Lab models them.
            if matches!(bytes, [21 | 22, 3, 3, ..]) {
                if !sealed {
                    lines.push(DialogueLine {
                        at,
                        speaker,
                        text: String::new(),
                        sealed: true,
                    });
                }
                sealed = true;
                continue;
            }
            let rest = &mut open[usize::from(speaker == Speaker::Server)].0;
            rest.extend_from_slice(bytes);
            while let Some(end) = rest.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line);
                lines.push(DialogueLine {
                    at,
                    speaker,
                    text: text.trim_end_matches(['\r', '\n']).to_owned(),
                    sealed,
                });
            }
        }
        lines
    }

    /// When data last passed in a direction, not later than `until`.
    pub(super) fn last(&self, direction: Direction, until: Time) -> Option<Time> {
        let all = self
            .pieces
            .iter()
            .filter_map(|piece| data(piece))
            .filter(|(at, way, _)| *way == direction && *at <= until);
        all.map(|(at, ..)| at).max()
    }

    /// When the connection was closed.
    pub(super) fn closed_at(&self) -> Option<Time> {
        self.pieces
            .iter()
            .filter_map(|piece| closed_at(piece))
            .min()
    }

    /// Whether the connection is open at a time.
    pub(super) fn is_open(&self, at: Time) -> bool {
        self.closed_at().is_none_or(|closed| closed > at)
    }

    /// The latest state that one side recorded for its session in these events.
    pub(super) fn state(&self, events: &[Event], speaker: Speaker) -> String {
        let (client, server) = (self.client.to_string(), self.server.to_string());
        // Both sides may have recorded the connection.
        let ours = |e: &&Event| matches!(&e.kind, Kind::Connect { client: c, server: s, .. } if c.address == client && s.address == server);
        let ends: Vec<&Event> = events.iter().filter(ours).collect();
        let own = |e: &&&Event| match &e.kind {
            // The listening side records its own name as the server's.
            Kind::Connect { server, .. } => {
                (server.name.as_deref() == Some(e.host.as_ref())) == (speaker == Speaker::Server)
            }
            _ => false,
        };
        let end = ends.iter().find(own).or(ends.first());
        let Some(span) = end.map(|e| e.span) else {
            return String::new();
        };
        events
            .iter()
            .rev()
            .find(|e| e.span == span && !e.after.is_empty())
            .map(|e| e.after.to_string())
            .unwrap_or_default()
    }
}

fn closed_at(piece: &CapturedPiece) -> Option<Time> {
    match piece.what {
        CapturedKind::Ended { arrived, .. } => Some(arrived),
        CapturedKind::Reset { .. } => Some(piece.at),
        _ => None,
    }
}

fn speaker(direction: Direction) -> Speaker {
    if direction == Direction::ToServer {
        Speaker::Client
    } else {
        Speaker::Server
    }
}

fn data(piece: &CapturedPiece) -> Option<(Time, Direction, &[u8])> {
    match &piece.what {
        CapturedKind::Data {
            direction: Direction::ToServer,
            bytes,
            ..
        } => Some((piece.at, Direction::ToServer, bytes)),
        CapturedKind::Data {
            direction,
            bytes,
            arrived,
            ..
        } => Some((*arrived, *direction, bytes)),
        _ => None,
    }
}
