//! Parsing of typed and pasted recipients: lists from mail programs, columns of a spreadsheet,
//! `mailto:` links, text from a Chinese keyboard. Nothing is dropped or joined: what cannot be
//! parsed becomes a recipient with an invalid address ([`super::address::address_fault`]).

use super::address::nfc;
use super::percent::unescape;
use wire::Contact;

/// Whether a text contains the end of a recipient: a comma or semicolon outside of quotation marks
/// and angle brackets (RFC 5322 §3.2.4, §3.4). An open quotation mark may still be closed by
/// further typing.
pub fn has_separator(text: &str) -> bool {
    pieces(text, true).len() > 1
}

/// Splits a text into recipients: `Name <a@b>` or `a@b`, separated by commas, semicolons (also
/// full-width ones), line ends, the columns of a table, or spaces between addresses.
pub fn recipients(text: &str) -> Vec<Contact> {
    let mut found = Vec::new();
    for piece in pieces(text, false) {
        row(&piece, &mut found);
    }
    found
}

/// Splits at separators outside of quotation marks and angle brackets. An unclosed quotation mark
/// quotes the rest if `unfinished`, and is an ordinary character otherwise.
fn pieces(text: &str, unfinished: bool) -> Vec<String> {
    let chars: Vec<char> = text.chars().filter(|c| *c != '\r').collect();
    let mut pieces = vec![String::new()];
    let (mut at, mut angled) = (0, false);
    while at < chars.len() {
        let c = chars[at];
        let end = if c == '"' {
            closing_quote(&chars, at).or_else(|| unfinished.then(|| chars.len() - 1))
        } else {
            None
        };
        let piece = pieces.len() - 1;
        if let Some(end) = end {
            pieces[piece].extend(&chars[at..=end]);
            at = end + 1;
            continue;
        }
        match c {
            '<' | '＜' => angled = true,
            '>' | '＞' | '\n' => angled = false,
            _ => {}
        }
        if c == '\n' || (is_separator(c) && !angled) {
            pieces.push(String::new());
        } else {
            pieces[piece].push(match c {
                '＜' => '<',
                '＞' => '>',
                c => c,
            });
        }
        at += 1;
    }
    pieces
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '，' | '；' | '、')
}

/// The index of the quotation mark that closes the one at `open`, on the same line.
fn closing_quote(chars: &[char], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 1,
            '"' => return Some(at),
            '\n' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Parses one line of a table: a cell without an address is the name for the address beside it.
fn row(piece: &str, found: &mut Vec<Contact>) {
    let cells: Vec<&str> = piece
        .split('\t')
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    let addresses = cells.iter().filter(|cell| has_at(cell)).count();
    if cells.len() < 2 || addresses == 0 {
        cells.iter().for_each(|one| cell(one, found));
        return;
    }
    let first = found.len();
    let mut name: Option<&str> = None;
    for one in cells {
        if !has_at(one) {
            match (addresses, found.get_mut(first)) {
                (1, Some(contact)) if contact.name.is_empty() => one.clone_into(&mut contact.name),
                _ => {
                    if let Some(earlier) = name.replace(one) {
                        cell(earlier, found);
                    }
                }
            }
            continue;
        }
        let at = found.len();
        cell(one, found);
        if let (Some(name), Some(contact)) = (name.take(), found.get_mut(at))
            && contact.name.is_empty()
        {
            contact.name = unquoted(name);
        }
    }
    if let Some(name) = name {
        cell(name, found);
    }
}

/// Parses a cell: `Name <address>`, an address, or several addresses separated by spaces.
fn cell(text: &str, found: &mut Vec<Contact>) {
    let text = text.trim();
    // A full stop after the last recipient belongs to the sentence that the list was copied from.
    if text.chars().all(|c| matches!(c, '.' | '。' | '．' | '｡')) {
        return;
    }
    if let Some(open) = outside_quotes(text, '<') {
        let (name, rest) = (&text[..open], &text[open + 1..]);
        let close = outside_quotes(rest, '>').unwrap_or(rest.len());
        found.push(Contact {
            name: unquoted(name),
            address: address(&rest[..close]),
        });
        cell(rest.get(close + 1..).unwrap_or_default(), found);
        return;
    }
    let words = words(text);
    match words.as_slice() {
        [_, _, ..] if words.iter().all(|word| has_at(word)) => {
            found.extend(words.iter().map(|word| contact("", word)));
        }
        [name, last] if name.starts_with('"') && name.ends_with('"') && has_at(last) => {
            found.push(contact(name, last));
        }
        _ => found.push(contact("", text)),
    }
}

fn contact(name: &str, text: &str) -> Contact {
    Contact {
        name: unquoted(name),
        address: address(text),
    }
}

/// Splits at white space; a quoted string is part of a word (`"first last"@b.test`).
fn words(text: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has_at(text: &str) -> bool {
    text.contains(['@', '＠'])
}

fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    // An unclosed quotation mark quotes nothing.
    let balanced = text.matches('"').count().is_multiple_of(2);
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"' && balanced;
        (c == wanted && !quoted).then_some(at)
    })
}

/// The text of a display name, without its quotation marks and escapes.
fn unquoted(name: &str) -> String {
    let name = name.trim();
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    }
}

/// Normalizes an address for sending: without `mailto:`, in NFC and, unless it is quoted, with the
/// ASCII forms of full-width characters and of the Chinese full stop.
fn address(text: &str) -> String {
    let text = text.trim();
    let link = text
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let text = if link {
        unescape(
            &text[7..]
                .split('?')
                .next()
                .unwrap_or_default()
                .replace('+', "%2B"),
        )
    } else {
        text.to_owned()
    };
    if text.starts_with('"') {
        return nfc(&text);
    }
    let ascii: String = text
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect();
    let Some((local, domain)) = ascii.rsplit_once('@') else {
        return nfc(&ascii);
    };
    let domain = domain.replace(['。', '｡'], ".");
    nfc(&format!("{local}@{}", domain.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        recipients(text)
            .into_iter()
            .map(|c| (c.name, c.address))
            .collect()
    }

    fn addresses(text: &str) -> Vec<String> {
        recipients(text).into_iter().map(|c| c.address).collect()
    }

    fn pair(name: &str, address: &str) -> (String, String) {
        (name.to_owned(), address.to_owned())
    }

    #[test]
    fn splits_typed_recipients() {
        assert_eq!(pairs(" bob@b.test "), [pair("", "bob@b.test")]);
        assert_eq!(
            pairs("林晓 <lin@a.test>，\"Chen, Bob\" <bob@b.test>; c@c.test\n"),
            [
                pair("林晓", "lin@a.test"),
                pair("Chen, Bob", "bob@b.test"),
                pair("", "c@c.test")
            ]
        );
        assert_eq!(pairs(" , ;"), []);
        assert_eq!(pairs("half <bob@b"), [pair("half", "bob@b")]);
    }

    #[test]
    fn quoted_comma_does_not_separate_recipients() {
        assert!(!has_separator("\"Marsh,"));
        assert!(!has_separator("\"Marsh, Ann\""));
        assert!(!has_separator("\"Marsh, Ann\" <ann@m.test"));
        assert!(has_separator("\"Marsh, Ann\" <ann@m.test>,"));
        assert_eq!(
            pairs(r#""Marsh \"Annie\", Ann" <ann@m.test>, ben@m.test"#),
            [
                pair("Marsh \"Annie\", Ann", "ann@m.test"),
                pair("", "ben@m.test")
            ]
        );
        // An unclosed quotation mark quotes nothing.
        assert_eq!(
            addresses("5\" <a@m.test>, b@m.test"),
            ["a@m.test", "b@m.test"]
        );
    }

    #[test]
    fn reads_columns_of_a_spreadsheet() {
        assert_eq!(
            addresses("a@m.test\r\nb@m.test\r\nc@m.test\r\n"),
            ["a@m.test", "b@m.test", "c@m.test"]
        );
        assert_eq!(
            pairs("Ann Marsh\tann@m.test\nben@m.test\tBen\n"),
            [pair("Ann Marsh", "ann@m.test"), pair("Ben", "ben@m.test")]
        );
        assert_eq!(
            addresses("a@m.test\tb@m.test\tc@m.test"),
            ["a@m.test", "b@m.test", "c@m.test"]
        );
        assert_eq!(
            pairs("Ann\ta@m.test\tBen\tb@m.test\tMeadow Lane"),
            [
                pair("Ann", "a@m.test"),
                pair("Ben", "b@m.test"),
                pair("", "Meadow Lane")
            ]
        );
    }

    #[test]
    fn spaces_separate_addresses_but_not_words() {
        assert_eq!(
            addresses("a@m.test b@m.test  c@m.test"),
            ["a@m.test", "b@m.test", "c@m.test"]
        );
        assert_eq!(
            pairs("Ann <a@m.test> Ben <b@m.test>"),
            [pair("Ann", "a@m.test"), pair("Ben", "b@m.test")]
        );
        assert_eq!(addresses("ann marsh"), ["ann marsh"]);
        assert_eq!(addresses("ann b@m.test"), ["ann b@m.test"]);
        assert_eq!(
            pairs("\"Ann Marsh\" a@m.test"),
            [pair("Ann Marsh", "a@m.test")]
        );
    }

    #[test]
    fn reads_full_width_characters() {
        assert_eq!(
            addresses("wang＠m。test；li@m．test、zhao@m.test。"),
            ["wang@m.test", "li@m.test", "zhao@m.test"]
        );
        assert_eq!(pairs("王＜wang＠ｍ.test＞"), [pair("王", "wang@m.test")]);
        assert_eq!(
            pairs("张三 <zhang@m.test>，王五 <wang@m.test>。"),
            [pair("张三", "zhang@m.test"), pair("王五", "wang@m.test")]
        );
    }

    #[test]
    fn reads_mailto_links() {
        assert_eq!(
            addresses("mailto:ann%2Bx@m.test?subject=Tea, MAILTO:b+c@m.test"),
            ["ann+x@m.test", "b+c@m.test"]
        );
        assert_eq!(addresses("<mailto:ann@m.test>"), ["ann@m.test"]);
    }

    #[test]
    fn keeps_quoted_local_parts() {
        assert_eq!(addresses("\"ann marsh\"@m.test"), ["\"ann marsh\"@m.test"]);
        assert_eq!(
            addresses("\"a,b\"@m.test, \"c@d\"@m.test"),
            ["\"a,b\"@m.test", "\"c@d\"@m.test"]
        );
    }

    #[test]
    fn address_is_in_normal_form_c() {
        assert_eq!(addresses("mu\u{308}ller@m.test"), ["müller@m.test"]);
    }

    #[test]
    fn three_hundred_recipients_stay_three_hundred() {
        let all: Vec<String> = (0..300).map(|n| format!("p{n}@m.test")).collect();
        for separator in [", ", ";", "\n", "\t", " ", "，"] {
            assert_eq!(addresses(&all.join(separator)), all, "{separator:?}");
        }
    }
}
