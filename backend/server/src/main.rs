//! The program `glasspost`: command line, configuration, listeners and HTTP. It makes no decisions
//! about mail; `node` does.

mod accounts;
mod aliases;
mod cli;
mod config;
mod demo;
mod dkim;
mod dns;
mod host;
mod http_listener;
mod logging;
mod memory;
mod queue;
mod secrets;
mod serve;
mod tls;
mod web;
mod zone_file;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Mail server with webmail and an inspectable journey for every message
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Run a demonstration server on loopback, with accounts and sample messages
    Demo(demo::DemoArgs),
    /// Check the configuration file
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Manage accounts, passwords and quotas
    #[command(subcommand)]
    Account(accounts::AccountCommand),
    /// Manage aliases
    #[command(subcommand)]
    Alias(aliases::AliasCommand),
    /// Manage DKIM signing keys
    #[command(subcommand)]
    Dkim(dkim::DkimCommand),
    /// Print and check the DNS records of the local domains
    #[command(subcommand)]
    Dns(dns::DnsCommand),
    /// Inspect and manage the message queue
    #[command(subcommand)]
    Queue(queue::QueueArgs),
    /// Manage the local domains
    #[command(subcommand)]
    Domain(accounts::DomainCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check a configuration file without starting the server
    Check {
        /// Configuration file
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if matches!(command, Command::Serve { .. } | Command::Demo(_)) {
        memory::apply_allocator_options();
    }
    let result = match command {
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
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            cli::print_error(&why);
            ExitCode::FAILURE
        }
    }
}

fn check(file: &Path) -> Result<(), String> {
    let config = config::Config::read(file)?;
    for warning in &config.renamed_keys {
        cli::warn(&format!(
            "{}:{}: {warning}",
            file.display(),
            warning.position
        ));
    }
    host::check_files(&config)?;
    cli::print_line(&format!(
        "{}: configuration is valid (host {})",
        file.display(),
        config.server.hostname
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_example_configuration_is_valid() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/glasspost.toml");
        let config = config::Config::read(&file).unwrap();
        assert_eq!(config.renamed_keys, []);
        check(&file).unwrap();
    }
}
