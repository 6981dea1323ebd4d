//! `glasspost account` and `glasspost domain`. Safe beside a running server: both use the same
//! store.

use crate::cli::{StoreArgs, password_or_stdin, print_line, text, with_store};
use crate::secrets::{self, AppPasswordCommand};
use clap::Subcommand;
use mail::{Address, Domain, Secret};
use std::path::PathBuf;
use store::{NewAccount, Store};
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

/// A quota: a number of bytes, with an optional suffix k, M, G or T for powers of 1024; or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota(Option<u64>);

/// Why a text is not a [`Quota`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuotaError {
    /// Neither a number with a suffix nor `none`.
    Syntax,
    /// More bytes than 64 bits can count.
    TooLarge,
}

impl std::fmt::Display for QuotaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            QuotaError::Syntax => "a quota is a number of bytes, such as 500M or 2G, or none",
            QuotaError::TooLarge => "the quota is too large",
        })
    }
}

impl std::error::Error for QuotaError {}

impl std::str::FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Quota, QuotaError> {
        if text == "none" {
            return Ok(Quota(None));
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let power = match &text[digits.len()..] {
            "" => 0,
            "k" | "K" => 1,
            "M" => 2,
            "G" => 3,
            "T" => 4,
            _ => return Err(QuotaError::Syntax),
        };
        let number: u64 = digits.parse().map_err(|_| QuotaError::Syntax)?;
        number
            .checked_mul(1 << (10 * power))
            .map(|bytes| Quota(Some(bytes)))
            .ok_or(QuotaError::TooLarge)
    }
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
    let domain = address
        .domain()
        .ok_or("an account address must have a domain")?
        .clone();
    store.add_domain(&domain).await.map_err(text)?;
    let new = NewAccount {
        address,
        name,
        password,
    };
    store
        .add_account(new, salt(), SystemClock.now())
        .await
        .map(drop)
        .map_err(text)
}

/// After how many accounts an import says how far it is.
const IMPORT_REPORT_EVERY: usize = 100;

fn import(file: &std::path::Path, args: &StoreArgs) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    // The whole file is checked before the first account is created.
    let rows = read_list(&text).map_err(|e| format!("{}:{e}", file.display()))?;
    let (created, failed) = with_store(args, async |store| {
        let (mut created, mut failed) = (0, Vec::new());
        let total = rows.len();
        for (index, (line, address, password, name)) in rows.into_iter().enumerate() {
            // Each password is hashed, which takes a while.
            if let Some(progress) = import_progress(index, total) {
                print_line(&progress);
            }
            match add(&store, address, name, password).await {
                Ok(()) => created += 1,
                Err(why) => failed.push(format!("{}:{line}: {why}", file.display())),
            }
        }
        Ok((created, failed))
    })?;
    print_line(&format!(
        "{created} {} created",
        if created == 1 { "account" } else { "accounts" }
    ));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\nglasspost: "))
    }
}

// What an import says before it creates the account of this index.
fn import_progress(index: usize, total: usize) -> Option<String> {
    let says = index > 0 && index.is_multiple_of(IMPORT_REPORT_EVERY);
    says.then(|| format!("{index} of {total}"))
}

type Row = (usize, Address, Secret, String);

// RFC 4180, but without line breaks inside a field. A first line `address,password,name` is a
// header.
fn read_list(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields = split_csv(line).ok_or_else(|| format!("{}: unclosed quote", index + 1))?;
        if line.trim().is_empty()
            || (index == 0 && fields[0].trim().eq_ignore_ascii_case("address"))
        {
            continue;
        }
        let fault = |why: &str| format!("{}: {why}", index + 1);
        let address = fields[0]
            .trim()
            .parse::<Address>()
            .map_err(|e| fault(&e.to_string()))?;
        let password = fields
            .get(1)
            .filter(|p| !p.is_empty())
            .ok_or_else(|| fault("missing password"))?;
        let name = fields
            .get(2)
            .map(|n| n.trim().to_owned())
            .unwrap_or_default();
        rows.push((index + 1, address, Secret::new(password.as_str()), name));
    }
    Ok(rows)
}

fn split_csv(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
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

    #[test]
    fn an_import_says_how_far_it_is_after_each_hundred() {
        let lines: Vec<String> = (0..250).filter_map(|i| import_progress(i, 250)).collect();
        assert_eq!(lines, ["100 of 250", "200 of 250"]);
        assert_eq!((0..100).find_map(|i| import_progress(i, 100)), None);
    }

    #[test]
    fn reads_a_list_with_header_quotes_and_chinese_names() {
        let rows = read_list(
            "\u{feff}address,password,name\r\na@x.test,\"p,\"\"1\",王小明\r\n\r\nb@x.test,p2\r\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].0, rows[0].2.reveal(), rows[0].3.as_str()),
            (2, b"p,\"1".as_slice(), "王小明")
        );
        assert_eq!(
            (rows[1].1.to_string(), rows[1].3.as_str()),
            ("b@x.test".into(), "")
        );
    }

    #[test]
    fn reads_quotas() {
        for (text, bytes) in [
            ("none", Some(None)),
            ("500", Some(Some(500))),
            ("2k", Some(Some(2048))),
            ("500M", Some(Some(500 << 20))),
            ("2G", Some(Some(2 << 30))),
            ("2GB", None),
            ("-1", None),
            ("", None),
            ("99999999T", None),
        ] {
            assert_eq!(text.parse::<Quota>().ok().map(|q| q.0), bytes, "{text}");
        }
    }

    #[test]
    fn reports_the_line_of_an_error() {
        for (text, message) in [
            (
                "a@x.test,p\nnobody,p",
                "2: an address needs an @ with a domain behind it",
            ),
            ("a@x.test", "1: missing password"),
            ("a@x.test,\"p", "1: unclosed quote"),
        ] {
            assert_eq!(read_list(text).err().as_deref(), Some(message));
        }
    }
}
