//! Two hundred slow clients, each in the middle of a message or a command, send one byte a second:
//! the server's memory for each of them, and the delay of another client's message meanwhile.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client;
use crate::machine::{median, memory_kib, millis};
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const CONNECTIONS: usize = 200;
const FAIR_MESSAGES: usize = 100;
/// Longest wait for the greeting; a server that takes longer has no capacity for the client.
const GREETING_MAX: Duration = Duration::from_secs(10);
const GOAL_KIB: f64 = 64.0;
const GOAL_DELAY_MS: f64 = 50.0;

/// Measures both sides and adds two rows.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let ours = match &plan.glasspost {
        Some(program) => Some(measure(&Server::ours(
            program,
            &plan.scratch.join("ours-slow"),
        )?)?),
        None => None,
    };
    // With its usual number of processes the peer has none left for the last of so many slow
    // clients.
    let peer = measure(&peer::start(&plan.scratch.join("peer-slow"))?)
        .inspect_err(|why| println!("   Postfix → Dovecot: {why}"))
        .ok();
    rows.add(
        "200 slow SMTP clients, each",
        "KiB",
        ours.map(|o| o.0),
        peer.map(|p| p.0),
        Goal::Max(GOAL_KIB),
    );
    rows.add(
        "… and a fair client's delay",
        "ms",
        ours.map(|o| o.1),
        peer.map(|p| p.1),
        Goal::Max(GOAL_DELAY_MS),
    );
    Ok(())
}

// KiB of each slow connection, and milliseconds that a fair message takes longer.
fn measure(server: &Server) -> Result<(f64, f64), String> {
    let to = &server.accounts[0].address;
    // The first ones pay for what all share.
    let _first: Vec<TcpStream> = (0..5)
        .map(|n| slow(server.smtp, to, n))
        .collect::<Result<_, _>>()?;
    fair(server.smtp, to)?;
    let alone = fair(server.smtp, to)?;
    thread::sleep(Duration::from_secs(1));
    let before = memory(server);
    let all: Vec<TcpStream> = (0..CONNECTIONS)
        .map(|n| slow(server.smtp, to, n))
        .collect::<Result<_, _>>()?;
    let stop = Arc::new(AtomicBool::new(false));
    let drip = thread::spawn({
        let stop = stop.clone();
        move || drip(all, &stop)
    });
    thread::sleep(Duration::from_secs(5));
    let after = memory(server);
    let beside = fair(server.smtp, to)?;
    stop.store(true, Ordering::Relaxed);
    let alive = drip
        .join()
        .map_err(|_| "the slow clients ended".to_owned())?;
    if alive < CONNECTIONS {
        return Err(format!(
            "only {alive} slow connections of {CONNECTIONS} were still there at the end"
        ));
    }
    let each = after.saturating_sub(before) as f64 / CONNECTIONS as f64;
    let delay = (millis(beside) - millis(alone)).max(0.0);
    println!(
        "   {}: {each:.1} KiB each; a message takes {:.2} ms alone and {:.2} ms beside {CONNECTIONS} slow clients",
        server.name,
        millis(alone),
        millis(beside)
    );
    Ok((each, delay))
}

// Every second client is in the middle of a message, the others in the middle of a command.
fn slow(port: u16, to: &str, number: usize) -> Result<TcpStream, String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .map_err(|e| format!("a slow client: {e}"))?;
    stream
        .set_read_timeout(Some(GREETING_MAX))
        .map_err(|e| format!("a slow client: {e}"))?;
    let mut reader = BufReader::with_capacity(512, stream);
    let hear = |reader: &mut BufReader<TcpStream>| -> Result<(), String> {
        loop {
            let mut line = String::new();
            reader
                .read_line(&mut line)
                .map_err(|e| format!("a slow client: {e}"))?;
            if !line.starts_with(['2', '3']) {
                return Err(format!("a slow client heard {}", line.trim_end()));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    };
    hear(&mut reader)?;
    let message = [
        "EHLO slow.example",
        "MAIL FROM:<slow@client.example>",
        &format!("RCPT TO:<{to}>"),
        "DATA",
    ]
    .map(|line| format!("{line}\r\n"));
    let upto = if number.is_multiple_of(2) {
        message.len()
    } else {
        1
    };
    for line in &message[..upto] {
        reader
            .get_mut()
            .write_all(line.as_bytes())
            .map_err(|e| format!("a slow client: {e}"))?;
        hear(&mut reader)?;
    }
    let begun: &[u8] = if upto == 1 {
        b"MAIL FROM:<"
    } else {
        b"Subject: "
    };
    reader
        .get_mut()
        .write_all(begun)
        .map_err(|e| format!("a slow client: {e}"))?;
    Ok(reader.into_inner())
}

// One octet a second on each connection; answers how many took all of theirs.
fn drip(mut all: Vec<TcpStream>, stop: &AtomicBool) -> usize {
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        all.retain_mut(|stream| stream.write_all(b"x").is_ok());
        thread::sleep(Duration::from_secs(1).saturating_sub(begun.elapsed()));
    }
    all.len()
}

// The median time of a message over a connection of its own.
fn fair(port: u16, to: &str) -> Result<Duration, String> {
    let message = format!(
        "From: fair@client.example\r\nTo: {to}\r\nSubject: fair\r\n\r\n{}\r\n.\r\n",
        "x".repeat(2000)
    );
    let mut times = Vec::with_capacity(FAIR_MESSAGES);
    for _ in 0..FAIR_MESSAGES {
        let begun = Instant::now();
        client::deliver(port, "fair@client.example", to, message.as_bytes())?;
        times.push(begun.elapsed());
    }
    Ok(median(&mut times))
}

fn memory(server: &Server) -> u64 {
    server.pids().into_iter().map(memory_kib).sum()
}
