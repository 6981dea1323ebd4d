//! Why the values of fields differ. A value in the strict grammar has no excuse: both parsers must
//! read the same from it.

use crate::explain_words::{of_charset_name, of_encoded_words};
use crate::reason::Reason;

/// The reason that holds for any kind of field, if one does.
fn of_text(value: &[u8]) -> Option<Reason> {
    if std::str::from_utf8(value).is_err() {
        return Some(Reason::UndeclaredCharset);
    }
    let is_control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\r' | b'\n');
    if value.iter().any(is_control) || has_bare_line_end(value) {
        return Some(Reason::Controls);
    }
    None
}

/// A CR or LF that is not part of a fold.
fn has_bare_line_end(value: &[u8]) -> bool {
    let folds = value.windows(3).filter(|w| w[0] == b'\r' && w[1] == b'\n');
    let good = folds.filter(|w| matches!(w[2], b' ' | b'\t')).count();
    let ends = value.iter().filter(|b| matches!(b, b'\r' | b'\n')).count();
    ends != 2 * good
}

/// `dot-atom` characters (RFC 5322 §3.2.3), UTF-8 included (RFC 6532).
fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b) || !b.is_ascii()
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_addr_spec(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(local, domain)| is_dot_atom(local) && is_dot_atom(domain))
}

/// One mailbox: `a@b`, `<a@b>`, `Name words <a@b>`, `"Quoted, name" <a@b>`.
fn is_mailbox(text: &str) -> bool {
    let text = text.trim();
    let Some((name, address)) = text.strip_suffix('>').and_then(|t| t.split_once('<')) else {
        return is_addr_spec(text);
    };
    let name = name.trim();
    let is_phrase = match name.strip_prefix('"').and_then(|n| n.strip_suffix('"')) {
        Some(quoted) => !quoted.contains(['"', '\\']) && quoted.trim() == quoted,
        None => name
            .split_ascii_whitespace()
            .all(|atom| atom.bytes().all(is_atext)),
    };
    is_phrase && is_addr_spec(address)
}

/// Splits at commas outside of quotes.
fn mailboxes(list: &str) -> Vec<&str> {
    let mut quoted = false;
    list.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .collect()
}

impl Reason {
    /// Why address lists differ.
    pub(crate) fn of_addresses(value: &[u8], own: &str, other: &str) -> Option<Reason> {
        if let Some(reason) = of_text(value) {
            return Some(reason);
        }
        let text = String::from_utf8_lossy(value);
        if text.contains("=?") {
            let in_address = text
                .split('<')
                .skip(1)
                .any(|t| t.split('>').next().is_some_and(|a| a.contains("=?")));
            let in_quotes = text.split('"').skip(1).step_by(2).any(|q| q.contains("=?"));
            if in_address || in_quotes {
                return Some(Reason::MisplacedWord);
            }
            if let Some(reason) = of_encoded_words(value, own, other)
                && !text.contains('(')
            {
                return Some(reason);
            }
        }
        let list = mailboxes(&text);
        if list.iter().all(|m| is_mailbox(m)) {
            return None;
        }
        Some(if text.contains(['(', ')']) {
            Reason::Comments
        } else if text.contains(['"', '\\', '[']) {
            Reason::QuotedAddress
        } else if text.contains("<@") || text.contains(" .") || text.contains(". ") {
            Reason::ObsoleteAddress
        } else if text.contains([':', ';']) {
            Reason::Groups
        } else if list.iter().all(|m| is_mailbox(m) || is_word(m)) {
            Reason::NameOrAddress
        } else {
            Reason::Punctuation
        })
    }

    /// Why unstructured texts differ.
    pub(crate) fn of_words(value: &[u8], own: &str, other: &str) -> Option<Reason> {
        of_text(value).or_else(|| {
            let has_word = memchr_find(value, b"=?");
            has_word.then(|| of_encoded_words(value, own, other))?
        })
    }

    /// Why dates differ.
    pub(crate) fn of_date(value: &[u8], own: &str, other: &str) -> Option<Reason> {
        if is_strict_date(&String::from_utf8_lossy(value)) {
            return None;
        }
        Some(
            if own == "None" || (other != "None" && of_text(value).is_some()) {
                Reason::InvalidDate
            } else {
                Reason::ObsoleteDate
            },
        )
    }

    /// Why identifiers differ.
    pub(crate) fn of_ids(value: &[u8], own: &str, _: &str) -> Option<Reason> {
        if let Some(reason) = of_text(value) {
            return Some(reason);
        }
        let text = String::from_utf8_lossy(value);
        let is_id = |id: &str| {
            id.strip_prefix('<')
                .and_then(|i| i.strip_suffix('>'))
                .is_some_and(is_addr_spec)
        };
        if text.split_ascii_whitespace().all(is_id) {
            return (own.split(' ').count() >= mime::IDS_MAX).then_some(Reason::ManyIds);
        }
        let spaced = text.split('<').skip(1).any(|t| {
            t.split('>')
                .next()
                .is_some_and(|id| id.contains([' ', '\t', '(']))
        });
        Some(if !text.contains('<') {
            Reason::Phrase
        } else if spaced {
            Reason::SpacedId
        } else {
            Reason::MalformedId
        })
    }

    /// Why the protocols of Received fields differ.
    pub(crate) fn of_received(value: &[u8], own: &str, other: &str) -> Option<Reason> {
        if let Some(reason) = of_text(value) {
            return Some(reason);
        }
        let registered = own.is_empty() || is_registered(own);
        if !registered {
            return Some(Reason::UnregisteredProtocol);
        }
        let clauses = String::from_utf8_lossy(value).to_ascii_lowercase();
        let is_regular = clauses.matches(" with ").count() == 1
            && !clauses.contains(['"', '\\'])
            && clauses.matches(" by ").count() == 1
            && clauses.matches(';').count() == 1
            && is_even(&clauses)
            && (clauses.trim_start().starts_with("from ")
                || clauses.trim_start().starts_with("by "))
            && !other.is_empty();
        (!is_regular).then_some(Reason::Clauses)
    }

    /// Why a parameter differs; both start with its name.
    pub(crate) fn of_parameter(value: &[u8], own: &str, other: &str) -> Option<Reason> {
        if let Some(reason) = of_text(value) {
            return Some(reason);
        }
        let text = String::from_utf8_lossy(value).replace("\r\n", "");
        if is_strict_content(&text) {
            return None;
        }
        Some(if text.contains('\\') {
            Reason::Backslash
        } else if text.contains("=?") {
            Reason::MisplacedWord
        } else if own.contains(char::is_control) || other.contains(char::is_control) {
            Reason::Controls
        } else if text.contains('*') {
            return of_sections(&text);
        } else if memchr_find(value, b"=\r\n") {
            Reason::FoldedParameter
        } else if text.contains('(') {
            Reason::Comments
        } else {
            Reason::MalformedParameter
        })
    }
}

fn is_word(text: &str) -> bool {
    text.trim()
        .bytes()
        .all(|b| is_atext(b) || b == b'.' || b == b' ')
}

pub(crate) fn memchr_find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|w| w == part)
}

/// `[ day-of-week "," ] date time` with seconds and a numeric zone (RFC 5322 §3.3).
fn is_strict_date(text: &str) -> bool {
    let text = text.replace("\r\n", "");
    let mut tokens: Vec<&str> = text.split_ascii_whitespace().collect();
    let days = ["Mon,", "Tue,", "Wed,", "Thu,", "Fri,", "Sat,", "Sun,"];
    if tokens.first().is_some_and(|t| days.contains(t)) {
        tokens.remove(0);
    }
    let [day, month, year, time, zone] = tokens[..] else {
        return false;
    };
    let number = |t: &str, max: u32| t.parse::<u32>().is_ok_and(|n| n <= max);
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let clock: Vec<&str> = time.split(':').collect();
    number(day, 31)
        && day != "0"
        && day.len() <= 2
        && months.contains(&month)
        && year.len() == 4
        && year.parse::<u32>().is_ok_and(|y| (1900..3000).contains(&y))
        && matches!(clock[..], [h, m, s] if number(h, 23) && number(m, 59) && number(s, 59)
            && clock.iter().all(|c| c.len() == 2))
        && zone.len() == 5
        && zone.starts_with(['+', '-'])
        && number(&zone[1..3], 23)
        && number(&zone[3..], 59)
}

/// `token/token *(";" token "=" (token / quoted-string without escapes))` (RFC 2045 §5.1), with no
/// sections.
fn is_strict_content(text: &str) -> bool {
    let mut quoted = false;
    let mut pieces = text.split(|c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    let is_token =
        |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_graphic() && !is_tspecial(b));
    let first = pieces.next().unwrap_or_default().trim();
    let is_type = first.split('/').all(is_token) && first.split('/').count() <= 2;
    is_type
        && pieces.all(|piece| {
            let Some((name, value)) = piece.split_once('=') else {
                return false;
            };
            let (name, value) = (name.trim_start(), value.trim_end());
            let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            let is_value = match quoted {
                Some(q) => !q.is_empty() && q.trim() == q && !q.contains(['"', '\\', '\t']),
                None => is_token(value),
            };
            is_token(name) && !name.contains('*') && is_value && !value.contains("=?")
        })
}

fn is_tspecial(b: u8) -> bool {
    b"()<>@,;:\\\"/[]?=".contains(&b)
}

/// Sections in their order, each once, the charset in the first and only there, and every code
/// complete (RFC 2231 §3, §4) must agree.
fn of_sections(text: &str) -> Option<Reason> {
    let sections: Vec<(&str, &str)> = text
        .split(';')
        .skip(1)
        .filter_map(|p| p.trim().split_once('='))
        .filter(|(name, _)| name.contains('*'))
        .collect();
    let codes = |value: &str| {
        let mut pieces = value.split('%');
        pieces.next();
        pieces.all(|p| p.len() >= 2 && p.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
    };
    if !sections.iter().all(|(_, value)| codes(value)) {
        return Some(Reason::Percent);
    }
    let charsets = sections
        .iter()
        .filter(|(_, v)| v.matches('\'').count() >= 2);
    let one = sections.len() == 1 && charsets.clone().count() == 1;
    let charset = charsets
        .map(|(_, v)| v.split('\'').next().unwrap_or_default())
        .find(|c| of_charset_name(c).is_some());
    if charset.is_some() {
        return Some(Reason::MissingCharset);
    }
    (!one).then_some(Reason::Sections)
}

/// The mail transmission types registered with IANA, and the private ones that `mail-parser` knows.
fn is_registered(protocol: &str) -> bool {
    let base = protocol.strip_prefix("UTF8").unwrap_or(protocol);
    let base = base.strip_prefix('E').unwrap_or(base);
    ["SMTP", "LMTP"]
        .iter()
        .filter_map(|p| base.strip_prefix(p))
        .any(|rest| matches!(rest, "" | "S" | "A" | "SA"))
        || matches!(
            protocol,
            "MMS" | "HTTP" | "HTTPS" | "IMAP" | "POP3" | "LOCAL"
        )
}

/// Clauses of two words each, before the semicolon and without comments.
fn is_even(clauses: &str) -> bool {
    let clauses = clauses.split(';').next().unwrap_or_default();
    let mut depth = 0;
    let bare: String = clauses
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let is_bare = depth == 0;
            depth -= i32::from(*c == ')');
            is_bare
        })
        .collect();
    bare.split_ascii_whitespace().count().is_multiple_of(2)
}
