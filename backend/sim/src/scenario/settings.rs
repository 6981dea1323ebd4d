//! How a scenario's hosts are set up: `[host.settings]` in the words of the server's own
//! configuration file (`docs/CONFIG.md`), and what the server keeps in its store instead: quotas,
//! shared secrets, aliases, signing keys. Settings are kept as they are written, so that an edit
//! changes one key of them; what they mean is said by [`node::settings`] alone.

use super::publish;
use super::run::{RunError, broken};
use super::spec::HostSpec;
use crate::rng::Seeded;
use mail::{Address, Domain, Secret, Time};
use node::NodeConfig;
use node::outbound::Srs;
use node::settings::Settings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use store::{Account, AliasName, PasswordCost, SigningKey, SigningState, Store};
use world::Rng;

/// Sections of settings, as they are written.
pub type Sections = Map<String, Value>;

/// `[[host.alias]]`: mail for an address of the host's domains goes to others, here or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasSpec {
    /// `team@b.test`, or `@b.test` for all that nobody else has.
    pub name: String,
    /// To whom.
    pub to: Vec<String>,
}

/// `[[host.dkim]]`: a key with which the host signs. Its record stands in a zone as
/// `{dkim:selector@domain}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSpec {
    /// Whose messages it signs.
    pub domain: String,
    /// Under which name it is published.
    pub selector: String,
    /// It signs; otherwise it is only there (not yet, or no more).
    #[serde(default = "yes")]
    pub signs: bool,
}

fn yes() -> bool {
    true
}

/// Reads settings, and says what is wrong with them.
///
/// # Errors
/// A sentence.
pub(super) fn understood(sections: &Sections) -> Result<Settings, String> {
    let settings: Settings =
        serde_json::from_value(Value::Object(sections.clone())).map_err(|e| e.to_string())?;
    settings.check().map(|()| settings)
}

/// Changes settings: tables are merged key by key, anything else is put in the place of what was
/// there.
pub(super) fn merge(into: &mut Sections, edit: &Sections) {
    for (key, new) in edit {
        match (into.get_mut(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            _ => drop(into.insert(key.clone(), new.clone())),
        }
    }
}

// RFC 7677 §4: no client takes fewer.
const SCRAM_ITERATIONS_SHOWN: u32 = 4096;

fn wrong(host: &HostSpec, what: &str, why: &dyn fmt::Display) -> RunError {
    broken(&format!("{}: {what}", host.name), why)
}

/// Whether the scenario is about how people sign in: then the keys of SCRAM are made, which is most
/// of the work of a run.
pub(super) fn speaks_of_logins(sections: &Sections) -> bool {
    sections
        .get("login")
        .is_some_and(|login| login.get("mechanisms").is_some())
}

/// What a password costs on such a host, or on any other.
pub(super) fn password_cost(sections: &Sections) -> PasswordCost {
    let scram_iterations = if speaks_of_logins(sections) {
        SCRAM_ITERATIONS_SHOWN
    } else {
        0
    };
    PasswordCost {
        scram_iterations,
        ..PasswordCost::NONE
    }
}

/// The host's own form of its settings, as the server makes it of its file.
pub(super) async fn node_config(
    store: &Store,
    seed: u64,
    host: &HostSpec,
    sections: &Sections,
) -> Result<NodeConfig, RunError> {
    let settings = understood(sections).map_err(|e| wrong(host, "settings", &e))?;
    let name = Domain::new(&host.name).map_err(|e| broken(&host.name, e))?;
    let no_files =
        |_: &std::path::Path| Err("there are no files in the Lab; write password".to_owned());
    let mut config = settings
        .node(&name, &no_files)
        .map_err(|e| wrong(host, "settings", &e))?;
    config.outbound.own = vec![SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25)];
    let first = host.domains.first().and_then(|d| Domain::new(d).ok());
    if let Some(domain) = settings
        .outbound
        .srs_domain
        .clone()
        .or(first)
        .filter(|_| settings.outbound.srs)
    {
        // Not of the host's own stream: whether senders are rewritten moves no other draw.
        let fresh = draw(seed, &format!("srs {}", host.name));
        let secret = store
            .sending_secret(fresh)
            .await
            .map_err(|e| wrong(host, "settings", &e))?;
        config.outbound.srs = Some(Srs::new(Secret::new(secret), domain));
    }
    Ok(config)
}

/// 32 octets of chance under a name of their own.
pub(super) fn draw(seed: u64, name: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    Seeded::new(seed, name).fill(&mut bytes);
    bytes
}

/// Keeps what a host has besides its domains and people: quotas, shared secrets, aliases, keys.
pub(super) async fn keep(
    store: &Store,
    seed: u64,
    host: &HostSpec,
    now: Time,
) -> Result<(), RunError> {
    for person in &host.people {
        let address: Address = person
            .address
            .parse()
            .map_err(|_| wrong(host, &person.address, &"no address"))?;
        if let Some(quota) = person.quota {
            set_quota(store, &person.address, Some(quota)).await?;
        }
        for further in &person.addresses {
            let (own, further) = (
                account_of(store, &person.address).await?,
                further
                    .parse()
                    .map_err(|_| wrong(host, further, &"no address"))?,
            );
            store
                .add_alias(own.id, further)
                .await
                .map_err(|e| wrong(host, &person.address, &e))?;
        }
        if let Some(secret) = &person.shared_secret {
            let kept = store
                .set_shared_secret(&address, Some(&Secret::new(secret.as_bytes())))
                .await;
            kept.map_err(|e| wrong(host, &person.address, &e))?;
        }
    }
    for alias in &host.aliases {
        set_alias(store, &alias.name, &alias.to).await?;
    }
    for key in &host.dkim {
        keep_key(store, seed, key, now).await?;
    }
    Ok(())
}

async fn account_of(store: &Store, person: &str) -> Result<Account, RunError> {
    let address: Address = person.parse().map_err(|_| broken(person, "no address"))?;
    let account = store
        .account_of(&address)
        .await
        .map_err(|e| broken(person, e))?;
    account.ok_or_else(|| broken(person, "nobody has this address there"))
}

/// Limits what a person may keep.
pub(super) async fn set_quota(
    store: &Store,
    person: &str,
    bytes: Option<u64>,
) -> Result<(), RunError> {
    let account = account_of(store, person).await?;
    store
        .set_quota(account.id, bytes)
        .await
        .map_err(|e| broken(person, e))
}

/// What stands on the left of an alias.
pub(super) fn alias_name(name: &str) -> Result<AliasName, RunError> {
    name.parse().map_err(|e: String| broken(name, e))
}

/// Lets an alias lead to these and nobody else; without any it is gone.
pub(super) async fn set_alias(store: &Store, name: &str, to: &[String]) -> Result<(), RunError> {
    let alias = alias_name(name)?;
    let targets = to
        .iter()
        .map(|t| t.parse::<Address>().map_err(|e| broken(t, e)))
        .collect::<Result<Vec<_>, _>>()?;
    if store
        .aliases()
        .await
        .map_err(|e| broken(name, e))?
        .iter()
        .any(|known| known.name == alias)
    {
        store
            .remove_targets(&alias, &[])
            .await
            .map_err(|e| broken(name, e))?;
    }
    if !targets.is_empty() {
        store
            .add_targets(&alias, &targets)
            .await
            .map_err(|e| broken(name, e))?;
    }
    Ok(())
}

/// Keeps a key, or changes whether it signs.
pub(super) async fn keep_key(
    store: &Store,
    seed: u64,
    spec: &SigningSpec,
    now: Time,
) -> Result<(), RunError> {
    let name = format!("{}@{}", spec.selector, spec.domain);
    let domain = Domain::new(&spec.domain).map_err(|e| broken(&name, e))?;
    let publish::Key {
        algorithm,
        private,
        record,
    } = publish::key(seed, &name)?;
    let state = if spec.signs {
        SigningState::Active
    } else {
        SigningState::Old
    };
    let key = SigningKey {
        domain,
        selector: spec.selector.clone(),
        algorithm,
        private,
        record,
        state,
        created: now,
        since: now,
    };
    store
        .keep_signing_keys(&[key])
        .await
        .map_err(|e| broken(&name, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sections(value: Value) -> Sections {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn nothing_said_is_the_server_as_it_comes() {
        let settings = understood(&Sections::new()).unwrap();
        let made = settings
            .node(&"mx.a.test".parse().unwrap(), &|_| Err(String::new()))
            .unwrap();
        assert_eq!(
            format!("{made:?}"),
            format!("{:?}", NodeConfig::new("mx.a.test".parse().unwrap()))
        );
    }

    #[test]
    fn an_edit_changes_one_key_and_leaves_the_others() {
        let mut old = sections(
            json!({"door": {"greylist": {"enabled": true, "delay": "1m"}, "score_junk": 3}}),
        );
        merge(
            &mut old,
            &sections(
                json!({"door": {"greylist": {"enabled": false}}, "auth": {"spf": "enforce"}}),
            ),
        );
        let wanted = json!({"door": {"greylist": {"enabled": false, "delay": "1m"}, "score_junk": 3}, "auth": {"spf": "enforce"}});
        assert_eq!(Value::Object(old), wanted);
    }

    #[test]
    fn what_the_server_would_not_understand_is_refused() {
        for (settings, told) in [
            (
                json!({"door": {"greylisting": true}}),
                "unknown field `greylisting`",
            ),
            (json!({"dor": {}}), "unknown field `dor`"),
            (
                json!({"auth": {"dkim": "enforce"}}),
                "unknown variant `enforce`",
            ),
            (
                json!({"door": {"score_junk": 99}}),
                "score_junk must not be above",
            ),
        ] {
            let why = understood(&sections(settings)).err().unwrap_or_default();
            assert!(why.contains(told), "{why}");
        }
    }
}
