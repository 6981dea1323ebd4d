//! Aliases by command line. Works beside a running server: both read the same store.

use crate::Where;
use crate::accounts::{say, with_store, words};
use clap::Subcommand;
use mail::Address;
use store::AliasName;

/// `glasspost alias …`
#[derive(Subcommand)]
pub(crate) enum AliasCommand {
    /// Send the mail of an address to others, here or elsewhere; again adds to them.
    Add {
        /// team@example.org, or @example.org for all that nobody else has.
        alias: AliasName,
        /// To whom.
        #[arg(required = true)]
        targets: Vec<Address>,
        #[command(flatten)]
        place: Where,
    },
    /// List all aliases.
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Remove an alias, or some of those it leads to.
    Remove {
        /// Which.
        alias: AliasName,
        /// Only these; without any, the whole alias.
        targets: Vec<Address>,
        #[command(flatten)]
        place: Where,
    },
}

fn list(targets: &[Address]) -> String {
    targets
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Carries out `glasspost alias …`.
///
/// # Errors
/// A sentence.
pub(crate) fn alias(command: &AliasCommand) -> Result<(), String> {
    match command {
        AliasCommand::Add {
            alias,
            targets,
            place,
        } => {
            let made = with_store(place, async |store| {
                store.add_targets(alias, targets).await.map_err(words)
            })?;
            say(&format!("{alias} leads to {}", list(&made.targets)));
        }
        AliasCommand::List { place } => {
            for alias in with_store(place, async |store| store.aliases().await.map_err(words))? {
                say(&format!("{}\t{}", alias.name, list(&alias.targets)));
            }
        }
        AliasCommand::Remove {
            alias,
            targets,
            place,
        } => {
            with_store(place, async |store| {
                store.remove_targets(alias, targets).await.map_err(words)
            })?;
            say(&if targets.is_empty() {
                format!("{alias} is gone")
            } else {
                format!("{alias} leads no more to {}", list(targets))
            });
        }
    }
    Ok(())
}
