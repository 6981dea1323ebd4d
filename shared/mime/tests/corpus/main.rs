//! Foreign messages and tables, read in place from `../shared/corpus` beside the repository. Each
//! test prints a note and is skipped where the folder is absent. Expected output comes from other
//! programs: meanings are compared, and each exception is listed with its reason.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail, speak and look at the clock"
)]

mod every;
mod folder;
mod imap;
mod parses;
mod tables;
mod value;
