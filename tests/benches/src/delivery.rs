//! Durable delivery: letters of 2 KB, one connection each, over 10 and 50 connections at a time. The clock runs from the first
//! connection until the last letter is seen in IMAP; afterwards every letter is looked for, and must be there once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client::{Imap, deliver, exists};
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::{Server, wait_for};

const GOAL: f64 = 8.0;
const LETTER_BYTES: usize = 2048;
const WARM_UP: usize = 200;
/// A run ends after so many letters, or after so long.
const PEER_LETTERS: usize = 2_500;
const OUR_LETTERS: usize = 10_000;
const RUN_MAX: Duration = Duration::from_secs(60);

/// Measures both sides and adds two rows.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let mut rates: BTreeMap<usize, (Option<f64>, Option<f64>)> = BTreeMap::from([(10, (None, None)), (50, (None, None))]);
    if let Some(program) = &plan.glasspost {
        let server = Server::ours(program, &plan.scratch.join("ours-delivery"))?;
        for (connections, rate) in &mut rates {
            rate.0 = Some(letters_per_second(&server, *connections, OUR_LETTERS)?);
        }
    }
    let server = peer::start(&plan.scratch.join("peer-delivery"))?;
    for (connections, rate) in &mut rates {
        rate.1 = Some(letters_per_second(&server, *connections, PEER_LETTERS)?);
    }
    for (connections, (ours, peers)) in rates {
        rows.add(&format!("durable delivery, {connections} connections"), "/s", ours, peers, Goal::TimesPeerMin(GOAL));
    }
    Ok(())
}

fn letters_per_second(server: &Server, connections: usize, letters: usize) -> Result<f64, String> {
    one_run(server, &format!("warm{connections}"), connections, WARM_UP)?;
    let (sent, replied, seen) = one_run(server, &format!("run{connections}"), connections, letters)?;
    let rate = sent as f64 / seen.as_secs_f64();
    println!(
        "   {}, {connections} connections: {sent} letters; last 250 after {:.2} s, last seen in IMAP after {:.2} s; each there once: {rate:.0}/s",
        server.name,
        replied.as_secs_f64(),
        seen.as_secs_f64()
    );
    Ok(rate)
}

/// How many letters got their 250, when the last did, and when all were seen.
fn one_run(server: &Server, run: &str, connections: usize, letters: usize) -> Result<(usize, Duration, Duration), String> {
    let before = counts(server)?;
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let sent: Vec<Vec<usize>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(|| work(server, run, &next, letters, started))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err("a client thread ended badly".to_owned())))
            .collect::<Result<_, _>>()
    })?;
    let replied = started.elapsed();
    let sent: Vec<usize> = sent.into_iter().flatten().collect();
    let wanted = before.iter().sum::<usize>() + sent.len();
    wait_for(RUN_MAX, || Ok((counts(server)?.iter().sum::<usize>() >= wanted).then_some(())))
        .map_err(|why| format!("{}: not every letter was seen in IMAP: {why}", server.name))?;
    let seen = started.elapsed();
    look_for_each(server, run, &sent)?;
    Ok((sent.len(), replied, seen))
}

fn work(server: &Server, run: &str, next: &AtomicUsize, letters: usize, started: Instant) -> Result<Vec<usize>, String> {
    let mut sent = Vec::new();
    while started.elapsed() < RUN_MAX {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= letters {
            break;
        }
        let to = &server.accounts[number % 2].address;
        deliver(server.smtp, "sender@client.example", to, &letter(run, number, to))?;
        sent.push(number);
    }
    Ok(sent)
}

fn letter(run: &str, number: usize, to: &str) -> Vec<u8> {
    let mut text = format!(
        "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nFrom: Sender <sender@client.example>\r\nTo: <{to}>\r\nSubject: bench-{run}-{number}.\r\n\
         Message-ID: <{run}.{number}@client.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    while text.len() < LETTER_BYTES - 5 {
        let room = LETTER_BYTES - 5 - text.len();
        text.push_str(
            "A line of a letter as people write them, of a usual length.\r\n"
                .get(..room)
                .unwrap_or("A line of a letter as people write them, of a usual length.\r\n"),
        );
    }
    if !text.ends_with("\r\n") {
        text.push_str("\r\n");
    }
    text.push_str(".\r\n");
    text.into_bytes()
}

fn counts(server: &Server) -> Result<[usize; 2], String> {
    let mut found = [0; 2];
    for (count, account) in found.iter_mut().zip(&server.accounts) {
        let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
        *count = exists(&imap.ask("SELECT INBOX")?).ok_or("SELECT told no EXISTS")?;
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
            if let Some(number) = part.split('.').next().and_then(|digits| digits.parse().ok()) {
                *found.entry(number).or_default() += 1;
            }
        }
        imap.ask("LOGOUT")?;
    }
    let missing = sent.iter().filter(|number| !found.contains_key(number)).count();
    let doubled = found.values().filter(|count| **count > 1).count();
    if missing == 0 && doubled == 0 {
        return Ok(());
    }
    Err(format!("{}: {missing} letters that got their 250 are missing, {doubled} are there more than once", server.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_two_kilobytes_and_ends_as_data_does() {
        let letter = letter("run10", 4711, "alice@glasspost.test");
        assert!((LETTER_BYTES - 4..=LETTER_BYTES + 4).contains(&letter.len()), "{}", letter.len());
        assert!(letter.ends_with(b"\r\n.\r\n"));
    }
}
