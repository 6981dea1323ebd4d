//! Size: the bytes that a browser loads before it shows the webmail (Brotli), and the memory of the
//! server at rest with the data of the demonstration.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::Plan;
use crate::machine::resident_kib;
use crate::rows::{Goal, Rows};
use crate::server::Server;

const FIRST_LOAD_GOAL_KB: f64 = 400.0;
const REST_GOAL_MB: f64 = 40.0;

/// Measures and adds two rows; there is no peer.
pub fn run(plan: &Plan, rows: &mut Rows) -> Result<(), String> {
    let first_load = plan
        .dist
        .as_deref()
        .filter(|dist| dist.join("index.html").is_file())
        .map(first_load)
        .transpose()?;
    rows.add(
        "first load of the web page, brotli",
        "KB",
        first_load.map(|bytes| bytes as f64 / 1000.0),
        None,
        Goal::Max(FIRST_LOAD_GOAL_KB),
    );
    let rest = match &plan.glasspost {
        Some(program) => {
            let server = Server::ours(program, &plan.scratch.join("ours-size"))?;
            thread::sleep(Duration::from_secs(3));
            Some(server.pids().into_iter().map(resident_kib).sum::<u64>() as f64 * 1024.0 / 1e6)
        }
        None => None,
    };
    rows.add(
        "memory at rest, demonstration data",
        "MB",
        rest,
        None,
        Goal::Max(REST_GOAL_MB),
    );
    Ok(())
}

/// The page, every file it names, and the scripts that the program imports.
fn first_load(dist: &Path) -> Result<u64, String> {
    let page =
        fs::read_to_string(dist.join("index.html")).map_err(|e| format!("dist/index.html: {e}"))?;
    let mut files = Vec::new();
    collect(dist, &mut files);
    let mut total = 0;
    for file in files {
        let name = file
            .strip_prefix(dist)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        let compressed = [".br", ".gz"].iter().any(|end| name.ends_with(end));
        let imported = ["snippets/", "webmail-loader-"];
        let is_first = name == "index.html"
            || page.contains(&name)
            || imported.iter().any(|start| name.starts_with(start));
        let is_later = name.starts_with("webmail-pages-");
        if compressed || !(is_first || is_later) {
            continue;
        }
        let bytes = fs::metadata(with_br(&file))
            .or_else(|_| fs::metadata(&file))
            .map_err(|e| format!("{name}: {e}"))?
            .len();
        let when = if is_later {
            ", loaded after the first list"
        } else {
            ""
        };
        println!("   {name}: {:.1} KB{when}", bytes as f64 / 1000.0);
        if is_first {
            total += bytes;
        }
    }
    println!(
        "   the Lab, loaded only when it is opened: {:.1} KB",
        lab_load(dist) as f64 / 1000.0
    );
    Ok(total)
}

/// The Lab's pages, player and engine, without scenarios.
fn lab_load(dist: &Path) -> u64 {
    let mut files = Vec::new();
    collect(&dist.join("lab"), &mut files);
    let counts = |file: &&PathBuf| {
        file.extension().is_some_and(|end| {
            ["html", "js", "css", "wasm"]
                .iter()
                .any(|known| end == *known)
        })
    };
    let bytes = |file: &PathBuf| {
        fs::metadata(with_br(file))
            .or_else(|_| fs::metadata(file))
            .map_or(0, |meta| meta.len())
    };
    files.iter().filter(counts).map(bytes).sum()
}

fn with_br(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    PathBuf::from(name)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
}
