//! Aliases (RFC 5321 §3.9.1): local addresses whose mail goes to other addresses, here or
//! elsewhere, and catch-all aliases (`@domain`) for every address of a domain that does not exist
//! otherwise. An account's own further addresses are not aliases: they are part of the account.
//!
//! Failures: each address of a circular chain counts once; a chain that is too long and an
//! expansion that is too large are truncated.

use crate::directory::parse;
use crate::engine::{self, Batch, Fault, Keyspace, Value, after_prefix};
use crate::{Account, AccountError, ResolvedAddress, Store, keys};
use mail::{AccountId, Address, AddressError, Domain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The left side of an alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AliasName {
    /// `team@example.org`
    Address(Address),
    /// `@example.org`: every address of the domain that does not exist otherwise.
    CatchAll(Domain),
}

impl AliasName {
    fn key(&self) -> Vec<u8> {
        keys::alias(&match self {
            AliasName::Address(address) => address.key(),
            AliasName::CatchAll(domain) => format!("@{domain}"),
        })
    }

    /// The domain.
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
    type Err = AddressError;

    /// `user@example.org`, or `@example.org` for a catch-all.
    fn from_str(text: &str) -> Result<AliasName, AddressError> {
        match text.strip_prefix('@') {
            Some(domain) => Domain::new(domain)
                .map(AliasName::CatchAll)
                .map_err(AddressError::Domain),
            None => Address::parse(text).map(AliasName::Address),
        }
    }
}

impl TryFrom<String> for AliasName {
    type Error = AddressError;
    fn try_from(s: String) -> Result<AliasName, AddressError> {
        s.parse()
    }
}

impl From<AliasName> for String {
    fn from(name: AliasName) -> String {
        name.to_string()
    }
}

/// An alias and its targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The address, or the domain of a catch-all.
    pub name: AliasName,
    /// Where its mail goes.
    pub targets: Vec<Address>,
}

/// The result of expanding an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A local account.
    Local(Address, Box<ResolvedAddress>),
    /// An address on another host.
    Remote(Address),
    /// An address in a local domain that does not exist.
    Unknown(Address),
}

impl Target {
    /// The address itself.
    pub fn address(&self) -> &Address {
        match self {
            Target::Local(address, _) | Target::Remote(address) | Target::Unknown(address) => {
                address
            }
        }
    }

    fn is_of(&self, account: AccountId) -> bool {
        matches!(self, Target::Local(_, resolved) if resolved.account.id == account)
    }
}

/// The most targets of one alias, and of one expansion.
pub const ALIAS_TARGETS_MAX: usize = 500;
/// The longest chain of aliases that is followed.
pub const ALIAS_DEPTH_MAX: usize = 10;
// The most aliases that are listed.
const LIST_MAX: usize = 100_000;

fn parse_alias(row: Option<&[u8]>) -> Result<Option<Alias>, Fault> {
    row.map(parse).transpose()
}

impl Store {
    /// Adds targets to an alias, which is created if it is new. At most [`ALIAS_TARGETS_MAX`] are
    /// kept.
    ///
    /// # Errors
    /// Where the domain is not local or an account has the address.
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
        let _guard = self.0.directory.lock().await;
        if let AliasName::Address(address) = name
            && self.account_of(address).await?.is_some()
        {
            return Err(AccountError::Exists(address.to_string()));
        }
        let former = self.engine().get(Keyspace::Directory, &name.key()).await?;
        let mut alias = parse_alias(former.as_deref())?.unwrap_or(Alias {
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

    /// Removes targets from an alias, or the whole alias where none is given. An alias without
    /// targets is removed.
    ///
    /// # Errors
    /// Where there is no such alias or target.
    pub async fn remove_targets(
        &self,
        name: &AliasName,
        targets: &[Address],
    ) -> Result<(), AccountError> {
        let _guard = self.0.directory.lock().await;
        let former = self.engine().get(Keyspace::Directory, &name.key()).await?;
        let mut alias = parse_alias(former.as_deref())?
            .ok_or_else(|| AccountError::Missing(name.to_string()))?;
        if let Some(missing) = targets
            .iter()
            .find(|t| !alias.targets.iter().any(|a| a.key() == t.key()))
        {
            return Err(AccountError::Missing(format!("{name} → {missing}")));
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
            .push((Keyspace::Directory, alias.name.key(), former));
        if alias.targets.is_empty() {
            batch.delete(Keyspace::Directory, alias.name.key());
        } else {
            let row = serde_json::to_vec(alias).map_err(|e| Fault::Broken(e.to_string()))?;
            batch.put(Keyspace::Directory, alias.name.key(), row);
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
                Keyspace::Directory,
                keys::ALIASES,
                &after_prefix(keys::ALIASES),
                LIST_MAX,
            )
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }

    /// The account with the aliases of the directory whose mail goes to it alone: it may write in
    /// their name too.
    ///
    /// # Errors
    /// As the engine.
    pub async fn with_aliases(&self, mut account: Account) -> Result<Account, Fault> {
        for alias in self.aliases().await? {
            let AliasName::Address(address) = alias.name else {
                continue;
            };
            let is_known = account.addresses().any(|a| a.key() == address.key());
            if !is_known && self.leads_only_to(&address, account.id).await? {
                account.aliases.push(address);
            }
        }
        Ok(account)
    }

    /// Whether all mail to an address goes to this account.
    ///
    /// # Errors
    /// As the engine.
    pub async fn leads_only_to(
        &self,
        address: &Address,
        account: AccountId,
    ) -> Result<bool, Fault> {
        let targets = self.targets(address).await?;
        Ok(!targets.is_empty() && targets.iter().all(|target| target.is_of(account)))
    }

    /// Whether mail to an address goes to this account, perhaps among others.
    ///
    /// # Errors
    /// As the engine.
    pub async fn leads_to(&self, address: &Address, account: AccountId) -> Result<bool, Fault> {
        let targets = self.targets(address).await?;
        Ok(targets.iter().any(|target| target.is_of(account)))
    }

    async fn cached_alias(&self, name: &AliasName) -> Result<Option<Alias>, Fault> {
        parse_alias(
            self.engine()
                .get_cached(Keyspace::Directory, &name.key())
                .await?
                .as_deref(),
        )
    }

    // The alias of the address without its subaddress, or of the whole domain.
    async fn wider_alias(&self, address: &Address) -> Result<Option<Alias>, Fault> {
        let (user, detail) = address.split_subaddress();
        if detail.is_some()
            && let Ok(plain) = Address::parse(&format!("{user}@{}", address.host()))
            && let Some(alias) = self.cached_alias(&AliasName::Address(plain)).await?
        {
            return Ok(Some(alias));
        }
        match address.domain() {
            Some(domain) => {
                self.cached_alias(&AliasName::CatchAll(domain.clone()))
                    .await
            }
            None => Ok(None),
        }
    }

    // One step of an expansion: a target, or the alias to follow. In this order: the account and
    // the alias of exactly this address, the account without the subaddress or as postmaster, the
    // alias without the subaddress, the catch-all.
    async fn expand_once(&self, address: &Address) -> Result<Result<Target, Alias>, Fault> {
        if let Some(account) = self.account_of_cached(address).await? {
            return Ok(Ok(Target::Local(
                address.clone(),
                Box::new(ResolvedAddress {
                    account,
                    detail: None,
                }),
            )));
        }
        match address.domain() {
            Some(domain) if self.is_local(domain).await? => {}
            _ => return Ok(Ok(Target::Remote(address.clone()))),
        }
        if let Some(alias) = self
            .cached_alias(&AliasName::Address(address.clone()))
            .await?
        {
            return Ok(Err(alias));
        }
        if let Some(resolved) = self.resolve_address(address).await? {
            return Ok(Ok(Target::Local(address.clone(), Box::new(resolved))));
        }
        Ok(self
            .wider_alias(address)
            .await?
            .map_or_else(|| Ok(Target::Unknown(address.clone())), Err))
    }

    /// Expands an address: itself, where it is an account's or another host's; otherwise the
    /// targets of its alias, each once.
    ///
    /// # Errors
    /// As the engine.
    pub async fn targets(&self, address: &Address) -> Result<Vec<Target>, Fault> {
        let address = self.local_form(address).await?;
        let mut found: Vec<Target> = Vec::new();
        let mut seen = BTreeSet::from([address.key()]);
        let mut open = vec![address.into_owned()];
        for _ in 0..=ALIAS_DEPTH_MAX {
            let mut next = Vec::new();
            for address in open {
                match self.expand_once(&address).await? {
                    Ok(target) if found.len() < ALIAS_TARGETS_MAX => found.push(target),
                    Ok(_) => {}
                    Err(alias) => {
                        next.extend(alias.targets.into_iter().filter(|t| seen.insert(t.key())));
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
mod tests;
