//! `cargo xtask dev`: looks at the sources twice a second; when one changed, builds what depends on
//! it and starts the program anew.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::place::Place;
use crate::setup::{self, Level};
use crate::{frontend, run, say};

const BACKEND: [&str; 4] = ["backend", "shared", "Cargo.toml", "Cargo.lock"];
const FRONTEND: [&str; 5] = ["frontend", "shared", "static", "Trunk.toml", "Cargo.toml"];
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Runs until it is interrupted.
pub fn command(place: &Place, args: &[String]) -> Result<(), String> {
    setup::up_to(place, Level::Run)?;
    let mut child = None;
    let mut seen = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
    loop {
        let now = (newest(place, &FRONTEND), newest(place, &BACKEND));
        if now != seen {
            seen = now;
            stop(&mut child);
            // A build that fails is told; the next change is the next attempt.
            match frontend::build(place)
                .and_then(|()| run::build_server(place))
                .and_then(|()| start(place, args))
            {
                Ok(started) => child = Some(started),
                Err(why) => say::line(&format!("{why}; waiting for the next change")),
            }
        }
        if let Some(status) = child
            .as_mut()
            .and_then(|running| running.try_wait().ok().flatten())
        {
            say::line(&format!(
                "the program ended with {status}; waiting for the next change"
            ));
            child = None;
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn start(place: &Place, args: &[String]) -> Result<Child, String> {
    say::heading("glasspost demo");
    let mut command = Command::new(place.glasspost());
    command
        .current_dir(&place.root)
        .arg("demo")
        .args(args)
        .spawn()
        .map_err(|e| format!("cannot start glasspost: {e}"))
}

/// Ends the child in order (SIGTERM), and by force when it does not heed.
fn stop(child: &mut Option<Child>) {
    let Some(mut running) = child.take() else {
        return;
    };
    let _ = Command::new("kill").arg(running.id().to_string()).status();
    let asked = Instant::now();
    while asked.elapsed() < STOP_PATIENCE {
        if matches!(running.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = running.kill();
    let _ = running.wait();
}

fn newest(place: &Place, sources: &[&str]) -> SystemTime {
    let mut files: Vec<PathBuf> = Vec::new();
    for source in sources {
        frontend::collect(&place.root.join(source), &mut files);
    }
    let times = files
        .iter()
        .filter_map(|file| file.metadata().and_then(|meta| meta.modified()).ok());
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
