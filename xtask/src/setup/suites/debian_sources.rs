//! Fetches the upstream file of a Debian source package. apt reads the archives from this system's
//! own configuration and keeps everything else in `.tools/suites/.apt`; the system's lists are not
//! changed, and nothing is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failure, Package, log_file, pinned_file, run, write};
use crate::project::{Project, on_path};
use crate::terminal;

/// The upstream file with the pinned hash, fetched into `download`.
pub fn fetch(project: &Project, package: &Package, download: &Path) -> Result<PathBuf, Failure> {
    if on_path("apt-get").is_none() {
        return Err(Failure::NotServed("there is no apt".to_owned()));
    }
    let home = project.tools().join("suites/.apt");
    if !home.join("ready").is_file() {
        configure(project, &home)?;
    }
    let source = |words: &[&str]| {
        let mut command = apt_get(project, &home);
        command
            .current_dir(download)
            .args(["source", "--tar-only"])
            .args(words)
            .arg(&package.name);
        command
    };
    // Names the files without fetching them.
    let uris = terminal::output(&mut source(&["--print-uris"])).unwrap_or_default();
    if !uris.contains(&package.sha256) {
        let why = format!(
            "this system's release does not have {} {} as a source package",
            package.name, package.version
        );
        return Err(Failure::NotServed(why));
    }
    if let Err(why) = run(project, package, &mut source(&["--download-only"])) {
        let log = fs::read_to_string(log_file(project, package)).unwrap_or_default();
        if log.contains(" 404 ") {
            let why = "this system's Debian archive does not have its source";
            return Err(Failure::NotServed(why.to_owned()));
        }
        return Err(Failure::Failed(why));
    }
    Ok(pinned_file(download, package)?)
}

fn apt_get(project: &Project, home: &Path) -> Command {
    let mut command = project.command("apt-get");
    for (key, value) in [
        ("Dir::Etc::sourcelist", "sources.list"),
        ("Dir::Etc::sourceparts", "parts"),
        ("Dir::State::lists", "lists"),
        ("Dir::Cache", "cache"),
    ] {
        let option = format!("{key}={}", home.join(value).display());
        command.arg("-o").arg(option);
    }
    // Otherwise root fetches as a user that may not write here, and apt warns.
    command.args(["-o", "APT::Sandbox::User=root"]);
    command
}

/// Writes the configuration and fetches the lists of source packages.
fn configure(project: &Project, home: &Path) -> Result<(), Failure> {
    let _ = fs::remove_dir_all(home);
    for folder in ["parts", "lists/partial", "cache/archives/partial"] {
        let folder = home.join(folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .unwrap_or_default();
    let read = |file: &Path| fs::read_to_string(file).unwrap_or_default();
    let lines = source_lines(&read(Path::new("/etc/apt/sources.list")), codename);
    write(&home.join("sources.list"), &lines)?;
    let parts = fs::read_dir("/etc/apt/sources.list.d");
    for path in parts.into_iter().flatten().flatten().map(|e| e.path()) {
        let Some(name) = path.file_name() else {
            continue;
        };
        let text = match path.extension().and_then(|e| e.to_str()) {
            Some("sources") => source_stanzas(&read(&path), codename),
            Some("list") => source_lines(&read(&path), codename),
            _ => continue,
        };
        write(&home.join("parts").join(name), &text)?;
    }
    terminal::run_logged(
        "lists of Debian source packages: apt-get update",
        &project.tools().join("log/apt-sources.log"),
        apt_get(project, home).arg("update"),
    )?;
    Ok(write(&home.join("ready"), "")?)
}

/// The `deb` lines of this release, as `deb-src`. Other suppliers' suites have other names.
fn source_lines(text: &str, codename: &str) -> String {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("deb "))
        .filter(|rest| {
            rest.split_whitespace()
                .any(|word| of_release(word, codename))
        })
        .map(|rest| format!("deb-src {rest}\n"))
        .collect()
}

/// The stanzas of this release, with `Types: deb-src`.
fn source_stanzas(text: &str, codename: &str) -> String {
    let is_ours = |stanza: &&str| {
        stanza.lines().any(|line| {
            line.strip_prefix("Suites:").is_some_and(|suites| {
                suites
                    .split_whitespace()
                    .any(|suite| of_release(suite, codename))
            })
        })
    };
    let as_source = |line: &str| {
        if line.starts_with("Types:") {
            "Types: deb-src\n".to_owned()
        } else {
            format!("{line}\n")
        }
    };
    text.split("\n\n")
        .filter(is_ours)
        .map(|stanza| stanza.lines().map(as_source).collect::<String>() + "\n")
        .collect()
}

fn of_release(suite: &str, codename: &str) -> bool {
    !codename.is_empty()
        && suite
            .strip_prefix(codename)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_archives_of_this_release_are_asked_for_sources() {
        let text = "Types: deb\nURIs: a\nSuites: bookworm bookworm-updates\n\nTypes: deb\nURIs: b\nSuites: nodistro\n";
        assert_eq!(
            source_stanzas(text, "bookworm"),
            "Types: deb-src\nURIs: a\nSuites: bookworm bookworm-updates\n\n"
        );
        let lines = "# a comment\ndeb a bookworm main\ndeb b cloud-bookworm main\ndeb-src a bookworm main\n";
        assert_eq!(source_lines(lines, "bookworm"), "deb-src a bookworm main\n");
        assert_eq!(source_lines(lines, ""), "");
    }
}
