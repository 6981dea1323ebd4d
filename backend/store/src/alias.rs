//! Aliases (RFC 5321 §3.9.1): addresses of ours whose mail goes to others, here or elsewhere, and
//! `@domain` for all that nobody else has. Read from the engine each time, as accounts are, and for
//! mail on its way as they were at most a moment ago. An account's own further addresses are not
//! these: they stand in the account.
//!
//! Failures: a chain of aliases that leads in a circle ends where it began and counts once; one
//! that is too long or too wide is cut off.

use crate::account::parse;
use crate::engine::{self, Batch, Fault, Space, Value, after_prefix};
use crate::{AccountError, ResolvedAddress, Store, keys};
use mail::{Address, Domain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What stands on the left of an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AliasName {
    /// `team@example.org`
    Address(Address),
    /// `@example.org`: every address of the domain that nobody else has.
    CatchAll(Domain),
}

impl AliasName {
    fn key(&self) -> Vec<u8> {
        keys::alias(&match self {
            AliasName::Address(address) => address.key(),
            AliasName::CatchAll(domain) => format!("@{domain}"),
        })
    }

    /// Its domain.
    pub fn domain(&self) -> Option<&Domain> {
        match self {
            AliasName::Address(address) => address.domain(),
            AliasName::CatchAll(domain) => Some(domain),
        }
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AliasName::Address(address) => address.fmt(f),
            AliasName::CatchAll(domain) => write!(f, "@{domain}"),
        }
    }
}

impl FromStr for AliasName {
    type Err = String;

    fn from_str(text: &str) -> Result<AliasName, String> {
        match text.strip_prefix('@') {
            Some(domain) => Domain::new(domain)
                .map(AliasName::CatchAll)
                .map_err(|e| e.to_string()),
            None => Address::parse(text)
                .map(AliasName::Address)
                .map_err(|e| e.to_string()),
        }
    }
}

impl TryFrom<String> for AliasName {
    type Error = String;
    fn try_from(s: String) -> Result<AliasName, String> {
        s.parse()
    }
}

impl From<AliasName> for String {
    fn from(name: AliasName) -> String {
        name.to_string()
    }
}

/// An alias and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// Whose mail.
    pub name: AliasName,
    /// To whom.
    pub targets: Vec<Address>,
}

/// Where an address leads in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To an account of ours.
    Ours(Address, Box<ResolvedAddress>),
    /// To another host.
    Elsewhere(Address),
    /// To nobody: the domain is ours, the address is not there.
    Nobody(Address),
}

impl Target {
    /// The address itself.
    pub fn address(&self) -> &Address {
        match self {
            Target::Ours(address, _) | Target::Elsewhere(address) | Target::Nobody(address) => {
                address
            }
        }
    }
}

/// Targets of one alias, and of one expansion.
pub const ALIAS_TARGETS_MAX: usize = 500;
/// Aliases that lead to aliases: no longer chain is followed.
pub const ALIAS_DEPTH_MAX: usize = 10;
// How many aliases are listed.
const LIST_MAX: usize = 100_000;

fn alias_in(row: Option<&[u8]>) -> Result<Option<Alias>, Fault> {
    row.map(parse).transpose()
}

impl Store {
    /// Adds targets to an alias, which is made where it is new.
    ///
    /// # Errors
    /// Where the domain is not ours, an account has the address, or there would be too many.
    pub async fn add_targets(
        &self,
        name: &AliasName,
        targets: &[Address],
    ) -> Result<Alias, AccountError> {
        match name.domain() {
            Some(domain) if self.is_local(domain).await? => {}
            _ => {
                return Err(AccountError::ForeignDomain(
                    name.domain()
                        .map_or_else(|| name.to_string(), ToString::to_string),
                ));
            }
        }
        let _held = self.0.directory.lock().await;
        if let AliasName::Address(address) = name
            && self.account_of(address).await?.is_some()
        {
            return Err(AccountError::Exists(address.to_string()));
        }
        let former = self.engine().get(Space::Directory, &name.key()).await?;
        let mut alias = alias_in(former.as_deref())?.unwrap_or(Alias {
            name: name.clone(),
            targets: Vec::new(),
        });
        for target in targets {
            if !alias.targets.iter().any(|t| t.key() == target.key()) {
                alias.targets.push(target.clone());
            }
        }
        if alias.targets.is_empty() {
            return Err(AccountError::Missing(format!("a target of {name}")));
        }
        alias.targets.truncate(ALIAS_TARGETS_MAX);
        self.write_alias(&alias, former).await?;
        Ok(alias)
    }

    /// Takes targets from an alias, or, where none is named, the alias itself. Without targets it
    /// is gone.
    ///
    /// # Errors
    /// Where there is no such alias or target.
    pub async fn remove_targets(
        &self,
        name: &AliasName,
        targets: &[Address],
    ) -> Result<(), AccountError> {
        let _held = self.0.directory.lock().await;
        let former = self.engine().get(Space::Directory, &name.key()).await?;
        let mut alias =
            alias_in(former.as_deref())?.ok_or_else(|| AccountError::Missing(name.to_string()))?;
        if let Some(strange) = targets
            .iter()
            .find(|t| !alias.targets.iter().any(|a| a.key() == t.key()))
        {
            return Err(AccountError::Missing(format!("{name} → {strange}")));
        }
        alias
            .targets
            .retain(|a| !targets.is_empty() && !targets.iter().any(|t| t.key() == a.key()));
        self.write_alias(&alias, former).await?;
        Ok(())
    }

    async fn write_alias(&self, alias: &Alias, former: Option<Value>) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Space::Directory, alias.name.key(), former));
        if alias.targets.is_empty() {
            batch.delete(Space::Directory, alias.name.key());
        } else {
            let row = serde_json::to_vec(alias).map_err(|e| Fault::Broken(e.to_string()))?;
            batch.put(Space::Directory, alias.name.key(), row);
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// All aliases.
    ///
    /// # Errors
    /// As the engine.
    pub async fn aliases(&self) -> Result<Vec<Alias>, Fault> {
        let rows = self
            .engine()
            .scan(
                Space::Directory,
                keys::ALIASES,
                &after_prefix(keys::ALIASES),
                LIST_MAX,
            )
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }

    async fn alias_lately(&self, name: &AliasName) -> Result<Option<Alias>, Fault> {
        alias_in(
            self.engine()
                .get_lately(Space::Directory, &name.key())
                .await?
                .as_deref(),
        )
    }

    // The alias that takes an address's mail: of the address, of it without its subaddress, of the
    // whole domain.
    async fn alias_of(&self, address: &Address) -> Result<Option<Alias>, Fault> {
        let (user, detail) = address.split_subaddress();
        if detail.is_some()
            && let Ok(plain) = Address::parse(&format!("{user}@{}", address.host()))
            && let Some(alias) = self.alias_lately(&AliasName::Address(plain)).await?
        {
            return Ok(Some(alias));
        }
        match address.domain() {
            Some(domain) => {
                self.alias_lately(&AliasName::CatchAll(domain.clone()))
                    .await
            }
            None => Ok(None),
        }
    }

    // One step: whose it is, or the alias that leads on. Accounts first, then the alias of just
    // this address, then whoever has it in a wider sense: without its subaddress, as
    // postmaster, as one of the whole domain.
    async fn step(&self, address: &Address) -> Result<Result<Target, Alias>, Fault> {
        if let Some(account) = self.account_of_lately(address).await? {
            return Ok(Ok(Target::Ours(
                address.clone(),
                Box::new(ResolvedAddress {
                    account,
                    detail: None,
                }),
            )));
        }
        match address.domain() {
            Some(domain) if self.is_local(domain).await? => {}
            _ => return Ok(Ok(Target::Elsewhere(address.clone()))),
        }
        if let Some(alias) = self
            .alias_lately(&AliasName::Address(address.clone()))
            .await?
        {
            return Ok(Err(alias));
        }
        if let Some(whose) = self.whose(address).await? {
            return Ok(Ok(Target::Ours(address.clone(), Box::new(whose))));
        }
        Ok(self
            .alias_of(address)
            .await?
            .map_or_else(|| Ok(Target::Nobody(address.clone())), Err))
    }

    /// Where mail to an address goes in the end: itself, where it is an account's or another
    /// host's; else what its alias leads to, each once.
    ///
    /// # Errors
    /// As the engine.
    pub async fn targets(&self, address: &Address) -> Result<Vec<Target>, Fault> {
        let mut found: Vec<Target> = Vec::new();
        let mut seen = BTreeSet::from([address.key()]);
        let mut open = vec![address.clone()];
        for _ in 0..=ALIAS_DEPTH_MAX {
            let mut next = Vec::new();
            for address in open {
                match self.step(&address).await? {
                    Ok(target) if found.len() < ALIAS_TARGETS_MAX => found.push(target),
                    Ok(_) => {}
                    Err(alias) => {
                        next.extend(alias.targets.into_iter().filter(|t| seen.insert(t.key())))
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            open = next;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewAccount, PasswordCost};
    use mail::{Secret, Time};

    async fn store(aliases: &[(&str, &[&str])]) -> Store {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store
            .add_domain(&"here.test".parse().unwrap())
            .await
            .unwrap();
        for name in ["alice", "bob"] {
            let address = format!("{name}@here.test").parse().unwrap();
            store
                .add_account(
                    NewAccount {
                        address,
                        name: name.into(),
                        password: Secret::new("x"),
                    },
                    [0; 16],
                    Time(1),
                )
                .await
                .unwrap();
        }
        for (name, targets) in aliases {
            let targets: Vec<Address> = targets.iter().map(|t| t.parse().unwrap()).collect();
            store
                .add_targets(&name.parse().unwrap(), &targets)
                .await
                .unwrap();
        }
        store
    }

    async fn leads(store: &Store, address: &str) -> String {
        let targets = store.targets(&address.parse().unwrap()).await.unwrap();
        let word = |t: &Target| match t {
            Target::Ours(address, whose) => format!("{address}={}", whose.account.name),
            Target::Elsewhere(address) => format!("{address}>"),
            Target::Nobody(address) => format!("{address}?"),
        };
        targets.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn an_alias_leads_to_several_here_and_elsewhere_each_once() {
        let store = store(&[
            (
                "team@here.test",
                &["alice@here.test", "all@here.test", "carol@there.test"],
            ),
            ("all@here.test", &["alice@here.test", "Bob+team@here.test"]),
            ("gone@here.test", &["nobody@here.test"]),
        ])
        .await;
        assert_eq!(
            leads(&store, "Team@here.test").await,
            "alice@here.test=alice carol@there.test> Bob+team@here.test=bob"
        );
        assert_eq!(
            leads(&store, "all+x@here.test").await,
            "alice@here.test=alice Bob+team@here.test=bob"
        );
        assert_eq!(leads(&store, "gone@here.test").await, "nobody@here.test?");
        assert_eq!(leads(&store, "carol@there.test").await, "carol@there.test>");
        assert_eq!(leads(&store, "nobody@here.test").await, "nobody@here.test?");
    }

    #[tokio::test]
    async fn a_catch_all_takes_what_nobody_else_has() {
        let store = store(&[
            ("@here.test", &["bob@here.test"]),
            ("info@here.test", &["alice@here.test"]),
        ])
        .await;
        for (address, whose) in [
            ("x", "bob@here.test=bob"),
            ("info", "alice@here.test=alice"),
            ("alice", "alice@here.test=alice"),
        ] {
            assert_eq!(leads(&store, &format!("{address}@here.test")).await, whose);
        }
        assert_eq!(
            leads(&store, "postmaster@here.test").await,
            "postmaster@here.test=alice",
            "always there, RFC 5321 §4.5.1"
        );
    }

    #[tokio::test]
    async fn a_circle_and_a_long_chain_end() {
        let store = store(&[
            ("a@here.test", &["b@here.test"]),
            ("b@here.test", &["a@here.test", "bob@here.test"]),
        ])
        .await;
        assert_eq!(leads(&store, "a@here.test").await, "bob@here.test=bob");
        for n in 0..20 {
            let next = [format!("c{}@here.test", n + 1).parse().unwrap()];
            store
                .add_targets(&format!("c{n}@here.test").parse().unwrap(), &next)
                .await
                .unwrap();
        }
        assert_eq!(leads(&store, "c11@here.test").await, "c20@here.test?");
        assert_eq!(
            leads(&store, "c0@here.test").await,
            "",
            "cut off after {ALIAS_DEPTH_MAX} steps"
        );
    }

    #[tokio::test]
    async fn is_added_listed_and_removed() {
        let store = store(&[("team@here.test", &["alice@here.test", "bob@here.test"])]).await;
        let (team, bob): (AliasName, Address) = (
            "team@here.test".parse().unwrap(),
            "bob@here.test".parse().unwrap(),
        );
        assert_eq!(
            store
                .add_targets(
                    &"bob@here.test".parse().unwrap(),
                    std::slice::from_ref(&bob)
                )
                .await,
            Err(AccountError::Exists(bob.to_string()))
        );
        let foreign = store
            .add_targets(&"@there.test".parse().unwrap(), std::slice::from_ref(&bob))
            .await;
        assert_eq!(
            foreign,
            Err(AccountError::ForeignDomain("there.test".into()))
        );
        // Neither takes the other's place.
        let new = NewAccount {
            address: "team@here.test".parse().unwrap(),
            name: String::new(),
            password: Secret::new("x"),
        };
        assert_eq!(
            store.add_account(new, [0; 16], Time(1)).await.err(),
            Some(AccountError::Exists("team@here.test".into()))
        );
        store
            .remove_targets(&team, std::slice::from_ref(&bob))
            .await
            .unwrap();
        assert_eq!(store.aliases().await.unwrap().len(), 1);
        assert_eq!(
            leads(&store, "team@here.test").await,
            "alice@here.test=alice"
        );
        assert!(store.remove_targets(&team, &[bob]).await.is_err());
        store.remove_targets(&team, &[]).await.unwrap();
        assert!(store.aliases().await.unwrap().is_empty());
    }
}
