//! Published messages and tables. Expected output comes from other programs: meanings are compared,
//! and exceptions are themes with their reasons.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../common/check.rs"]
mod check;
#[path = "../common/value.rs"]
mod value;

mod any_bytes;
mod html5lib;
mod imap;
mod mail_parser;
mod mime4j;
mod tables;

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        imap::add(all);
        tables::add(all);
        mail_parser::add(all);
        mime4j::add(all);
        html5lib::add(all);
        any_bytes::add(all);
    })
}

/// A path below a folder as the name of a case.
fn name_below(folder: &std::path::Path, file: &std::path::Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file);
    below.to_string_lossy().replace(' ', "-")
}

/// White space as single spaces, none at the ends.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
