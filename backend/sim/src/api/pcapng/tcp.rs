//! TCP segments (RFC 9293) of the virtual network's connections: the three-way handshake, data in
//! segments of limited size, acknowledgements on arrival, FIN and RST.

use super::frame::{TCP, frame};
use super::tls::Sealing;
use crate::capture::{CapturedKind, CapturedPiece};
use crate::link::Direction;
use crate::tape::fnv1a;
use mail::Time;
use std::collections::BTreeMap;
use std::net::SocketAddr;

// Maximum data bytes of a segment on Ethernet, with room for an IPv6 header.
const SEGMENT_BYTES_MAX: usize = 1440;
const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;
// RFC 7323 §2: the window is given in units of eight bytes.
const WINDOW_SHIFT: u8 = 3;
const WINDOW: u16 = 0x8000;

// A segment of one side.
struct Sent {
    at: Time,
    direction: Direction,
    flags: u8,
    bytes: Vec<u8>,
}

// The time at which the other side has received everything before this sequence number.
struct Arrived {
    at: Time,
    direction: Direction,
    up_to: u32,
}

struct Stream {
    client: SocketAddr,
    server: SocketAddr,
    first: [u32; 2],
    next: [u32; 2],
    sealing: Sealing,
    sent: Vec<(Sent, u32)>,
    arrived: Vec<Arrived>,
    silent: Option<Time>,
}

/// The segments of each connection and of each failed attempt.
pub(super) fn segments(pieces: &[CapturedPiece]) -> Vec<Vec<(Time, Vec<u8>)>> {
    let mut streams: BTreeMap<usize, Stream> = BTreeMap::new();
    let mut tries = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let at = piece.at;
        match &piece.what {
            CapturedKind::Tried {
                client,
                server,
                refused,
            } => {
                let first = number_of(number, 0);
                let mut frames = vec![(at, segment(*client, *server, [first, 0], SYN, &[], 0))];
                if let Some(refused) = refused {
                    frames.push((
                        *refused,
                        segment(
                            *server,
                            *client,
                            [0, first.wrapping_add(1)],
                            RST | ACK,
                            &[],
                            0,
                        ),
                    ));
                }
                tries.push(frames);
            }
            CapturedKind::Opened {
                connection,
                client,
                server,
                taken,
                known,
            } => {
                streams.insert(
                    *connection,
                    Stream::opened(*connection, *client, *server, [at, *taken, *known]),
                );
            }
            CapturedKind::Data {
                connection,
                direction,
                bytes,
                arrived,
            } => {
                if let Some(stream) = streams.get_mut(connection) {
                    stream.data(at, *direction, bytes, *arrived);
                }
            }
            CapturedKind::Ended {
                connection,
                direction,
                arrived,
            } => {
                if let Some(stream) = streams.get_mut(connection) {
                    stream.push(at, *direction, FIN | ACK, Vec::new(), 1);
                    stream.arrives(*arrived, *direction);
                }
            }
            CapturedKind::Reset {
                connection,
                direction,
            } => {
                if let Some(stream) = streams.get_mut(connection) {
                    stream.push(at, *direction, RST | ACK, Vec::new(), 0);
                }
            }
            CapturedKind::Silenced { connection } => {
                if let Some(stream) = streams.get_mut(connection) {
                    stream.silent = Some(at);
                }
            }
            CapturedKind::Asked { .. } => {}
        }
    }
    tries.extend(streams.into_values().map(Stream::frames));
    tries
}

fn number_of(stream: usize, side: usize) -> u32 {
    fnv1a(format!("{stream} {side}").as_bytes()) as u32
}

fn side(direction: Direction) -> usize {
    usize::from(direction == Direction::ToClient)
}

impl Stream {
    fn opened(
        number: usize,
        client: SocketAddr,
        server: SocketAddr,
        [at, taken, known]: [Time; 3],
    ) -> Stream {
        let first = [number_of(number, 0), number_of(number, 1)];
        let sealing = Sealing::new(number);
        let mut stream = Stream {
            client,
            server,
            first,
            next: first,
            sealing,
            sent: Vec::new(),
            arrived: Vec::new(),
            silent: None,
        };
        stream.push(at, Direction::ToServer, SYN, Vec::new(), 1);
        stream.arrives(taken, Direction::ToServer);
        stream.push(taken, Direction::ToClient, SYN | ACK, Vec::new(), 1);
        stream.arrives(known, Direction::ToClient);
        stream
    }

    fn push(&mut self, at: Time, direction: Direction, flags: u8, bytes: Vec<u8>, length: u32) {
        let side = side(direction);
        let number = self.next[side];
        self.next[side] = number.wrapping_add(length);
        self.sent.push((
            Sent {
                at,
                direction,
                flags,
                bytes,
            },
            number,
        ));
    }

    fn arrives(&mut self, at: Time, direction: Direction) {
        self.arrived.push(Arrived {
            at,
            direction,
            up_to: self.next[side(direction)],
        });
    }

    fn data(&mut self, at: Time, direction: Direction, bytes: &[u8], arrived: Time) {
        let records = self.sealing.seal(direction, bytes);
        let pieces = records.chunks(SEGMENT_BYTES_MAX);
        let last = pieces.len().saturating_sub(1);
        for (place, piece) in pieces.enumerate() {
            let flags = if place == last { PSH | ACK } else { ACK };
            self.push(
                at,
                direction,
                flags,
                piece.to_vec(),
                u32::try_from(piece.len()).unwrap_or(0),
            );
        }
        self.arrives(arrived, direction);
    }

    // The acknowledgement number that one side sends at a time.
    fn acknowledged(&self, by: Direction, at: Time) -> u32 {
        let from = if by == Direction::ToServer {
            Direction::ToClient
        } else {
            Direction::ToServer
        };
        let start = self.first[side(from)];
        let all = self
            .arrived
            .iter()
            .filter(|a| a.direction == from && a.at <= at);
        all.map(|a| a.up_to.wrapping_sub(start))
            .max()
            .map_or(0, |most| start.wrapping_add(most))
    }

    fn frames(self) -> Vec<(Time, Vec<u8>)> {
        let reset = self
            .sent
            .iter()
            .filter(|(sent, _)| sent.flags & RST != 0)
            .map(|(sent, _)| sent.at)
            .min();
        let over = |at: Time| {
            self.silent.is_some_and(|silent| at > silent) || reset.is_some_and(|reset| at > reset)
        };
        let mut frames = Vec::new();
        for (sent, number) in self.sent.iter().filter(|(sent, _)| !over(sent.at)) {
            let acknowledged = if sent.flags & ACK == 0 {
                0
            } else {
                self.acknowledged(sent.direction, sent.at)
            };
            frames.push((
                sent.at,
                self.frame(
                    sent.direction,
                    [*number, acknowledged],
                    sent.flags,
                    &sent.bytes,
                ),
            ));
        }
        for arrived in self.arrived.iter().filter(|a| !over(a.at)) {
            let answering = if arrived.direction == Direction::ToServer {
                Direction::ToClient
            } else {
                Direction::ToServer
            };
            // A segment sent at this instant carries the acknowledgement.
            let acknowledges = |(sent, _): &(Sent, u32)| {
                sent.direction == answering && sent.at == arrived.at && sent.flags & ACK != 0
            };
            if !self.sent.iter().any(acknowledges) {
                let number = self.number_at(answering, arrived.at);
                frames.push((
                    arrived.at,
                    self.frame(
                        answering,
                        [number, self.acknowledged(answering, arrived.at)],
                        ACK,
                        &[],
                    ),
                ));
            }
        }
        frames
    }

    // The next sequence number of a side at a time.
    fn number_at(&self, direction: Direction, at: Time) -> u32 {
        let later = self
            .sent
            .iter()
            .find(|(sent, _)| sent.direction == direction && sent.at > at);
        later.map_or(self.next[side(direction)], |(_, number)| *number)
    }

    fn frame(&self, direction: Direction, numbers: [u32; 2], flags: u8, bytes: &[u8]) -> Vec<u8> {
        let (from, to) = if direction == Direction::ToServer {
            (self.client, self.server)
        } else {
            (self.server, self.client)
        };
        segment(from, to, numbers, flags, bytes, numbers[0] as u16)
    }
}

fn segment(
    from: SocketAddr,
    to: SocketAddr,
    [number, acknowledged]: [u32; 2],
    flags: u8,
    bytes: &[u8],
    packet: u16,
) -> Vec<u8> {
    // RFC 9293 §3.7.1, RFC 7323 §2: the maximum segment size and the window scale are announced in
    // the SYN.
    let size = (SEGMENT_BYTES_MAX as u16).to_be_bytes();
    let options: &[u8] = if flags & SYN != 0 {
        &[2, 4, size[0], size[1], 1, 3, 3, WINDOW_SHIFT]
    } else {
        &[]
    };
    let words = u8::try_from(5 + options.len() / 4).unwrap_or(5);
    let mut header = [from.port().to_be_bytes(), to.port().to_be_bytes()].concat();
    header.extend(number.to_be_bytes());
    header.extend(acknowledged.to_be_bytes());
    header.extend([words << 4, flags]);
    header.extend(WINDOW.to_be_bytes());
    header.extend([0; 4]);
    header.extend(options);
    header.extend(bytes);
    frame(from.ip(), to.ip(), TCP, header, 16, packet)
}
