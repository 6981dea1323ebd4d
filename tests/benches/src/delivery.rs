//! Durable delivery: messages of 2 KB and of 50 KB, one connection each, over one, 10 and 50
//! connections at a time. The clock runs from the first connection until the last message is seen
//! in IMAP; afterwards every message is looked for, and must be there once.
//!
//! Both sides run all the time and are measured alternately, so that a machine that is slow for a
//! while is slow for both.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client::{Imap, deliver, exists};
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::{Server, wait_for};
use crate::signer::Signer;

const WARM_UP: usize = 200;
/// How often each side is measured.
const TURNS: usize = 6;
/// Longest time of one run.
const RUN_MAX: Duration = Duration::from_secs(60);

/// One row of the table.
struct Case {
    connections: usize,
    message_bytes: usize,
    /// The rate as a multiple of the peer's: without checks, and with all of them.
    goal: f64,
    goal_checked: f64,
    /// The messages of one measurement.
    our_messages: usize,
    peer_messages: usize,
}

const CASES: [Case; 4] = [
    Case {
        connections: 1,
        message_bytes: 2048,
        goal: 3.0,
        goal_checked: 3.0,
        our_messages: 1_000,
        peer_messages: 250,
    },
    Case {
        connections: 10,
        message_bytes: 2048,
        goal: 8.0,
        goal_checked: 6.0,
        our_messages: 5_000,
        peer_messages: 1_250,
    },
    Case {
        connections: 50,
        message_bytes: 2048,
        goal: 8.0,
        goal_checked: 6.0,
        our_messages: 5_000,
        peer_messages: 1_250,
    },
    Case {
        connections: 10,
        message_bytes: 50 * 1024,
        goal: 3.0,
        goal_checked: 3.0,
        our_messages: 2_000,
        peer_messages: 750,
    },
];

/// Measures both sides and adds a row for each case.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let start = |program: &Path| Server::ours(program, &plan.scratch.join("ours-delivery"));
    compare(plan, rows, "durable delivery", start, None, |case| {
        case.goal
    })
}

/// The same with every check enabled: host names, DNS lists, rates, SPF, DKIM, DMARC. The messages
/// are signed; the peer checks nothing.
pub fn run_checked(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let signer = Signer::new()?;
    let start = |program: &Path| {
        Server::start_guarded(
            program,
            &plan.scratch.join("ours-checked"),
            &signer.zone(),
            CHECKS,
        )
    };
    compare(
        plan,
        rows,
        "delivery with all checks",
        start,
        Some(&signer),
        |case| case.goal_checked,
    )
}

/// All checks apply to loopback too. The rates are counted and never reached.
const CHECKS: &str = r#"
[inbound]
trusted = []
refuse_at_connect = false
[inbound.checks]
ptr_missing = "reject"
ptr_unconfirmed = "reject"
helo_syntax = "reject"
helo_unresolved = "reject"
[[inbound.lists]]
zone = "bl.example"
[[inbound.lists]]
zone = "client-list.example"
kind = "domain"
[inbound.rates]
connections = "10000000/1m"
messages = "10000000/1m"
recipients = "10000000/1m"
unknown_recipients = "10000000/1m"
errors = "10000000/1m"
bytes = "100000000000/1m"
"#;

fn compare(
    plan: &Plan,
    rows: &mut Rows,
    what: &str,
    start: impl Fn(&Path) -> Result<Server, String>,
    signer: Option<&Signer>,
    goal: impl Fn(&Case) -> f64,
) -> Result<(), String> {
    let ours = plan
        .glasspost
        .as_ref()
        .map(|program| start(program))
        .transpose()?;
    let peer = peer::start(&plan.scratch.join(format!("peer-{}", what.len())))?;
    for (at, case) in CASES.iter().enumerate() {
        let side = |server, messages| Side {
            server,
            signer,
            case,
            at,
            messages,
            sent: 0,
            replied: Duration::ZERO,
            seen: Duration::ZERO,
        };
        let mut ours = ours.as_ref().map(|server| side(server, case.our_messages));
        let mut peer = side(&peer, case.peer_messages);
        for turn in 0..TURNS {
            for side in ours.iter_mut().chain([&mut peer]) {
                side.take_turn(turn)?;
            }
        }
        rows.add(
            &format!("{what}, {case}"),
            "/s",
            ours.map(|side| side.rate()),
            Some(peer.rate()),
            Goal::TimesPeerMin(goal(case)),
        );
    }
    Ok(())
}

/// The results of one server in one case.
struct Side<'a> {
    server: &'a Server,
    signer: Option<&'a Signer>,
    case: &'a Case,
    at: usize,
    messages: usize,
    sent: usize,
    replied: Duration,
    seen: Duration,
}

impl Side<'_> {
    fn take_turn(&mut self, turn: usize) -> Result<(), String> {
        let post = |name: &str, count| {
            Post::new(
                self.server,
                self.signer,
                self.case,
                format!("{name}{}.{turn}", self.at),
                count,
            )
        };
        if turn == 0 {
            one_run(self.server, &post("warm", WARM_UP)?)?;
        }
        let (sent, replied, seen) = one_run(self.server, &post("run", self.messages)?)?;
        self.sent += sent;
        self.replied += replied;
        self.seen += seen;
        Ok(())
    }

    /// Messages per second.
    fn rate(&self) -> f64 {
        let rate = self.sent as f64 / self.seen.as_secs_f64();
        println!(
            "   {}, {}: {} messages in {TURNS} measurements; last 250 after {:.2} s, last seen in IMAP after {:.2} s; none lost or duplicated: {rate:.0}/s",
            self.server.name,
            self.case,
            self.sent,
            self.replied.as_secs_f64(),
            self.seen.as_secs_f64()
        );
        rate
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.connections == 1 { "" } else { "s" };
        write!(
            f,
            "{} KB, {} connection{plural}",
            self.message_bytes / 1024,
            self.connections
        )
    }
}

/// The messages of one run. Those that are signed are made before the clock starts.
struct Post<'a> {
    case: &'a Case,
    run: String,
    count: usize,
    to: [String; 2],
    // By number; empty where messages are not signed.
    signatures: Vec<Vec<u8>>,
}

impl<'a> Post<'a> {
    fn new(
        server: &Server,
        signer: Option<&Signer>,
        case: &'a Case,
        run: String,
        count: usize,
    ) -> Result<Self, String> {
        let to = [0, 1].map(|at| server.accounts[at].address.clone());
        let mut post = Self {
            case,
            run,
            count,
            to,
            signatures: Vec::new(),
        };
        if let Some(signer) = signer {
            let half = count.div_ceil(2);
            let sign = |numbers: std::ops::Range<usize>| {
                numbers
                    .map(|n| post.signature(signer, n))
                    .collect::<Result<Vec<_>, _>>()
            };
            let made = thread::scope(|scope| {
                let other = scope.spawn(|| sign(half..count));
                let first = sign(0..half)?;
                let second = other
                    .join()
                    .unwrap_or_else(|_| Err("a thread ended badly".to_owned()))?;
                Ok::<_, String>([first, second].concat())
            })?;
            post.signatures = made;
        }
        Ok(post)
    }

    fn plain(&self, number: usize) -> Vec<u8> {
        message(
            &self.run,
            number,
            &self.to[number % 2],
            self.case.message_bytes,
        )
    }

    fn signature(&self, signer: &Signer, number: usize) -> Result<Vec<u8>, String> {
        let message = self.plain(number);
        // The dot that ends it is none of it.
        let content = message.strip_suffix(b".\r\n").unwrap_or(&message);
        let mut signed = signer.sign(content)?;
        signed.truncate(signed.len() - content.len());
        Ok(signed)
    }

    fn message(&self, number: usize) -> Vec<u8> {
        match self.signatures.get(number) {
            Some(signature) => [signature.as_slice(), &self.plain(number)].concat(),
            None => self.plain(number),
        }
    }
}

/// How many messages got their 250, when the last did, and when all were seen.
fn one_run(server: &Server, post: &Post<'_>) -> Result<(usize, Duration, Duration), String> {
    let before = counts(server)?;
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let sent: Vec<Vec<usize>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..post.case.connections)
            .map(|_| scope.spawn(|| work(server, post, &next, started)))
            .collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err("a client thread ended badly".to_owned()))
            })
            .collect::<Result<_, _>>()
    })?;
    let replied = started.elapsed();
    let sent: Vec<usize> = sent.into_iter().flatten().collect();
    let wanted = before.iter().sum::<usize>() + sent.len();
    wait_for(RUN_MAX, || {
        Ok((counts(server)?.iter().sum::<usize>() >= wanted).then_some(()))
    })
    .map_err(|why| format!("{}: not every message was seen in IMAP: {why}", server.name))?;
    let seen = started.elapsed();
    look_for_each(server, &post.run, &sent)?;
    Ok((sent.len(), replied, seen))
}

fn work(
    server: &Server,
    post: &Post<'_>,
    next: &AtomicUsize,
    started: Instant,
) -> Result<Vec<usize>, String> {
    let mut sent = Vec::new();
    while started.elapsed() < RUN_MAX {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= post.count {
            break;
        }
        deliver(
            server.smtp,
            "sender@client.example",
            &post.to[number % 2],
            &post.message(number),
        )?;
        sent.push(number);
    }
    Ok(sent)
}

/// A message as it goes over the wire, its last dot included.
pub fn message(run: &str, number: usize, to: &str, bytes: usize) -> Vec<u8> {
    let mut text = format!(
        "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nFrom: Sender <sender@client.example>\r\nTo: <{to}>\r\nSubject: bench-{run}-{number}.\r\n\
         Message-ID: <{run}.{number}@client.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    while text.len() < bytes - 5 {
        let room = bytes - 5 - text.len();
        text.push_str(
            "A line of a message as people write them, of a usual length.\r\n"
                .get(..room)
                .unwrap_or("A line of a message as people write them, of a usual length.\r\n"),
        );
    }
    if !text.ends_with("\r\n") {
        // The cut may lie within a line end.
        text.truncate(text.trim_end_matches('\r').len());
        text.push_str("\r\n");
    }
    text.push_str(".\r\n");
    text.into_bytes()
}

fn counts(server: &Server) -> Result<[usize; 2], String> {
    let mut found = [0; 2];
    for (count, account) in found.iter_mut().zip(&server.accounts) {
        let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
        *count = exists(&imap.ask("SELECT INBOX")?).ok_or("SELECT reported no EXISTS")?;
        imap.ask("LOGOUT")?;
    }
    Ok(found)
}

fn look_for_each(server: &Server, run: &str, sent: &[usize]) -> Result<(), String> {
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    let mark = format!("bench-{run}-");
    for account in server.accounts.iter().take(2) {
        let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
        imap.ask("SELECT INBOX")?;
        let answer = imap.ask("FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")?;
        for part in String::from_utf8_lossy(&answer).split(&mark).skip(1) {
            if let Some(number) = part
                .split('.')
                .next()
                .and_then(|digits| digits.parse().ok())
            {
                *found.entry(number).or_default() += 1;
            }
        }
        imap.ask("LOGOUT")?;
    }
    let missing = sent
        .iter()
        .filter(|number| !found.contains_key(number))
        .count();
    let doubled = found.values().filter(|count| **count > 1).count();
    if missing == 0 && doubled == 0 {
        return Ok(());
    }
    Err(format!(
        "{}: {missing} messages that got their 250 are missing, {doubled} are there more than once",
        server.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_its_size_and_ends_as_data_does() {
        let recipients = ["alice@glasspost.test", "bob@glasspost.test"];
        let numbers = (0..5).map(|digits| 10_usize.pow(digits));
        let all = CASES.iter().flat_map(|case| {
            let numbers = numbers.clone();
            numbers.flat_map(move |number| recipients.map(|to| (case, number, to)))
        });
        for (case, number, to) in all {
            let message = message("run10", number, to, case.message_bytes);
            assert!(
                (case.message_bytes - 4..=case.message_bytes + 4).contains(&message.len()),
                "{}",
                message.len()
            );
            assert!(message.ends_with(b"\r\n.\r\n"));
            assert!(!message.windows(2).any(|w| w == b"\r\r"), "{number} {to}");
        }
    }
}
