//! A run's traffic as a PCAPNG file (draft-ietf-opsawg-pcapng) that Wireshark opens: Ethernet, IP,
//! TCP and UDP around the data of the virtual network, with virtual timestamps. DNS is in wire
//! format. TLS connections have TLS 1.3 records filled with noise of the right length: the Lab has
//! no keys, and the file does not pretend to have any.
//!
//! The file of a part of a run contains the traffic of that part. A connection or a DNS question
//! that was open when the part begins is included from its own beginning, because the rest is
//! unreadable without the SYN, EHLO and STARTTLS. Later traffic is left out.
//!
//! Failures: the comment of the file says if the capture is incomplete or only a part.

mod dns;
mod frame;
mod tcp;
mod tls;

use super::form::{Pcapng, Range};
use super::play::{self, Prepared};
use super::{Plan, limits};
use crate::capture::{CapturedKind, CapturedPiece};
use crate::scenario::{self, Bounds, Scenario, ScenarioError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Time;
use std::collections::BTreeSet;
use std::net::IpAddr;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const NAMES: u32 = 4;
const PACKET: u32 = 6;
const ETHERNET: u16 = 1;

pub(super) fn pcapng(plan: &Plan, range: Option<Range>) -> Result<Pcapng, ScenarioError> {
    let Prepared { scenario, .. } = play::prepare(plan)?;
    let run = scenario::run_within(
        &scenario,
        &Bounds {
            listens: true,
            ..limits()
        },
    )?;
    let (pieces, whole) = &run.carried;
    let packets = packets(pieces, range.map(|range| range.times(&run.moments)));
    let mut file = Vec::new();
    file.extend(block(SECTION, &section(&comment(&scenario, *whole, range))));
    file.extend(block(INTERFACE, &interface()));
    file.extend(block(NAMES, &names(&scenario)));
    for (at, packet) in &packets {
        file.extend(block(PACKET, &packet_body(*at, packet)));
    }
    Ok(Pcapng {
        name: format!("glasspost-lab-{:02}.pcapng", scenario.number),
        base64: STANDARD.encode(&file),
        packets: packets.len(),
        whole: *whole,
    })
}

/// The frames sorted by time: all of them, or those after one time and up to another.
fn packets(pieces: &[CapturedPiece], times: Option<(Time, Time)>) -> Vec<(Time, Vec<u8>)> {
    let server = name_server(pieces);
    let mut streams = tcp::segments(pieces);
    for (number, piece) in pieces.iter().enumerate() {
        if let CapturedKind::Asked {
            host,
            question,
            answer,
        } = &piece.what
        {
            streams.push(dns::datagrams(
                number,
                piece.at,
                *host,
                server(*host),
                question,
                answer.as_ref(),
            ));
        }
    }
    if let Some((after, until)) = times {
        streams.retain(|stream| stream.iter().any(|(at, _)| *at > after && *at <= until));
        streams
            .iter_mut()
            .for_each(|stream| stream.retain(|(at, _)| *at <= until));
    }
    let mut packets: Vec<(Time, Vec<u8>)> = streams.into_iter().flatten().collect();
    // The sort is stable: frames of one instant keep their order.
    packets.sort_by_key(|(at, _)| *at);
    packets
}

// An unused address: name servers are not hosts of a scenario.
fn name_server(pieces: &[CapturedPiece]) -> impl Fn(IpAddr) -> IpAddr {
    let taken: BTreeSet<IpAddr> = pieces
        .iter()
        .flat_map(|piece| match &piece.what {
            CapturedKind::Tried { client, server, .. }
            | CapturedKind::Opened { client, server, .. } => {
                vec![client.ip(), server.ip()]
            }
            CapturedKind::Asked { host, .. } => vec![*host],
            _ => Vec::new(),
        })
        .collect();
    let four = (1..=254)
        .rev()
        .map(|last| IpAddr::from([203, 0, 113, last]))
        .find(|ip| !taken.contains(ip));
    let six = (0x53..=0xffff)
        .map(|last| IpAddr::from([0x2001, 0xdb8, 0x53, 0, 0, 0, 0, last]))
        .find(|ip| !taken.contains(ip));
    move |host: IpAddr| if host.is_ipv4() { four } else { six }.unwrap_or(host)
}

fn comment(scenario: &Scenario, whole: bool, range: Option<Range>) -> String {
    let Scenario {
        number,
        version,
        world,
        title,
        ..
    } = scenario;
    let cut = if whole {
        ""
    } else {
        " The recording was limited: the file ends before the run does."
    };
    let part = range.map_or(String::new(), |Range { first, last }| {
        let (first, last) = (first.saturating_add(1), last.saturating_add(1));
        format!(" Contains only the traffic between events {first} and {last}; connections and queries that were open then are included from their start.")
    });
    format!(
        "Glasspost Lab, a simulation: {} (scenario {number}, version {version}, seed {}). TLS is modelled: encrypted records contain random bytes.{cut}{part}",
        title.en, world.seed
    )
}

// Builds a block: type, length, body padded to 32 bits, and the length again.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = u32::try_from(padded + 12).unwrap_or(u32::MAX).to_le_bytes();
    let mut block = [&kind.to_le_bytes()[..], &length, body].concat();
    block.resize(8 + padded, 0);
    block.extend(length);
    block
}

// Builds an option: code, length, value padded to 32 bits.
fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let mut option = [&code.to_le_bytes()[..], &length.to_le_bytes(), value].concat();
    option.resize(option.len().next_multiple_of(4), 0);
    option
}

fn section(comment: &str) -> Vec<u8> {
    let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0]);
    // The length of the section is unspecified.
    body.extend([0xff; 8]);
    body.extend(option(1, comment.as_bytes()));
    body.extend(option(0, &[]));
    body
}

fn interface() -> Vec<u8> {
    let mut body = ETHERNET.to_le_bytes().to_vec();
    body.extend([0; 6]);
    body.extend(option(2, b"lab"));
    body.extend(option(0, &[]));
    body
}

// The name resolution block, so that Wireshark shows the names of the hosts.
fn names(scenario: &Scenario) -> Vec<u8> {
    let mut body = Vec::new();
    for host in &scenario.hosts {
        let (kind, address): (u16, Vec<u8>) = match host.address.parse() {
            Ok(IpAddr::V4(four)) => (1, four.octets().to_vec()),
            Ok(IpAddr::V6(six)) => (2, six.octets().to_vec()),
            Err(_) => continue,
        };
        body.extend(option(
            kind,
            &[&address, host.name.as_bytes(), &[0]].concat(),
        ));
    }
    body.extend([0; 4]);
    body
}

// The time is in microseconds, the default resolution of an interface.
fn packet_body(at: Time, packet: &[u8]) -> Vec<u8> {
    let micros = u64::try_from(at.0).unwrap_or(0);
    let length = u32::try_from(packet.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes();
    let [high, low] = [(micros >> 32) as u32, micros as u32];
    [
        &[0; 4][..],
        &high.to_le_bytes(),
        &low.to_le_bytes(),
        &length,
        &length,
        packet,
    ]
    .concat()
}
