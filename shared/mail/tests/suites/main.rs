//! Published tables of addresses and of international domain names. Exceptions are themes with
//! their reasons.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod addresses;
mod domains;

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        addresses::add(all);
        domains::add(all);
    })
}
