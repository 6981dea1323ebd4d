//! IMAP on a mailbox of 10,000 messages: sign in and SELECT; FETCH of all flags; FETCH of every
//! ENVELOPE and BODYSTRUCTURE, first and again. Both sides are filled by APPEND with the same
//! messages; Dovecot stores Maildir. Also APPEND of one message after another, as Python's imaplib
//! sends it.

use std::time::{Duration, Instant};

use oracle::mailbox::{MESSAGES, message};

use crate::Plan;
use crate::client::{Imap, exists};
use crate::machine::{median, millis};
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const BATCH: usize = 50;
const REPEATS: usize = 9;
const APPENDS: usize = 200;

/// Times of one side.
struct Times {
    append: Duration,
    login_select: Duration,
    flags: Duration,
    structure_first: Duration,
    structure_warm: Duration,
}

/// Measures both sides and adds five rows.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let ours = match &plan.glasspost {
        Some(program) => Some(measure(&Server::ours(
            program,
            &plan.scratch.join("ours-imap"),
        )?)?),
        None => None,
    };
    let peer = measure(&peer::start(&plan.scratch.join("peer-imap"))?)?;
    let mut add = |what: &str, pick: fn(&Times) -> Duration, goal: f64| {
        rows.add(
            what,
            "ms",
            ours.as_ref().map(|times| millis(pick(times))),
            Some(millis(pick(&peer))),
            Goal::TimesPeerMax(goal),
        );
    };
    add("one APPEND after the other, each", |t| t.append, 1.5);
    add("10,000 messages: login + SELECT", |t| t.login_select, 1.0);
    add("10,000 messages: FETCH FLAGS", |t| t.flags, 0.7);
    add(
        "10,000 messages: ENVELOPE + BODYSTRUCTURE, first",
        |t| t.structure_first,
        0.25,
    );
    add(
        "10,000 messages: ENVELOPE + BODYSTRUCTURE, warm",
        |t| t.structure_warm,
        0.7,
    );
    Ok(())
}

fn measure(server: &Server) -> Result<Times, String> {
    let append = append_in_turn(server)?;
    fill(server)?;
    let mut imap = select(server)?;
    let (structure_first, bytes) = time_command(&mut imap, "FETCH 1:* (ENVELOPE BODYSTRUCTURE)")?;
    println!(
        "   {}: ENVELOPE and BODYSTRUCTURE of {MESSAGES} messages: response of {} KiB",
        server.name,
        bytes / 1024
    );
    let structure_warm =
        repeat(|| Ok(time_command(&mut imap, "FETCH 1:* (ENVELOPE BODYSTRUCTURE)")?.0))?;
    let flags = repeat(|| Ok(time_command(&mut imap, "FETCH 1:* FLAGS")?.0))?;
    imap.ask("LOGOUT")?;
    let login_select = repeat(|| {
        let started = Instant::now();
        let mut other = select(server)?;
        let elapsed = started.elapsed();
        other.ask("LOGOUT")?;
        // A server that keeps processes ready may ready the next one.
        std::thread::sleep(Duration::from_millis(50));
        Ok(elapsed)
    })?;
    println!(
        "   {}: APPEND {:.2} ms, login+SELECT {:.2} ms, FLAGS {:.1} ms, ENVELOPE+BODYSTRUCTURE first {:.0} ms, warm {:.0} ms",
        server.name,
        millis(append),
        millis(login_select),
        millis(flags),
        millis(structure_first),
        millis(structure_warm)
    );
    Ok(Times {
        append,
        login_select,
        flags,
        structure_first,
        structure_warm,
    })
}

// The median time of one APPEND, from its first byte to its `OK`.
fn append_in_turn(server: &Server) -> Result<Duration, String> {
    let account = &server.accounts[0];
    let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
    imap.ask("CREATE Turns")?;
    let mut times = (0..APPENDS)
        .map(|number| {
            let message = message(number);
            let started = Instant::now();
            imap.append_waiting("Turns", &message)?;
            Ok(started.elapsed())
        })
        .collect::<Result<Vec<_>, String>>()?;
    imap.ask("LOGOUT")?;
    Ok(median(&mut times))
}

fn fill(server: &Server) -> Result<(), String> {
    let account = &server.accounts[0];
    let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
    imap.ask("CREATE Bench")?;
    let started = Instant::now();
    let messages: Vec<Vec<u8>> = (0..MESSAGES).map(message).collect();
    for batch in messages.chunks(BATCH) {
        imap.append("Bench", batch)?;
    }
    imap.ask("LOGOUT")?;
    println!(
        "   {}: {MESSAGES} messages appended in {:.1} s",
        server.name,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn select(server: &Server) -> Result<Imap, String> {
    let account = &server.accounts[0];
    let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
    match exists(&imap.ask("SELECT Bench")?) {
        Some(MESSAGES) => Ok(imap),
        other => Err(format!(
            "{}: SELECT reported {other:?} messages",
            server.name
        )),
    }
}

fn time_command(imap: &mut Imap, command: &str) -> Result<(Duration, usize), String> {
    let started = Instant::now();
    let answer = imap.ask(command)?;
    let elapsed = started.elapsed();
    let lines = answer
        .windows(8)
        .filter(|window| window == b" FETCH (")
        .count();
    if lines >= MESSAGES {
        Ok((elapsed, answer.len()))
    } else {
        Err(format!("{command}: only {lines} messages were answered"))
    }
}

fn repeat(mut once: impl FnMut() -> Result<Duration, String>) -> Result<Duration, String> {
    let mut times = (0..REPEATS)
        .map(|_| once())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(median(&mut times))
}
