//! What the recording of events costs real deliveries: the same server with and without it, in turns, so that what else the machine does
//! falls on both. The cost is that of the middle pair of turns.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::Plan;
use crate::client::deliver;
use crate::delivery::letter;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const GOAL_PERCENT: f64 = 3.0;
const CONNECTIONS: usize = 10;
const LETTER_BYTES: usize = 2048;
const LETTERS: usize = 4_000;
const TURNS: usize = 7;
const FROM: &str = "sender@client.example";

/// Measures both and adds a row.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let Some(program) = &plan.glasspost else { return Ok(()) };
    let with = server(program, &plan.scratch.join("events-kept"), "forever")?;
    let without = server(program, &plan.scratch.join("events-not-kept"), "off")?;
    turn(&with, "warm", LETTERS / 10)?;
    turn(&without, "warm", LETTERS / 10)?;
    let mut costs = Vec::new();
    for number in 0..TURNS {
        let name = format!("turn{number}");
        let (kept, bare) = (turn(&with, &name, LETTERS)?, turn(&without, &name, LETTERS)?);
        println!("   {kept:.0}/s with events, {bare:.0}/s without");
        costs.push((1.0 - kept / bare) * 100.0);
    }
    costs.sort_by(f64::total_cmp);
    rows.add("throughput that the recording of events costs", "%", costs.get(TURNS / 2).copied(), None, Goal::Max(GOAL_PERCENT));
    Ok(())
}

fn server(program: &Path, folder: &Path, keep: &str) -> Result<Server, String> {
    Server::guarded(
        program,
        folder,
        "",
        &format!("[door.rates]\nletters = \"off\"\nconnections = \"off\"\n[journeys]\nkeep = \"{keep}\"\n"),
    )
}

// Letters a second, from the first connection to the last 250.
fn turn(server: &Server, name: &str, letters: usize) -> Result<f64, String> {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        let work = || -> Result<(), String> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= letters {
                    return Ok(());
                }
                let to = &server.accounts[number % server.accounts.len()].address;
                deliver(server.smtp, FROM, to, &letter(name, number, to, LETTER_BYTES))?;
            }
        };
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|_| Err("a client thread ended badly".to_owned())))
    })?;
    Ok(letters as f64 / begun.elapsed().as_secs_f64())
}
