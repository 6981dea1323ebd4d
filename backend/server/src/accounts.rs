//! Accounts and domains by command line. Works beside a running server: both read the same store.

use crate::secrets::AppPasswordCommand;
use crate::{Where, host, secrets};
use clap::Subcommand;
use mail::{Address, Domain, Secret};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use store::{NewAccount, Store};
use world::real::{SystemChance, SystemClock};
use world::{Clock, Rng};

/// `glasspost account …`
#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account. Its domain is added where it is new.
    Add {
        /// alice@example.org
        address: Address,
        /// The person's name.
        #[arg(long, default_value = "")]
        name: String,
        /// The password; without it, one line is read from standard input.
        #[arg(long)]
        password: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// List all accounts.
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Change a password.
    Password {
        /// Whose.
        address: Address,
        /// The password; without it, one line is read from standard input.
        #[arg(long)]
        password: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Passwords for single programs, which can be taken back one by one.
    #[command(subcommand)]
    AppPassword(AppPasswordCommand),
    /// Give an account a secret for CRAM-MD5, another one than its password. It is kept readable.
    SharedSecret {
        /// Whose.
        address: Address,
        /// The secret; without it, one line is read from standard input.
        #[arg(long, conflicts_with = "remove")]
        secret: Option<String>,
        /// Take it away.
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        place: Where,
    },
    /// Remove an account with all its mail.
    Remove {
        /// Which.
        address: Address,
        #[command(flatten)]
        place: Where,
    },
    /// How much an account may keep, and how much it does; with a number, set it.
    Quota {
        /// Whose.
        address: Address,
        /// Octets: 500M, 2G, or none.
        quota: Option<Quota>,
        #[command(flatten)]
        place: Where,
    },
    /// Make the accounts of a list: a CSV file with lines of address,password,name.
    Import {
        /// The file, UTF-8.
        file: PathBuf,
        #[command(flatten)]
        place: Where,
    },
}

/// How much an account may keep: a number of octets, with k, M, G or T for powers of 1024; or
/// `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota(Option<u64>);

impl std::str::FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Quota, String> {
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
            _ => return Err("a quota is a number of octets, such as 500M or 2G, or none".into()),
        };
        let number: u64 = digits
            .parse()
            .map_err(|_| "a quota is a number of octets, such as 500M or 2G, or none")?;
        number
            .checked_mul(1 << (10 * power))
            .map(|bytes| Quota(Some(bytes)))
            .ok_or_else(|| "that is too much".into())
    }
}

/// `glasspost domain …`
#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Take mail for a domain.
    Add {
        /// example.org
        domain: Domain,
        #[command(flatten)]
        place: Where,
    },
    /// List the domains.
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Take no more mail for a domain.
    Remove {
        /// example.org
        domain: Domain,
        #[command(flatten)]
        place: Where,
    },
}

pub(crate) fn with_store<T>(
    place: &Where,
    work: impl AsyncFnOnce(Store) -> Result<T, String>,
) -> Result<T, String> {
    let (data, scram_iterations) = (place.data()?, place.scram_iterations()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async { work(host::open_store(&data, scram_iterations).await?).await })
}

#[expect(clippy::print_stdout, reason = "the answer to a command")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

pub(crate) fn words(e: impl std::fmt::Display) -> String {
    e.to_string()
}

/// Carries out `glasspost account …`.
///
/// # Errors
/// A sentence.
pub(crate) fn account(command: &AccountCommand) -> Result<(), String> {
    match command {
        AccountCommand::Add {
            address,
            name,
            password,
            place,
        } => {
            let password = ask_password(password.as_deref())?;
            with_store(place, async |store| {
                add(&store, address.clone(), name.clone(), password).await
            })?;
            say(&format!("{address} is there"));
        }
        AccountCommand::List { place } => {
            for account in with_store(place, async |store| store.accounts().await.map_err(words))? {
                say(&format!("{}\t{}", account.address, account.name));
            }
        }
        AccountCommand::Password {
            address,
            password,
            place,
        } => {
            let password = ask_password(password.as_deref())?;
            with_store(place, async |store| {
                store
                    .set_password(address, &password, salt())
                    .await
                    .map_err(words)
            })?;
            say(&format!("{address} has a new password"));
        }
        AccountCommand::AppPassword(command) => secrets::app_password(command)?,
        AccountCommand::SharedSecret {
            address,
            secret,
            remove,
            place,
        } => {
            secrets::shared_secret(address, secret.as_deref(), *remove, place)?;
        }
        AccountCommand::Remove { address, place } => {
            with_store(place, async |store| {
                store.remove_account(address).await.map_err(words)
            })?;
            say(&format!("{address} is gone"));
        }
        AccountCommand::Quota {
            address,
            quota,
            place,
        } => say(&with_store(place, async |store| {
            set_quota(&store, address, *quota).await
        })?),
        AccountCommand::Import { file, place } => import(file, place)?,
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
        .map_err(words)?
        .ok_or_else(|| format!("{address} does not exist"))?;
    if let Some(Quota(bytes)) = quota {
        store.set_quota(account.id, bytes).await.map_err(words)?;
    }
    let quota = quota.map_or(account.quota_bytes, |Quota(bytes)| bytes);
    let used = store.used_bytes(account.id).await.map_err(words)?;
    let quota = quota.map_or_else(
        || "as much as there is room for".to_owned(),
        |bytes| format!("{bytes} octets"),
    );
    Ok(format!(
        "{address} keeps {used} octets and may keep {quota}"
    ))
}

/// Carries out `glasspost domain …`.
///
/// # Errors
/// A sentence.
pub(crate) fn domain(command: &DomainCommand) -> Result<(), String> {
    match command {
        DomainCommand::Add { domain, place } => with_store(place, async |store| {
            store.add_domain(domain).await.map_err(words)
        })?,
        DomainCommand::Remove { domain, place } => with_store(place, async |store| {
            store.remove_domain(domain).await.map_err(words)
        })?,
        DomainCommand::List { place } => {
            for domain in with_store(place, async |store| store.domains().await.map_err(words))? {
                say(domain.as_str());
            }
        }
    }
    Ok(())
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    SystemChance::default().fill(&mut salt);
    salt
}

/// Makes an account; its domain is added where it is new.
///
/// # Errors
/// A sentence.
pub(crate) async fn add(
    store: &Store,
    address: Address,
    name: String,
    password: Secret,
) -> Result<(), String> {
    let domain = address
        .domain()
        .ok_or("an account needs an address with a domain")?
        .clone();
    store.add_domain(&domain).await.map_err(words)?;
    let new = NewAccount {
        address,
        name,
        password,
    };
    store
        .add_account(new, salt(), SystemClock.now())
        .await
        .map(drop)
        .map_err(words)
}

#[expect(clippy::print_stderr, reason = "a prompt")]
pub(crate) fn ask_password(given: Option<&str>) -> Result<Secret, String> {
    if let Some(password) = given {
        return Ok(Secret::new(password));
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("password: ");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).map_err(words)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

fn import(file: &std::path::Path, place: &Where) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    // The whole list is looked at before the first account is made.
    let rows = read_list(&text).map_err(|e| format!("{}:{e}", file.display()))?;
    let (made, failed) = with_store(place, async |store| {
        let (mut made, mut failed) = (0, Vec::new());
        for (line, address, password, name) in rows {
            match add(&store, address, name, password).await {
                Ok(()) => made += 1,
                Err(why) => failed.push(format!("{}:{line}: {why}", file.display())),
            }
        }
        Ok((made, failed))
    })?;
    say(&format!("{made} accounts made"));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\nglasspost: "))
    }
}

type Row = (usize, Address, Secret, String);

// RFC 4180 without line breaks inside a field; a first line `address,password,name` is a heading.
fn read_list(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields =
            split_csv(line).ok_or_else(|| format!("{}: a quote is not closed", index + 1))?;
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
            .ok_or_else(|| fault("a password is missing"))?;
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

    #[test]
    fn reads_a_class_list_with_heading_quotes_and_chinese_names() {
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
    fn says_on_which_line_a_list_is_wrong() {
        for (text, told) in [
            (
                "a@x.test,p\nnobody,p",
                "2: an address needs an @ with a domain behind it",
            ),
            ("a@x.test", "1: a password is missing"),
            ("a@x.test,\"p", "1: a quote is not closed"),
        ] {
            assert_eq!(read_list(text).err().as_deref(), Some(told));
        }
    }
}
