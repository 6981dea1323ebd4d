//! Plays a textual dialogue to a session, splitting the peer's bytes at any position. Used by all
//! dialogue tests; the roles are in `server_role` and in the client test.
#![allow(dead_code)] // each test binary uses its part

pub mod server_role;

use mail::session::{Line, Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};

/// More steps than this without input is an endless loop.
const STEPS_MAX: usize = 100_000;

/// The role; it may add to the log.
pub type Role<'a, S> =
    &'a mut dyn FnMut(<S as Session>::Query, &mut Vec<String>) -> <S as Session>::Decision;

/// A session under test with its log.
pub struct Player<S: Session> {
    pub session: S,
    pub now: Time,
    /// Output and actions: `say …`, `tls`, `done`, and what the role adds.
    pub log: Vec<String>,
    pub traces: Vec<Line>,
    /// How many `Step::Send` there were.
    pub sends: usize,
    pub done: bool,
    partial: Vec<u8>,
    tls_wanted: bool,
}

impl<S: Session> Player<S> {
    pub fn new(session: S) -> Player<S> {
        let now = Time::from_secs(1_000_000);
        Player {
            session,
            now,
            log: vec![],
            traces: vec![],
            sends: 0,
            done: false,
            partial: vec![],
            tls_wanted: false,
        }
    }

    /// Takes steps until there are none.
    pub fn pump(&mut self, role: Role<'_, S>) {
        for _ in 0..STEPS_MAX {
            match self.session.step() {
                None => return,
                Some(Step::Send(bytes)) => self.sent(&bytes),
                Some(Step::Query(query)) => {
                    assert!(
                        self.session.step().is_none(),
                        "a step was given while a question was out"
                    );
                    let answer = role(query, &mut self.log);
                    self.session.answer(answer, self.now);
                }
                Some(Step::StartTls) => {
                    self.log.push("tls".into());
                    self.tls_wanted = true;
                }
                Some(Step::Trace(line)) => self.traces.push(line),
                Some(Step::Done) => {
                    assert!(!self.done, "done twice");
                    self.done = true;
                    self.log.push("done".into());
                }
            }
        }
        panic!("the session never comes to rest");
    }

    fn sent(&mut self, bytes: &[u8]) {
        self.sends += 1;
        assert!(!bytes.is_empty(), "nothing was sent");
        self.partial.extend_from_slice(bytes);
        while let Some(lf) = self.partial.iter().position(|b| *b == b'\n') {
            let rest = self.partial.split_off(lf + 1);
            let line = std::mem::replace(&mut self.partial, rest);
            let line = line
                .strip_suffix(b"\r\n")
                .expect("every line sent ends with CRLF");
            assert!(!line.contains(&b'\r'), "a bare CR was sent");
            self.log
                .push(format!("say {}", String::from_utf8_lossy(line)));
        }
    }

    pub fn shake_hands(&mut self) {
        assert!(
            std::mem::take(&mut self.tls_wanted),
            "no handshake was asked for"
        );
        let tls = TlsInfo {
            version: "TLS 1.3".into(),
            cipher: "X".into(),
            server_name: None,
            verified: true,
            exporter: None,
        };
        self.session.tls_started(tls, self.now);
    }

    pub fn wait(&mut self, secs: u64) {
        self.now = self.now + Duration::from_secs(secs);
        if self.session.deadline().is_some_and(|d| d <= self.now) {
            self.session.tick(self.now);
        }
    }
}

/// One line of a dialogue file.
#[derive(Debug, Clone)]
pub enum Entry {
    /// The peer sends these bytes; adjacent entries are joined.
    Feed(Vec<u8>),
    /// The session must send or do this next; a prefix is sufficient.
    Expect(String),
    /// A reply with this code, however many lines it has.
    ExpectReply(String),
    /// The handshake is made.
    Tls,
    /// This many seconds pass.
    Wait(u64),
    /// The peer closes.
    Close,
}

/// A dialogue file: settings first (`key value`), then the lines. `peer` is the letter before the
/// colon of lines that are fed.
pub struct DialogueFile {
    pub settings: Vec<(String, String)>,
    pub entries: Vec<Entry>,
}

impl DialogueFile {
    /// `C: text` and `S: text` are sent lines; `S* 250` is a whole reply; `C~ text` has no CRLF
    /// of its own. `\r \n \0 \xHH {x*n}` are escapes. `!tls`, `!wait n`, `!close`, `=
    /// done`, `= anything the role logs`.
    pub fn parse(text: &str, peer: char) -> DialogueFile {
        let (mut settings, mut entries) = (vec![], vec![]);
        for line in text
            .lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        {
            let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
            match key {
                "C:" | "S:" | "C~" | "S~" if key.starts_with(peer) => {
                    let mut bytes = unescape(rest);
                    if key.ends_with(':') {
                        bytes.extend_from_slice(b"\r\n");
                    }
                    match entries.last_mut() {
                        Some(Entry::Feed(before)) => before.extend_from_slice(&bytes),
                        _ => entries.push(Entry::Feed(bytes)),
                    }
                }
                "C:" | "S:" => entries.push(Entry::Expect(format!(
                    "say {}",
                    String::from_utf8_lossy(&unescape(rest))
                ))),
                "S*" => entries.push(Entry::ExpectReply(rest.to_owned())),
                "=" => entries.push(Entry::Expect(rest.to_owned())),
                "!tls" => entries.push(Entry::Tls),
                "!wait" => entries.push(Entry::Wait(rest.parse().expect("seconds"))),
                "!close" => entries.push(Entry::Close),
                _ => settings.push((key.to_owned(), rest.to_owned())),
            }
        }
        DialogueFile { settings, entries }
    }

    /// The number of bytes that the peer sends.
    pub fn fed_bytes(&self) -> usize {
        self.entries
            .iter()
            .map(|e| if let Entry::Feed(b) = e { b.len() } else { 0 })
            .sum()
    }
}

/// How the peer's bytes are split.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    Whole,
    /// Once, before the n-th byte of all.
    At(usize),
    EveryByte,
}

/// Every way of splitting a dialogue once, and byte by byte. Long dialogues are split at some
/// thousand positions.
pub fn cuts(bytes: usize) -> impl Iterator<Item = Cut> {
    let stride = bytes / 2000 + 1;
    [Cut::Whole, Cut::EveryByte]
        .into_iter()
        .chain((1..bytes).step_by(stride).map(Cut::At))
}

/// Plays the dialogue and compares.
pub fn play<S: Session>(
    name: &str,
    dialogue: &DialogueFile,
    cut: Cut,
    session: S,
    role: Role<'_, S>,
) -> Player<S> {
    let mut player = Player::new(session);
    let now = player.now;
    player.session.start(now);
    player.pump(role);
    let (mut fed, mut looked) = (0, 0);
    for entry in &dialogue.entries {
        match entry {
            Entry::Expect(text) => {
                let got = player.log.get(looked).map_or("nothing", String::as_str);
                assert!(
                    got.starts_with(text.as_str()),
                    "{name}, {cut:?}: expected {text:?}, got {got:?}\nall: {:#?}",
                    player.log
                );
                looked += 1;
                continue;
            }
            Entry::ExpectReply(code) => {
                let lines = player.log[looked..]
                    .iter()
                    .take_while(|l| l.starts_with(&format!("say {code}-")))
                    .count();
                looked += lines + 1;
                let got = player.log.get(looked - 1).map_or("nothing", String::as_str);
                assert!(
                    got.starts_with(&format!("say {code} ")),
                    "{name}, {cut:?}: expected {code}, got {got:?}"
                );
                continue;
            }
            _ => assert_eq!(
                looked,
                player.log.len(),
                "{name}, {cut:?}: more was said: {:?}",
                &player.log[looked..]
            ),
        }
        match entry {
            Entry::Feed(bytes) => feed(&mut player, bytes, cut, &mut fed, role),
            Entry::Tls => player.shake_hands(),
            Entry::Wait(secs) => player.wait(*secs),
            Entry::Close => player.session.closed(player.now),
            Entry::Expect(_) | Entry::ExpectReply(_) => {}
        }
        player.pump(role);
    }
    assert_eq!(
        looked,
        player.log.len(),
        "{name}, {cut:?}: more was said: {:?}",
        &player.log[looked..]
    );
    player
}

fn feed<S: Session>(
    player: &mut Player<S>,
    bytes: &[u8],
    cut: Cut,
    fed: &mut usize,
    role: Role<'_, S>,
) {
    let pieces: Vec<&[u8]> = match cut {
        Cut::Whole => bytes.chunks(16 * 1024).collect(),
        Cut::EveryByte => bytes.chunks(1).collect(),
        Cut::At(n) if n > *fed && n < *fed + bytes.len() => {
            let (a, b) = bytes.split_at(n - *fed);
            vec![a, b]
        }
        Cut::At(_) => vec![bytes],
    };
    *fed += bytes.len();
    for piece in pieces {
        player.session.receive(piece, player.now);
        player.pump(role);
    }
}

/// `\r \n \t \0 \\ \xHH` and `{x*n}`.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut out = vec![];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if c == '\\' {
            let (byte, used) = match tail.as_bytes().first() {
                Some(b'r') => (b'\r', 1),
                Some(b'n') => (b'\n', 1),
                Some(b't') => (b'\t', 1),
                Some(b'0') => (0, 1),
                Some(b'x') => (u8::from_str_radix(&tail[1..3], 16).expect("hex"), 3),
                _ => (b'\\', 1),
            };
            out.push(byte);
            rest = &tail[used..];
            continue;
        }
        if let Some((filled, after)) = repeated(c, tail) {
            out.extend(filled);
            rest = after;
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[text.len() - rest.len()..][..c.len_utf8()]);
        rest = tail;
    }
    out
}

// `{x*n}`, its brace already read.
fn repeated(brace: char, tail: &str) -> Option<(Vec<u8>, &str)> {
    let (inner, after) = tail.split_once('}').filter(|_| brace == '{')?;
    let (what, count) = inner.split_once('*')?;
    Some((unescape(what).repeat(count.parse().ok()?), after))
}

/// No secret of the tests may occur in a trace, in clear or in base64.
pub fn assert_no_secret(traces: &[Line]) {
    for line in traces.iter().filter(|l| l.speaker == Speaker::Client) {
        for secret in [
            "wonder", "d29uZGVy", "AGFsaWNl", "YWxpY2U", "wrong", "d3Jvbmc",
        ] {
            assert!(!line.text.contains(secret), "a secret is shown: {line:?}");
        }
    }
}

/// The dialogue files of one folder of `tests/dialogues`.
pub fn files(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/dialogues")
        .join(folder);
    let mut all: Vec<_> = std::fs::read_dir(&folder)
        .expect("the dialogues' folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).expect("a dialogue"))
        })
        .collect();
    all.sort();
    assert!(!all.is_empty(), "no dialogues in {}", folder.display());
    all
}
