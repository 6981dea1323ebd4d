//! Prints how `mime` and `mail-parser` compare: agreement by theme on every collection of messages,
//! who is right where they differ, time, memory, and what hostile messages cost. Started by `cargo
//! xtask bench mime`.
//!
//! Failures: a difference that no rule covers is listed and makes the program fail.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the tables are what this program is for"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a measuring program needs the real clock and threads"
)]

mod agreement;
mod bounds;
mod timing;

use std::process::ExitCode;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const USAGE: &str = "usage: oracle [--list] [agreement] [timing] [bounds]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, parser] = &words[..]
        && first == bounds::CHILD
    {
        return bounds::child(name, parser, &ALLOCATOR);
    }
    let list = words.iter().any(|word| word == "--list");
    let parts: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--list")
        .collect();
    if let Some(unknown) = parts
        .iter()
        .find(|part| !["agreement", "timing", "bounds"].contains(part))
    {
        eprintln!("oracle: `{unknown}` is not known\n{USAGE}");
        return ExitCode::FAILURE;
    }
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let mut explained = true;
    if wanted("agreement") {
        explained = agreement::print(list);
    }
    if wanted("timing") {
        timing::print(&ALLOCATOR);
    }
    if wanted("bounds") {
        bounds::print();
    }
    if explained {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
