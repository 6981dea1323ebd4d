//! Writes the seeds of all properties into a folder, one folder for each fuzz target:
//! `write-seeds <folder>`. Does not remove other files.

#![allow(clippy::print_stdout, reason = "a command-line program")]

use properties::PROPERTIES;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "usage: write-seeds <folder>");
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or_else(usage)?;
    for property in PROPERTIES {
        let folder = folder.join(property.name);
        fs::create_dir_all(&folder)?;
        let seeds = (property.seeds)();
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{}: {} seeds", property.name, seeds.len());
    }
    Ok(())
}
