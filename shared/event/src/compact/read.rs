//! Reads the compact form.

use super::{
    ACCEPTED, ATTEMPT, BY_SERVER, CHECK, CLAIMED, CLOSED, CONNECT, CompactError, DELIVERED,
    HAS_PARENT, LINE, OF_A_MESSAGE, OTHER, PROTOCOLS, REDACTED, ROLES, SEALED, TYPED_CHECK,
    VERDICTS, unzigzag,
};
use crate::catalogue::codec::{Coded, FromBytes};
use crate::{Check, Event, Kind, Party, legacy};
use mail::session::Speaker;
use mail::{Duration, JourneyId, SpanId, Time};
use std::borrow::Cow;

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    words: Vec<&'a str>,
    numbers: Vec<u64>,
    at: i64,
    seq: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader {
            bytes,
            words: Vec::new(),
            numbers: Vec::new(),
            at: 0,
            seq: 0,
        }
    }

    pub(super) fn is_at_the_end(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn event(&mut self) -> Result<Event, CompactError> {
        let head = self.byte()?;
        let role = *ROLES
            .get(usize::from(head & 0b111))
            .ok_or(CompactError::Invalid("role"))?;
        self.at = self.at.wrapping_add(unzigzag(self.varint()?));
        self.seq = self.seq.wrapping_add_signed(unzigzag(self.varint()?));
        let journey = if head & OF_A_MESSAGE != 0 {
            Some(JourneyId(self.number()?))
        } else {
            None
        };
        let span = SpanId(self.number()?);
        let parent = if head & HAS_PARENT != 0 {
            Some(SpanId(self.number()?))
        } else {
            None
        };
        let [host, before, after, explain] =
            [self.word()?, self.word()?, self.word()?, self.word()?]
                .map(|w| Cow::Owned(w.to_owned()));
        let kind = match head & OTHER {
            LINE => self.line()?,
            CHECK => {
                let verdict = self.one_of(&VERDICTS, "verdict")?;
                let check = Check::from(self.word()?);
                let (reason, proof) = legacy::reason(self.text()?);
                Kind::Check {
                    check,
                    verdict,
                    reason,
                    proof,
                }
            }
            OTHER => self.other()?,
            _ => serde_json::from_slice(self.bytes()?).map_err(CompactError::Json)?,
        };
        let claimed = head & CLAIMED != 0;
        Ok(Event {
            at: Time(self.at),
            seq: self.seq,
            journey,
            span,
            parent,
            host,
            role,
            before,
            after,
            explain,
            claimed,
            kind,
        })
    }

    fn line(&mut self) -> Result<Kind, CompactError> {
        let own = self.byte()?;
        let speaker = if own & BY_SERVER != 0 {
            Speaker::Server
        } else {
            Speaker::Client
        };
        let text = self.text()?.to_owned();
        Ok(Kind::Line {
            speaker,
            text,
            sealed: own & SEALED != 0,
            redacted: own & REDACTED != 0,
        })
    }

    // The fields are read in the order in which they were written.
    fn other(&mut self) -> Result<Kind, CompactError> {
        let small =
            |number: u64| u32::try_from(number).map_err(|_| CompactError::Invalid("number"));
        Ok(match self.byte()? {
            CONNECT => {
                let protocol = self.one_of(&PROTOCOLS, "protocol")?;
                Kind::Connect {
                    protocol,
                    client: self.party()?,
                    server: self.party()?,
                }
            }
            ACCEPTED => {
                let (message, sender, recipients) =
                    (self.varint()?, self.word()?.to_owned(), self.words()?);
                let bytes = self.varint()?;
                Kind::Accepted {
                    message,
                    sender,
                    recipients,
                    bytes,
                    added: self.several(|r| r.text())?,
                }
            }
            ATTEMPT => Kind::Attempt {
                number: small(self.varint()?)?,
                domain: self.word()?.to_owned(),
                recipients: self.words()?,
            },
            DELIVERED => {
                let (recipient, mailbox) = (self.word()?.to_owned(), self.word()?.to_owned());
                Kind::Delivered {
                    recipient,
                    mailbox,
                    uid: small(self.varint()?)?,
                }
            }
            CLOSED => Kind::Closed {
                after: Duration::from_micros(self.varint()?),
            },
            TYPED_CHECK => {
                let verdict = self.one_of(&VERDICTS, "verdict")?;
                let check = Check::from(self.word()?);
                Kind::Check {
                    check,
                    verdict,
                    reason: self.coded()?,
                    proof: self.coded()?,
                }
            }
            _ => return Err(CompactError::Invalid("form")),
        })
    }

    fn coded<T: Coded>(&mut self) -> Result<T, CompactError> {
        let mut input = FromBytes::new(self.bytes);
        let value = T::take(&mut input).map_err(|_| CompactError::Invalid("reason"))?;
        self.bytes = input.rest;
        Ok(value)
    }

    fn party(&mut self) -> Result<Party, CompactError> {
        let (role, address) = (self.one_of(&ROLES, "role")?, self.text()?.to_owned());
        let name = if self.byte()? == 0 {
            None
        } else {
            Some(self.word()?.to_owned())
        };
        Ok(Party {
            role,
            address,
            name,
        })
    }

    fn words(&mut self) -> Result<Vec<String>, CompactError> {
        self.several(Reader::word)
    }

    // Allocates for the bytes that are there, not for the stated length.
    fn several(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<&'a str, CompactError>,
    ) -> Result<Vec<String>, CompactError> {
        let mut all = Vec::new();
        for _ in 0..self.varint()? {
            all.push(read(self)?.to_owned());
        }
        Ok(all)
    }

    fn one_of<T: Copy>(&mut self, all: &[T], name: &'static str) -> Result<T, CompactError> {
        all.get(usize::from(self.byte()?))
            .copied()
            .ok_or(CompactError::Invalid(name))
    }

    fn word(&mut self) -> Result<&'a str, CompactError> {
        match self.place()? {
            Some(place) => self
                .words
                .get(place)
                .copied()
                .ok_or(CompactError::Invalid("word")),
            None => {
                let word = self.text()?;
                self.words.push(word);
                Ok(word)
            }
        }
    }

    fn number(&mut self) -> Result<u64, CompactError> {
        match self.place()? {
            Some(place) => self
                .numbers
                .get(place)
                .copied()
                .ok_or(CompactError::Invalid("number")),
            None => {
                let (number, rest) = self
                    .bytes
                    .split_first_chunk::<8>()
                    .ok_or(CompactError::Short)?;
                self.bytes = rest;
                self.numbers.push(u64::from_be_bytes(*number));
                Ok(u64::from_be_bytes(*number))
            }
        }
    }

    fn place(&mut self) -> Result<Option<usize>, CompactError> {
        let place = usize::try_from(self.varint()?).map_err(|_| CompactError::Invalid("place"))?;
        Ok(place.checked_sub(1))
    }

    fn text(&mut self) -> Result<&'a str, CompactError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| CompactError::Invalid("text"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], CompactError> {
        let count = usize::try_from(self.varint()?).map_err(|_| CompactError::Short)?;
        let (bytes, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or(CompactError::Short)?;
        self.bytes = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, CompactError> {
        let (byte, rest) = self.bytes.split_first().ok_or(CompactError::Short)?;
        self.bytes = rest;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64, CompactError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CompactError::Invalid("number"))
    }
}
