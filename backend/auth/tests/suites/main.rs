//! Published test suites of SPF, DKIM, ARC, DMARC and of reports. Exceptions from what a suite
//! expects are in the module of the suite, by theme.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod arc;
mod dkim;
mod dmarc;
mod organizations;
mod reports;
mod spf;
mod table;

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        spf::add(all);
        dkim::add(all);
        arc::add(all);
        dmarc::add(all);
        organizations::add(all);
        reports::add(all);
    })
}

/// A file of `name value` lines with the TXT records, an empty line and a message in LF lines, as
/// the samples of mail-auth are.
fn with_records(file: &std::path::Path) -> (table::Table, Vec<u8>) {
    let text = suites::text(file);
    let (records, message) = text.split_once("\n\n").unwrap();
    let mut table = table::Table::default();
    for line in records.lines() {
        let (name, text) = line.split_once(' ').unwrap();
        table.text(name, text);
    }
    (table, suites::crlf(message.as_bytes()))
}

/// The sample files of a folder, which have numbers as names.
fn samples(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = suites::files(folder, &["txt"]);
    all.retain(|file| stem(file).bytes().all(|b| b.is_ascii_digit()));
    all
}

/// A file's name without its extension.
fn stem(file: &std::path::Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}
