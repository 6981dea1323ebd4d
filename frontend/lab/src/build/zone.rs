//! A zone file as text and as a table, with errors by line and column. Editing the table changes
//! only the edited lines and keeps all others, comments included.

mod faults;

pub use faults::faults;

/// The record types that the editor offers.
pub const TYPES: [&str; 9] = [
    "A", "AAAA", "MX", "TXT", "PTR", "CNAME", "SRV", "NS", "TLSA",
];

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneProblem {
    /// The first record needs a name.
    NoName,
    /// The type is missing.
    NoType,
    /// The type is not supported.
    UnknownType,
    /// The record data is incomplete.
    IncompleteData,
    /// Not an IPv4 address.
    NoIpv4,
    /// Not an IPv6 address.
    NoIpv6,
    /// Not a number up to 65535.
    NoNumber,
    /// Not a domain name.
    NoDomain,
    /// A TXT record of several words needs quotes.
    NoQuotes,
    /// The quotation mark is not closed.
    OpenQuote,
    /// An address where a host name is expected.
    AddressForName,
}

/// A fault in a zone file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: ZoneProblem,
}

/// A record in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    /// The index of the line in the text, counted from 0.
    pub line: usize,
    /// The name as written: `a.test.`, `@`; empty if the line repeats the previous name.
    pub name: String,
    /// The type: `MX`.
    pub kind: String,
    /// The record data: `10 mail.a.test.`.
    pub data: String,
}

struct Token<'a> {
    text: &'a str,
    column: usize,
    quoted: bool,
}

// The tokens of a line, up to a comment. `Err` is the column of an unclosed quotation mark.
fn tokens(line: &str) -> Result<Vec<Token<'_>>, usize> {
    let mut all = Vec::new();
    let mut chars = line.char_indices().enumerate().peekable();
    while let Some((column, (start, c))) = chars.next() {
        match c {
            ';' => break,
            '"' => {
                let mut end = None;
                let mut escaped = false;
                for (_, (at, c)) in chars.by_ref() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => {
                            end = Some(at);
                            break;
                        }
                        _ => {}
                    }
                }
                let end = end.ok_or(column + 1)?;
                all.push(Token {
                    text: &line[start + 1..end],
                    column: column + 1,
                    quoted: true,
                });
            }
            c if c.is_whitespace() => {}
            // Placeholders for records that hosts publish themselves are in braces.
            '{' => {
                let mut end = line.len();
                for (_, (at, c)) in chars.by_ref() {
                    if c == '}' {
                        end = at + 1;
                        break;
                    }
                }
                all.push(Token {
                    text: &line[start..end],
                    column: column + 1,
                    quoted: true,
                });
            }
            _ => {
                let mut end = start + c.len_utf8();
                while let Some((_, (at, c))) =
                    chars.next_if(|(_, (_, c))| !c.is_whitespace() && !";\"".contains(*c))
                {
                    end = at + c.len_utf8();
                }
                all.push(Token {
                    text: &line[start..end],
                    column: column + 1,
                    quoted: false,
                });
            }
        }
    }
    Ok(all)
}

// The index of the token with the type: after the name (unless the line is indented), TTL and
// class.
fn kind_at(line: &str, words: &[Token<'_>]) -> usize {
    let mut place = usize::from(!line.starts_with([' ', '\t']));
    while words
        .get(place)
        .is_some_and(|w| w.text.eq_ignore_ascii_case("IN") || w.text.parse::<u32>().is_ok())
    {
        place += 1;
    }
    place
}

// Whether the table can edit a line. Directives and entries over several lines are edited as text.
fn is_plain(line: &str) -> bool {
    let code = line.split(';').next().unwrap_or_default();
    !line.trim_start().starts_with('$')
        && (line.contains('"') || !code.contains(['(', ')']))
        && !code.trim().is_empty()
}

/// The records of a text, one for each line that the table can edit.
pub fn rows(text: &str) -> Vec<Row> {
    let mut all = Vec::new();
    for (place, line) in text.lines().enumerate().filter(|(_, line)| is_plain(line)) {
        let Ok(words) = tokens(line) else { continue };
        let kind = kind_at(line, &words);
        let name = if line.starts_with([' ', '\t']) {
            ""
        } else {
            words.first().map_or("", |w| w.text)
        };
        let word = |at: usize| {
            words
                .get(at)
                .map(|w| w.text.to_ascii_uppercase())
                .unwrap_or_default()
        };
        let data = words.get(kind + 1).map(|first| {
            let from = line
                .char_indices()
                .nth(first.column - 1)
                .map_or(0, |(at, _)| at);
            without_comment(&line[from..]).trim_end().to_owned()
        });
        all.push(Row {
            line: place,
            name: name.to_owned(),
            kind: word(kind),
            data: data.unwrap_or_default(),
        });
    }
    all
}

fn without_comment(text: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => return &text[..at],
            _ => {}
        }
    }
    text
}

/// Formats a row as a line of text.
fn line(row: &Row) -> String {
    format!("{:<28} {} {}", row.name, row.kind, row.data)
        .trim_end()
        .to_owned()
}

/// Replaces the line of a row.
pub fn put(text: &str, row: &Row) -> String {
    edit(text, |lines| {
        if let Some(there) = lines.get_mut(row.line) {
            *there = line(row);
        }
    })
}

/// Appends a row.
pub fn add(text: &str, row: &Row) -> String {
    edit(text, |lines| lines.push(line(row)))
}

/// Removes the line of a row.
pub fn remove(text: &str, row: &Row) -> String {
    edit(text, |lines| {
        if row.line < lines.len() {
            lines.remove(row.line);
        }
    })
}

fn edit(text: &str, change: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    if lines.is_empty() {
        String::new()
    } else {
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "; all of it\na.test.  300 IN MX 10 mail.a.test. ; here\n         TXT \"v=spf1 ; mx\" \"-all\"\nmail.a.test. A 192.0.2.25\n";

    fn formatted(rows: &[Row]) -> Vec<String> {
        rows.iter()
            .map(|row| format!("{}|{}|{}|{}", row.line, row.name, row.kind, row.data))
            .collect()
    }

    #[test]
    fn editing_the_table_changes_only_its_lines() {
        let all = rows(ZONE);
        assert_eq!(
            formatted(&all),
            [
                "1|a.test.|MX|10 mail.a.test.",
                "2||TXT|\"v=spf1 ; mx\" \"-all\"",
                "3|mail.a.test.|A|192.0.2.25"
            ]
        );
        let changed = put(
            ZONE,
            &Row {
                data: "192.0.2.26".into(),
                ..all[2].clone()
            },
        );
        assert_eq!(formatted(&rows(&changed))[2], "3|mail.a.test.|A|192.0.2.26");
        assert!(changed.starts_with("; all of it\na.test.  300 IN MX 10 mail.a.test. ; here\n"));
        let less = remove(ZONE, &all[0]);
        assert!(!less.contains("MX") && less.contains("; all of it"));
        let more = add(
            "",
            &Row {
                line: 0,
                name: "b.test.".into(),
                kind: "MX".into(),
                data: "0 .".into(),
            },
        );
        assert_eq!(formatted(&rows(&more)), ["0|b.test.|MX|0 ."]);
        assert_eq!(faults(&more), []);
    }

    #[track_caller]
    fn check(text: &str, expected: &[(usize, usize, ZoneProblem)]) {
        let found: Vec<_> = faults(text)
            .into_iter()
            .map(|f| (f.line, f.column, f.problem))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn faults_are_reported_by_line_and_column() {
        check(ZONE, &[]);
        check(
            "$ORIGIN a.test.\n$TTL 300\n@ IN SOA ns hostmaster ( 1 2 3\n 4 5 )\n@ MX 10 mx\nnomail MX 0 .",
            &[],
        );
        check(
            "s._domainkey.a.test. TXT {dkim:s@a.test}\n_25._tcp.mx.a.test. TLSA {tlsa:mx.a.test}",
            &[],
        );
        check(" A 192.0.2.1", &[(1, 1, ZoneProblem::NoName)]);
        check("a.test.", &[(1, 8, ZoneProblem::NoType)]);
        check("a.test. WKS x", &[(1, 9, ZoneProblem::UnknownType)]);
        check("a.test. A 192.0.2", &[(1, 11, ZoneProblem::NoIpv4)]);
        check("\na.test. AAAA 192.0.2.1", &[(2, 14, ZoneProblem::NoIpv6)]);
        check("a.test. MX mail.a.test.", &[(1, 12, ZoneProblem::NoNumber)]);
        check("a.test. MX 10", &[(1, 14, ZoneProblem::IncompleteData)]);
        check(
            "a.test. MX 10 192.0.2.1",
            &[(1, 15, ZoneProblem::AddressForName)],
        );
        check("a.test. CNAME a..b", &[(1, 15, ZoneProblem::NoDomain)]);
        check("a.test. TXT v=spf1 -all", &[(1, 13, ZoneProblem::NoQuotes)]);
        check(
            "a.test. TXT \"v=spf1 -all",
            &[(1, 13, ZoneProblem::OpenQuote)],
        );
        check(
            "_smtp._tcp SRV 1 2 x y.test.",
            &[(1, 20, ZoneProblem::NoNumber)],
        );
        check(
            "a.test. A x\nb.test. A y",
            &[(1, 11, ZoneProblem::NoIpv4), (2, 11, ZoneProblem::NoIpv4)],
        );
        check("甲.test. TXT 五 六", &[(1, 13, ZoneProblem::NoQuotes)]);
    }
}
