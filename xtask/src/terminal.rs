//! Runs commands and prints headings, elapsed time and progress: at least one line every ten
//! seconds while a command runs. A long command writes to a log in `.tools/log`; the terminal shows
//! the last line of it and, if the command fails, its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest silence while a command runs.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Prints a heading.
pub fn heading(text: &str) {
    println!("\n== {text}");
}

/// Prints one line of progress.
pub fn line(text: &str) {
    println!("   {text}");
    let _ = std::io::stdout().flush();
}

/// A duration for display.
pub fn seconds(elapsed: Duration) -> String {
    let s = elapsed.as_secs();
    if s >= 60 {
        format!("{} min {:02} s", s / 60, s % 60)
    } else {
        format!("{:.1} s", elapsed.as_secs_f32())
    }
}

/// Runs a command with the terminal as its output.
pub fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start `{shown}`: {e}"))?;
    let status = wait(&mut child, || None).map_err(|e| format!("`{shown}`: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// Waits for a command and prints the elapsed time, and its `state` if known, every ten seconds.
fn wait(child: &mut Child, state: impl Fn() -> Option<String>) -> std::io::Result<ExitStatus> {
    let started = Instant::now();
    let mut reported = started;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(50));
        if reported.elapsed() >= REPORT_INTERVAL {
            reported = Instant::now();
            let state = state().map(|state| format!(" · {state}"));
            let elapsed = seconds(started.elapsed());
            line(&format!("  … {elapsed}{}", state.unwrap_or_default()));
        }
    }
}

/// Runs a command, prints its output and passes each line to `see`.
pub fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<(), String> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| format!("cannot start `{shown}`: {e}"))?;
    let started = Instant::now();
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        thread::spawn(move || {
            for text in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
            }
        });
    }
    loop {
        match lines.recv_timeout(REPORT_INTERVAL) {
            Ok(text) => {
                println!("{text}");
                see(&text);
            }
            Err(RecvTimeoutError::Timeout) => {
                line(&format!("  … {}", seconds(started.elapsed())));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().map_err(|e| format!("`{shown}`: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// Runs a long command with its output in `log`; prints the last line every ten seconds.
pub fn run_logged(what: &str, log: &Path, command: &mut Command) -> Result<(), String> {
    let started = Instant::now();
    line(&format!("{what} …"));
    if let Some(dir) = log.parent() {
        fs::create_dir_all(dir).map_err(|e| format!("cannot create {}: {e}", dir.display()))?;
    }
    let file = File::create(log).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let twin = file
        .try_clone()
        .map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(twin)
        .spawn()
        .map_err(|e| format!("cannot start `{shown}`: {e}"))?;
    let last = || Some(last_lines(log, 1).trim().chars().take(90).collect());
    let status = wait(&mut child, last).map_err(|e| format!("`{shown}`: {e}"))?;
    if status.success() {
        line(&format!("  done in {}", seconds(started.elapsed())));
        return Ok(());
    }
    println!("{}", last_lines(log, 30));
    Err(format!(
        "{what}: `{shown}` ended with {status}; full output in {}",
        log.display()
    ))
}

/// A command's output, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    if text.chars().count() > 160 {
        text.chars().take(160).chain(" …".chars()).collect()
    } else {
        text
    }
}

fn last_lines(log: &Path, count: usize) -> String {
    let text = fs::read(log)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines
        .get(lines.len().saturating_sub(count)..)
        .unwrap_or_default()
        .join("\n")
}
