//! The machine and its processes, from /proc: the number of cores, the duration of one fsync, the
//! memory of a process.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// One line on the machine, so that figures can be compared later.
pub fn describe(scratch: &Path) -> Result<String, String> {
    fs::create_dir_all(scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    // The mail servers' own users must be able to pass through.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(scratch, fs::Permissions::from_mode(0o755))
            .map_err(|e| format!("{}: {e}", scratch.display()))?;
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or(" : unknown");
    let fsync = fsync_time(scratch).map_err(|e| format!("fsync: {e}"))?;
    let model = model.trim_start_matches([' ', '\t', ':']);
    Ok(format!(
        "{cores} cores ({model}); one fsync in {}: {:.2} ms",
        scratch.display(),
        millis(fsync)
    ))
}

/// The median of 50 appends of 2 KB, each followed by fsync.
fn fsync_time(scratch: &Path) -> std::io::Result<Duration> {
    let path = scratch.join("fsync");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        file.write_all(&[b'x'; 2048])?;
        file.sync_all()?;
        times.push(started.elapsed());
    }
    fs::remove_file(path)?;
    Ok(median(&mut times))
}

/// The median.
pub fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Milliseconds with a fraction.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The memory of a process and all its descendants, in KiB: proportional (PSS), so that pages that
/// processes share are counted once, or resident (RSS) if the kernel does not report that.
pub fn memory_kib(root: u32) -> u64 {
    family(root)
        .into_iter()
        .map(|pid| own_memory_kib(pid).unwrap_or(0))
        .sum()
}

/// Resident memory (RSS) of one process, in KiB.
pub fn resident_kib(pid: u32) -> u64 {
    line_kib(&format!("/proc/{pid}/status"), "VmRSS:").unwrap_or(0)
}

/// The processor time that a process has used so far, including ended threads, in milliseconds (in
/// steps of 10).
pub fn processor_millis(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name stands in brackets and may hold anything; the ticks in user and system mode are the
    // 12th and 13th word after it.
    let after_name: Vec<&str> = stat
        .rsplit_once(')')
        .map_or_else(Vec::new, |(_, rest)| rest.split_whitespace().collect());
    let ticks = |place: usize| {
        after_name
            .get(place)
            .and_then(|word| word.parse::<u64>().ok())
            .unwrap_or(0)
    };
    // Linux tells user programs of 100 ticks a second, whatever it counts itself.
    (ticks(11) + ticks(12)) as f64 * 10.0
}

fn own_memory_kib(pid: u32) -> Option<u64> {
    line_kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
        .or_else(|| line_kib(&format!("/proc/{pid}/status"), "VmRSS:"))
}

fn line_kib(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix(key))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// A process and its descendants.
pub fn family(root: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name stands in brackets and may hold anything; the parent is the second word after
        // it.
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (pid, parent)));
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&pid) = found.get(at) {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == pid)
                .map(|(child, _)| *child),
        );
        at += 1;
    }
    found
}
