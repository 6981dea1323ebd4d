//! Fetches one package file with cargo, npm or pip. No code of a package runs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Package, pinned_file, run, write};
use crate::project::Project;
use crate::setup::debian;
use crate::terminal;

/// Stands in for the build backends of source packages, from which pip asks name and version.
const BACKEND: &str = include_str!("sdist_backend.py");

/// The `.crate` file from cargo's own cache; `cargo fetch` of an empty crate that depends on it
/// brings it there.
pub fn cargo(project: &Project, package: &Package, download: &Path) -> Result<PathBuf, String> {
    if let Some(file) = cached_crate(package) {
        return Ok(file);
    }
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [workspace]\n\n[dependencies.{}]\nversion = \"={}\"\ndefault-features = false\n",
        package.name, package.version
    );
    write(&download.join("Cargo.toml"), &manifest)?;
    write(&download.join("lib.rs"), "")?;
    let mut command = project.cargo(&["fetch"]);
    command.current_dir(download);
    run(project, package, &mut command)?;
    cached_crate(package).ok_or_else(|| {
        let file = format!("{}-{}.crate", package.name, package.version);
        format!("cargo's cache has no {file} with the pinned hash")
    })
}

fn cached_crate(package: &Package) -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?;
    let name = format!("{}-{}.crate", package.name, package.version);
    fs::read_dir(home.join("registry/cache"))
        .ok()?
        .flatten()
        .map(|registry| registry.path().join(&name))
        .find(|file| super::sha256(file).is_ok_and(|hash| hash == package.sha256))
}

/// The file that `npm pack` makes.
pub fn npm(project: &Project, package: &Package, download: &Path) -> Result<PathBuf, String> {
    let mut command = project.command("npm");
    command
        .args(["pack", "--ignore-scripts", "--pack-destination"])
        .arg(download)
        .arg(format!("{}@{}", package.name, package.version));
    run(project, package, &mut command)?;
    pinned_file(download, package)
}

/// The source package by `pip download`, which refuses another hash before it unpacks anything.
pub fn pip(project: &Project, package: &Package, download: &Path) -> Result<PathBuf, String> {
    let python = |args: &[&str]| {
        let mut command = project.command("python3");
        command.args(args);
        command
    };
    if terminal::output(&mut python(&["-m", "pip", "--version"])).is_none() {
        debian::pip(project)?;
    }
    let backend = download.join("backend");
    for (folder, file) in [("setuptools", "build_meta.py"), ("hatchling", "build.py")] {
        let folder = backend.join(folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        write(&folder.join("__init__.py"), "")?;
        write(&folder.join(file), BACKEND)?;
    }
    let pinned = format!(
        "{}=={} --hash=sha256:{}\n",
        package.name, package.version, package.sha256
    );
    let list = backend.join("requirements.txt");
    write(&list, &pinned)?;
    let mut command = python(&["-m", "pip", "download", "--disable-pip-version-check"]);
    command
        .args(["--no-deps", "--no-binary", ":all:"])
        .args(["--no-build-isolation", "--use-pep517", "--require-hashes"])
        .arg("--requirement")
        .arg(&list)
        .arg("--dest")
        .arg(download)
        .env("PYTHONPATH", &backend);
    run(project, package, &mut command)?;
    pinned_file(download, package)
}
