//! `cargo xtask bench`: builds the product for release and lets the program in tests/benches
//! measure it against its peers.

use crate::place::Place;
use crate::setup::{self, Level};
use crate::{frontend, run, say};

/// Runs the benches named, or all.
pub fn command(place: &Place, names: &[String]) -> Result<(), String> {
    setup::up_to(place, Level::Test)?;
    frontend::build(place)?;
    run::build_server(place)?;
    say::heading("benches: building");
    say::openly(&mut place.cargo(&["build", "--release", "--package", "benches"]))?;
    let program = place.target().join("release/benches");
    // A thousand connections want more open files than the usual limit allows.
    let mut command = place.command("sh");
    command
        .args(["-c", "ulimit -n 8192 2>/dev/null; exec \"$0\" \"$@\""])
        .arg(program);
    command
        .arg("--glasspost")
        .arg(place.glasspost())
        .arg("--dist")
        .arg(place.dist())
        .args(names);
    say::openly(&mut command)
}
