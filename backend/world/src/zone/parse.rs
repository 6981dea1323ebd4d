//! Parses the entries of a zone file (RFC 1035 §5.1).

use super::error::EntryError;
use mail::dns::Record;
use mail::{Domain, DomainError};
use std::iter::Peekable;
use std::str::Chars;

/// The name in lower case, without the final dot.
pub(super) fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

/// A word or a quoted text, its escapes resolved.
pub(super) struct Token {
    /// For a name, a number or a type.
    text: String,
    /// For TXT: a character may be divided between two texts.
    bytes: Vec<u8>,
    quoted: bool,
    /// A character was escaped: `\@` is not the origin.
    escaped: bool,
    /// A dot was escaped: it is part of a label and divides nothing.
    escaped_dot: bool,
}

/// An entry of the file, which may have several lines.
pub(super) struct Entry {
    /// The line where it begins, from 1.
    pub(super) line: usize,
    /// Its words; at least one.
    pub(super) tokens: Result<Vec<Token>, EntryError>,
    /// The owner name is omitted.
    pub(super) indented: bool,
}

/// Splits the file into entries.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    let mut depth = 0usize;
    for (index, line) in text.lines().enumerate() {
        if depth == 0 {
            all.push(Entry {
                line: index + 1,
                tokens: Ok(Vec::new()),
                indented: line.starts_with([' ', '\t']),
            });
        }
        let Some(entry) = all.last_mut() else {
            break;
        };
        let Ok(tokens) = &mut entry.tokens else {
            continue;
        };
        if let Err(problem) = split_line(line, &mut depth, tokens) {
            entry.tokens = Err(problem);
            depth = 0;
        }
    }
    all.retain(|entry| entry.tokens.as_ref().is_ok_and(|t| !t.is_empty()) || entry.tokens.is_err());
    all
}

// Appends the tokens of a line. `depth` counts the parentheses that are open.
fn split_line(line: &str, depth: &mut usize, tokens: &mut Vec<Token>) -> Result<(), EntryError> {
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            ';' => break,
            '(' | ')' => {
                chars.next();
                *depth = match c {
                    '(' => *depth + 1,
                    _ => depth.saturating_sub(1),
                };
            }
            '"' => {
                chars.next();
                let token = token(&mut chars, true, |c| c == '"')?;
                chars.next();
                tokens.push(token);
            }
            c if c.is_whitespace() => {
                chars.next();
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "();\"".contains(c);
                tokens.push(token(&mut chars, false, ends)?);
            }
        }
    }
    Ok(())
}

/// A token up to the character that ends it. `\X` is the character X, `\DDD` the octet with that
/// decimal number (RFC 1035 §5.1).
fn token(
    chars: &mut Peekable<Chars<'_>>,
    quoted: bool,
    ends: impl Fn(char) -> bool,
) -> Result<Token, EntryError> {
    let mut bytes = Vec::new();
    let (mut escaped, mut escaped_dot) = (false, false);
    while let Some(c) = chars.next_if(|c| !ends(*c)) {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        escaped = true;
        let begin = bytes.len();
        match chars.next() {
            Some(c) if c.is_ascii_digit() => {
                let mut digits = String::from(c);
                for _ in 0..2 {
                    digits.extend(chars.next_if(char::is_ascii_digit));
                }
                let octet = digits.parse().ok().filter(|_| digits.len() == 3);
                bytes.push(octet.ok_or(EntryError::BadEscape(format!("\\{digits}")))?);
            }
            Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return Err(EntryError::BadEscape("\\".to_owned())),
        }
        escaped_dot |= bytes[begin..] == *b".";
    }
    Ok(Token {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
        quoted,
        escaped,
        escaped_dot,
    })
}

/// Reads entries, with what earlier ones set for later ones.
pub(super) struct Reader {
    origin: String,
    ttl: u32,
    last: Option<String>,
}

impl Reader {
    /// `ttl`: the TTL in seconds where the file has none.
    pub(super) fn new(ttl: u32) -> Reader {
        Reader {
            origin: String::new(),
            ttl,
            last: None,
        }
    }

    fn absolute(&self, name: &Token) -> Result<String, EntryError> {
        if name.escaped_dot {
            // Hosts and mail domains have no such names.
            return Err(EntryError::NotADomain {
                text: name.text.clone(),
                problem: DomainError::BadCharacter,
            });
        }
        Ok(match name.text.as_str() {
            "@" if !name.escaped => self.origin.clone(),
            n if n.ends_with('.') || self.origin.is_empty() => normal(n),
            n => format!("{}.{}", normal(n), self.origin),
        })
    }

    fn domain(&self, token: Option<&Token>) -> Result<Domain, EntryError> {
        let token = token.ok_or(EntryError::NameMissing)?;
        Domain::new(&self.absolute(token)?).map_err(|problem| EntryError::NotADomain {
            text: token.text.clone(),
            problem,
        })
    }

    /// Reads one entry; `None` for a directive or a record that is skipped.
    pub(super) fn entry(
        &mut self,
        tokens: &[Token],
        indented: bool,
    ) -> Result<Option<(String, Record, u32)>, EntryError> {
        let first = &tokens[0].text;
        if first.eq_ignore_ascii_case("$ORIGIN") {
            self.origin = normal(&tokens.get(1).ok_or(EntryError::OriginMissing)?.text);
            return Ok(None);
        }
        if first.eq_ignore_ascii_case("$TTL") {
            let text = &tokens.get(1).ok_or(EntryError::TtlMissing)?.text;
            self.ttl = text
                .parse()
                .map_err(|_| EntryError::NotSeconds(text.clone()))?;
            return Ok(None);
        }
        let mut rest = tokens;
        if !indented {
            self.last = Some(self.absolute(&tokens[0])?);
            rest = &rest[1..];
        }
        let name = self.last.clone().ok_or(EntryError::OwnerMissing)?;
        let mut ttl = self.ttl;
        while let Some(token) = rest.first() {
            if let Ok(secs) = token.text.parse() {
                ttl = secs;
            } else if !token.text.eq_ignore_ascii_case("IN") {
                break;
            }
            rest = &rest[1..];
        }
        let kind = rest.first().ok_or(EntryError::TypeMissing)?;
        Ok(self
            .data(&kind.text.to_uppercase(), &rest[1..])?
            .map(|record| (name, record, ttl)))
    }

    fn data(&self, kind: &str, data: &[Token]) -> Result<Option<Record>, EntryError> {
        let text = |i: usize| {
            data.get(i)
                .map(|t| t.text.as_str())
                .ok_or_else(|| EntryError::DataMissing(kind.to_owned()))
        };
        let number = |i: usize| {
            text(i)?.parse::<u16>().map_err(|_| EntryError::NotANumber {
                text: data[i].text.clone(),
                max: u16::MAX,
            })
        };
        Ok(Some(match kind {
            "A" => Record::A(
                text(0)?
                    .parse()
                    .map_err(|_| EntryError::NotIpv4(data[0].text.clone()))?,
            ),
            "AAAA" => Record::Aaaa(
                text(0)?
                    .parse()
                    .map_err(|_| EntryError::NotIpv6(data[0].text.clone()))?,
            ),
            "MX" if text(1)? == "." && !data[1].escaped => Record::Mx(number(0)?, None),
            "MX" => Record::Mx(number(0)?, Some(self.domain(data.get(1))?)),
            "TXT" if data.is_empty() => return Err(EntryError::DataMissing(kind.to_owned())),
            "TXT" if data.iter().any(|t| !t.quoted && data.len() > 1) => {
                return Err(EntryError::Unquoted);
            }
            "TXT" => Record::Txt(joined(data)?),
            "PTR" => Record::Ptr(self.domain(data.first())?),
            "CNAME" => Record::Cname(self.domain(data.first())?),
            "NS" => Record::Ns(self.domain(data.first())?),
            "SRV" => Record::Srv(
                number(0)?,
                number(1)?,
                number(2)?,
                self.domain(data.get(3))?,
            ),
            "TLSA" => {
                let byte = |i: usize| {
                    text(i)?.parse::<u8>().map_err(|_| EntryError::NotANumber {
                        text: data[i].text.clone(),
                        max: u8::MAX.into(),
                    })
                };
                Record::Tlsa(
                    byte(0)?,
                    byte(1)?,
                    byte(2)?,
                    bytes(&data[3.min(data.len())..])?,
                )
            }
            "SOA" => return Ok(None),
            other => return Err(EntryError::UnknownType(other.to_owned())),
        }))
    }
}

// The texts of one record are one text (RFC 7208 §3.3).
fn joined(texts: &[Token]) -> Result<String, EntryError> {
    let bytes: Vec<u8> = texts.iter().flat_map(|t| t.bytes.clone()).collect();
    String::from_utf8(bytes)
        .map_err(|error| EntryError::NotUtf8(String::from_utf8_lossy(error.as_bytes()).into()))
}

// Hexadecimal digits, in one word or several (RFC 6698 §2.2).
fn bytes(words: &[Token]) -> Result<Vec<u8>, EntryError> {
    let digits: String = words.iter().map(|t| t.text.as_str()).collect();
    let fault = || EntryError::NotHex(digits.clone());
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return Err(fault());
    }
    (0..digits.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&digits[i..i + 2], 16).map_err(|_| fault()))
        .collect()
}
