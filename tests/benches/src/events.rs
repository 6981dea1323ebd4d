//! What the recording of events costs real deliveries: the same server with and without it, in turns, so that what else the machine does
//! falls on both. The turns are short and many, and the cost is the mean of the middle half of the pairs; the server's own processor time is told beside it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::Plan;
use crate::client::deliver;
use crate::delivery::letter;
use crate::machine::processor_millis;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const GOAL_PERCENT: f64 = 3.0;
const CONNECTIONS: usize = 10;
const LETTER_BYTES: usize = 2048;
const LETTERS: usize = 1_000;
const TURNS: usize = 24;
const FROM: &str = "sender@client.example";

/// Measures both and adds a row.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let Some(program) = &plan.glasspost else { return Ok(()) };
    let with = server(program, &plan.scratch.join("events-kept"), "forever")?;
    let without = server(program, &plan.scratch.join("events-not-kept"), "off")?;
    turn(&with, "warm", LETTERS)?;
    turn(&without, "warm", LETTERS)?;
    let before = [processor(&with), processor(&without)];
    let (mut costs, mut rates) = (Vec::new(), Vec::new());
    for number in 0..TURNS {
        let name = format!("turn{number}");
        // Each is first as often as the other.
        let (kept, bare) = if number % 2 == 0 {
            (turn(&with, &name, LETTERS)?, turn(&without, &name, LETTERS)?)
        } else {
            let bare = turn(&without, &name, LETTERS)?;
            (turn(&with, &name, LETTERS)?, bare)
        };
        rates.push((kept, bare));
        costs.push((1.0 - kept / bare) * 100.0);
    }
    let mean = |of: fn(&(f64, f64)) -> f64| rates.iter().map(of).sum::<f64>() / TURNS as f64;
    println!("   {:.0}/s with events, {:.0}/s without", mean(|r| r.0), mean(|r| r.1));
    let each = |server: &Server, before: f64| (processor(server) - before) * 1000.0 / (TURNS * LETTERS) as f64;
    println!(
        "   the server's processor time for a letter: {:.0} µs with events, {:.0} µs without",
        each(&with, before[0]),
        each(&without, before[1])
    );
    costs.sort_by(f64::total_cmp);
    let middle = &costs[TURNS / 4..TURNS - TURNS / 4];
    let cost = middle.iter().sum::<f64>() / middle.len() as f64;
    rows.add("throughput that the recording of events costs", "%", Some(cost), None, Goal::Max(GOAL_PERCENT));
    Ok(())
}

fn processor(server: &Server) -> f64 {
    server.programs.iter().map(|program| processor_millis(program.pid())).sum()
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
