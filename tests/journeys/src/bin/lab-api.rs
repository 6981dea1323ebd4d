//! The Lab's API as a program: one request (JSON) per line on standard input, one response per line
//! on standard output. For tests that compare the simulator with other programs, and with itself in
//! a browser.

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
