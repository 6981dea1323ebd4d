//! The cost of recording events during real deliveries: the same server with and without it,
//! measured alternately, so that other load of the machine affects both. Each round has new
//! processes and folders, because one program differs by several percent from start to start. Each
//! measurement is long enough for the collected events to be written within it. The cost is the
//! mean of the middle half of the rounds; their spread and the servers' processor time are printed
//! too.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::Plan;
use crate::client::deliver;
use crate::delivery::message;
use crate::machine::processor_millis;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const GOAL_PERCENT: f64 = 3.0;
const CONNECTIONS: usize = 10;
const MESSAGE_BYTES: usize = 2048;
const MESSAGES: usize = 4_000;
const ROUNDS: usize = 40;
const TURNS: usize = 2;
const MESSAGES_OF_A_ROUND: f64 = (TURNS * MESSAGES) as f64;
const FROM: &str = "sender@client.example";

/// Measures both and adds a row.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let Some(program) = &plan.glasspost else {
        return Ok(());
    };
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        let folder = plan.scratch.join(format!("events{number}"));
        rounds.push(round(program, &folder, number)?);
        // The servers have ended, and the next ones' files are not to suffer from these.
        let _ = std::fs::remove_dir_all(&folder);
        if (number + 1).is_multiple_of(10) {
            println!("   {} of {ROUNDS} rounds", number + 1);
        }
    }
    let mean = |of: &dyn Fn(&[Side; 2]) -> f64| rounds.iter().map(of).sum::<f64>() / ROUNDS as f64;
    let rate = |side: usize| mean(&|both| MESSAGES_OF_A_ROUND / both[side].seconds);
    let micros = |side: usize| mean(&|both| both[side].processor * 1000.0 / MESSAGES_OF_A_ROUND);
    println!("   {:.0}/s with events, {:.0}/s without", rate(0), rate(1));
    println!(
        "   the server's processor time per message: {:.0} µs with events, {:.0} µs without",
        micros(0),
        micros(1)
    );
    let mut costs: Vec<f64> = rounds
        .iter()
        .map(|[kept, bare]| (1.0 - bare.seconds / kept.seconds) * 100.0)
        .collect();
    costs.sort_by(f64::total_cmp);
    println!(
        "   cost in each round, in percent: {}",
        costs
            .iter()
            .map(|cost| format!("{cost:.1}"))
            .collect::<Vec<_>>()
            .join(" ")
    );
    let middle = &costs[ROUNDS / 4..ROUNDS - ROUNDS / 4];
    let cost = middle.iter().sum::<f64>() / middle.len() as f64;
    rows.add(
        "throughput that the recording of events costs",
        "%",
        Some(cost),
        None,
        Goal::Max(GOAL_PERCENT),
    );
    Ok(())
}

// What a round's messages took on one side.
#[derive(Clone, Copy, Default)]
struct Side {
    seconds: f64,
    /// The server's, in milliseconds.
    processor: f64,
}

// With events and without.
fn round(program: &Path, folder: &Path, number: usize) -> Result<[Side; 2], String> {
    // Each is first as often as the other, to start and in the turns.
    let first = number % 2;
    let mut servers = [None, None];
    for side in [first, 1 - first] {
        let keep = ["forever", "off"][side];
        let server = server(program, &folder.join(keep), keep)?;
        turn(&server, "warm", MESSAGES / 4)?;
        servers[side] = Some(server);
    }
    let mut sides = [Side::default(); 2];
    for number in 0..TURNS {
        let first = (first + number) % 2;
        for side in [first, 1 - first] {
            let Some(server) = &servers[side] else {
                continue;
            };
            let before = processor(server);
            sides[side].seconds += turn(server, &format!("turn{number}"), MESSAGES)?;
            sides[side].processor += processor(server) - before;
        }
    }
    Ok(sides)
}

fn processor(server: &Server) -> f64 {
    server
        .programs
        .iter()
        .map(|program| processor_millis(program.pid()))
        .sum()
}

fn server(program: &Path, folder: &Path, keep: &str) -> Result<Server, String> {
    Server::start_guarded(
        program,
        folder,
        "",
        &format!(
            "[inbound.rates]\nmessages = \"off\"\nconnections = \"off\"\n[journeys]\nkeep = \"{keep}\"\n"
        ),
    )
}

// How long it takes, in seconds, from the first connection to the last 250.
fn turn(server: &Server, name: &str, messages: usize) -> Result<f64, String> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        let work = || -> Result<(), String> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= messages {
                    return Ok(());
                }
                let to = &server.accounts[number % server.accounts.len()].address;
                deliver(
                    server.smtp,
                    FROM,
                    to,
                    &message(name, number, to, MESSAGE_BYTES),
                )?;
            }
        };
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| {
            w.join()
                .unwrap_or_else(|_| Err("a client thread ended badly".to_owned()))
        })
    })?;
    Ok(begun.elapsed().as_secs_f64())
}
