//! The rows of accounts, domains and aliases: their encoding, changes of them, and why a change is
//! refused.

use crate::Store;
use crate::engine::{Batch, Fault, Key, Keyspace};
use mail::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// The most accounts or domains that are listed.
pub(crate) const LIST_MAX: usize = 1_000_000;

pub(crate) fn row<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|e| Fault::Broken(e.to_string()))
}

pub(crate) fn parse<T: for<'a> Deserialize<'a>>(row: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(row)
        .map_err(|e| Fault::Broken(format!("a directory row cannot be decoded: {e}")))
}

pub(crate) fn check_password(password: &Secret) -> Result<(), AccountError> {
    let bytes = password.reveal();
    if bytes.is_empty() || bytes.len() > 1024 || bytes.contains(&0) {
        Err(AccountError::Password)
    } else {
        Ok(())
    }
}

impl Store {
    /// Adds to the batch a change of a directory row, computed from its present value. The batch
    /// fails with a conflict if the row is changed meanwhile, by this process or another.
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
}
