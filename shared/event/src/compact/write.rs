//! Writes the compact form.

use super::{
    ACCEPTED, ATTEMPT, BY_SERVER, CLAIMED, CLOSED, CONNECT, DELIVERED, HAS_PARENT, LINE,
    OF_A_MESSAGE, OTHER, PROTOCOLS, REDACTED, ROLES, SEALED, TYPED_CHECK, VERDICTS, zigzag,
};
use crate::catalogue::codec::{Coded, ToBytes};
use crate::{Event, Kind, Party};
use mail::session::Speaker;
use mail::{JourneyId, SpanId};

// The number of recent words that are searched: a search of all costs more than writing a few words
// again.
const LATELY: usize = 12;

pub(super) struct Writer<'o, 'a> {
    out: &'o mut Vec<u8>,
    json: Vec<u8>,
    words: Vec<&'a str>,
    /// The indices in `words` of the last event's host, states and explanation.
    last: [usize; 4],
    numbers: Vec<u64>,
    at: i64,
    seq: u64,
}

impl<'o, 'a> Writer<'o, 'a> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Writer<'o, 'a> {
        Writer {
            out,
            json: Vec::new(),
            words: Vec::with_capacity(32),
            last: [0; 4],
            numbers: Vec::with_capacity(8),
            at: 0,
            seq: 0,
        }
    }

    pub(super) fn event(&mut self, event: &'a Event) {
        let mut head = place_in(&ROLES, &event.role);
        for (bit, is) in [
            (OF_A_MESSAGE, event.journey.is_some()),
            (HAS_PARENT, event.parent.is_some()),
            (CLAIMED, event.claimed),
        ] {
            head |= if is { bit } else { 0 };
        }
        self.out.push(head | form(&event.kind));
        self.varint(zigzag(event.at.0.wrapping_sub(self.at)));
        self.varint(zigzag(event.seq.wrapping_sub(self.seq).cast_signed()));
        (self.at, self.seq) = (event.at.0, event.seq);
        if let Some(JourneyId(journey)) = event.journey {
            self.number(journey);
        }
        self.number(event.span.0);
        if let Some(SpanId(parent)) = event.parent {
            self.number(parent);
        }
        // Most events have the host of the last event, and begin in the state in which it ended.
        let [host, _, after, explain] = self.last;
        let words = [
            (&event.host, host),
            (&event.before, after),
            (&event.after, after),
            (&event.explain, explain),
        ];
        self.last = words.map(|(word, guess)| self.word_as(word, guess));
        self.kind(&event.kind);
    }

    fn kind(&mut self, kind: &'a Kind) {
        match kind {
            Kind::Line {
                speaker,
                text,
                sealed,
                redacted,
            } => {
                let by_server = if *speaker == Speaker::Server {
                    BY_SERVER
                } else {
                    0
                };
                self.out.push(
                    by_server
                        | if *sealed { SEALED } else { 0 }
                        | if *redacted { REDACTED } else { 0 },
                );
                self.bytes(text.as_bytes());
            }
            Kind::Check {
                check,
                verdict,
                reason,
                proof,
            } => {
                self.out.extend([TYPED_CHECK, place_in(&VERDICTS, verdict)]);
                self.word(check.name());
                let mut tokens = ToBytes(self.out);
                reason.put(&mut tokens);
                proof.put(&mut tokens);
            }
            Kind::Connect {
                protocol,
                client,
                server,
            } => {
                self.out.extend([CONNECT, place_in(&PROTOCOLS, protocol)]);
                [client, server]
                    .into_iter()
                    .for_each(|party| self.party(party));
            }
            Kind::Accepted {
                message,
                sender,
                recipients,
                bytes,
                added,
            } => {
                self.out.push(ACCEPTED);
                self.varint(*message);
                self.word(sender);
                self.words(recipients);
                self.varint(*bytes);
                self.varint(added.len() as u64);
                added.iter().for_each(|field| self.bytes(field.as_bytes()));
            }
            Kind::Attempt {
                number,
                domain,
                recipients,
            } => {
                self.out.push(ATTEMPT);
                self.varint(u64::from(*number));
                self.word(domain);
                self.words(recipients);
            }
            Kind::Delivered {
                recipient,
                mailbox,
                uid,
            } => {
                self.out.push(DELIVERED);
                self.word(recipient);
                self.word(mailbox);
                self.varint(u64::from(*uid));
            }
            // Durations above half a million years lose precision.
            Kind::Closed { after } => {
                self.out.push(CLOSED);
                self.varint(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
            }
            other => self.json(other),
        }
    }

    fn json(&mut self, kind: &Kind) {
        let mut json = std::mem::take(&mut self.json);
        json.clear();
        if serde_json::to_writer(&mut json, kind).is_err() {
            json = b"\"unknown\"".to_vec();
        }
        self.bytes(&json);
        self.json = json;
    }

    fn party(&mut self, party: &'a Party) {
        self.out.push(place_in(&ROLES, &party.role));
        self.bytes(party.address.as_bytes());
        self.out.push(u8::from(party.name.is_some()));
        if let Some(name) = &party.name {
            self.word(name);
        }
    }

    fn words(&mut self, words: &'a [String]) {
        self.varint(words.len() as u64);
        words.iter().for_each(|word| self.word(word));
    }

    fn word(&mut self, word: &'a str) {
        self.word_as(word, usize::MAX);
    }

    // Writes the index of a known word plus 1, or 0 and the word. Returns its index; `guess` is
    // tried first.
    fn word_as(&mut self, word: &'a str, guess: usize) -> usize {
        // Most words are constants, so they are compared by address. An equal word at another
        // address, or one used long ago, is written again.
        let lies_there = |known: &&str| std::ptr::eq(*known, word);
        let guessed = self
            .words
            .get(guess)
            .is_some_and(|known| lies_there(known) || *known == word);
        let lately = self.words.len().saturating_sub(LATELY);
        let found = if guessed {
            Some(guess)
        } else {
            self.words[lately..]
                .iter()
                .rposition(lies_there)
                .map(|place| lately + place)
        };
        if let Some(place) = found {
            self.varint(place as u64 + 1);
            return place;
        }
        self.words.push(word);
        self.out.push(0);
        self.bytes(word.as_bytes());
        self.words.len() - 1
    }

    fn number(&mut self, number: u64) {
        match self.numbers.iter().position(|n| *n == number) {
            Some(place) => self.varint(place as u64 + 1),
            None => {
                self.numbers.push(number);
                self.out.push(0);
                self.out.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    // A varint: seven bits in each byte, the lowest first; the highest bit means that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }
}

fn form(kind: &Kind) -> u8 {
    match kind {
        Kind::Line { .. } => LINE,
        Kind::Connect { .. }
        | Kind::Check { .. }
        | Kind::Accepted { .. }
        | Kind::Attempt { .. }
        | Kind::Delivered { .. }
        | Kind::Closed { .. } => OTHER,
        _ => 0,
    }
}

fn place_in<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter()
        .position(|known| known == one)
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or_default()
}
