//! The Lab's desk as a program: one request (JSON) a line on standard input, one answer a line on
//! standard output. For tests that compare the engine with other programs, and with itself in a
//! browser's machine.

#![allow(
    clippy::print_stdout,
    reason = "what this program answers is what it is for"
)]

use std::io::{BufRead, stdin};

fn main() {
    for request in stdin().lock().lines().map_while(Result::ok) {
        println!("{}", sim::api::answer(&request));
    }
}
