//! DNS questions and answers in wire format (RFC 1035 §4), each in a UDP datagram.

use super::frame::{UDP, frame};
use mail::Time;
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::net::IpAddr;
use world::type_of;

const PORT: u16 = 53;
// RFC 6335 §6: the dynamic ports.
const DYNAMIC_PORT_MIN: usize = 49152;
const CHARACTERS_MAX: usize = 255;
const RECURSION_DESIRED: u16 = 0x0100;
const RESPONSE: u16 = 0x8180;
// RFC 4035 §3.2.3: the answer was validated.
const AUTHENTIC: u16 = 0x0020;

/// The datagrams of a question and its answer, if there was one.
pub(super) fn datagrams(
    number: usize,
    at: Time,
    host: IpAddr,
    server: IpAddr,
    question: &Question,
    answer: Option<&(Time, Result<Answer, Failure>)>,
) -> Vec<(Time, Vec<u8>)> {
    let port = u16::try_from(DYNAMIC_PORT_MIN + number % (0x1_0000 - DYNAMIC_PORT_MIN))
        .unwrap_or(u16::MAX);
    let id = number as u16;
    let Some(encoded) = encode_question(question) else {
        return Vec::new();
    };
    let query = [header(id, RECURSION_DESIRED, 0), encoded.clone()].concat();
    let mut datagrams = vec![(at, datagram((host, port), (server, PORT), &query, id))];
    if let Some((arrived, answer)) = answer {
        let (flags, records) = match answer {
            Ok(answer) => (
                RESPONSE | if answer.secure { AUTHENTIC } else { 0 },
                encode_answer(answer),
            ),
            // RFC 1035 §4.1.1: RCODE 3 and 2.
            Err(Failure::NoSuchName) => (RESPONSE | 3, Vec::new()),
            Err(_) => (RESPONSE | 2, Vec::new()),
        };
        let count = u16::try_from(records.len()).unwrap_or(u16::MAX);
        let response = [header(id, flags, count), encoded, records.concat()].concat();
        datagrams.push((
            *arrived,
            datagram((server, PORT), (host, port), &response, id),
        ));
    }
    datagrams
}

fn datagram(
    (from, from_port): (IpAddr, u16),
    (to, to_port): (IpAddr, u16),
    bytes: &[u8],
    number: u16,
) -> Vec<u8> {
    let length = u16::try_from(bytes.len() + 8).unwrap_or(u16::MAX);
    let head = [from_port, to_port, length, 0]
        .map(u16::to_be_bytes)
        .concat();
    frame(from, to, UDP, [head, bytes.to_vec()].concat(), 6, number)
}

fn header(id: u16, flags: u16, answers: u16) -> Vec<u8> {
    [id, flags, 1, answers, 0, 0].map(u16::to_be_bytes).concat()
}

fn encode_question(question: &Question) -> Option<Vec<u8>> {
    Some(
        [
            name(&question.name)?,
            kind(question.record).to_be_bytes().to_vec(),
            vec![0, 1],
        ]
        .concat(),
    )
}

// RFC 1035 §3.1: a name as length-prefixed labels; `None` if DNS cannot represent it.
fn name(text: &str) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    for label in text
        .trim_end_matches('.')
        .split('.')
        .filter(|label| !label.is_empty())
    {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|length| *length < 64)?;
        wire.push(length);
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    (wire.len() <= CHARACTERS_MAX).then_some(wire)
}

fn kind(record: RecordType) -> u16 {
    match record {
        RecordType::A => 1,
        RecordType::Ns => 2,
        RecordType::Cname => 5,
        RecordType::Ptr => 12,
        RecordType::Mx => 15,
        RecordType::Txt => 16,
        RecordType::Aaaa => 28,
        RecordType::Srv => 33,
        RecordType::Tlsa => 52,
    }
}

fn encode_answer(answer: &Answer) -> Vec<Vec<u8>> {
    let record = |record: &Record| {
        let data = data(record)?;
        // The owner name is the question's (a pointer to it); CNAME records in between are left
        // out.
        let mut wire = vec![0xc0, 12];
        wire.extend(kind(type_of(record)).to_be_bytes());
        wire.extend([0, 1]);
        wire.extend(answer.ttl_secs.to_be_bytes());
        wire.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        wire.extend(data);
        Some(wire)
    };
    answer.records.iter().filter_map(record).collect()
}

fn data(record: &Record) -> Option<Vec<u8>> {
    Some(match record {
        Record::A(a) => a.octets().to_vec(),
        Record::Aaaa(a) => a.octets().to_vec(),
        Record::Mx(preference, exchange) => [
            preference.to_be_bytes().to_vec(),
            name(exchange.as_ref().map_or("", |name| name.as_str()))?,
        ]
        .concat(),
        // RFC 1035 §3.3: character strings of at most 255 octets.
        Record::Txt(text) if text.is_empty() => vec![0],
        Record::Txt(text) => {
            let string =
                |piece: &[u8]| [&[u8::try_from(piece.len()).unwrap_or(0)][..], piece].concat();
            text.as_bytes()
                .chunks(CHARACTERS_MAX)
                .flat_map(string)
                .collect()
        }
        Record::Ptr(to) | Record::Cname(to) | Record::Ns(to) => name(to.as_str())?,
        Record::Tlsa(usage, selector, matching, digest) => {
            [&[*usage, *selector, *matching][..], digest].concat()
        }
        Record::Srv(priority, weight, port, target) => [
            [*priority, *weight, *port].map(u16::to_be_bytes).concat(),
            name(target.as_str())?,
        ]
        .concat(),
    })
}
