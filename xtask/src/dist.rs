//! `cargo xtask dist`: the program as users get it. It is the release build, which is what the
//! tests run, without debug information; it has no other files, since the frontend is embedded.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::project::{Build, Project};
use crate::setup::{self, Level};
use crate::{frontend, run, terminal};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Builds and strips the program, runs it once, and states where it is and how large.
pub fn command(project: &Project) -> Result<(), String> {
    setup::up_to(project, Level::Run)?;
    frontend::build(project, Build::Release)?;
    run::build_server(project, Build::Release)?;
    terminal::heading("the program for users");
    let program = strip(project)?;
    try_out(&program, &project.root.join("target/dist/trial"))?;
    terminal::line(&format!(
        "{}: {:.1} MB, instead of {:.1} MB with debug information",
        program.display(),
        megabytes(&program)?,
        megabytes(&project.glasspost(Build::Release))?
    ));
    Ok(())
}

fn strip(project: &Project) -> Result<PathBuf, String> {
    let program = project.root.join("target/dist/glasspost");
    let above = program.parent().map_or(Ok(()), fs::create_dir_all);
    above.map_err(|e| format!("target/dist: {e}"))?;
    terminal::run(
        Command::new("strip")
            .arg("--strip-all")
            .arg("-o")
            .arg(&program)
            .arg(project.glasspost(Build::Release)),
    )?;
    Ok(program)
}

fn megabytes(file: &Path) -> Result<f64, String> {
    let size = fs::metadata(file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(size.len() as f64 / 1e6)
}

/// Starts the demonstration on free ports and loads the page from it.
fn try_out(program: &Path, folder: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(folder);
    let mut demo = Command::new(program)
        .args(["demo", "--ports-from", "0", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    let answer = first_answer(&mut demo, &folder.join("demo.json"));
    let _ = demo.kill();
    let _ = demo.wait();
    let _ = fs::remove_dir_all(folder);
    let status = answer?;
    if status.contains(" 200 ") {
        terminal::line(&format!("a trial run answers the first request: {status}"));
        Ok(())
    } else {
        Err(format!("the trial run answers the first request: {status}"))
    }
}

/// The status line of the answer to `GET /`.
fn first_answer(demo: &mut Child, info: &Path) -> Result<String, String> {
    let started = Instant::now();
    loop {
        if let Some(status) = address(info).and_then(|address| request(&address)) {
            return Ok(status);
        }
        if let Ok(Some(status)) = demo.try_wait() {
            return Err(format!("the trial run ended with {status}"));
        }
        if started.elapsed() > START_TIMEOUT {
            return Err("the trial run did not answer within a minute".to_owned());
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// The address of the web page, which the demonstration writes when it is ready.
fn address(info: &Path) -> Option<String> {
    let info: serde_json::Value = serde_json::from_str(&fs::read_to_string(info).ok()?).ok()?;
    Some(info["web"].as_str()?.trim_start_matches("http://").into())
}

fn request(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let head = String::from_utf8_lossy(&answer);
    head.lines().next().map(str::to_owned)
}
