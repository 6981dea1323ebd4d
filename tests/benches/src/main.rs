//! Measures Glasspost against Postfix 3.7 → Dovecot 2.3, both started privately on loopback with
//! the data in the same folder, and compares the figures with the goals. Started by `cargo xtask
//! bench`. The clients are plain threads and blocking sockets, the same for both sides.
//!
//! Failures: a message that is missing or seen twice, and a server that does not start, end the
//! bench; a goal not met is marked in the table.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what this program is for"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a measuring program needs the real clock, the real network and threads"
)]

mod client;
mod machine;
mod peer;
mod rows;
mod server;
mod signer;

mod delivery;
mod events;
mod idle;
mod judging;
mod lab;
mod mailbox;
mod outbound;
mod size;
mod slow;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;

use rows::Rows;

const USAGE: &str = "usage: benches [--glasspost PROGRAM] [--dist FOLDER] [--peer-only] [delivery] [checked] [outbound] [events] [judging] [lab] [stage] [imap] [idle] [slow] [size]";

/// What to measure and with which programs.
pub struct Plan {
    /// The program `glasspost`; without it only the peer is measured.
    pub glasspost: Option<PathBuf>,
    /// The built frontend.
    pub dist: Option<PathBuf>,
    /// A folder for all data of the servers; removed at the end.
    pub scratch: PathBuf,
    names: Vec<String>,
}

/// One bench: measures and adds its rows.
type Bench = fn(&Plan, &mut Rows) -> Result<(), String>;

fn main() -> ExitCode {
    match plan().and_then(|plan| measure(&plan)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("benches: {why}");
            ExitCode::FAILURE
        }
    }
}

fn plan() -> Result<Plan, String> {
    let mut args = std::env::args().skip(1);
    let scratch =
        std::env::var_os("GLASSPOST_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let scratch = scratch.join(format!("glasspost-bench-{}", std::process::id()));
    let mut plan = Plan {
        glasspost: None,
        dist: None,
        scratch,
        names: Vec::new(),
    };
    let mut peer_only = false;
    while let Some(word) = args.next() {
        match word.as_str() {
            "--glasspost" => plan.glasspost = args.next().map(PathBuf::from),
            "--dist" => plan.dist = args.next().map(PathBuf::from),
            "--peer-only" => peer_only = true,
            "delivery" | "checked" | "outbound" | "events" | "judging" | "lab" | "stage"
            | "imap" | "idle" | "slow" | "size" => {
                plan.names.push(word);
            }
            other => return Err(format!("`{other}` is not known\n{USAGE}")),
        }
    }
    if peer_only {
        plan.glasspost = None;
    }
    if let Some(program) = plan.glasspost.as_ref().filter(|program| !program.is_file()) {
        return Err(format!(
            "{} is not there; `cargo xtask bench` builds it",
            program.display()
        ));
    }
    Ok(plan)
}

fn measure(plan: &Plan) -> Result<(), String> {
    println!("{}", machine::describe(&plan.scratch)?);
    let mut rows = Rows::default();
    let mut failed = Vec::new();
    let benches: [(&str, Bench); 11] = [
        ("delivery", delivery::run),
        ("checked", delivery::run_checked),
        ("outbound", outbound::run),
        ("events", events::run),
        ("judging", judging::run),
        ("lab", lab::run),
        ("stage", stage::run),
        ("imap", mailbox::run),
        ("idle", idle::run),
        ("slow", slow::run),
        ("size", size::run),
    ];
    for (name, bench) in benches {
        if plan.names.is_empty() || plan.names.iter().any(|wanted| wanted == name) {
            println!("\n-- {name}");
            if let Err(why) = bench(plan, &mut rows) {
                println!("   {name} failed: {why}");
                failed.push(name);
            }
        }
    }
    println!("\n{rows}");
    if failed.is_empty() {
        let _ = std::fs::remove_dir_all(&plan.scratch);
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}
