//! Published test data of other projects, as tests of this one. A test program with
//! `harness = false` lists its suites; each case of a suite is a test of its own, which can be run
//! by its name:
//!
//! ```sh
//! cargo test -p auth --test suites -- rfc7208::mx-limit
//! ```
//!
//! The data is never part of the repository. `sources.toml` pins what the package registries serve;
//! `cargo xtask setup test` fetches it. Other suites are read from `../shared/corpus` beside the
//! checkout. A suite without its data is one ignored test that says what is missing; with `CI=true`
//! a missing fetched suite fails.
//!
//! This crate does not know any protocol, and it fetches nothing itself.
//!
//! ```no_run
//! use suites::{Suite, Verdict, run};
//!
//! fn main() -> std::process::ExitCode {
//!     run(|all| {
//!         all.add(
//!             Suite::new("doubled", "arithmetic/tables")
//!                 .cases_min(2)
//!                 .cases(|folder| suites::table(&folder.join("doubled.json")))
//!                 .check(|case| {
//!                     let got = case["input"].as_i64().map(|n| n * 2);
//!                     Verdict::compare(&got, &case["output"].as_i64())
//!                 }),
//!         );
//!     })
//! }
//! ```

mod data;
mod read;
mod run;
mod suite;

pub use data::{Data, Missing, Origin, find};
pub use read::{bytes, bytes_of, crlf, files, hex, json, label, lines, table, text, yaml};
pub use run::{Suites, block_on, block_on_paused, run};
pub use suite::{Exception, Suite, Verdict};
