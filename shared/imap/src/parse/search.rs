//! Arguments of SEARCH: the keys as an expression (RFC 3501 §6.4.4), depth and number bounded.

use super::{Input, Parsed};
use crate::code::{Code, Fault};
use crate::command::Command;
use crate::limits;
use crate::search::{Compare, Dated, Key, Numbers};
use mail::flags;

type SearchKey = Key<Numbers>;

/// `search = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)`
pub(crate) fn search(input: &mut Input<'_>) -> Parsed<Command> {
    input.space()?;
    if input.eat_word("CHARSET ") {
        let charset = input.astring()?;
        // RFC 3501 §6.4.4: US-ASCII must be known; strings are read as UTF-8, of which it is a
        // part.
        if ![&b"UTF-8"[..], b"US-ASCII", b"UTF8", b"ASCII"]
            .iter()
            .any(|c| c.eq_ignore_ascii_case(&charset))
        {
            return Err(Fault::No(Code::BadCharset, "Unsupported charset"));
        }
        input.space()?;
    }
    let mut keys = Keys {
        left: limits::SEARCH_KEYS_MAX,
    };
    let mut all = vec![keys.key(input, 0)?];
    while input.eat(b' ') {
        all.push(keys.key(input, 0)?);
    }
    Ok(Command::Search(and(all)))
}

fn and(mut keys: Vec<SearchKey>) -> SearchKey {
    if keys.len() == 1 {
        keys.swap_remove(0)
    } else {
        Key::And(keys)
    }
}

// Counts the keys of one command.
struct Keys {
    left: usize,
}

impl Keys {
    /// `search-key = "ALL" / "ANSWERED" / … / "NOT" SP search-key / "OR" SP search-key SP
    /// search-key / sequence-set / "(" search-key *(SP search-key) ")"`
    fn key(&mut self, input: &mut Input<'_>, depth: usize) -> Parsed<SearchKey> {
        if depth > limits::SEARCH_DEPTH_MAX {
            return Err(Fault::No(
                Code::Limit,
                "SEARCH keys nested too deeply; the limit is 32",
            ));
        }
        self.left = self.left.checked_sub(1).ok_or(Fault::No(
            Code::Limit,
            "Too many SEARCH keys; the limit is 1024",
        ))?;
        match input.peek() {
            Some(b'(') => {
                input.eat(b'(');
                let mut inner = vec![self.key(input, depth + 1)?];
                while input.eat(b' ') {
                    inner.push(self.key(input, depth + 1)?);
                }
                input.need(b')', "Missing closing parenthesis")?;
                Ok(and(inner))
            }
            Some(b'0'..=b'9' | b'*') => Ok(Key::Set(Numbers::Sequence(input.sequence_set()?))),
            _ => self.word(input, depth),
        }
    }

    fn word(&mut self, input: &mut Input<'_>, depth: usize) -> Parsed<SearchKey> {
        let word = input
            .take_while(|b| b.is_ascii_alphabetic())
            .to_ascii_uppercase();
        if let Some(key) = flag_key(&word) {
            return Ok(key);
        }
        if let Some((dated, compare)) = date_key(&word) {
            input.space()?;
            return Ok(Key::Date {
                dated,
                compare,
                day: input.date()?,
            });
        }
        if !TAKING.contains(&&*word) {
            return Err(Fault::Bad("Unknown SEARCH key"));
        }
        input.space()?;
        let key = match word.as_slice() {
            b"NOT" => not(self.key(input, depth + 1)?),
            b"OR" => {
                let a = self.key(input, depth + 1)?;
                input.space()?;
                Key::Or(Box::new(a), Box::new(self.key(input, depth + 1)?))
            }
            b"UID" => Key::Set(Numbers::Uid(input.sequence_set()?)),
            b"KEYWORD" => keyword(input)?,
            b"UNKEYWORD" => not(keyword(input)?),
            b"LARGER" => Key::Larger(input.number()?),
            b"SMALLER" => Key::Smaller(input.number()?),
            b"HEADER" => {
                let name = input.text()?.to_ascii_lowercase();
                input.space()?;
                Key::Header(name, text(input)?)
            }
            b"BODY" => Key::Body(text(input)?),
            b"TEXT" => Key::Text(text(input)?),
            // BCC, CC, FROM, SUBJECT, TO
            field => Key::Header(
                String::from_utf8_lossy(field).to_ascii_lowercase(),
                text(input)?,
            ),
        };
        Ok(key)
    }
}

const TAKING: [&[u8]; 15] = [
    b"NOT",
    b"OR",
    b"UID",
    b"KEYWORD",
    b"UNKEYWORD",
    b"LARGER",
    b"SMALLER",
    b"HEADER",
    b"BODY",
    b"TEXT",
    b"BCC",
    b"CC",
    b"FROM",
    b"SUBJECT",
    b"TO",
];

fn text(input: &mut Input<'_>) -> Parsed<String> {
    String::from_utf8(input.astring()?.into_owned())
        .map_err(|_| Fault::No(Code::BadCharset, "Search text is not UTF-8"))
}

/// `"KEYWORD" SP flag-keyword`
fn keyword(input: &mut Input<'_>) -> Parsed<SearchKey> {
    Ok(Key::Keyword(
        String::from_utf8_lossy(input.atom()?).into_owned(),
    ))
}

fn not(key: SearchKey) -> SearchKey {
    Key::Not(Box::new(key))
}

fn flag_key(word: &[u8]) -> Option<SearchKey> {
    let recent = || Key::Set(Numbers::Recent);
    Some(match word {
        b"ALL" => Key::All,
        b"ANSWERED" => Key::Flag(flags::ANSWERED),
        b"DELETED" => Key::Flag(flags::DELETED),
        b"DRAFT" => Key::Flag(flags::DRAFT),
        b"FLAGGED" => Key::Flag(flags::FLAGGED),
        b"SEEN" => Key::Flag(flags::SEEN),
        b"UNANSWERED" => not(Key::Flag(flags::ANSWERED)),
        b"UNDELETED" => not(Key::Flag(flags::DELETED)),
        b"UNDRAFT" => not(Key::Flag(flags::DRAFT)),
        b"UNFLAGGED" => not(Key::Flag(flags::FLAGGED)),
        b"UNSEEN" => not(Key::Flag(flags::SEEN)),
        b"RECENT" => recent(),
        b"OLD" => not(recent()),
        // NEW: functionally equivalent to "(RECENT UNSEEN)".
        b"NEW" => Key::And(vec![recent(), not(Key::Flag(flags::SEEN))]),
        _ => return None,
    })
}

fn date_key(word: &[u8]) -> Option<(Dated, Compare)> {
    Some(match word {
        b"BEFORE" => (Dated::Internal, Compare::Before),
        b"ON" => (Dated::Internal, Compare::On),
        b"SINCE" => (Dated::Internal, Compare::Since),
        b"SENTBEFORE" => (Dated::Sent, Compare::Before),
        b"SENTON" => (Dated::Sent, Compare::On),
        b"SENTSINCE" => (Dated::Sent, Compare::Since),
        _ => return None,
    })
}
