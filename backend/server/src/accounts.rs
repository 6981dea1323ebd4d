//! `glasspost account` and `glasspost domain`. Safe beside a running server: both use the same
//! store.

mod import;
mod quota;

use crate::cli::{StoreArgs, password_or_stdin, print_line, text, with_store};
use crate::secrets::{self, AppPasswordCommand};
use clap::Subcommand;
use import::import;
use mail::{Address, Domain, Secret};
use quota::Quota;
use std::path::PathBuf;
use store::{NewAccount, PreparedAccount, Store};
use world::real::{SystemClock, SystemRng};
use world::{Clock, Rng};

/// `glasspost account …`
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Create an account; a new domain is added
    Add {
        /// Address, such as alice@example.org
        address: Address,
        /// Display name
        #[arg(long, default_value = "")]
        name: String,
        /// Password; if omitted, read from standard input
        #[arg(long)]
        password: Option<String>,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// List all accounts
    List {
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Change a password
    Password {
        /// Address of the account
        address: Address,
        /// Password; if omitted, read from standard input
        #[arg(long)]
        password: Option<String>,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Manage app passwords
    #[command(subcommand)]
    AppPassword(AppPasswordCommand),
    /// Set the secret for CRAM-MD5; it is stored in readable form
    SharedSecret {
        /// Address of the account
        address: Address,
        /// Secret; if omitted, read from standard input
        #[arg(long, conflicts_with = "remove")]
        secret: Option<String>,
        /// Remove the secret
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Delete an account with all its mail
    Remove {
        /// Address of the account
        address: Address,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Show or set the quota of an account
    Quota {
        /// Address of the account
        address: Address,
        /// New quota in bytes, such as 500M or 2G, or none
        quota: Option<Quota>,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Create accounts from a CSV file with the columns address,password,name
    Import {
        /// CSV file in UTF-8
        file: PathBuf,
        #[command(flatten)]
        args: StoreArgs,
    },
}

/// `glasspost domain …`
#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Add a local domain
    Add {
        /// Domain, such as example.org
        domain: Domain,
        #[command(flatten)]
        args: StoreArgs,
    },
    /// List the local domains
    List {
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Remove a local domain
    Remove {
        /// Domain, such as example.org
        domain: Domain,
        #[command(flatten)]
        args: StoreArgs,
    },
}

/// Runs `glasspost account …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn account(command: &AccountCommand) -> Result<(), String> {
    match command {
        AccountCommand::Add {
            address,
            name,
            password,
            args,
        } => {
            let password = password_or_stdin(password.as_deref(), "Password")?;
            with_store(args, async |store| {
                add(&store, address.clone(), name.clone(), password).await
            })?;
            print_line(&format!("account {address} created"));
        }
        AccountCommand::List { args } => {
            for account in with_store(args, async |store| store.accounts().await.map_err(text))? {
                print_line(&format!("{}\t{}", account.address, account.name));
            }
        }
        AccountCommand::Password {
            address,
            password,
            args,
        } => {
            let password = password_or_stdin(password.as_deref(), "Password")?;
            with_store(args, async |store| {
                store
                    .set_password(address, &password, salt())
                    .await
                    .map_err(text)
            })?;
            print_line(&format!("password of {address} changed"));
        }
        AccountCommand::AppPassword(command) => secrets::app_password(command)?,
        AccountCommand::SharedSecret {
            address,
            secret,
            remove,
            args,
        } => {
            secrets::shared_secret(address, secret.as_deref(), *remove, args)?;
        }
        AccountCommand::Remove { address, args } => {
            with_store(args, async |store| {
                store.remove_account(address).await.map_err(text)
            })?;
            print_line(&format!("account {address} deleted"));
        }
        AccountCommand::Quota {
            address,
            quota,
            args,
        } => print_line(&with_store(args, async |store| {
            set_quota(&store, address, *quota).await
        })?),
        AccountCommand::Import { file, args } => import(file, args)?,
    }
    Ok(())
}

async fn set_quota(
    store: &Store,
    address: &Address,
    quota: Option<Quota>,
) -> Result<String, String> {
    let account = store
        .account_of(address)
        .await
        .map_err(text)?
        .ok_or_else(|| format!("no such account: {address}"))?;
    if let Some(Quota(bytes)) = quota {
        store.set_quota(account.id, bytes).await.map_err(text)?;
    }
    let quota = quota.map_or(account.quota_bytes, |Quota(bytes)| bytes);
    let used = store.used_bytes(account.id).await.map_err(text)?;
    let quota = quota.map_or_else(
        || "no quota".to_owned(),
        |bytes| format!("quota {bytes} bytes"),
    );
    Ok(format!("{address}: {used} bytes used, {quota}"))
}

/// Runs `glasspost domain …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn domain(command: &DomainCommand) -> Result<(), String> {
    match command {
        DomainCommand::Add { domain, args } => with_store(args, async |store| {
            store.add_domain(domain).await.map_err(text)
        })?,
        DomainCommand::Remove { domain, args } => with_store(args, async |store| {
            store.remove_domain(domain).await.map_err(text)
        })?,
        DomainCommand::List { args } => {
            for domain in with_store(args, async |store| store.domains().await.map_err(text))? {
                print_line(domain.as_str());
            }
        }
    }
    Ok(())
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    SystemRng::default().fill(&mut salt);
    salt
}

/// Creates an account; a new domain is added.
///
/// # Errors
/// A message for the user.
pub(crate) async fn add(
    store: &Store,
    address: Address,
    name: String,
    password: Secret,
) -> Result<(), String> {
    let new = NewAccount {
        address,
        name,
        password,
    };
    let prepared = PreparedAccount::new(new, salt(), store.password_cost()).map_err(text)?;
    add_prepared(store, prepared).await
}

async fn add_prepared(store: &Store, account: PreparedAccount) -> Result<(), String> {
    let domain = account.address().domain();
    let domain = domain.ok_or("an account address must have a domain")?;
    store.add_domain(domain).await.map_err(text)?;
    let added = store.add_prepared(account, SystemClock.now()).await;
    added.map(drop).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_may_be_typed_in_any_form() {
        let forms = ["Pa\u{df}w\u{f6}rt 1", "Pa\u{df}wo\u{308}rt\u{a0}\u{ff11}"];
        let cost = store::PasswordCost::NONE;
        for stored in forms {
            let store = Store::in_memory(cost).await.unwrap();
            let address: Address = "a@x.test".parse().unwrap();
            let fits = async || {
                let account = store.account_of(&address).await.unwrap().unwrap();
                let hash = account.password.unwrap();
                forms.iter().all(|typed| hash.fits(&Secret::new(*typed)))
            };
            let password = Secret::new(stored);
            let added = add(&store, address.clone(), String::new(), password.clone());
            added.await.unwrap();
            assert!(fits().await, "{stored}");
            let changed = store.set_password(&address, &password, salt());
            changed.await.unwrap();
            assert!(fits().await, "{stored}");
        }
    }
}
