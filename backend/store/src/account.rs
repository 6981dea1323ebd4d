//! Accounts, their addresses, and the local domains.
//!
//! They are read from the engine each time, since the command line may change them while the server
//! runs; for each message in transit, through the engine's cache.

use crate::engine::{self, Batch, Fault, Key, Keyspace, Value, after_prefix};
use crate::secrets::{AccountSecrets, scram_keys};
use crate::{PasswordHash, Store, keys, lock};
use mail::{AccountId, Address, Domain, MailboxName, Secret, SpecialUse, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The number of the account.
    pub id: AccountId,
    /// The primary address, with which the account signs in.
    pub address: Address,
    /// The person's name; may be empty.
    #[serde(default)]
    pub name: String,
    /// Further addresses.
    #[serde(default)]
    pub aliases: Vec<Address>,
    /// The password; `None`: no password is accepted.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    /// The quota; `None`: unlimited.
    #[serde(default, alias = "quota_octets")]
    pub quota_bytes: Option<u64>,
    /// When it was created.
    pub created: Time,
}

impl Account {
    /// All addresses from which it may send, the primary one first.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.address).chain(&self.aliases)
    }

    /// Whether the address, with or without a subaddress, is one of its own.
    pub fn owns(&self, address: &Address) -> bool {
        let (user, _) = address.split_subaddress();
        self.addresses().any(|a| {
            a.key() == address.key()
                || (a.split_subaddress().0 == user && a.host() == address.host())
        })
    }
}

/// The data of a new account.
pub struct NewAccount {
    /// The address, in a local domain.
    pub address: Address,
    /// The person's name.
    pub name: String,
    /// The initial password.
    pub password: Secret,
}

/// Why an account, domain or alias could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// The domain is not local.
    ForeignDomain(String),
    /// The address is in use.
    Exists(String),
    /// There is no such account, domain or alias.
    Missing(String),
    /// Accounts or aliases have addresses in the domain.
    InUse(String),
    /// The name of an app password is empty, too long, or holds control characters.
    AppName,
    /// The account has [`crate::APP_PASSWORDS_MAX`] app passwords.
    TooManyApps,
    /// The password is empty, longer than 1024 bytes or contains NUL (RFC 4616 §2).
    Password,
    /// The store failed.
    Fault(Fault),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountError::ForeignDomain(d) => {
                write!(f, "{d} is not a domain of this server; add it first")
            }
            AccountError::Exists(a) => write!(f, "{a} already exists"),
            AccountError::Missing(a) => write!(f, "{a} does not exist"),
            AccountError::InUse(d) => write!(f, "accounts or aliases still use {d}"),
            AccountError::AppName => {
                f.write_str("the name of an app password must have 1 to 80 characters")
            }
            AccountError::TooManyApps => write!(
                f,
                "an account can have at most {} app passwords",
                crate::APP_PASSWORDS_MAX
            ),
            AccountError::Password => {
                f.write_str("a password must have 1 to 1024 bytes and no NUL")
            }
            AccountError::Fault(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for AccountError {}

impl From<Fault> for AccountError {
    fn from(f: Fault) -> AccountError {
        AccountError::Fault(f)
    }
}

/// The account that an address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAddress {
    /// The account.
    pub account: Account,
    /// The subaddress: `lists` of `alice+lists@…` (RFC 5233).
    pub detail: Option<String>,
}

// The most accounts or domains that are listed.
const LIST_MAX: usize = 1_000_000;

fn row<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|e| Fault::Broken(e.to_string()))
}

pub(crate) fn parse<T: for<'a> Deserialize<'a>>(row: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(row)
        .map_err(|e| Fault::Broken(format!("a directory row cannot be decoded: {e}")))
}

// The most parsed accounts that are kept.
const PARSED_MAX: usize = 1024;

impl Store {
    /// Adds a local domain, if it is new.
    ///
    /// # Errors
    /// As the engine.
    pub async fn add_domain(&self, domain: &Domain) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(
            Keyspace::Directory,
            keys::domain(domain.as_str()),
            Vec::new(),
        );
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Removes a local domain.
    ///
    /// # Errors
    /// [`AccountError::Missing`], or [`AccountError::InUse`] where accounts or aliases are in it.
    pub async fn remove_domain(&self, domain: &Domain) -> Result<(), AccountError> {
        if !self.is_local(domain).await? {
            return Err(AccountError::Missing(domain.to_string()));
        }
        let has_aliases = self
            .aliases()
            .await?
            .iter()
            .any(|a| a.name.domain() == Some(domain));
        if has_aliases
            || self
                .accounts()
                .await?
                .iter()
                .any(|a| a.addresses().any(|a| a.domain() == Some(domain)))
        {
            return Err(AccountError::InUse(domain.to_string()));
        }
        let mut batch = Batch::default();
        batch.delete(Keyspace::Directory, keys::domain(domain.as_str()));
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// Whether the domain is local; may be a moment old.
    ///
    /// # Errors
    /// As the engine.
    pub async fn is_local(&self, domain: &Domain) -> Result<bool, Fault> {
        Ok(self
            .engine()
            .get_cached(Keyspace::Directory, &keys::domain(domain.as_str()))
            .await?
            .is_some())
    }

    /// All local domains.
    ///
    /// # Errors
    /// As the engine.
    pub async fn domains(&self) -> Result<Vec<Domain>, Fault> {
        let rows = self
            .engine()
            .scan(
                Keyspace::Directory,
                keys::DOMAINS,
                &after_prefix(keys::DOMAINS),
                LIST_MAX,
            )
            .await?;
        Ok(rows
            .iter()
            .filter_map(|(key, _)| Domain::new(std::str::from_utf8(&key[1..]).ok()?).ok())
            .collect())
    }

    /// Creates an account with INBOX and the special-use mailboxes.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_account(
        &self,
        new: NewAccount,
        salt: [u8; 16],
        now: Time,
    ) -> Result<Account, AccountError> {
        check_password(&new.password)?;
        self.check_domain(&new.address).await?;
        let _guard = self.0.directory.lock().await;
        let number = keys::counter("accounts");
        let former = self.engine().get(Keyspace::Directory, &number).await?;
        let id = former
            .as_deref()
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes)
            + 1;
        let account = Account {
            id: AccountId(id),
            address: new.address,
            name: new.name,
            aliases: Vec::new(),
            password: Some(PasswordHash::make(&new.password, salt, self.0.cost)),
            quota_bytes: None,
            created: now,
        };
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Keyspace::Directory, number.clone(), former));
        batch.put(Keyspace::Directory, number, id.to_be_bytes().to_vec());
        self.claim(&mut batch, &account.address, account.id).await?;
        batch.put(
            Keyspace::Directory,
            keys::account(account.id),
            row(&account)?,
        );
        let secrets = AccountSecrets::with_scram(scram_keys(&new.password, salt, self.0.cost));
        batch.put(
            Keyspace::Directory,
            keys::secrets(account.id),
            row(&secrets)?,
        );
        let names = std::iter::once((MailboxName::inbox(), None))
            .chain(SpecialUse::ALL.map(|u| (u.default_name(), Some(u))));
        self.new_folders(&mut batch, account.id, names, now).await?;
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(account)
    }

    async fn check_domain(&self, address: &Address) -> Result<(), AccountError> {
        match address.domain() {
            Some(domain) if self.is_local(domain).await? => Ok(()),
            _ => Err(AccountError::ForeignDomain(address.host().to_string())),
        }
    }

    // Assigns an address to an account.
    async fn claim(
        &self,
        batch: &mut Batch,
        address: &Address,
        id: AccountId,
    ) -> Result<(), AccountError> {
        let key = keys::address(&address.key());
        let alias = keys::alias(&address.key());
        if self
            .engine()
            .get(Keyspace::Directory, &key)
            .await?
            .is_some()
            || self
                .engine()
                .get(Keyspace::Directory, &alias)
                .await?
                .is_some()
        {
            return Err(AccountError::Exists(address.to_string()));
        }
        batch.assert_absent(Keyspace::Directory, key.clone());
        batch.put(Keyspace::Directory, key, id.0.to_be_bytes().to_vec());
        Ok(())
    }

    /// Adds a further address to an account.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_alias(&self, id: AccountId, alias: Address) -> Result<(), AccountError> {
        self.check_domain(&alias).await?;
        let _guard = self.0.directory.lock().await;
        let mut batch = Batch::default();
        self.claim(&mut batch, &alias, id).await?;
        self.change_account(&mut batch, id, |account| account.aliases.push(alias))
            .await?;
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// Changes a password and its SCRAM keys. App passwords stay.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_password(
        &self,
        address: &Address,
        password: &Secret,
        salt: [u8; 16],
    ) -> Result<(), AccountError> {
        check_password(password)?;
        let _guard = self.0.directory.lock().await;
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        let mut batch = Batch::default();
        let hash = PasswordHash::make(password, salt, self.0.cost);
        self.change_account(&mut batch, account.id, |account| {
            account.password = Some(hash);
        })
        .await?;
        let scram = scram_keys(password, salt, self.0.cost);
        let changed = |secrets: Option<AccountSecrets>| {
            let mut secrets = secrets.unwrap_or_default();
            secrets.scram = scram;
            Ok((secrets, ()))
        };
        self.rewrite(&mut batch, keys::secrets(account.id), changed)
            .await?;
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// Sets the quota of an account.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_quota(
        &self,
        id: AccountId,
        quota_bytes: Option<u64>,
    ) -> Result<(), AccountError> {
        let _guard = self.0.directory.lock().await;
        let mut batch = Batch::default();
        self.change_account(&mut batch, id, |account| account.quota_bytes = quota_bytes)
            .await?;
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    async fn change_account(
        &self,
        batch: &mut Batch,
        id: AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Result<(), AccountError> {
        self.rewrite(batch, keys::account(id), |account: Option<Account>| {
            let mut account = account.ok_or_else(|| AccountError::Missing(id.to_string()))?;
            change(&mut account);
            Ok((account, ()))
        })
        .await
    }

    /// Adds to the batch a change of a directory row, computed from its present value. The batch fails
    /// with a conflict if the row is changed meanwhile, by this process or another.
    pub(crate) async fn rewrite<T, R>(
        &self,
        batch: &mut Batch,
        key: Key,
        change: impl FnOnce(Option<T>) -> Result<(T, R), AccountError>,
    ) -> Result<R, AccountError>
    where
        T: Serialize + for<'a> Deserialize<'a>,
    {
        let former = self.engine().get(Keyspace::Directory, &key).await?;
        let (new, result) = change(former.as_deref().map(parse).transpose()?)?;
        batch
            .asserts
            .push((Keyspace::Directory, key.clone(), former));
        batch.put(Keyspace::Directory, key, row(&new)?);
        Ok(result)
    }

    /// Removes an account with all its mail.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn remove_account(&self, address: &Address) -> Result<(), AccountError> {
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        for folder in self.folders(account.id).await? {
            self.remove_folder_rows(account.id, &folder).await?;
        }
        let _guard = self.0.directory.lock().await;
        let mut batch = Batch::default();
        for a in account.addresses() {
            batch.delete(Keyspace::Directory, keys::address(&a.key()));
        }
        batch.delete(Keyspace::Directory, keys::account(account.id));
        batch.delete(Keyspace::Directory, keys::subscriptions(account.id));
        batch.delete(Keyspace::Directory, keys::secrets(account.id));
        batch.delete(Keyspace::Directory, keys::progress(account.id));
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

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

    /// The account of exactly this address.
    ///
    /// # Errors
    /// As the engine.
    pub async fn account_of(&self, address: &Address) -> Result<Option<Account>, Fault> {
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

    /// All accounts.
    ///
    /// # Errors
    /// As the engine.
    pub async fn accounts(&self) -> Result<Vec<Account>, Fault> {
        let rows = self
            .engine()
            .scan(
                Keyspace::Directory,
                keys::ACCOUNTS,
                &after_prefix(keys::ACCOUNTS),
                LIST_MAX,
            )
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }

    /// The size of all messages of an account.
    ///
    /// # Errors
    /// As the engine.
    pub async fn used_bytes(&self, id: AccountId) -> Result<u64, Fault> {
        let mut sum = 0;
        for folder in self.folders(id).await? {
            sum += self.counters(folder.id).await?.bytes;
        }
        Ok(sum)
    }
}

pub(crate) fn check_password(password: &Secret) -> Result<(), AccountError> {
    let bytes = password.reveal();
    if bytes.is_empty() || bytes.len() > 1024 || bytes.contains(&0) {
        Err(AccountError::Password)
    } else {
        Ok(())
    }
}
