//! `cargo xtask dev`: checks the sources twice a second; when one has changed, rebuilds and
//! restarts the program.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::project::{Build, Project};
use crate::setup::{self, Level};
use crate::{files, frontend, run, terminal};

const BACKEND: [&str; 4] = ["backend", "shared", "Cargo.toml", "Cargo.lock"];
const FRONTEND: [&str; 5] = ["frontend", "shared", "static", "Trunk.toml", "Cargo.toml"];
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs until it is interrupted.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    setup::up_to(project, Level::Run)?;
    let mut child = None;
    let mut seen = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
    loop {
        let now = (newest(project, &FRONTEND), newest(project, &BACKEND));
        if now != seen {
            seen = now;
            stop(&mut child);
            // A failed build is reported; the next change starts another.
            match frontend::build(project, Build::Quick)
                .and_then(|()| run::build_server(project, Build::Quick))
                .and_then(|()| start(project, args))
            {
                Ok(started) => child = Some(started),
                Err(why) => terminal::line(&format!("{why}; waiting for the next change")),
            }
        }
        if let Some(status) = child
            .as_mut()
            .and_then(|running| running.try_wait().ok().flatten())
        {
            terminal::line(&format!(
                "the program ended with {status}; waiting for the next change"
            ));
            child = None;
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn start(project: &Project, args: &[String]) -> Result<Child, String> {
    terminal::heading("glasspost demo");
    let mut command = Command::new(project.glasspost(Build::Quick));
    command
        .current_dir(&project.root)
        .arg("demo")
        .args(args)
        .spawn()
        .map_err(|e| format!("cannot start glasspost: {e}"))
}

/// Stops the child with SIGTERM, and with SIGKILL after a timeout.
fn stop(child: &mut Option<Child>) {
    let Some(mut running) = child.take() else {
        return;
    };
    let _ = Command::new("kill").arg(running.id().to_string()).status();
    let stopping = Instant::now();
    while stopping.elapsed() < STOP_TIMEOUT {
        if matches!(running.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = running.kill();
    let _ = running.wait();
}

fn newest(project: &Project, sources: &[&str]) -> SystemTime {
    let mut files: Vec<PathBuf> = Vec::new();
    for source in sources {
        files::collect(&project.root.join(source), &mut files);
    }
    let times = files
        .iter()
        .filter_map(|file| file.metadata().and_then(|meta| meta.modified()).ok());
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
