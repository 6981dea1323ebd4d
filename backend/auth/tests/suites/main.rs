//! The collections of SPF, DKIM, ARC and DMARC cases that others made, read in place; skipped, and
//! said so, where they are absent. Each exception from what a collection expects stands in its file
//! with the reason.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod arc;
mod dkim;
mod dmarc;
mod reports;
mod spf;
mod table;

use std::path::PathBuf;

/// A folder of the collection, or none where it is absent.
fn folder(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus")
        .join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: the folder {name} of the collection is not here");
    None
}

fn read(name: &str) -> Option<String> {
    let (dir, file) = name.rsplit_once('/')?;
    Some(std::fs::read_to_string(folder(dir)?.join(file)).unwrap())
}

// A name of a case that occurs twice, which the form forbids, is made another.
fn documents(text: &str) -> Vec<yaml_rust2::Yaml> {
    let mut names = std::collections::HashMap::<&str, usize>::new();
    let mut unique = String::new();
    for line in text.lines() {
        let name = line
            .strip_prefix("  ")
            .and_then(|l| l.strip_suffix(':'))
            .filter(|l| l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        match name {
            Some(name) => {
                let times = names.entry(name).or_default();
                *times += 1;
                unique.push_str(&if *times > 1 {
                    format!("  {name}_{times}:\n")
                } else {
                    format!("  {name}:\n")
                });
            }
            None => {
                unique.push_str(line);
                unique.push('\n');
            }
        }
    }
    yaml_rust2::YamlLoader::load_from_str(&unique).unwrap()
}

/// LF to CRLF.
fn wire(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into_bytes()
}
