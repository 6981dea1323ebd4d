//! Finds the account of an address or login name. For messages in transit, rows are read through
//! the engine's cache, and parsed rows are kept.

use crate::account::Account;
use crate::directory::parse;
use crate::engine::{Fault, Keyspace, Value, after_prefix};
use crate::{Store, keys, lock};
use mail::{AccountId, Address};

/// The account that an address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAddress {
    /// The account.
    pub account: Account,
    /// The subaddress: `lists` of `alice+lists@…` (RFC 5233).
    pub detail: Option<String>,
}

// The most parsed accounts that are kept.
const PARSED_MAX: usize = 1024;

impl Store {
    /// The address that a login name means. A name without a domain is completed with the host's
    /// domain where it has only one; `None` where the name is no address.
    ///
    /// # Errors
    /// As the engine.
    pub async fn login_address(&self, name: &str) -> Result<Option<Address>, Fault> {
        if name.contains('@') {
            return Ok(Address::parse(name).ok());
        }
        Ok(match self.domains().await?.as_slice() {
            [only] => Address::parse(&format!("{name}@{only}")).ok(),
            _ => None,
        })
    }

    /// An account by its number.
    ///
    /// # Errors
    /// As the engine.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, Fault> {
        self.engine()
            .get(Keyspace::Directory, &keys::account(id))
            .await?
            .map(|row| parse(&row))
            .transpose()
    }

    /// The account of exactly this address; its domain may be in U-labels or A-labels.
    ///
    /// # Errors
    /// As the engine.
    pub async fn account_of(&self, address: &Address) -> Result<Option<Account>, Fault> {
        let address = self.local_form(address).await?;
        let id = self
            .engine()
            .get(Keyspace::Directory, &keys::address(&address.key()))
            .await?;
        match id.and_then(|v| v.try_into().ok()).map(u64::from_be_bytes) {
            Some(id) => self.account(AccountId(id)).await,
            None => Ok(None),
        }
    }

    /// As [`Store::account_of`], through the engine's cache: for messages in transit.
    pub(crate) async fn account_of_cached(
        &self,
        address: &Address,
    ) -> Result<Option<Account>, Fault> {
        let id = self
            .engine()
            .get_cached(Keyspace::Directory, &keys::address(&address.key()))
            .await?;
        match id.and_then(|v| v.try_into().ok()).map(u64::from_be_bytes) {
            Some(id) => {
                let id = AccountId(id);
                let row = self
                    .engine()
                    .get_cached(Keyspace::Directory, &keys::account(id))
                    .await?;
                row.map(|row| self.parse_account(id, row)).transpose()
            }
            None => Ok(None),
        }
    }

    // Parses an account's row, unless it is the same as the last time.
    fn parse_account(&self, id: AccountId, row: Value) -> Result<Account, Fault> {
        let mut parsed = lock(&self.0.parsed);
        if let Some((_, account)) = parsed.get(&id).filter(|(known, _)| *known == row) {
            return Ok(account.clone());
        }
        let account: Account = parse(&row)?;
        if parsed.len() >= PARSED_MAX {
            parsed.clear();
        }
        parsed.insert(id, (row, account.clone()));
        Ok(account)
    }

    /// Resolves an address to an account: exactly, without its subaddress, or as postmaster, which
    /// always exists (RFC 5321 §4.5.1). Aliases are resolved by [`Store::targets`].
    ///
    /// # Errors
    /// As the engine.
    pub async fn resolve_address(
        &self,
        address: &Address,
    ) -> Result<Option<ResolvedAddress>, Fault> {
        let address = &*self.local_form(address).await?;
        if let Some(account) = self.account_of_cached(address).await? {
            return Ok(Some(ResolvedAddress {
                account,
                detail: None,
            }));
        }
        let (user, detail) = address.split_subaddress();
        if detail.is_some()
            && let Ok(plain) = Address::parse(&format!("{user}@{}", address.host()))
            && let Some(account) = self.account_of_cached(&plain).await?
        {
            return Ok(Some(ResolvedAddress { account, detail }));
        }
        if user == "postmaster"
            && let Some(domain) = address.domain()
            && self.is_local(domain).await?
        {
            return Ok(self.postmaster().await?.map(|account| ResolvedAddress {
                account,
                detail: None,
            }));
        }
        Ok(None)
    }

    /// The account that receives postmaster's mail where none has that address: the oldest one.
    ///
    /// # Errors
    /// As the engine.
    pub async fn postmaster(&self) -> Result<Option<Account>, Fault> {
        let rows = self
            .engine()
            .scan(
                Keyspace::Directory,
                keys::ACCOUNTS,
                &after_prefix(keys::ACCOUNTS),
                1,
            )
            .await?;
        rows.first().map(|(_, row)| parse(row)).transpose()
    }
}
