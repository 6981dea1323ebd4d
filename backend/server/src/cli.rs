//! What the commands share: the choice of a store, output, and passwords from standard input.

use crate::config::{Config, Login};
use crate::host;
use clap::Args;
use mail::Secret;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use store::Store;

/// The store that a command works on.
#[derive(Args, Clone)]
pub(crate) struct StoreArgs {
    /// Configuration file; its data folder is used
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "data",
        conflicts_with = "data"
    )]
    config: Option<PathBuf>,
    /// Data folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl StoreArgs {
    // Without a configuration file, the default.
    fn scram_iterations(&self) -> Result<u32, String> {
        let login = self.config.as_ref().map_or_else(
            || Ok(Login::default()),
            |file| Config::read(file).map(|config| config.login),
        )?;
        Ok(login.scram_iterations)
    }

    /// The data folder.
    ///
    /// # Errors
    /// The configuration file cannot be read.
    pub(crate) fn data(&self) -> Result<PathBuf, String> {
        match (&self.data, &self.config) {
            (Some(data), _) => Ok(data.clone()),
            (None, Some(file)) => Config::read(file).map(|config| config.server.data),
            (None, None) => Err("either --config or --data is required".into()),
        }
    }
}

/// Opens the store and runs a command on it.
///
/// # Errors
/// The store cannot be opened, or the command's error.
pub(crate) fn with_store<T>(
    args: &StoreArgs,
    command: impl AsyncFnOnce(Store) -> Result<T, String>,
) -> Result<T, String> {
    let (data, scram_iterations) = (args.data()?, args.scram_iterations()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async { command(host::open_store(&data, scram_iterations).await?).await })
}

/// Prints a line to standard output.
#[expect(clippy::print_stdout, reason = "the output of a command")]
pub(crate) fn print_line(text: &str) {
    println!("{text}");
}

/// Prints a warning to standard error.
#[expect(clippy::print_stderr, reason = "a command's warnings")]
pub(crate) fn warn(text: &str) {
    eprintln!("glasspost: warning: {text}");
}

/// Prints an error to standard error.
#[expect(clippy::print_stderr, reason = "a command's failure")]
pub(crate) fn print_error(text: &str) {
    eprintln!("glasspost: {text}");
}

/// An error as text.
pub(crate) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The password given as an argument, or else one line of standard input.
///
/// # Errors
/// Standard input cannot be read.
#[expect(clippy::print_stderr, reason = "a prompt")]
pub(crate) fn password_or_stdin(given: Option<&str>, prompt: &str) -> Result<Secret, String> {
    if let Some(password) = given {
        return Ok(Secret::new(password));
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("{prompt}: ");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(text)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}
