//! Accounts, their addresses, and the domains for which this host takes mail.
//!
//! Read from the engine each time: the command line may change them while the server runs.

use crate::engine::{self, Batch, Fault, Key, Space, Value, after_prefix};
use crate::secrets::{AccountSecrets, scram_keys};
use crate::{PasswordHash, Store, keys, lock};
use mail::{AccountId, Address, Domain, MailboxName, Secret, SpecialUse, Time};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// The address by which one signs in.
    pub address: Address,
    /// The person's name, may be empty.
    #[serde(default)]
    pub name: String,
    /// Further addresses.
    #[serde(default)]
    pub aliases: Vec<Address>,
    /// None: nobody can sign in.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    /// How much it may keep.
    #[serde(default)]
    #[serde(alias = "quota_octets")]
    pub quota_bytes: Option<u64>,
    /// Since when.
    pub created: Time,
}

impl Account {
    /// All addresses from which it may send, the usual one first.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.address).chain(&self.aliases)
    }

    /// True where the address (with or without a subaddress) is one of its own.
    pub fn owns(&self, address: &Address) -> bool {
        let (user, _) = address.split_subaddress();
        self.addresses().any(|a| {
            a.key() == address.key()
                || (a.split_subaddress().0 == user && a.host() == address.host())
        })
    }
}

/// What a new account needs.
pub struct NewAccount {
    /// Its address; the domain must be one of ours.
    pub address: Address,
    /// The person's name.
    pub name: String,
    /// The first password.
    pub password: Secret,
}

/// Why an account or domain could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// The domain is not ours.
    ForeignDomain(String),
    /// The address is taken.
    Exists(String),
    /// There is no such account or domain.
    Missing(String),
    /// Accounts or aliases still have addresses in the domain.
    InUse(String),
    /// The name of an app password is empty, too long, or holds control characters.
    AppName,
    /// There are as many app passwords as there may be.
    TooManyApps,
    /// Passwords have 1 to 1024 octets and no NUL (RFC 4616 §2).
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
            AccountError::Exists(a) => write!(f, "{a} exists already"),
            AccountError::Missing(a) => write!(f, "{a} does not exist"),
            AccountError::InUse(d) => write!(f, "accounts or aliases still have addresses in {d}"),
            AccountError::AppName => {
                f.write_str("an app password has a name of 1 to 80 characters")
            }
            AccountError::TooManyApps => write!(
                f,
                "an account may have {} app passwords",
                crate::APP_PASSWORDS_MAX
            ),
            AccountError::Password => f.write_str("a password has 1 to 1024 octets and no NUL"),
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

/// Whose an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAddress {
    /// The account.
    pub account: Account,
    /// The subaddress: `lists` of `alice+lists@…` (RFC 5233).
    pub detail: Option<String>,
}

// How many accounts or domains are read at once.
const LIST_MAX: usize = 1_000_000;

fn row<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|e| Fault::Broken(e.to_string()))
}

pub(crate) fn parse<T: for<'a> Deserialize<'a>>(row: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(row)
        .map_err(|e| Fault::Broken(format!("a row of the directory cannot be read: {e}")))
}

// Accounts that were read lately are kept taken apart.
const PARSED_MAX: usize = 1024;

impl Store {
    /// Takes mail for a domain from now on; again is fine.
    ///
    /// # Errors
    /// As the engine.
    pub async fn add_domain(&self, domain: &Domain) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(Space::Directory, keys::domain(domain.as_str()), Vec::new());
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Takes no more mail for a domain.
    ///
    /// # Errors
    /// Where it is not there or accounts have addresses in it.
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
        batch.delete(Space::Directory, keys::domain(domain.as_str()));
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// True where we take mail for the domain, or did a moment ago.
    ///
    /// # Errors
    /// As the engine.
    pub async fn is_local(&self, domain: &Domain) -> Result<bool, Fault> {
        Ok(self
            .engine()
            .get_lately(Space::Directory, &keys::domain(domain.as_str()))
            .await?
            .is_some())
    }

    /// All our domains.
    ///
    /// # Errors
    /// As the engine.
    pub async fn domains(&self) -> Result<Vec<Domain>, Fault> {
        let rows = self
            .engine()
            .scan(
                Space::Directory,
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

    /// Makes an account with INBOX and the folders of special use.
    ///
    /// # Errors
    /// [`AccountError`] says what is in the way.
    pub async fn add_account(
        &self,
        new: NewAccount,
        salt: [u8; 16],
        now: Time,
    ) -> Result<Account, AccountError> {
        check_password(&new.password)?;
        self.check_domain(&new.address).await?;
        let _held = self.0.directory.lock().await;
        let number = keys::counter("accounts");
        let former = self.engine().get(Space::Directory, &number).await?;
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
            .push((Space::Directory, number.clone(), former));
        batch.put(Space::Directory, number, id.to_be_bytes().to_vec());
        self.claim(&mut batch, &account.address, account.id).await?;
        batch.put(Space::Directory, keys::account(account.id), row(&account)?);
        let secrets = AccountSecrets::with_scram(scram_keys(&new.password, salt, self.0.cost));
        batch.put(Space::Directory, keys::secrets(account.id), row(&secrets)?);
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

    async fn claim(
        &self,
        batch: &mut Batch,
        address: &Address,
        id: AccountId,
    ) -> Result<(), AccountError> {
        let key = keys::address(&address.key());
        let alias = keys::alias(&address.key());
        if self.engine().get(Space::Directory, &key).await?.is_some()
            || self.engine().get(Space::Directory, &alias).await?.is_some()
        {
            return Err(AccountError::Exists(address.to_string()));
        }
        batch.assert_absent(Space::Directory, key.clone());
        batch.put(Space::Directory, key, id.0.to_be_bytes().to_vec());
        Ok(())
    }

    /// Gives an account a further address.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_alias(&self, id: AccountId, alias: Address) -> Result<(), AccountError> {
        self.check_domain(&alias).await?;
        let _held = self.0.directory.lock().await;
        let mut batch = Batch::default();
        self.claim(&mut batch, &alias, id).await?;
        self.change_account(&mut batch, id, |account| account.aliases.push(alias))
            .await?;
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// Changes a password, and with it the keys of SCRAM. App passwords stay.
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
        let _held = self.0.directory.lock().await;
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        let mut batch = Batch::default();
        let hash = PasswordHash::make(password, salt, self.0.cost);
        self.change_account(&mut batch, account.id, |account| {
            account.password = Some(hash)
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

    /// Sets how much an account may keep.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_quota(
        &self,
        id: AccountId,
        quota_bytes: Option<u64>,
    ) -> Result<(), AccountError> {
        let _held = self.0.directory.lock().await;
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

    /// Writes a row of the directory anew, from what is there now. Who else writes it meanwhile,
    /// this process or another, makes the batch fail: nothing is written over unseen.
    pub(crate) async fn rewrite<T, R>(
        &self,
        batch: &mut Batch,
        key: Key,
        change: impl FnOnce(Option<T>) -> Result<(T, R), AccountError>,
    ) -> Result<R, AccountError>
    where
        T: Serialize + for<'a> Deserialize<'a>,
    {
        let former = self.engine().get(Space::Directory, &key).await?;
        let (new, told) = change(former.as_deref().map(parse).transpose()?)?;
        batch.asserts.push((Space::Directory, key.clone(), former));
        batch.put(Space::Directory, key, row(&new)?);
        Ok(told)
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
        let _held = self.0.directory.lock().await;
        let mut batch = Batch::default();
        for a in account.addresses() {
            batch.delete(Space::Directory, keys::address(&a.key()));
        }
        batch.delete(Space::Directory, keys::account(account.id));
        batch.delete(Space::Directory, keys::subscriptions(account.id));
        batch.delete(Space::Directory, keys::secrets(account.id));
        batch.delete(Space::Directory, keys::progress(account.id));
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
            .get(Space::Directory, &keys::account(id))
            .await?
            .map(|row| parse(&row))
            .transpose()
    }

    /// The account of exactly this address or alias.
    ///
    /// # Errors
    /// As the engine.
    pub async fn account_of(&self, address: &Address) -> Result<Option<Account>, Fault> {
        let id = self
            .engine()
            .get(Space::Directory, &keys::address(&address.key()))
            .await?;
        match id.and_then(|v| v.try_into().ok()).map(u64::from_be_bytes) {
            Some(id) => self.account(AccountId(id)).await,
            None => Ok(None),
        }
    }

    /// The same as it was at most a moment ago: for mail on its way.
    pub(crate) async fn account_of_lately(
        &self,
        address: &Address,
    ) -> Result<Option<Account>, Fault> {
        let id = self
            .engine()
            .get_lately(Space::Directory, &keys::address(&address.key()))
            .await?;
        match id.and_then(|v| v.try_into().ok()).map(u64::from_be_bytes) {
            Some(id) => {
                let id = AccountId(id);
                let row = self
                    .engine()
                    .get_lately(Space::Directory, &keys::account(id))
                    .await?;
                row.map(|row| self.account_in(id, row)).transpose()
            }
            None => Ok(None),
        }
    }

    // A row that is the same as the last time is not taken apart again.
    fn account_in(&self, id: AccountId, row: Value) -> Result<Account, Fault> {
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

    /// Whose mail to an address is: the address itself, an alias, its subaddress, or postmaster,
    /// who is always there (RFC 5321 §4.5.1).
    ///
    /// # Errors
    /// As the engine.
    pub async fn whose(&self, address: &Address) -> Result<Option<ResolvedAddress>, Fault> {
        if let Some(account) = self.account_of_lately(address).await? {
            return Ok(Some(ResolvedAddress {
                account,
                detail: None,
            }));
        }
        let (user, detail) = address.split_subaddress();
        if detail.is_some()
            && let Ok(plain) = Address::parse(&format!("{user}@{}", address.host()))
            && let Some(account) = self.account_of_lately(&plain).await?
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

    /// Who reads postmaster's mail where no account has that address: the oldest account.
    ///
    /// # Errors
    /// As the engine.
    pub async fn postmaster(&self) -> Result<Option<Account>, Fault> {
        let rows = self
            .engine()
            .scan(
                Space::Directory,
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
                Space::Directory,
                keys::ACCOUNTS,
                &after_prefix(keys::ACCOUNTS),
                LIST_MAX,
            )
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }

    /// How many octets an account keeps.
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
