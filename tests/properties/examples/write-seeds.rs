//! Writes the seeds of all properties into a folder, one folder for each fuzz target:
//! `write-seeds <folder>`. The published suites that are here add to them. Does not remove other
//! files.

#![allow(clippy::print_stdout, reason = "a command-line program")]

use properties::PROPERTIES;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Larger files of a suite are left out: each mutation of them takes long.
const FILE_BYTES_MAX: u64 = 32 * 1024;

/// Suites with inputs of a target, one in each file.
const SUITES: [(&str, &str); 7] = [
    ("mime", "mime/mail-parser-rfc"),
    ("mime", "mime/mail-parser-malformed"),
    ("mime", "mime/mail-parser-thirdparty"),
    ("mime", "mime/mail-parser-legacy"),
    ("html", "html/bleach"),
    ("html", "html/html5lib-tests"),
    ("html", "html/foundation-pages"),
];

fn main() -> io::Result<()> {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "usage: write-seeds <folder>");
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or_else(usage)?;
    for property in PROPERTIES {
        let folder = folder.join(property.name);
        fs::create_dir_all(&folder)?;
        let seeds = (property.seeds)();
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        let mut files = 0;
        for (_, suite) in SUITES.iter().filter(|(name, _)| *name == property.name) {
            files += copy_suite(suite, &folder)?;
        }
        println!("{}: {} seeds, {files} files", property.name, seeds.len());
    }
    Ok(())
}

// Copies the files of a suite, if it is here. Returns their number.
fn copy_suite(suite: &str, folder: &Path) -> io::Result<usize> {
    let Ok(data) = suites::find(suite) else {
        return Ok(0);
    };
    let mut count = 0;
    for file in suites::files(&data.folder, &[]) {
        if fs::metadata(&file)?.len() <= FILE_BYTES_MAX {
            let name = format!("{}-{count:04}", suite.replace('/', "-"));
            fs::copy(&file, folder.join(name))?;
            count += 1;
        }
    }
    Ok(count)
}
