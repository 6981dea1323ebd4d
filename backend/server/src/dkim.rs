//! Signing keys by command line: made, rotated in two steps so that no message is signed with a key
//! that nobody can find yet, retired, and printed for DNS. Works beside a running server: it reads
//! the keys for every message.

use crate::accounts::{say, with_store, words};
use crate::{Where, dns};
use auth::dkim::{Algorithm, PrivateKey};
use clap::Subcommand;
use mail::{Domain, Time};
use store::{SigningKey, SigningState, Store};
use world::real::{SystemChance, SystemClock};
use world::{Clock, Rng};

/// `glasspost dkim …`
#[derive(Subcommand)]
pub(crate) enum DkimCommand {
    /// Make the first keys of a domain, RSA of 2048 bits and Ed25519, and sign with them from now
    /// on.
    Make {
        #[command(flatten)]
        whose: ResolvedAddress,
    },
    /// List all keys.
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Change keys: the first time new ones are made, to be published; the second time they sign,
    /// and the former ones stay published.
    Rotate {
        #[command(flatten)]
        whose: ResolvedAddress,
        /// Both steps now: messages may be signed before everybody can find the new keys.
        #[arg(long)]
        at_once: bool,
    },
    /// Forget a key that signs no more; take its record out of DNS as well.
    Retire {
        /// Its selector.
        selector: String,
        #[command(flatten)]
        whose: ResolvedAddress,
    },
    /// Print the records of all keys as a zone file.
    Zone {
        #[command(flatten)]
        place: Where,
    },
}

/// For which domain.
#[derive(clap::Args)]
pub(crate) struct ResolvedAddress {
    /// example.org; may be left out where there is only one.
    #[arg(long)]
    domain: Option<Domain>,
    #[command(flatten)]
    place: Where,
}

/// Carries out `glasspost dkim …`.
///
/// # Errors
/// A sentence.
pub(crate) fn dkim(command: &DkimCommand) -> Result<(), String> {
    let now = SystemClock.now();
    match command {
        DkimCommand::Make { whose } => {
            let keys = with_store(&whose.place, async |store| {
                make(&store, &whose.of(&store).await?, now).await
            })?;
            say("; these keys sign from now on; publish them:");
            say_records(&keys);
        }
        DkimCommand::Rotate { whose, at_once } => {
            let (told, keys) = with_store(&whose.place, async |store| {
                rotate(&store, &whose.of(&store).await?, now, *at_once).await
            })?;
            say(told);
            say_records(&keys);
        }
        DkimCommand::Retire { selector, whose } => {
            let name = with_store(&whose.place, async |store| {
                retire(&store, &whose.of(&store).await?, selector).await
            })?;
            say(&format!("{name} is forgotten; take its record out of DNS"));
        }
        DkimCommand::List { place } => {
            for key in with_store(place, async |store| {
                store.all_signing_keys().await.map_err(words)
            })? {
                let state = format!("{:?}", key.state).to_lowercase();
                say(&format!(
                    "{}\t{}\t{}\t{state} since {}",
                    key.domain,
                    key.selector,
                    key.algorithm,
                    key.since.rfc3339()
                ));
            }
        }
        DkimCommand::Zone { place } => {
            say_records(&with_store(place, async |store| {
                store.all_signing_keys().await.map_err(words)
            })?);
        }
    }
    Ok(())
}

fn say_records(keys: &[SigningKey]) {
    for key in keys {
        say(&dns::zone_line(
            &name_of(key),
            "TXT",
            &dns::quoted(&key.record),
        ));
    }
}

/// Where a key is published.
pub(crate) fn name_of(key: &SigningKey) -> String {
    format!("{}._domainkey.{}", key.selector, key.domain)
}

impl ResolvedAddress {
    async fn of(&self, store: &Store) -> Result<Domain, String> {
        let domains = store.domains().await.map_err(words)?;
        match (&self.domain, domains.as_slice()) {
            (Some(domain), all) if all.contains(domain) => Ok(domain.clone()),
            (Some(domain), _) => Err(format!(
                "{domain} is no domain of this host; `glasspost domain add {domain}` makes it one"
            )),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err("this host has no domain yet".into()),
            (None, _) => Err("name the domain by --domain".into()),
        }
    }
}

async fn make(store: &Store, domain: &Domain, now: Time) -> Result<Vec<SigningKey>, String> {
    let known = store.signing_keys(domain).await.map_err(words)?;
    if known.iter().any(|k| k.state != SigningState::Old) {
        return Err(format!(
            "{domain} has keys already; `glasspost dkim rotate` changes them"
        ));
    }
    let keys = new_keys(domain, &known, SigningState::Active, now)?;
    store.keep_signing_keys(&keys).await.map_err(words)?;
    Ok(keys)
}

// What is to be told, and the keys that are to be published.
async fn rotate(
    store: &Store,
    domain: &Domain,
    now: Time,
    at_once: bool,
) -> Result<(&'static str, Vec<SigningKey>), String> {
    let mut keys = store.signing_keys(domain).await.map_err(words)?;
    if !keys.iter().any(|k| k.state == SigningState::Active) {
        return Err(format!(
            "{domain} has no keys; `glasspost dkim make` makes them"
        ));
    }
    let waits = keys.iter().any(|k| k.state == SigningState::Waiting);
    if !waits {
        let new = new_keys(domain, &keys, SigningState::Waiting, now)?;
        keys.extend(new.iter().cloned());
        if !at_once {
            store.keep_signing_keys(&new).await.map_err(words)?;
            return Ok((
                "; new keys; publish them, wait until everybody can see them, and say `glasspost dkim rotate` again:",
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
    store.keep_signing_keys(&keys).await.map_err(words)?;
    keys.retain(|k| k.state != SigningState::Old || k.since == now);
    Ok((
        "; the new keys sign from now on; leave the former ones published for a week, then `glasspost dkim retire` them:",
        keys,
    ))
}

async fn retire(store: &Store, domain: &Domain, selector: &str) -> Result<String, String> {
    let keys = store.signing_keys(domain).await.map_err(words)?;
    let key = keys
        .iter()
        .find(|k| k.selector == selector)
        .ok_or_else(|| format!("{domain} has no key {selector}"))?;
    if key.state == SigningState::Active {
        return Err(format!(
            "{} still signs; `glasspost dkim rotate` first",
            name_of(key)
        ));
    }
    store
        .remove_signing_key(domain, selector)
        .await
        .map_err(words)?;
    Ok(name_of(key))
}

// One of each algorithm; the selector says the day, so that one sees how old a key is.
fn new_keys(
    domain: &Domain,
    known: &[SigningKey],
    state: SigningState,
    now: Time,
) -> Result<Vec<SigningKey>, String> {
    let mut seed = [0; 32];
    SystemChance::default().fill(&mut seed);
    let made = [
        (
            Algorithm::RsaSha256,
            "r",
            PrivateKey::new_rsa_der().map_err(words)?,
        ),
        (
            Algorithm::Ed25519Sha256,
            "e",
            PrivateKey::ed25519_der(&seed),
        ),
    ];
    let (year, month, day, ..) = now.civil();
    let mut keys = Vec::new();
    for (algorithm, message, private) in made {
        let plain = format!("{year:04}{month:02}{day:02}{message}");
        let mut selector = plain.clone();
        let mut number = 1;
        while known.iter().any(|k| k.selector == selector) {
            number += 1;
            selector = format!("{plain}{number}");
        }
        let record = PrivateKey::from_der(algorithm, &private)
            .map_err(words)?
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

    // The keys' arithmetic is slow without optimization, so one life of keys is one test.
    #[tokio::test]
    async fn keys_are_made_published_before_they_sign_and_kept_until_they_are_retired() {
        use SigningState::{Active, Old, Waiting};
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let domain: Domain = "a.test".parse().unwrap();
        let day = |n| Time::from_civil(2026, 11, n, 0, 0, 0);
        let made = make(&store, &domain, day(1)).await.unwrap();
        assert_eq!(
            states(&made),
            [("20261101r", Active), ("20261101e", Active)]
        );
        assert!(
            make(&store, &domain, day(1))
                .await
                .unwrap_err()
                .contains("has keys already")
        );
        let (told, new) = rotate(&store, &domain, day(1), false).await.unwrap();
        assert!(told.contains("publish them"));
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
                .contains("still signs")
        );
        assert_eq!(
            retire(&store, &domain, "20261101r").await.unwrap(),
            "20261101r._domainkey.a.test"
        );
        assert_eq!(store.signing_keys(&domain).await.unwrap().len(), 3);
        assert!(retire(&store, &domain, "zzz").await.is_err());
    }
}
