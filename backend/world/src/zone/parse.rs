//! Parses the entries of a zone file (RFC 1035 §5.1).

use super::error::EntryError;
use mail::Domain;
use mail::dns::Record;

/// The name in lower case, without the final dot.
pub(super) fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

/// A word or a quoted text.
pub(super) struct Token {
    text: String,
    quoted: bool,
}

/// Splits the file into entries: line number, tokens, and whether the owner name is omitted.
pub(super) fn entries(text: &str) -> Vec<(usize, Vec<Token>, bool)> {
    let mut all: Vec<(usize, Vec<Token>, bool)> = Vec::new();
    let mut depth = 0usize;
    for (index, line) in text.lines().enumerate() {
        if depth == 0 {
            all.push((index + 1, Vec::new(), line.starts_with([' ', '\t'])));
        }
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let Some((_, tokens, _)) = all.last_mut() else {
                break;
            };
            match c {
                ';' => break,
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                '"' => {
                    let mut inner = String::new();
                    while let Some(c) = chars.next() {
                        match c {
                            '"' => break,
                            '\\' => inner.extend(chars.next()),
                            c => inner.push(c),
                        }
                    }
                    tokens.push(Token {
                        text: inner,
                        quoted: true,
                    });
                }
                c if c.is_whitespace() => {}
                c => {
                    let mut word = String::from(c);
                    while let Some(c) =
                        chars.next_if(|c| !c.is_whitespace() && !"();\"".contains(*c))
                    {
                        word.push(c);
                    }
                    tokens.push(Token {
                        text: word,
                        quoted: false,
                    });
                }
            }
        }
    }
    all.retain(|(_, tokens, _)| !tokens.is_empty());
    all
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

    fn absolute(&self, name: &str) -> String {
        match name {
            "@" => self.origin.clone(),
            n if n.ends_with('.') || self.origin.is_empty() => normal(n),
            n => format!("{}.{}", normal(n), self.origin),
        }
    }

    fn domain(&self, token: Option<&Token>) -> Result<Domain, EntryError> {
        let text = &token.ok_or(EntryError::NameMissing)?.text;
        Domain::new(&self.absolute(text)).map_err(|problem| EntryError::NotADomain {
            text: text.clone(),
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
            self.last = Some(self.absolute(first));
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
            "MX" if text(1)? == "." => Record::Mx(number(0)?, None),
            "MX" => Record::Mx(number(0)?, Some(self.domain(data.get(1))?)),
            "TXT" if data.is_empty() => return Err(EntryError::DataMissing(kind.to_owned())),
            "TXT" if data.iter().any(|t| !t.quoted && data.len() > 1) => {
                return Err(EntryError::Unquoted);
            }
            "TXT" => Record::Txt(data.iter().map(|t| t.text.as_str()).collect()),
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
