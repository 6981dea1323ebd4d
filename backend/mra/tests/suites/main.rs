//! The compliance scripts of the imaptest program (the format is described beside them), run
//! against our sessions over the memory store. A script runs if the capabilities in its header are
//! announced.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../host/mod.rs"]
mod host;

mod script;

use host::{Client, TestHost, host};
use script::{Script, Step, Token, Variables, messages, read_script, tokens};
use std::path::Path;
use suites::{Suite, Verdict, block_on};

/// A script with the messages of its mailbox.
struct Case {
    name: String,
    script: Script,
    mbox: Vec<Vec<u8>>,
}

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        let announced = block_on(capabilities());
        all.add(
            Suite::new("imaptest", "imap/imaptest-scripts")
                .cases_min(20)
                .cases(read)
                .check(move |case| run(case, &announced)),
        );
    })
}

fn read(folder: &Path) -> Vec<(String, Case)> {
    let default = suites::bytes(&folder.join("default.mbox"));
    let scripts = suites::files(folder, &[]).into_iter().filter_map(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains('.') || name.starts_with("COPYING") {
            return None;
        }
        let mbox = file.with_extension("mbox");
        let mbox = if mbox.exists() {
            suites::bytes(&mbox)
        } else {
            default.clone()
        };
        let script = read_script(&suites::text(&file));
        let case = Case {
            name: name.clone(),
            script,
            mbox: messages(&mbox),
        };
        Some((name, case))
    });
    scripts.collect()
}

/// Runs a script if everything that its header asks for is announced.
fn run(case: &Case, announced: &[String]) -> Verdict {
    for (key, value) in &case.script.header {
        let is_known = match key.as_str() {
            "capabilities" | "connections" | "messages" => true,
            "state" => STATES.contains(&value.as_str()),
            "ignore_extra_untagged" => value == "yes",
            _ => false,
        };
        assert!(is_known, "{key}: {value} is not known");
    }
    let needed = case.script.header.get("capabilities");
    let missing = needed
        .into_iter()
        .flat_map(|list| list.split(' '))
        .find(|c| !announced.iter().any(|a| a.eq_ignore_ascii_case(c)));
    if let Some(missing) = missing {
        return Verdict::Skipped(format!("needs {missing}, which is not announced"));
    }
    block_on(async {
        let host = host().await;
        let mut play = Play::begin(&host, &case.script, case.mbox.clone()).await;
        for step in &case.script.steps {
            play.step(step, &case.name).await;
        }
    });
    Verdict::Agrees
}

/// The values of `state:`; each contains those before it.
const STATES: [&str; 5] = ["nonauth", "auth", "created", "appended", "selected"];

struct Play {
    clients: Vec<Client>,
    // What each client's message numbers were when its command began.
    numbers: Vec<Vec<usize>>,
    mbox: Vec<Vec<u8>>,
    appended: usize,
    variables: Variables,
}

impl Play {
    async fn begin(host: &TestHost, script: &Script, mbox: Vec<Vec<u8>>) -> Play {
        let get = |key: &str| script.header.get(key).map(String::as_str);
        let state = get("state").unwrap_or("selected");
        let count: usize = get("connections").map_or(1, |n| n.parse().unwrap());
        let mut clients = Vec::new();
        for _ in 0..count {
            clients.push(if state == "nonauth" {
                host.connect().await
            } else {
                host.alice().await
            });
        }
        let variables = [
            ("mailbox", "imaptest"),
            ("user", "alice@glasspost.test"),
            ("password", "secret"),
        ];
        let variables = Variables(
            variables
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.as_bytes().to_vec()))
                .collect(),
        );
        let mut play = Play {
            numbers: vec![Vec::new(); count],
            clients,
            mbox,
            appended: 0,
            variables,
        };
        if ["created", "appended", "selected"].contains(&state) {
            play.clients[0].send("s CREATE imaptest").await;
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

    // Sends a command; returns the untagged responses with the original number of the message each
    // names, and the tagged one.
    async fn exchange(
        &mut self,
        i: usize,
        command: &str,
    ) -> (Vec<(Vec<Token>, Option<usize>)>, Vec<Token>) {
        let mut bytes = format!("t {command}").into_bytes();
        if command
            .split(' ')
            .next()
            .unwrap()
            .eq_ignore_ascii_case("append")
            && !command.contains('{')
        {
            if command.eq_ignore_ascii_case("append") {
                bytes.extend_from_slice(b" imaptest");
            }
            let message = &self.mbox[self.appended % self.mbox.len()];
            self.appended += 1;
            bytes.extend_from_slice(format!(" {{{}+}}\r\n", message.len()).as_bytes());
            bytes.extend_from_slice(message);
        }
        bytes.extend_from_slice(b"\r\n");
        let received = self.clients[i].send_bytes(&bytes).await;
        let mut untagged = Vec::new();
        let mut tagged = Vec::new();
        let mut rest = received.as_bytes();
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
        assert!(
            step.status == "\"\"" || step.status == status,
            "{at}: wants {}, got {tagged:?}",
            step.status
        );
        let prefix = tokens(step.prefix.as_bytes(), &mut 0, None);
        let got = &tagged[1..tagged.len().min(1 + prefix.len())];
        assert!(
            self.variables.fits(&prefix, got, None, true, None),
            "{at}: wants {}, got {tagged:?}",
            step.prefix
        );
        for banned in &step.banned {
            let pattern = tokens(banned, &mut 0, None);
            let hit = untagged.iter().any(|(a, original)| {
                self.variables
                    .clone()
                    .fits(&pattern, a, None, true, *original)
            });
            assert!(
                !hit,
                "{at}: must not say {}",
                String::from_utf8_lossy(banned)
            );
        }
        for wanted in &step.wanted {
            let pattern = tokens(wanted, &mut 0, None);
            // One reply may be matched by two lines: LIST () and LIST (\Noselect) name the same
            // root.
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
            assert!(
                found,
                "{at}: wants {}\ngot {untagged:?}\n{tagged:?}",
                String::from_utf8_lossy(wanted)
            );
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
            std::str::from_utf8(&l[open + 1..])
                .ok()?
                .parse::<usize>()
                .ok()
        });
        match literal {
            Some(n) => at = end + n,
            None => return end,
        }
    }
}

// What is announced after login.
async fn capabilities() -> Vec<String> {
    let reply = host().await.alice().await.send("c CAPABILITY").await;
    let line = reply.lines().next().unwrap_or_default();
    line.split_whitespace().skip(2).map(str::to_owned).collect()
}
