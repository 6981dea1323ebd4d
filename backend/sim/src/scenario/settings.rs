//! Configures a scenario's hosts: `[host.settings]`, the sections of the server's configuration
//! file (`docs/CONFIG.md`), and the data in the server's store: quotas, shared secrets, aliases,
//! signing keys. Settings are kept as written, so that an edit can change one key;
//! [`node::settings`] interprets them.

use super::publish::{self, draw};
use super::spec::{HostSpec, Sections, SigningSpec, Span};
use crate::diagnose;
use crate::error::{
    Context, NameProblem, Problem, RelayFault, RunProblem, ScenarioError, SettingProblem,
    SettingRule, UrlFault, Within,
};
use mail::{Address, Domain, Secret, Time};
use node::NodeConfig;
use node::outbound::Srs;
use node::settings::{Settings, SettingsError, SettingsProblem, UrlProblem, current_key};
use serde_json::Value;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use store::{Account, AliasName, PasswordCost, SigningKey, SigningState, Store};

/// Parses and checks settings.
///
/// # Errors
/// If a key is unknown, a value has the wrong type, or values contradict each other.
pub(super) fn read(sections: &Sections) -> Result<Settings, Problem> {
    let mut sections = sections.clone();
    use_current_keys(&mut sections, &mut Vec::new());
    let value = Value::Object(sections);
    let settings: Settings =
        serde_json::from_value(value.clone()).map_err(|_| diagnose::value::<Settings>(&value))?;
    settings.check().map_err(setting)?;
    Ok(settings)
}

// Replaces the old names of renamed keys, so that files and edits of different age can be merged.
fn use_current_keys(sections: &mut Sections, path: &mut Vec<String>) {
    for (key, mut value) in std::mem::take(sections) {
        let section: Vec<&str> = path.iter().map(String::as_str).collect();
        let current = current_key(&section, &key).to_owned();
        if let Value::Object(below) = &mut value {
            path.push(current.clone());
            use_current_keys(below, path);
            path.pop();
        }
        sections.insert(current, value);
    }
}

fn setting(error: SettingsError) -> SettingProblem {
    SettingProblem {
        key: error.key.to_owned(),
        rule: rule(error.problem),
    }
}

fn rule(problem: SettingsProblem) -> SettingRule {
    match problem {
        SettingsProblem::BelowMinimum { min } => SettingRule::AtLeast(min),
        SettingsProblem::OutOfRange { min, max } => SettingRule::Between(min, max),
        SettingsProblem::TooShort { min } => SettingRule::AtLeastDuration(Span(min)),
        SettingsProblem::GreaterThan { other } => SettingRule::NotGreaterThan(other.to_owned()),
        SettingsProblem::NotShorterThan { other } => SettingRule::ShorterThan(other.to_owned()),
        SettingsProblem::Requires { other } => SettingRule::Requires(other.to_owned()),
        SettingsProblem::UnknownMechanism { name } => SettingRule::KnownMechanism(name),
        SettingsProblem::TokenMechanism { name } => SettingRule::MechanismOf {
            mechanism: name,
            key: "login.introspection_url".to_owned(),
        },
        SettingsProblem::PlusMechanism { name } => SettingRule::MechanismOf {
            mechanism: name,
            key: "login.channel_binding".to_owned(),
        },
        SettingsProblem::Url(problem) => SettingRule::Url(match problem {
            UrlProblem::NotHttps => UrlFault::NotHttps,
            UrlProblem::Port => UrlFault::Port,
            UrlProblem::Host(_) => UrlFault::Host,
            UrlProblem::Path => UrlFault::Path,
        }),
        SettingsProblem::RelayHost { host, .. } => relay(host, RelayFault::Host),
        SettingsProblem::RelayPasswordWithoutTls { host } => {
            relay(host, RelayFault::PasswordWithoutTls)
        }
        SettingsProblem::RelayPasswordWithoutUser { host } => {
            relay(host, RelayFault::PasswordWithoutUser)
        }
        SettingsProblem::RelayPasswordSource { host } => relay(host, RelayFault::PasswordMissing),
        SettingsProblem::RelayPasswordFile { .. } => SettingRule::NoFiles,
    }
}

fn relay(host: String, fault: RelayFault) -> SettingRule {
    SettingRule::Relay { host, fault }
}

/// Merges an edit into settings: tables key by key, other values by replacement.
pub(super) fn merge(into: &mut Sections, edit: &Sections) {
    let mut edit = edit.clone();
    use_current_keys(into, &mut Vec::new());
    use_current_keys(&mut edit, &mut Vec::new());
    merge_tables(into, &edit);
}

fn merge_tables(into: &mut Sections, edit: &Sections) {
    for (key, new) in edit {
        match (into.get_mut(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => merge_tables(old, new),
            _ => drop(into.insert(key.clone(), new.clone())),
        }
    }
}

// RFC 7677 §4: the minimum number of iterations.
const SCRAM_ITERATIONS_SHOWN: u32 = 4096;

fn failed(reason: impl fmt::Display) -> RunProblem {
    RunProblem::Failed(reason.to_string())
}

/// Whether the scenario is about authentication. Only then are SCRAM keys derived, which would take
/// most of the time of a run.
pub(super) fn configures_login(sections: &Sections) -> bool {
    sections
        .get("login")
        .is_some_and(|login| login.get("mechanisms").is_some())
}

/// The cost of hashing a password on a host with these settings.
pub(super) fn password_cost(sections: &Sections) -> PasswordCost {
    let scram_iterations = if configures_login(sections) {
        SCRAM_ITERATIONS_SHOWN
    } else {
        0
    };
    PasswordCost {
        scram_iterations,
        ..PasswordCost::NONE
    }
}

/// Builds the node's configuration from the settings, as the server does from its file.
///
/// # Errors
/// See [`read`]; also a relay or a password file that cannot be used.
pub(super) async fn node_config(
    store: &Store,
    seed: u64,
    host: &HostSpec,
    sections: &Sections,
) -> Result<NodeConfig, ScenarioError> {
    let settings = read(sections).within(|| Context::Settings)?;
    let name = Domain::new(&host.name).map_err(|e| NameProblem::domain(&host.name, e))?;
    let no_files = |_: &std::path::Path| Err(String::new());
    let mut config = settings
        .node(&name, &no_files)
        .map_err(setting)
        .within(|| Context::Settings)?;
    config.outbound.own = vec![SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25)];
    let first = host.domains.first().and_then(|d| Domain::new(d).ok());
    if let Some(domain) = settings
        .outbound
        .srs_domain
        .clone()
        .or(first)
        .filter(|_| settings.outbound.srs)
    {
        // Drawn by name instead of from the host's random stream, so that SRS changes no other
        // random value.
        let fresh = draw(seed, &format!("srs {}", host.name));
        let secret = store.sending_secret(fresh).await.map_err(failed)?;
        config.outbound.srs = Some(Srs::new(Secret::new(secret), domain));
    }
    Ok(config)
}

fn address(text: &str) -> Result<Address, NameProblem> {
    text.parse().map_err(|e| NameProblem::address(text, e))
}

/// Stores the data of a host besides its domains and accounts: quotas, further addresses, shared
/// secrets, aliases, keys.
///
/// # Errors
/// If an address or a key is invalid; its text is the context.
pub(super) async fn store_extras(
    store: &Store,
    seed: u64,
    host: &HostSpec,
    now: Time,
) -> Result<(), ScenarioError> {
    for person in &host.people {
        let own = address(&person.address)?;
        if let Some(quota) = person.quota {
            set_quota(store, &person.address, Some(quota)).await?;
        }
        for further in &person.addresses {
            let account = account_of(store, &person.address).await?;
            let further = address(further)?;
            store.add_alias(account.id, further).await.map_err(failed)?;
        }
        if let Some(secret) = &person.shared_secret {
            let secret = Secret::new(secret.as_bytes());
            let stored = store.set_shared_secret(&own, Some(&secret)).await;
            stored.map_err(failed)?;
        }
    }
    for alias in &host.aliases {
        set_alias(store, &alias.name, &alias.to).await?;
    }
    for key in &host.dkim {
        store_key(store, seed, key, now).await?;
    }
    Ok(())
}

async fn account_of(store: &Store, person: &str) -> Result<Account, Problem> {
    let account = store.account_of(&address(person)?).await.map_err(failed)?;
    Ok(account.ok_or_else(|| NameProblem::NoSuchMailbox(person.to_owned()))?)
}

/// Sets or removes the quota of a user's mailbox.
///
/// # Errors
/// If the user has no mailbox on the host.
pub(super) async fn set_quota(
    store: &Store,
    person: &str,
    bytes: Option<u64>,
) -> Result<(), Problem> {
    let account = account_of(store, person).await?;
    Ok(store.set_quota(account.id, bytes).await.map_err(failed)?)
}

/// Parses the left side of an alias.
///
/// # Errors
/// If it is neither an address nor `@domain`.
pub(super) fn alias_name(name: &str) -> Result<AliasName, NameProblem> {
    name.parse()
        .map_err(|_| NameProblem::NotAnAlias(name.to_owned()))
}

/// Replaces the targets of an alias; without targets, removes the alias.
///
/// # Errors
/// If the name or a target is invalid.
pub(super) async fn set_alias(store: &Store, name: &str, to: &[String]) -> Result<(), Problem> {
    let alias = alias_name(name)?;
    let targets = to
        .iter()
        .map(|target| address(target))
        .collect::<Result<Vec<_>, _>>()?;
    let known = store.aliases().await.map_err(failed)?;
    if known.iter().any(|known| known.name == alias) {
        store.remove_targets(&alias, &[]).await.map_err(failed)?;
    }
    if !targets.is_empty() {
        store.add_targets(&alias, &targets).await.map_err(failed)?;
    }
    Ok(())
}

/// Stores a signing key, or changes whether it signs.
///
/// # Errors
/// If the domain is not a domain name.
pub(super) async fn store_key(
    store: &Store,
    seed: u64,
    spec: &SigningSpec,
    now: Time,
) -> Result<(), Problem> {
    let name = format!("{}@{}", spec.selector, spec.domain);
    let domain = Domain::new(&spec.domain).map_err(|e| NameProblem::domain(&spec.domain, e))?;
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
    Ok(store.keep_signing_keys(&[key]).await.map_err(failed)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sections(value: Value) -> Sections {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn empty_settings_are_the_defaults_of_the_server() {
        let settings = read(&Sections::new()).unwrap();
        let made = settings
            .node(&"mx.a.test".parse().unwrap(), &|_| Err(String::new()))
            .unwrap();
        assert_eq!(
            format!("{made:?}"),
            format!("{:?}", NodeConfig::new("mx.a.test".parse().unwrap()))
        );
    }

    #[test]
    fn an_edit_changes_one_key_and_keeps_the_others() {
        let mut old = sections(
            json!({"door": {"greylist": {"enabled": true, "delay": "1m"}, "score_junk": 3}}),
        );
        merge(
            &mut old,
            &sections(
                json!({"inbound": {"greylist": {"enabled": false}}, "auth": {"spf": "enforce"}}),
            ),
        );
        let wanted = json!({"inbound": {"greylist": {"enabled": false, "delay": "1m"}, "score_junk": 3}, "auth": {"spf": "enforce"}});
        assert_eq!(Value::Object(old), wanted);
    }

    fn check_error(settings: Value, expected: &str) {
        let error = read(&sections(settings)).map(drop).unwrap_err();
        let english = ScenarioError::from(error).to_string();
        assert!(english.contains(expected), "{english}");
    }

    #[test]
    fn rejects_settings_that_the_server_rejects() {
        check_error(
            json!({"inbound": {"greylisting": true}}),
            "Unknown key “greylisting”",
        );
        check_error(json!({"dor": {}}), "Unknown key “dor”");
        check_error(
            json!({"auth": {"dkim": "enforce"}}),
            "“enforce” is not allowed here",
        );
        check_error(
            json!({"inbound": {"score_junk": 99}}),
            "score_junk must not be",
        );
        check_error(json!({"limits": {"recipients_max": "many"}}), "“many”");
    }

    #[test]
    fn sentences_about_settings_are_complete_in_both_languages() {
        for (settings, zh, en) in [
            (
                json!({"inbound": {"rates": {"messages": "often"}}}),
                "这里不能写文本“often”。",
                "The string “often” is not allowed here.",
            ),
            (
                json!({"login": {"mechanisms": ["KERBEROS"]}}),
                "不支持认证机制 KERBEROS",
                "the mechanism KERBEROS is not supported",
            ),
            (
                json!({"login": {"introspection_url": "http://a.test/"}}),
                "网址要以 https:// 开头",
                "the URL must begin with https://",
            ),
        ] {
            let error = read(&sections(settings)).map(drop).unwrap_err();
            let text = ScenarioError::from(error).text();
            assert!(text.zh.contains(zh), "{}", text.zh);
            assert!(text.en.contains(en), "{}", text.en);
        }
    }
}
