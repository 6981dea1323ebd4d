//! The scripts of imaptest: their words, variables and steps, as they are read and compared.

use std::collections::HashMap;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(Vec<u8>),
    List(char, Vec<Token>),
}

/// Words, strings, literals and lists of a reply, or of a line of a script.
pub(super) fn tokens(bytes: &[u8], at: &mut usize, end: Option<u8>) -> Vec<Token> {
    let mut out = Vec::new();
    while let Some(&b) = bytes.get(*at) {
        *at += 1;
        match b {
            b' ' | b'\r' | b'\n' => {}
            b if Some(b) == end => return out,
            b'(' => out.push(Token::List('(', tokens(bytes, at, Some(b')')))),
            b'[' => out.push(Token::List('[', tokens(bytes, at, Some(b']')))),
            b'"' => {
                let mut text = Vec::new();
                while let Some(&b) = bytes.get(*at) {
                    *at += 1;
                    match b {
                        b'"' => break,
                        b'\\' => {
                            text.push(bytes[*at]);
                            *at += 1;
                        }
                        b => text.push(b),
                    }
                }
                out.push(Token::Text(text));
            }
            b'{' => {
                let close = *at + bytes[*at..].iter().position(|&b| b == b'}').unwrap();
                let n: usize = std::str::from_utf8(&bytes[*at..close])
                    .unwrap()
                    .parse()
                    .unwrap();
                let start = close + 3;
                out.push(Token::Text(bytes[start..start + n].to_vec()));
                *at = start + n;
            }
            _ => {
                let start = *at - 1;
                let mut brackets = 0;
                let mut braced = false;
                while let Some(&b) = bytes.get(*at) {
                    match b {
                        b'[' => brackets += 1,
                        b']' if brackets > 0 => brackets -= 1,
                        b'{' => braced = true,
                        b'}' if braced => braced = false,
                        b' ' | b'(' | b')' | b'\r' | b'\n' if brackets == 0 && !braced => break,
                        b']' if end == Some(b']') => break,
                        _ => {}
                    }
                    *at += 1;
                }
                out.push(Token::Text(bytes[start..*at].to_vec()));
            }
        }
    }
    out
}

#[derive(Default, Clone)]
pub(super) struct Variables(pub(super) HashMap<String, Vec<u8>>);

pub(super) enum Part {
    Plain(Vec<u8>),
    Anything,
    Original(usize),
    Unknown(String),
}

impl Variables {
    // `$name`, `${name}`, `$$`, `$`, `$1`.
    pub(super) fn expand(&self, text: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        let mut at = 0;
        while at < text.len() {
            if text[at] != b'$' {
                plain.push(text[at]);
                at += 1;
                continue;
            }
            at += 1;
            if text.get(at) == Some(&b'$') {
                plain.push(b'$');
                at += 1;
                continue;
            }
            let braced = text.get(at) == Some(&b'{');
            at += usize::from(braced);
            let start = at;
            while at < text.len()
                && if braced {
                    text[at] != b'}'
                } else {
                    text[at].is_ascii_alphanumeric() || text[at] == b'_'
                }
            {
                at += 1;
            }
            let name = String::from_utf8_lossy(&text[start..at]).into_owned();
            at += usize::from(braced);
            if let Some(value) = self.0.get(&name) {
                plain.extend_from_slice(value);
                continue;
            }
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(match name.parse() {
                _ if name.is_empty() => Part::Anything,
                Ok(n) => Part::Original(n),
                Err(_) => Part::Unknown(name),
            });
        }
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Plain(plain));
        }
        parts
    }

    pub(super) fn text(&self, text: &str) -> String {
        let plain = |p| match p {
            Part::Plain(p) => String::from_utf8(p).unwrap(),
            _ => panic!("a variable of {text} has no value"),
        };
        self.expand(text.as_bytes())
            .into_iter()
            .map(plain)
            .collect()
    }

    fn fits_text(&mut self, pattern: &[u8], actual: &Token, original: Option<usize>) -> bool {
        let parts = self.expand(pattern);
        if let [Part::Anything] = parts.as_slice() {
            return true;
        }
        let Token::Text(actual) = actual else {
            return false;
        };
        match parts.as_slice() {
            [Part::Plain(plain)] => fold(plain) == fold(actual),
            [Part::Original(_)] if original.is_none() => false,
            [Part::Original(n)] => original == Some(*n),
            [Part::Unknown(name)] => {
                self.0.insert(name.clone(), actual.clone());
                true
            }
            _ => false,
        }
    }

    pub(super) fn fits(
        &mut self,
        pattern: &[Token],
        actual: &[Token],
        unordered: Option<usize>,
        exact: bool,
        original: Option<usize>,
    ) -> bool {
        let (pattern, unordered, exact) = match pattern.first() {
            Some(Token::Text(t)) if t.starts_with(b"$!unordered") => {
                let n = std::str::from_utf8(&t[11..])
                    .unwrap()
                    .trim_start_matches('=')
                    .parse()
                    .unwrap_or(1);
                (&pattern[1..], Some(n), false)
            }
            _ => (pattern, unordered, exact),
        };
        let Some(chain) = unordered else {
            return pattern.len() == actual.len()
                && pattern
                    .iter()
                    .zip(actual)
                    .enumerate()
                    .all(|(i, (p, a))| self.fits_one(p, a, before(pattern, i), original));
        };
        let mut left: Vec<&[Token]> = actual.chunks(chain).collect();
        for wanted in pattern.chunks(chain) {
            let found = left.iter().position(|have| {
                let mut trial = self.clone();
                let fits = have.len() == wanted.len()
                    && wanted
                        .iter()
                        .zip(*have)
                        .enumerate()
                        .all(|(i, (p, a))| trial.fits_one(p, a, before(wanted, i), original));
                if fits {
                    *self = trial;
                }
                fits
            });
            match found {
                Some(i) => drop(left.remove(i)),
                None => return false,
            }
        }
        !exact
            || left
                .iter()
                .all(|l| matches!(l, [Token::Text(t)] if t.eq_ignore_ascii_case(b"\\recent")))
    }

    fn fits_one(
        &mut self,
        pattern: &Token,
        actual: &Token,
        before: &str,
        original: Option<usize>,
    ) -> bool {
        match (pattern, actual) {
            (Token::Text(p), actual) => self.fits_text(p, actual, original),
            (Token::List(p_kind, p), Token::List(a_kind, a)) if p_kind == a_kind => match before {
                "fetch" | "status" => self.fits(p, a, Some(2), false, None),
                "flags" => self.fits(p, a, Some(1), true, None),
                "list" | "lsub" => self.fits(p, a, Some(1), false, None),
                _ => self.fits(p, a, None, true, None),
            },
            _ => false,
        }
    }
}

// The word that says what the list at `i` is.
pub(super) fn before(tokens: &[Token], i: usize) -> &'static str {
    let word = |t: &Token| match t {
        Token::Text(t) => String::from_utf8_lossy(t).to_ascii_lowercase(),
        Token::List(..) => String::new(),
    };
    let first = tokens.first().map(word).unwrap_or_default();
    let prior = i
        .checked_sub(1)
        .map(|i| word(&tokens[i]))
        .unwrap_or_default();
    match (first.as_str(), prior.as_str()) {
        (_, "fetch") => "fetch",
        (_, "flags") => "flags",
        ("status", _) => "status",
        (_, "list") => "list",
        (_, "lsub") => "lsub",
        _ => "",
    }
}

pub(super) fn fold(text: &[u8]) -> Vec<u8> {
    text.iter()
        .filter(|b| **b != b'\r')
        .map(u8::to_ascii_lowercase)
        .collect()
}

/// One command of a script with what it expects.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) at: usize,
    pub(super) connection: usize,
    pub(super) command: String,
    pub(super) wanted: Vec<Vec<u8>>,
    pub(super) banned: Vec<Vec<u8>>,
    pub(super) status: String,
    pub(super) prefix: String,
}

#[derive(Default)]
pub(super) struct Script {
    pub(super) header: HashMap<String, String>,
    pub(super) steps: Vec<Step>,
}

pub(super) const STATUS: [&str; 4] = ["ok", "no", "bad", "\"\""];

pub(super) fn read_script(text: &str) -> Script {
    let mut script = Script::default();
    let (header, body) = text.split_once("\n\n").unwrap_or(("", text));
    let header = if header.lines().all(|l| l.contains(": ")) {
        header
    } else {
        ""
    };
    let body = if header.is_empty() { text } else { body };
    for (key, value) in header.lines().filter_map(|l| l.split_once(": ")) {
        script.header.insert(key.into(), value.into());
    }
    let many = script.header.contains_key("connections");
    let mut lines = body.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let mut line = line.to_owned();
        // A literal block: lines up to its end are put in as a literal.
        if let Some(open) = line.find("{{{") {
            let start = if line[..open].ends_with('~') {
                open - 1
            } else {
                open
            };
            let mut block: Vec<&str> = Vec::new();
            let rest = loop {
                let (_, l) = lines.next().unwrap();
                match l.strip_prefix("}}}") {
                    Some(rest) => break rest,
                    None => block.push(l),
                }
            };
            let block = block.join("\n");
            line = format!("{}{{{}}}\r\n{block}{rest}", &line[..start], block.len());
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(wanted) = line.strip_prefix("* ") {
            script.steps.last_mut().unwrap().wanted.push(wanted.into());
            continue;
        }
        if let Some(banned) = line.strip_prefix("! ") {
            script.steps.last_mut().unwrap().banned.push(banned.into());
            continue;
        }
        let (connection, rest) = match line.split_once(' ') {
            Some((n, rest)) if many && n.parse::<usize>().is_ok() => (n.parse().unwrap(), rest),
            _ => (1, line.as_str()),
        };
        let (first, rest_of) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_status = STATUS.contains(&first.to_ascii_lowercase().as_str());
        match script.steps.last_mut() {
            // The status of a command that stood alone.
            Some(open) if is_status && open.status.is_empty() => {
                open.status = first.to_ascii_lowercase();
                open.prefix = rest_of.into();
            }
            _ if is_status => {
                script.steps.push(Step {
                    at,
                    connection,
                    command: rest_of.into(),
                    status: first.to_ascii_lowercase(),
                    ..Step::default()
                });
            }
            _ => script.steps.push(Step {
                at,
                connection,
                command: rest.into(),
                ..Step::default()
            }),
        }
    }
    script
}

// The octets of a message may be of any charset.
pub(super) fn messages(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for line in mbox.split(|b| *b == b'\n') {
        if line.starts_with(b"From ") {
            all.push(Vec::new());
        } else if let Some(last) = all.last_mut() {
            last.extend_from_slice(line);
            last.extend_from_slice(b"\r\n");
        }
    }
    // Splitting a text that ends in a line end gives one line too many.
    if let Some(last) = all.last_mut() {
        last.truncate(last.len() - 2);
    }
    all
}
