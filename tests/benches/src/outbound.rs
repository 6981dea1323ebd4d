//! Outbound delivery: messages for another domain, submitted over ten connections, until Postfix's
//! `smtp-sink` has counted them all. Also the memory of a server while ten thousand messages wait,
//! and while a message of 50 MB is received and relayed.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client::deliver;
use crate::delivery::message;
use crate::machine::memory_kib;
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::{Running, Server, free_port, wait_for};

const GOAL: f64 = 4.0;
const CONNECTIONS: usize = 10;
const MESSAGE_BYTES: usize = 2048;
const WARM_UP: usize = 200;
const OUR_MESSAGES: usize = 5_000;
const PEER_MESSAGES: usize = 2_000;
const WAITING: usize = 10_000;
const LARGE_BYTES: usize = 50 * 1000 * 1000;
/// The most memory above that of the same server at rest, for memory use that counts as flat.
const GOAL_QUEUED_MB: f64 = 16.0;
const GOAL_LARGE_MB: f64 = 16.0;
const PATIENCE: Duration = Duration::from_secs(120);
const FROM: &str = "alice@glasspost.test";
const TO: &str = "somebody@sink.example";
const ZONE: &str = "sink.example. MX 10 mx.sink.example.\nmx.sink.example. A 127.0.0.1\n";

/// Measures both sides and adds three rows.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let sink = Sink::start(&plan.scratch)?;
    let ours = match &plan.glasspost {
        Some(program) => {
            let server = ours(program, &plan.scratch.join("ours-outbound"), sink.port)?;
            Some(messages_per_second(&server, &sink, OUR_MESSAGES)?)
        }
        None => None,
    };
    let server = peer::start_with(&plan.scratch.join("peer-outbound"), &to_the_sink(sink.port))?;
    let peers = messages_per_second(&server, &sink, PEER_MESSAGES)?;
    drop(server);
    rows.add(
        "sent to smtp-sink, 2 KB, 10 connections in",
        "/s",
        ours,
        Some(peers),
        Goal::TimesPeerMin(GOAL),
    );
    let (queued, large) = match &plan.glasspost {
        Some(program) => memory(program, plan, &sink)?,
        None => return Ok(()),
    };
    rows.add(
        "memory more while 10,000 messages wait",
        "MB",
        Some(queued),
        None,
        Goal::Max(GOAL_QUEUED_MB),
    );
    rows.add(
        "memory more for a message of 50 MB, in and out",
        "MB",
        Some(large),
        None,
        Goal::Max(GOAL_LARGE_MB),
    );
    Ok(())
}

/// Receives and counts messages.
struct Sink {
    port: u16,
    log: std::path::PathBuf,
    _program: Running,
}

impl Sink {
    fn start(scratch: &Path) -> Result<Self, String> {
        fs::create_dir_all(scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
        let (port, log) = (free_port()?, scratch.join("sink.log"));
        let mut command = Command::new("/usr/sbin/smtp-sink");
        command.args(["-u", "nobody", "-c", &format!("127.0.0.1:{port}"), "512"]);
        let program = Running::start(&command, &log, None)?;
        wait_for(PATIENCE, || {
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())
        })?;
        Ok(Self {
            port,
            log,
            _program: program,
        })
    }

    // It writes its counters one over the other: `sess=… quit=… mesg=…`.
    fn count(&self) -> Result<usize, String> {
        let text =
            fs::read_to_string(&self.log).map_err(|e| format!("{}: {e}", self.log.display()))?;
        let last = text
            .rsplit("mesg=")
            .next()
            .filter(|_| text.contains("mesg="));
        Ok(last
            .and_then(|rest| {
                rest.split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0))
    }
}

fn ours(program: &Path, folder: &Path, sink: u16) -> Result<Server, String> {
    let submission = free_port()?;
    let more = format!(
        "[submission]\nnetworks = [\"127.0.0.0/8\"]\n[outbound]\nport = {sink}\n[inbound.rates]\naccount_messages = \"off\"\naccount_recipients = \"off\"\n"
    );
    let mut server = Server::guarded_at(program, folder, ZONE, Some(submission), &more)?;
    // Messages are handed in where users do.
    server.smtp = submission;
    server.wait_until_open()?;
    Ok(server)
}

fn to_the_sink(port: u16) -> String {
    format!(
        "mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, reject\ntransport_maps = inline:{{ {{ sink.example = smtp:[127.0.0.1]:{port} }} }}\n"
    )
}

fn messages_per_second(server: &Server, sink: &Sink, messages: usize) -> Result<f64, String> {
    send(server, sink, WARM_UP)?;
    let (handed_in, taken) = send(server, sink, messages)?;
    let (rate, handed_in) = (
        messages as f64 / taken.as_secs_f64(),
        handed_in.as_secs_f64(),
    );
    println!(
        "   {}: {messages} messages, all submitted after {handed_in:.2} s, the last received after {:.2} s: {rate:.0}/s",
        server.name,
        taken.as_secs_f64()
    );
    Ok(rate)
}

// Until they were handed in, and until the sink has counted them all.
fn send(server: &Server, sink: &Sink, messages: usize) -> Result<(Duration, Duration), String> {
    let wanted = sink.count()? + messages;
    let started = Instant::now();
    hand_in(server, messages)?;
    let handed_in = started.elapsed();
    let counted = wait_for(PATIENCE, || {
        Ok((sink.count()? >= wanted).then(|| started.elapsed()))
    });
    counted
        .map(|counted| (handed_in, counted))
        .map_err(|why| format!("{}: the sink did not get every message: {why}", server.name))
}

fn hand_in(server: &Server, messages: usize) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let work = || -> Result<(), String> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= messages {
                    return Ok(());
                }
                deliver(
                    server.smtp,
                    FROM,
                    TO,
                    &message("out", number, TO, MESSAGE_BYTES),
                )?;
            }
        };
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| {
            w.join()
                .unwrap_or_else(|_| Err("a client thread ended badly".to_owned()))
        })
    })
}

// First to a port where nobody listens: all of them wait. Then one large message to the sink.
fn memory(program: &Path, plan: &Plan, sink: &Sink) -> Result<(f64, f64), String> {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|l| l.local_addr())
        .map_err(|e| format!("no free port: {e}"))?;
    let server = ours(program, &plan.scratch.join("ours-queued"), nobody.port())?;
    hand_in(&server, WARM_UP)?;
    thread::sleep(Duration::from_secs(2));
    let before = resident(&server);
    let mut most = before;
    hand_in(&server, WAITING)?;
    for _ in 0..20 {
        most = most.max(resident(&server));
        thread::sleep(Duration::from_millis(250));
    }
    let queued = most - before;
    println!("   ours: {before:.1} MB at rest, {most:.1} MB at most while {WAITING} messages wait");
    drop(server);

    let server = ours(program, &plan.scratch.join("ours-large"), sink.port)?;
    hand_in(&server, 20)?;
    thread::sleep(Duration::from_secs(2));
    let (before, wanted) = (resident(&server), sink.count()? + 1);
    let large = message("large", 1, TO, LARGE_BYTES);
    let mut most = before;
    thread::scope(|scope| {
        let sent = scope.spawn(|| deliver(server.smtp, FROM, TO, &large));
        let arrived = wait_for(PATIENCE, || {
            most = most.max(resident(&server));
            Ok((sink.count()? >= wanted).then_some(()))
        });
        sent.join()
            .unwrap_or_else(|_| Err("a client thread ended badly".to_owned()))
            .and(arrived)
    })?;
    println!(
        "   ours: {before:.1} MB at rest, {most:.1} MB at most while a message of {} MB is received and relayed",
        LARGE_BYTES / 1_000_000
    );
    let _ = std::io::stdout().flush();
    Ok((queued, most - before))
}

fn resident(server: &Server) -> f64 {
    server.pids().into_iter().map(memory_kib).sum::<u64>() as f64 * 1024.0 / 1e6
}
