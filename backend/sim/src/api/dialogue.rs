//! What was said on a connection, line by line, out of what the network carried; and where a
//! connection is found among the events.

use super::form::Said;
use crate::capture::{Passing, What};
use crate::link::Direction;
use event::{Event, Kind};
use mail::Time;
use mail::session::Speaker;
use std::net::SocketAddr;

/// A connection, as the network saw it.
pub(super) struct Talk<'a> {
    pub(super) opened: Time,
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    pieces: Vec<&'a Passing>,
}

/// All connections, in the order in which they were opened.
pub(super) fn talks(pieces: &[Passing]) -> Vec<Talk<'_>> {
    let mut talks: Vec<(usize, Talk<'_>)> = Vec::new();
    for piece in pieces {
        match &piece.what {
            What::Opened {
                talk,
                client,
                server,
                ..
            } => {
                talks.push((
                    *talk,
                    Talk {
                        opened: piece.at,
                        client: *client,
                        server: *server,
                        pieces: Vec::new(),
                    },
                ));
            }
            What::Said { talk: of, .. }
            | What::Ended { talk: of, .. }
            | What::Reset { talk: of, .. } => {
                // The one that was opened last is the likeliest.
                if let Some((_, talk)) = talks.iter_mut().rev().find(|(number, _)| number == of) {
                    talk.pieces.push(piece);
                }
            }
            What::Tried { .. } | What::Asked { .. } | What::Silenced { .. } => {}
        }
    }
    talks.into_iter().map(|(_, talk)| talk).collect()
}

// Lines of one direction that are not whole yet.
#[derive(Default)]
struct Open(Vec<u8>);

impl Talk<'_> {
    /// Line by line, up to a time: what the server said when it reaches the client, what the client
    /// says when it is said.
    pub(super) fn lines(&self, until: Time) -> Vec<Said> {
        let mut open = [Open::default(), Open::default()];
        let mut lines = Vec::new();
        let mut sealed = false;
        let mut pieces: Vec<(Time, Direction, &[u8])> =
            self.pieces.iter().filter_map(|piece| said(piece)).collect();
        pieces.sort_by_key(|(at, ..)| *at);
        for (at, direction, bytes) in pieces.into_iter().filter(|(at, ..)| *at <= until) {
            let speaker = speaker(direction);
            // RFC 8446 §5.1: an alert or handshake record, as the Lab models them.
            if matches!(bytes, [21 | 22, 3, 3, ..]) {
                if !sealed {
                    lines.push(Said {
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
                lines.push(Said {
                    at,
                    speaker,
                    text: text.trim_end_matches(['\r', '\n']).to_owned(),
                    sealed,
                });
            }
        }
        lines
    }

    /// When somebody's words last passed, up to a time.
    pub(super) fn last(&self, direction: Direction, until: Time) -> Option<Time> {
        let all = self
            .pieces
            .iter()
            .filter_map(|piece| said(piece))
            .filter(|(at, way, _)| *way == direction && *at <= until);
        all.map(|(at, ..)| at).max()
    }

    /// When it was over.
    pub(super) fn over(&self) -> Option<Time> {
        self.pieces.iter().filter_map(|piece| over(piece)).min()
    }

    /// Whether it stands at a time.
    pub(super) fn stands(&self, at: Time) -> bool {
        self.over().is_none_or(|over| over > at)
    }

    /// The state of one end's session at a time: the last word that it told of itself among the
    /// events that had happened.
    pub(super) fn state(&self, events: &[Event], speaker: Speaker) -> String {
        let (client, server) = (self.client.to_string(), self.server.to_string());
        // Each end tells of the connection by the other's address; both ends may tell.
        let ours = |e: &&Event| matches!(&e.kind, Kind::Connect { client: c, server: s, .. } if c.address == client && s.address == server);
        let ends: Vec<&Event> = events.iter().filter(ours).collect();
        let own = |e: &&&Event| match &e.kind {
            // The end that listens names itself as the server.
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

fn over(piece: &Passing) -> Option<Time> {
    match piece.what {
        What::Ended { arrived, .. } => Some(arrived),
        What::Reset { .. } => Some(piece.at),
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

fn said(piece: &Passing) -> Option<(Time, Direction, &[u8])> {
    match &piece.what {
        What::Said {
            direction: Direction::ToServer,
            bytes,
            ..
        } => Some((piece.at, Direction::ToServer, bytes)),
        What::Said {
            direction,
            bytes,
            arrived,
            ..
        } => Some((*arrived, *direction, bytes)),
        _ => None,
    }
}
