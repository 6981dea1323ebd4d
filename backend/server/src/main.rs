//! The program `glasspost`: command line, configuration, listeners, the web. Decides nothing about
//! mail: `node` does.

mod accounts;
mod aliases;
mod config;
mod demo;
mod dkim;
mod dns;
mod host;
mod logging;
mod memory;
mod queue;
mod secrets;
mod serve;
mod tls;
mod web;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Glasspost, the mail server one can see through.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Run a demonstration on loopback: domain glasspost.test, accounts alice, bob and teacher, and
    /// messages to read.
    Demo(demo::DemoArgs),
    /// The configuration file.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Accounts.
    #[command(subcommand)]
    Account(accounts::AccountCommand),
    /// Addresses whose mail goes to others.
    #[command(subcommand)]
    Alias(aliases::AliasCommand),
    /// The keys that sign messages.
    #[command(subcommand)]
    Dkim(dkim::DkimCommand),
    /// What our domains publish in DNS.
    #[command(subcommand)]
    Dns(dns::DnsCommand),
    /// The messages for which this host answers.
    #[command(subcommand)]
    Queue(queue::QueueArgs),
    /// The domains for which this host takes mail.
    #[command(subcommand)]
    Domain(accounts::DomainCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Look whether a file is right, and do nothing else.
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

/// Which store a command works on.
#[derive(Args, Clone)]
struct Where {
    /// The configuration file, for its data folder.
    #[arg(long, required_unless_present = "data", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// The data folder itself.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Where {
    // Without a file, as it stands in one that says nothing of it.
    fn scram_iterations(&self) -> Result<u32, String> {
        let login = self.config.as_ref().map_or_else(
            || Ok(config::Login::default()),
            |file| config::Config::read(file).map(|c| c.login),
        )?;
        Ok(login.scram_iterations)
    }

    fn data(&self) -> Result<PathBuf, String> {
        match (&self.data, &self.config) {
            (Some(data), _) => Ok(data.clone()),
            (None, Some(file)) => config::Config::read(file).map(|c| c.server.data),
            (None, None) => Err("name the store by --config or --data".into()),
        }
    }
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if matches!(command, Command::Serve { .. } | Command::Demo(_)) {
        memory::settle();
    }
    let done = match command {
        Command::Serve { config } => serve::serve(&config),
        Command::Demo(args) => demo::demo(&args),
        Command::Config(ConfigCommand::Check { config }) => check(&config),
        Command::Account(command) => accounts::account(&command),
        Command::Alias(command) => aliases::alias(&command),
        Command::Dkim(command) => dkim::dkim(&command),
        Command::Dns(command) => dns::dns(&command),
        Command::Queue(command) => queue::queue(&command),
        Command::Domain(command) => accounts::domain(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say_error(&why);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer to a command")]
fn check(file: &std::path::Path) -> Result<(), String> {
    let config = config::Config::read(file)?;
    host::check_files(&config)?;
    println!(
        "{}: ok, {} would run here",
        file.display(),
        config.server.hostname
    );
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a command's failure is said"
)]
fn say_error(why: &str) {
    eprintln!("glasspost: {why}");
}
