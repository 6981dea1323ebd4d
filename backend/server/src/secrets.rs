//! `glasspost account app-password` and `glasspost account shared-secret`: credentials besides the
//! password. An app password is printed once, when it is created.

use crate::cli::{StoreArgs, password_or_stdin, print_line, text, with_store};
use clap::Subcommand;
use mail::Address;
use world::real::{SystemClock, SystemRng};
use world::{Clock, Rng};

/// `glasspost account app-password …`
#[derive(Subcommand)]
pub(crate) enum AppPasswordCommand {
    /// Create a password for one program; it is printed only now
    Add {
        /// Address of the account
        address: Address,
        /// Name of the app password, such as phone
        name: String,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// List the app passwords of an account
    List {
        /// Address of the account
        address: Address,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Revoke an app password
    Remove {
        /// Address of the account
        address: Address,
        /// Name of the app password
        name: String,
        #[command(flatten)]
        args: StoreArgs,
    },
}

/// Runs `glasspost account app-password …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn app_password(command: &AppPasswordCommand) -> Result<(), String> {
    match command {
        AppPasswordCommand::Add {
            address,
            name,
            args,
        } => {
            let mut rng = [0; 36];
            SystemRng::default().fill(&mut rng);
            let now = SystemClock.now();
            let created = with_store(args, async |store| {
                store
                    .add_app_password(address, name, rng, now)
                    .await
                    .map_err(text)
            })?;
            print_line(&created);
        }
        AppPasswordCommand::List { address, args } => {
            for app in with_store(args, async |store| {
                store.app_passwords(address).await.map_err(text)
            })? {
                print_line(&format!("{}\t{}", app.name, app.created.rfc3339_secs()));
            }
        }
        AppPasswordCommand::Remove {
            address,
            name,
            args,
        } => {
            with_store(args, async |store| {
                store.remove_app_password(address, name).await.map_err(text)
            })?;
            print_line(&format!("app password {name} revoked"));
        }
    }
    Ok(())
}

/// Runs `glasspost account shared-secret …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn shared_secret(
    address: &Address,
    secret: Option<&str>,
    remove: bool,
    args: &StoreArgs,
) -> Result<(), String> {
    if remove {
        with_store(args, async |store| {
            store.set_shared_secret(address, None).await.map_err(text)
        })?;
        print_line(&format!("shared secret of {address} removed"));
        return Ok(());
    }
    let secret = password_or_stdin(secret, "Secret")?;
    with_store(args, async |store| {
        store
            .set_shared_secret(address, Some(&secret))
            .await
            .map_err(text)
    })?;
    print_line(&format!(
        "shared secret of {address} set; it is stored in readable form"
    ));
    Ok(())
}
