//! `glasspost account app-password …` and `glasspost account shared-secret …`: what one signs in
//! with besides the password. An app password is shown once, when it is made.

use crate::Where;
use crate::accounts::{ask_password, say, with_store, words};
use clap::Subcommand;
use mail::Address;
use world::real::{SystemChance, SystemClock};
use world::{Clock, Rng};

/// `glasspost account app-password …`
#[derive(Subcommand)]
pub(crate) enum AppPasswordCommand {
    /// Make a password for one program. It is shown now and never again.
    Add {
        /// Whose.
        address: Address,
        /// What it is for: phone.
        name: String,
        #[command(flatten)]
        place: Where,
    },
    /// List an account's app passwords by name and date.
    List {
        /// Whose.
        address: Address,
        #[command(flatten)]
        place: Where,
    },
    /// Take one back: from now on nobody signs in with it.
    Remove {
        /// Whose.
        address: Address,
        /// Which.
        name: String,
        #[command(flatten)]
        place: Where,
    },
}

/// Carries out `glasspost account app-password …`.
///
/// # Errors
/// A sentence.
pub(crate) fn app_password(command: &AppPasswordCommand) -> Result<(), String> {
    match command {
        AppPasswordCommand::Add {
            address,
            name,
            place,
        } => {
            let mut rng = [0; 36];
            SystemChance::default().fill(&mut rng);
            let now = SystemClock.now();
            let made = with_store(place, async |store| {
                store
                    .add_app_password(address, name, rng, now)
                    .await
                    .map_err(words)
            })?;
            say(&made);
        }
        AppPasswordCommand::List { address, place } => {
            for app in with_store(place, async |store| {
                store.app_passwords(address).await.map_err(words)
            })? {
                say(&format!("{}\t{}", app.name, app.created.rfc3339_secs()));
            }
        }
        AppPasswordCommand::Remove {
            address,
            name,
            place,
        } => {
            with_store(place, async |store| {
                store
                    .remove_app_password(address, name)
                    .await
                    .map_err(words)
            })?;
            say(&format!("{name} is gone"));
        }
    }
    Ok(())
}

/// Carries out `glasspost account shared-secret …`.
///
/// # Errors
/// A sentence.
pub(crate) fn shared_secret(
    address: &Address,
    secret: Option<&str>,
    remove: bool,
    place: &Where,
) -> Result<(), String> {
    if remove {
        with_store(place, async |store| {
            store.set_shared_secret(address, None).await.map_err(words)
        })?;
        say(&format!("{address} has no shared secret"));
        return Ok(());
    }
    let secret = ask_password(secret)?;
    with_store(place, async |store| {
        store
            .set_shared_secret(address, Some(&secret))
            .await
            .map_err(words)
    })?;
    say(&format!(
        "{address} has a shared secret; it is kept readable"
    ));
    Ok(())
}
