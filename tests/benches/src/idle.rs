//! The memory of the server for each of a thousand IMAP connections that are signed in and in IDLE.

use std::thread;
use std::time::Duration;

use crate::Plan;
use crate::client::Imap;
use crate::machine::memory_kib;
use crate::peer;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const CONNECTIONS: usize = 1_000;
const GOAL_KIB: f64 = 30.0;

/// Measures both sides and adds one row.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let ours = match &plan.glasspost {
        Some(program) => Some(kib_per_connection(&Server::ours(
            program,
            &plan.scratch.join("ours-idle"),
        )?)?),
        None => None,
    };
    let peer = kib_per_connection(&peer::start(&plan.scratch.join("peer-idle"))?)?;
    rows.add(
        "1,000 idle IMAP connections, each",
        "KiB",
        ours,
        Some(peer),
        Goal::Max(GOAL_KIB),
    );
    Ok(())
}

fn kib_per_connection(server: &Server) -> Result<f64, String> {
    let account = &server.accounts[0];
    let open = || -> Result<Imap, String> {
        let mut imap = Imap::login(server.imap, &account.address, &account.password)?;
        imap.ask("SELECT INBOX")?;
        imap.idle()?;
        Ok(imap)
    };
    // The first ones pay for what all share.
    let _first: Vec<Imap> = (0..5).map(|_| open()).collect::<Result<_, _>>()?;
    thread::sleep(Duration::from_secs(1));
    let before = memory(server);
    let all: Vec<Imap> = (0..CONNECTIONS).map(|_| open()).collect::<Result<_, _>>()?;
    thread::sleep(Duration::from_secs(2));
    let after = memory(server);
    let each = after.saturating_sub(before) as f64 / all.len() as f64;
    println!(
        "   {}: {before} KiB before, {after} KiB with {} more idle connections: {each:.1} KiB each",
        server.name,
        all.len()
    );
    Ok(each)
}

fn memory(server: &Server) -> u64 {
    server.pids().into_iter().map(memory_kib).sum()
}
