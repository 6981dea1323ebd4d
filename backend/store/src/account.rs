//! Accounts: creation, changes and removal. They are read from the engine each time, since the
//! command line may change them while the server runs. Does not resolve addresses: see
//! [`crate::ResolvedAddress`].

use crate::directory::{AccountError, LIST_MAX, check_password, parse, row};
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::secrets::{AccountSecrets, scram_keys};
use crate::{PasswordCost, PasswordHash, Store, keys};
use mail::{AccountId, Address, MailboxName, Secret, SpecialUse, Time};
use serde::{Deserialize, Serialize};

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

/// A new account whose password is hashed: the part of its creation that takes long, and needs no
/// store.
pub struct PreparedAccount {
    address: Address,
    name: String,
    password: PasswordHash,
    secrets: AccountSecrets,
}

impl PreparedAccount {
    /// Hashes the password. The salt must be fresh; `cost` is [`Store::password_cost`].
    ///
    /// # Errors
    /// [`AccountError::Password`].
    pub fn new(
        new: NewAccount,
        salt: [u8; 16],
        cost: PasswordCost,
    ) -> Result<PreparedAccount, AccountError> {
        check_password(&new.password)?;
        Ok(PreparedAccount {
            password: PasswordHash::make(&new.password, salt, cost),
            secrets: AccountSecrets::with_scram(scram_keys(&new.password, salt, cost)),
            address: new.address,
            name: new.name,
        })
    }

    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Store {
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
        self.check_domain(&new.address).await?;
        let prepared = PreparedAccount::new(new, salt, self.0.cost)?;
        self.add_prepared(prepared, now).await
    }

    /// As [`Store::add_account`], with a password that is hashed already.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_prepared(
        &self,
        new: PreparedAccount,
        now: Time,
    ) -> Result<Account, AccountError> {
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
            password: Some(new.password),
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
        batch.put(
            Keyspace::Directory,
            keys::secrets(account.id),
            row(&new.secrets)?,
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
