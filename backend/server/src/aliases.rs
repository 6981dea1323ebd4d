//! `glasspost alias`. Safe beside a running server: both use the same store.

use crate::cli::{StoreArgs, print_line, text, with_store};
use clap::Subcommand;
use mail::Address;
use store::AliasName;

/// `glasspost alias …`
#[derive(Subcommand)]
pub(crate) enum AliasCommand {
    /// Create an alias, or add targets to one
    Add {
        /// Alias, such as team@example.org, or @example.org as a catch-all
        alias: AliasName,
        /// Target addresses, local or remote
        #[arg(required = true)]
        targets: Vec<Address>,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// List all aliases
    List {
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Remove an alias, or some of its targets
    Remove {
        /// Alias
        alias: AliasName,
        /// Targets to remove; if omitted, the whole alias is removed
        targets: Vec<Address>,
        #[command(flatten)]
        args: StoreArgs,
    },
}

fn list(targets: &[Address]) -> String {
    targets
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs `glasspost alias …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn alias(command: &AliasCommand) -> Result<(), String> {
    match command {
        AliasCommand::Add {
            alias,
            targets,
            args,
        } => {
            let created = with_store(args, async |store| {
                store.add_targets(alias, targets).await.map_err(text)
            })?;
            print_line(&format!("{alias} -> {}", list(&created.targets)));
        }
        AliasCommand::List { args } => {
            for alias in with_store(args, async |store| store.aliases().await.map_err(text))? {
                print_line(&format!("{}\t{}", alias.name, list(&alias.targets)));
            }
        }
        AliasCommand::Remove {
            alias,
            targets,
            args,
        } => {
            with_store(args, async |store| {
                store.remove_targets(alias, targets).await.map_err(text)
            })?;
            print_line(&if targets.is_empty() {
                format!("alias {alias} removed")
            } else {
                format!("removed from {alias}: {}", list(targets))
            });
        }
    }
    Ok(())
}
