//! The serialized form of a catalogue's values: a flat list of tokens. A variant is one token, its
//! fields follow in their order. In JSON a variant is its name, in the stored form its number; so
//! variants may be appended to an enum, but not renamed, reordered or removed.
//!
//! Written by hand rather than derived: one small routine per variant, shared by both forms, keeps
//! the webmail's WebAssembly small.
//!
//! Failures: a token that does not fit is [`Malformed`], never a panic; nesting is limited.

use mail::dns::Failure;
use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;

/// The greatest nesting of values: above the depth to which SPF records may include each other (RFC
/// 7208 §4.6.4).
const DEPTH_MAX: usize = 32;

/// The tokens are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Takes tokens.
pub(crate) trait Output {
    fn variant(&mut self, index: u32, name: &'static str);
    fn number(&mut self, number: u64);
    fn text(&mut self, text: &str);
}

/// Returns tokens in the order in which they were put.
pub(crate) trait Input {
    fn variant(&mut self, names: &'static [&'static str]) -> Result<u32, Malformed>;
    fn number(&mut self) -> Result<u64, Malformed>;
    fn text(&mut self) -> Result<String, Malformed>;
    /// The present depth of nesting.
    fn depth(&mut self) -> &mut usize;
}

/// A value that is serialized as tokens.
pub(crate) trait Coded: Sized {
    fn put(&self, out: &mut dyn Output);
    fn take(input: &mut dyn Input) -> Result<Self, Malformed>;
    /// Calls `edit` for every text in the value.
    fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String));
    /// Values that together show every variant, for tests.
    #[cfg(test)]
    fn samples() -> Vec<Self>;
}

impl Coded for String {
    fn put(&self, out: &mut dyn Output) {
        out.text(self);
    }

    fn take(input: &mut dyn Input) -> Result<String, Malformed> {
        input.text()
    }

    fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String)) {
        edit(self);
    }

    #[cfg(test)]
    fn samples() -> Vec<String> {
        vec!["x.test".to_owned()]
    }
}

impl Coded for u64 {
    fn put(&self, out: &mut dyn Output) {
        out.number(*self);
    }

    fn take(input: &mut dyn Input) -> Result<u64, Malformed> {
        input.number()
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<u64> {
        vec![7]
    }
}

impl Coded for u32 {
    fn put(&self, out: &mut dyn Output) {
        out.number(u64::from(*self));
    }

    fn take(input: &mut dyn Input) -> Result<u32, Malformed> {
        u32::try_from(input.number()?).map_err(|_| Malformed)
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<u32> {
        vec![3]
    }
}

/// Small numbers of either sign are small tokens: 0, -1, 1, -2 … are 0, 1, 2, 3 …
impl Coded for i32 {
    fn put(&self, out: &mut dyn Output) {
        out.number(u64::from(((self << 1) ^ (self >> 31)).cast_unsigned()));
    }

    fn take(input: &mut dyn Input) -> Result<i32, Malformed> {
        let number = u32::take(input)?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<i32> {
        vec![-2]
    }
}

impl Coded for IpAddr {
    fn put(&self, out: &mut dyn Output) {
        out.text(&self.to_string());
    }

    fn take(input: &mut dyn Input) -> Result<IpAddr, Malformed> {
        input.text()?.parse().map_err(|_| Malformed)
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<IpAddr> {
        vec![IpAddr::from([192, 0, 2, 1])]
    }
}

impl Coded for Failure {
    fn put(&self, out: &mut dyn Output) {
        out.number(match self {
            Failure::NoSuchName => 0,
            Failure::ServerFailure => 1,
            Failure::Timeout => 2,
        });
    }

    fn take(input: &mut dyn Input) -> Result<Failure, Malformed> {
        match input.number()? {
            0 => Ok(Failure::NoSuchName),
            1 => Ok(Failure::ServerFailure),
            2 => Ok(Failure::Timeout),
            _ => Err(Malformed),
        }
    }

    fn edit_texts(&mut self, _: &mut dyn FnMut(&mut String)) {}

    #[cfg(test)]
    fn samples() -> Vec<Failure> {
        vec![Failure::Timeout]
    }
}

impl<T: Coded> Coded for Box<T> {
    fn put(&self, out: &mut dyn Output) {
        T::put(self, out);
    }

    fn take(input: &mut dyn Input) -> Result<Box<T>, Malformed> {
        *input.depth() += 1;
        if *input.depth() > DEPTH_MAX {
            return Err(Malformed);
        }
        let value = T::take(input)?;
        *input.depth() -= 1;
        Ok(Box::new(value))
    }

    fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String)) {
        T::edit_texts(self, edit);
    }

    // One variant is enough for a boxed value: the samples of its own type have the others.
    #[cfg(test)]
    fn samples() -> Vec<Box<T>> {
        Vec::new()
    }
}

impl<T: Coded> Coded for Vec<T> {
    fn put(&self, out: &mut dyn Output) {
        out.number(self.len() as u64);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(input: &mut dyn Input) -> Result<Vec<T>, Malformed> {
        (0..input.number()?).map(|_| T::take(input)).collect()
    }

    fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|item| item.edit_texts(edit));
    }

    #[cfg(test)]
    fn samples() -> Vec<Vec<T>> {
        let mut items = T::samples();
        items.truncate(2);
        vec![items]
    }
}

/// Appends tokens to bytes: numbers as varints, texts after their length.
pub(crate) struct ToBytes<'o>(pub(crate) &'o mut Vec<u8>);

impl Output for ToBytes<'_> {
    fn variant(&mut self, index: u32, _: &'static str) {
        self.number(u64::from(index));
    }

    // Seven bits in each byte, the lowest first; the highest bit means that more follow.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Reads the form of [`ToBytes`]; afterwards `rest` is the remaining bytes.
pub(crate) struct FromBytes<'a> {
    pub(crate) rest: &'a [u8],
    depth: usize,
}

impl<'a> FromBytes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> FromBytes<'a> {
        FromBytes {
            rest: bytes,
            depth: 0,
        }
    }
}

impl Input for FromBytes<'_> {
    fn variant(&mut self, names: &'static [&'static str]) -> Result<u32, Malformed> {
        let index = self.number()?;
        u32::try_from(index)
            .ok()
            .filter(|index| (*index as usize) < names.len())
            .ok_or(Malformed)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        let (text, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        std::str::from_utf8(text)
            .map(str::to_owned)
            .map_err(|_| Malformed)
    }

    fn depth(&mut self) -> &mut usize {
        &mut self.depth
    }
}

/// One element of the JSON form.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Number(u64),
    Text(String),
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Token::Number(number) => serializer.serialize_u64(*number),
            Token::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Token, D::Error> {
        struct OneToken;

        impl Visitor<'_> for OneToken {
            type Value = Token;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a string")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Token, E> {
                Ok(Token::Number(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Token, E> {
                Ok(Token::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Token, E> {
                Ok(Token::Text(text))
            }
        }

        deserializer.deserialize_any(OneToken)
    }
}

#[derive(Default)]
struct ToTokens(Vec<Token>);

impl Output for ToTokens {
    fn variant(&mut self, _: u32, name: &'static str) {
        self.text(name);
    }

    fn number(&mut self, number: u64) {
        self.0.push(Token::Number(number));
    }

    fn text(&mut self, text: &str) {
        self.0.push(Token::Text(text.to_owned()));
    }
}

struct FromTokens {
    tokens: std::vec::IntoIter<Token>,
    depth: usize,
}

impl Input for FromTokens {
    fn variant(&mut self, names: &'static [&'static str]) -> Result<u32, Malformed> {
        let name = self.text()?;
        names
            .iter()
            .position(|known| *known == name)
            .and_then(|index| u32::try_from(index).ok())
            .ok_or(Malformed)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        match self.tokens.next() {
            Some(Token::Number(number)) => Ok(number),
            _ => Err(Malformed),
        }
    }

    fn text(&mut self) -> Result<String, Malformed> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            _ => Err(Malformed),
        }
    }

    fn depth(&mut self) -> &mut usize {
        &mut self.depth
    }
}

/// Serializes a value as a list of tokens.
pub(crate) fn serialize<S: Serializer>(
    put: impl FnOnce(&mut dyn Output),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut tokens = ToTokens::default();
    put(&mut tokens);
    let mut list = serializer.serialize_seq(Some(tokens.0.len()))?;
    for token in &tokens.0 {
        list.serialize_element(token)?;
    }
    list.end()
}

/// Reads a list of tokens.
pub(crate) fn deserialize<'de, T: Coded, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct Tokens;

    impl<'de> Visitor<'de> for Tokens {
        type Value = Vec<Token>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of tokens")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Token>, A::Error> {
            let mut tokens = Vec::new();
            while let Some(token) = list.next_element()? {
                tokens.push(token);
            }
            Ok(tokens)
        }
    }

    let mut input = FromTokens {
        tokens: deserializer.deserialize_seq(Tokens)?.into_iter(),
        depth: 0,
    };
    let value = T::take(&mut input).map_err(|_| de::Error::custom("an unknown reason"))?;
    if input.tokens.next().is_some() {
        return Err(de::Error::custom("a reason with too many values"));
    }
    Ok(value)
}
