//! `glasspost dkim`: creates, rotates and retires signing keys, and prints their DNS records. A
//! rotation has two steps, so that no message is signed with a key that is not published yet. Safe
//! beside a running server, which reads the keys for every message.

use crate::cli::{StoreArgs, print_line, text, with_store};
use crate::zone_file::{key_name, quoted, zone_line};
use auth::dkim::{Algorithm, PrivateKey};
use clap::Subcommand;
use mail::{Domain, Time};
use store::{SigningKey, SigningState, Store};
use world::real::{SystemClock, SystemRng};
use world::{Clock, Rng};

/// `glasspost dkim …`
#[derive(Subcommand)]
pub(crate) enum DkimCommand {
    /// Create the first keys of a domain (RSA 2048 and Ed25519) and start signing
    #[command(name = "create", visible_alias = "make")]
    Create {
        #[command(flatten)]
        selection: DomainSelection,
    },
    /// List all keys
    List {
        #[command(flatten)]
        args: StoreArgs,
    },
    /// Rotate keys: run once to create new keys, and again once they are published
    Rotate {
        #[command(flatten)]
        selection: DomainSelection,
        /// Do both steps now; receivers may not find the new keys yet
        #[arg(long)]
        at_once: bool,
    },
    /// Delete a key that no longer signs
    Retire {
        /// Selector of the key
        selector: String,
        #[command(flatten)]
        selection: DomainSelection,
    },
    /// Print the DNS records of all keys as a zone file
    Zone {
        #[command(flatten)]
        args: StoreArgs,
    },
}

/// The domain whose keys are meant.
#[derive(clap::Args)]
pub(crate) struct DomainSelection {
    /// Domain; optional if there is only one
    #[arg(long)]
    domain: Option<Domain>,
    #[command(flatten)]
    args: StoreArgs,
}

/// Runs `glasspost dkim …`.
///
/// # Errors
/// A message for the user.
pub(crate) fn dkim(command: &DkimCommand) -> Result<(), String> {
    let now = SystemClock.now();
    match command {
        DkimCommand::Create { selection } => {
            let keys = with_store(&selection.args, async |store| {
                create(&store, &selection.of(&store).await?, now).await
            })?;
            print_line("; these keys are in use now; publish their records:");
            print_records(&keys);
        }
        DkimCommand::Rotate { selection, at_once } => {
            let (instruction, keys) = with_store(&selection.args, async |store| {
                rotate(&store, &selection.of(&store).await?, now, *at_once).await
            })?;
            print_line(instruction);
            print_records(&keys);
        }
        DkimCommand::Retire {
            selector,
            selection,
        } => {
            let name = with_store(&selection.args, async |store| {
                retire(&store, &selection.of(&store).await?, selector).await
            })?;
            print_line(&format!("{name} deleted; remove its record from DNS"));
        }
        DkimCommand::List { args } => {
            for key in with_store(args, async |store| {
                store.all_signing_keys().await.map_err(text)
            })? {
                let state = format!("{:?}", key.state).to_lowercase();
                print_line(&format!(
                    "{}\t{}\t{}\t{state} since {}",
                    key.domain,
                    key.selector,
                    key.algorithm,
                    key.since.rfc3339()
                ));
            }
        }
        DkimCommand::Zone { args } => {
            print_records(&with_store(args, async |store| {
                store.all_signing_keys().await.map_err(text)
            })?);
        }
    }
    Ok(())
}

fn print_records(keys: &[SigningKey]) {
    for key in keys {
        print_line(&zone_line(&key_name(key), "TXT", &quoted(&key.record)));
    }
}

impl DomainSelection {
    async fn of(&self, store: &Store) -> Result<Domain, String> {
        let domains = store.domains().await.map_err(text)?;
        match (&self.domain, domains.as_slice()) {
            (Some(domain), all) if all.contains(domain) => Ok(domain.clone()),
            (Some(domain), _) => Err(format!(
                "{domain} is not a local domain; add it with `glasspost domain add {domain}`"
            )),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err("there are no local domains".into()),
            (None, _) => Err("there are several local domains; choose one with --domain".into()),
        }
    }
}

async fn create(store: &Store, domain: &Domain, now: Time) -> Result<Vec<SigningKey>, String> {
    let known = store.signing_keys(domain).await.map_err(text)?;
    if known.iter().any(|k| k.state != SigningState::Old) {
        return Err(format!(
            "{domain} already has keys; replace them with `glasspost dkim rotate`"
        ));
    }
    let keys = new_keys(domain, &known, SigningState::Active, now)?;
    store.keep_signing_keys(&keys).await.map_err(text)?;
    Ok(keys)
}

// Returns an instruction for the user, and the keys to publish.
async fn rotate(
    store: &Store,
    domain: &Domain,
    now: Time,
    at_once: bool,
) -> Result<(&'static str, Vec<SigningKey>), String> {
    let mut keys = store.signing_keys(domain).await.map_err(text)?;
    if !keys.iter().any(|k| k.state == SigningState::Active) {
        return Err(format!(
            "{domain} has no keys; create them with `glasspost dkim create`"
        ));
    }
    let waits = keys.iter().any(|k| k.state == SigningState::Waiting);
    if !waits {
        let new = new_keys(domain, &keys, SigningState::Waiting, now)?;
        keys.extend(new.iter().cloned());
        if !at_once {
            store.keep_signing_keys(&new).await.map_err(text)?;
            return Ok((
                "; new keys: publish their records, wait for DNS to propagate, then run `glasspost dkim rotate` again",
                new,
            ));
        }
    }
    for key in &mut keys {
        let next = match key.state {
            SigningState::Waiting => SigningState::Active,
            SigningState::Active => SigningState::Old,
            SigningState::Old => continue,
        };
        (key.state, key.since) = (next, now);
    }
    store.keep_signing_keys(&keys).await.map_err(text)?;
    keys.retain(|k| k.state != SigningState::Old || k.since == now);
    Ok((
        "; the new keys are in use now; keep the old records published for a week, then run `glasspost dkim retire`",
        keys,
    ))
}

async fn retire(store: &Store, domain: &Domain, selector: &str) -> Result<String, String> {
    let keys = store.signing_keys(domain).await.map_err(text)?;
    let key = keys
        .iter()
        .find(|k| k.selector == selector)
        .ok_or_else(|| format!("{domain} has no key {selector}"))?;
    if key.state == SigningState::Active {
        return Err(format!(
            "{} is in use; run `glasspost dkim rotate` first",
            key_name(key)
        ));
    }
    store
        .remove_signing_key(domain, selector)
        .await
        .map_err(text)?;
    Ok(key_name(key))
}

// One key per algorithm; the selector is the date and a letter for the algorithm.
fn new_keys(
    domain: &Domain,
    known: &[SigningKey],
    state: SigningState,
    now: Time,
) -> Result<Vec<SigningKey>, String> {
    let mut seed = [0; 32];
    SystemRng::default().fill(&mut seed);
    let generated = [
        (
            Algorithm::RsaSha256,
            "r",
            PrivateKey::new_rsa_der().map_err(text)?,
        ),
        (
            Algorithm::Ed25519Sha256,
            "e",
            PrivateKey::ed25519_der(&seed),
        ),
    ];
    let (year, month, day, ..) = now.civil();
    let mut keys = Vec::new();
    for (algorithm, suffix, private) in generated {
        let base = format!("{year:04}{month:02}{day:02}{suffix}");
        let mut selector = base.clone();
        let mut number = 1;
        while known.iter().any(|k| k.selector == selector) {
            number += 1;
            selector = format!("{base}{number}");
        }
        let record = PrivateKey::from_der(algorithm, &private)
            .map_err(text)?
            .record();
        let algorithm = algorithm.as_str().to_owned();
        keys.push(SigningKey {
            domain: domain.clone(),
            selector,
            algorithm,
            private,
            record,
            state,
            created: now,
            since: now,
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::PasswordCost;

    fn states(keys: &[SigningKey]) -> Vec<(&str, SigningState)> {
        keys.iter()
            .map(|k| (k.selector.as_str(), k.state))
            .collect()
    }

    // Generating keys is slow without optimization: one test for the whole life cycle.
    #[tokio::test]
    async fn keys_are_created_rotated_in_two_steps_and_retired() {
        use SigningState::{Active, Old, Waiting};
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let domain: Domain = "a.test".parse().unwrap();
        let day = |n| Time::from_civil(2026, 11, n, 0, 0, 0);
        let created = create(&store, &domain, day(1)).await.unwrap();
        assert_eq!(
            states(&created),
            [("20261101r", Active), ("20261101e", Active)]
        );
        assert!(
            create(&store, &domain, day(1))
                .await
                .unwrap_err()
                .contains("already has keys")
        );
        let (instruction, new) = rotate(&store, &domain, day(1), false).await.unwrap();
        assert!(instruction.contains("publish their records"));
        assert_eq!(
            states(&new),
            [("20261101r2", Waiting), ("20261101e2", Waiting)]
        );
        let (_, all) = rotate(&store, &domain, day(3), false).await.unwrap();
        assert_eq!(all.len(), 4);
        let kept = store.signing_keys(&domain).await.unwrap();
        assert_eq!(
            states(&kept),
            [
                ("20261101e", Old),
                ("20261101e2", Active),
                ("20261101r", Old),
                ("20261101r2", Active)
            ]
        );
        assert!(
            retire(&store, &domain, "20261101r2")
                .await
                .unwrap_err()
                .contains("is in use")
        );
        assert_eq!(
            retire(&store, &domain, "20261101r").await.unwrap(),
            "20261101r._domainkey.a.test"
        );
        assert_eq!(store.signing_keys(&domain).await.unwrap().len(), 3);
        assert!(retire(&store, &domain, "zzz").await.is_err());
    }
}
