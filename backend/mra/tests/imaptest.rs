//! The compliance scripts of the imaptest program (the format is described beside them), run against our sessions over the memory
//! store. Each excluded script has its reason. Skipped where the corpus is absent.

#![allow(clippy::unwrap_used, clippy::print_stderr)] // tests may panic and say that they were skipped

mod house;

use house::{Client, House, house};
use std::collections::HashMap;
use std::path::PathBuf;

// SORT and THREAD are not announced; each header names the capability too.
const EXCLUDED: [&str; 3] = ["sort-subject", "thread", "thread2"];

fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/imap/imaptest-scripts"));
    if !path.exists() {
        eprintln!("skipped: the corpus is not here");
        return None;
    }
    Some(path)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(Vec<u8>),
    List(char, Vec<Token>),
}

/// Words, strings, literals and lists of a reply, or of a line of a script.
fn tokens(bytes: &[u8], at: &mut usize, end: Option<u8>) -> Vec<Token> {
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
                let n: usize = std::str::from_utf8(&bytes[*at..close]).unwrap().parse().unwrap();
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
struct Variables(HashMap<String, Vec<u8>>);

enum Part {
    Plain(Vec<u8>),
    Anything,
    Original(usize),
    Unknown(String),
}

impl Variables {
    // `$name`, `${name}`, `$$`, `$`, `$1`.
    fn expand(&self, text: &[u8]) -> Vec<Part> {
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
            while at < text.len() && if braced { text[at] != b'}' } else { text[at].is_ascii_alphanumeric() || text[at] == b'_' } {
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

    fn text(&self, text: &str) -> String {
        let plain = |p| match p {
            Part::Plain(p) => String::from_utf8(p).unwrap(),
            _ => panic!("a variable of {text} has no value"),
        };
        self.expand(text.as_bytes()).into_iter().map(plain).collect()
    }

    fn fits_text(&mut self, pattern: &[u8], actual: &Token, original: Option<usize>) -> bool {
        let parts = self.expand(pattern);
        if let [Part::Anything] = parts.as_slice() {
            return true;
        }
        let Token::Text(actual) = actual else { return false };
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

    fn fits(&mut self, pattern: &[Token], actual: &[Token], unordered: Option<usize>, exact: bool, original: Option<usize>) -> bool {
        let (pattern, unordered, exact) = match pattern.first() {
            Some(Token::Text(t)) if t.starts_with(b"$!unordered") => {
                let n = std::str::from_utf8(&t[11..]).unwrap().trim_start_matches('=').parse().unwrap_or(1);
                (&pattern[1..], Some(n), false)
            }
            _ => (pattern, unordered, exact),
        };
        let Some(chain) = unordered else {
            return pattern.len() == actual.len()
                && pattern.iter().zip(actual).enumerate().all(|(i, (p, a))| self.fits_one(p, a, before(pattern, i), original));
        };
        let mut left: Vec<&[Token]> = actual.chunks(chain).collect();
        for wanted in pattern.chunks(chain) {
            let found = left.iter().position(|have| {
                let mut trial = self.clone();
                let fits = have.len() == wanted.len()
                    && wanted.iter().zip(*have).enumerate().all(|(i, (p, a))| trial.fits_one(p, a, before(wanted, i), original));
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
        !exact || left.iter().all(|l| matches!(l, [Token::Text(t)] if t.eq_ignore_ascii_case(b"\\recent")))
    }

    fn fits_one(&mut self, pattern: &Token, actual: &Token, before: &str, original: Option<usize>) -> bool {
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
fn before(tokens: &[Token], i: usize) -> &'static str {
    let word = |t: &Token| match t {
        Token::Text(t) => String::from_utf8_lossy(t).to_ascii_lowercase(),
        Token::List(..) => String::new(),
    };
    let first = tokens.first().map(word).unwrap_or_default();
    let prior = i.checked_sub(1).map(|i| word(&tokens[i])).unwrap_or_default();
    match (first.as_str(), prior.as_str()) {
        (_, "fetch") => "fetch",
        (_, "flags") => "flags",
        ("status", _) => "status",
        (_, "list") => "list",
        (_, "lsub") => "lsub",
        _ => "",
    }
}

fn fold(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|b| **b != b'\r').map(u8::to_ascii_lowercase).collect()
}

/// One command of a script with what it expects.
#[derive(Debug, Default)]
struct Step {
    at: usize,
    connection: usize,
    command: String,
    wanted: Vec<Vec<u8>>,
    banned: Vec<Vec<u8>>,
    status: String,
    prefix: String,
}

#[derive(Default)]
struct Script {
    header: HashMap<String, String>,
    steps: Vec<Step>,
}

const STATUS: [&str; 4] = ["ok", "no", "bad", "\"\""];

fn read_script(text: &str) -> Script {
    let mut script = Script::default();
    let (header, body) = text.split_once("\n\n").unwrap_or(("", text));
    let header = if header.lines().all(|l| l.contains(": ")) { header } else { "" };
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
            let start = if line[..open].ends_with('~') { open - 1 } else { open };
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
                script.steps.push(Step { at, connection, command: rest_of.into(), status: first.to_ascii_lowercase(), ..Step::default() });
            }
            _ => script.steps.push(Step { at, connection, command: rest.into(), ..Step::default() }),
        }
    }
    script
}

fn messages(mbox: &str) -> Vec<String> {
    let lines: Vec<&str> = mbox.split('\n').collect();
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        if line.starts_with("From ") {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push_str(line);
            last.push_str("\r\n");
        }
    }
    // Splitting a text that ends in a line end gives one line too many.
    if let Some(last) = all.last_mut() {
        last.truncate(last.len() - 2);
    }
    all
}

struct Play {
    clients: Vec<Client>,
    // What each client's message numbers were when its command began.
    numbers: Vec<Vec<usize>>,
    mbox: Vec<String>,
    appended: usize,
    variables: Variables,
}

impl Play {
    async fn begin(house: &House, script: &Script, mbox: Vec<String>) -> Play {
        let get = |key: &str| script.header.get(key).map(String::as_str);
        let state = get("state").unwrap_or("selected");
        let count: usize = get("connections").map_or(1, |n| n.parse().unwrap());
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(if state == "nonauth" { house.connect().await } else { house.alice().await });
        }
        let variables = [("mailbox", "imaptest"), ("user", "alice@glasspost.test"), ("password", "secret")];
        let variables = Variables(variables.into_iter().map(|(k, v)| (k.to_owned(), v.as_bytes().to_vec())).collect());
        let mut play = Play { numbers: vec![Vec::new(); count], clients, mbox, appended: 0, variables };
        if ["created", "appended", "selected"].contains(&state) {
            play.clients[0].say("s CREATE imaptest").await;
        }
        if ["appended", "selected"].contains(&state) {
            let all = play.mbox.len();
            let wanted = get("messages").and_then(|n| n.parse().ok()).unwrap_or(all);
            for _ in 0..wanted {
                play.exchange(0, "append").await;
            }
        }
        if state == "selected" {
            for i in 0..count {
                play.exchange(i, "select imaptest").await;
            }
        }
        play
    }

    // Says a command and answers the untagged replies with the original number of the message each names, and the tagged one.
    async fn exchange(&mut self, i: usize, command: &str) -> (Vec<(Vec<Token>, Option<usize>)>, Vec<Token>) {
        let mut bytes = format!("t {command}").into_bytes();
        if command.split(' ').next().unwrap().eq_ignore_ascii_case("append") && !command.contains('{') {
            if command.eq_ignore_ascii_case("append") {
                bytes.extend_from_slice(b" imaptest");
            }
            let message = &self.mbox[self.appended % self.mbox.len()];
            self.appended += 1;
            bytes.extend_from_slice(format!(" {{{}+}}\r\n{message}", message.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        let said = self.clients[i].say_bytes(&bytes).await;
        let mut untagged = Vec::new();
        let mut tagged = Vec::new();
        let mut rest = said.as_bytes();
        while !rest.is_empty() {
            let line = whole_line(rest);
            let parsed = tokens(&rest[..line], &mut 0, None);
            rest = &rest[line..];
            if parsed[0] == Token::Text(b"t".to_vec()) {
                tagged = parsed[1..].to_vec();
                continue;
            }
            let reply = parsed[1..].to_vec();
            let original = self.renumber(i, &reply);
            untagged.push((reply, original));
        }
        // The next command begins with what the client sees now.
        let seen = self.numbers[i].len();
        self.numbers[i] = (1..=seen).collect();
        (untagged, tagged)
    }

    fn renumber(&mut self, i: usize, reply: &[Token]) -> Option<usize> {
        let text = |t: Option<&Token>| match t {
            Some(Token::Text(t)) => String::from_utf8_lossy(t).to_ascii_lowercase(),
            _ => String::new(),
        };
        let n: usize = text(reply.first()).parse().ok()?;
        let numbers = &mut self.numbers[i];
        match text(reply.get(1)).as_str() {
            "exists" => {
                let next = numbers.iter().max().map_or(1, |m| m + 1);
                let missing = n.saturating_sub(numbers.len());
                numbers.extend(next..next + missing);
                None
            }
            "expunge" => Some(numbers.remove(n - 1)),
            "fetch" => numbers.get(n - 1).copied(),
            _ => None,
        }
    }

    async fn step(&mut self, step: &Step, name: &str) {
        let command = self.variables.text(&step.command);
        let at = format!("{name}:{} {command}", step.at);
        let (untagged, tagged) = self.exchange(step.connection - 1, &command).await;
        let status = match tagged.first() {
            Some(Token::Text(t)) => String::from_utf8_lossy(t).to_ascii_lowercase(),
            _ => String::new(),
        };
        assert!(step.status == "\"\"" || step.status == status, "{at}: wants {}, got {tagged:?}", step.status);
        let prefix = tokens(step.prefix.as_bytes(), &mut 0, None);
        let got = &tagged[1..tagged.len().min(1 + prefix.len())];
        assert!(self.variables.fits(&prefix, got, None, true, None), "{at}: wants {}, got {tagged:?}", step.prefix);
        for banned in &step.banned {
            let pattern = tokens(banned, &mut 0, None);
            let hit = untagged.iter().any(|(a, original)| self.variables.clone().fits(&pattern, a, None, true, *original));
            assert!(!hit, "{at}: must not say {}", String::from_utf8_lossy(banned));
        }
        for wanted in &step.wanted {
            let pattern = tokens(wanted, &mut 0, None);
            // One reply may be matched by two lines: LIST () and LIST (\Noselect) name the same root.
            let found = untagged.iter().any(|(actual, original)| {
                let mut trial = self.variables.clone();
                // Of `* OK [code] text` the text is the server's own.
                let free_text = matches!(&actual[0], Token::Text(t) if t.eq_ignore_ascii_case(b"OK") || t.eq_ignore_ascii_case(b"BYE"));
                let end = if free_text { pattern.len().min(actual.len()) } else { actual.len() };
                let fits = trial.fits(&pattern, &actual[..end], None, true, *original);
                if fits {
                    self.variables = trial;
                }
                fits
            });
            assert!(found, "{at}: wants {}\ngot {untagged:?}\n{tagged:?}", String::from_utf8_lossy(wanted));
        }
    }
}

fn whole_line(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let end = at + bytes[at..].windows(2).position(|w| w == b"\r\n").unwrap() + 2;
        let line = &bytes[at..end - 2];
        let literal = line.strip_suffix(b"}").and_then(|l| {
            let open = l.iter().rposition(|b| *b == b'{')?;
            std::str::from_utf8(&l[open + 1..]).ok()?.parse::<usize>().ok()
        });
        match literal {
            Some(n) => at = end + n,
            None => return end,
        }
    }
}

#[tokio::test]
async fn every_script_of_imaptest_passes() {
    let Some(folder) = folder() else { return };
    let default = std::fs::read_to_string(folder.join("default.mbox")).unwrap();
    let mut ran = 0;
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names.iter().filter(|n| !n.contains('.') && !n.starts_with("COPYING") && !EXCLUDED.contains(&n.as_str())) {
        let script = read_script(&std::fs::read_to_string(folder.join(name)).unwrap());
        let mbox = std::fs::read_to_string(folder.join(format!("{name}.mbox"))).unwrap_or_else(|_| default.clone());
        let house = house().await;
        let mut play = Play::begin(&house, &script, messages(&mbox)).await;
        for step in &script.steps {
            play.step(step, name).await;
        }
        ran += 1;
    }
    assert!(ran >= 15, "{ran}");
}
