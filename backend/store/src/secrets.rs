//! An account's login secrets besides its password hash: SCRAM keys, derived from the password; app
//! passwords, one per program and each removable alone; and an optional shared secret in the clear,
//! which CRAM-MD5 needs. Does not check logins: the `login` crate does.

use crate::directory::{AccountError, check_password, parse};
use crate::engine::{self, Batch, Fault, Keyspace};
use crate::password::{PasswordCost, PasswordHash, prepared};
use crate::{Store, keys};
use hmac::{Hmac, Mac};
use mail::{AccountId, Address, Secret, Time};
use sasl::scram::{Hash, Keys, SALT_BYTES};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The most app passwords of one account.
pub const APP_PASSWORDS_MAX: usize = 50;
// The longest name of an app password.
const NAME_CHARS_MAX: usize = 80;

// Small letters and digits that are not mistaken for one another: no `l`, `o`, `0` and `1`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
// The prefix by which an app password is looked up; it is not secret.
const PREFIX_CHARS: usize = 4;
// The length of an app password; 80 bits of it are secret.
const APP_CHARS: usize = PREFIX_CHARS + 16;

/// A password made for one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPassword {
    /// The name that its owner gave it: `phone`.
    pub name: String,
    /// When it was made.
    pub created: Time,
    #[serde(alias = "mark")]
    prefix: String,
    hash: PasswordHash,
}

/// The login secrets of an account: one row of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountSecrets {
    pub(crate) scram: Vec<Keys>,
    pub(crate) apps: Vec<AppPassword>,
    // In the clear, as CRAM-MD5 needs it.
    shared: Option<Vec<u8>>,
}

impl AccountSecrets {
    pub(crate) fn with_scram(scram: Vec<Keys>) -> AccountSecrets {
        AccountSecrets {
            scram,
            ..AccountSecrets::default()
        }
    }

    /// Whether there are SCRAM keys.
    pub fn has_scram(&self) -> bool {
        !self.scram.is_empty()
    }

    /// The SCRAM keys, one per hash function.
    pub fn into_scram(self) -> Vec<Keys> {
        self.scram
    }

    /// The shared secret for CRAM-MD5.
    pub fn shared(&self) -> Option<Secret> {
        self.shared.clone().map(Secret::new)
    }

    /// The app password with the prefix of `password`, its hash, and `password` in the normal form
    /// in which it is to be compared with the hash.
    pub fn app_password_for(
        &self,
        password: &Secret,
    ) -> Option<(&AppPassword, PasswordHash, Secret)> {
        let plain = normal_form(password)?;
        let app = self
            .apps
            .iter()
            .find(|app| app.prefix == plain[..PREFIX_CHARS])?;
        Some((app, app.hash.clone(), Secret::new(plain)))
    }
}

// The password without the dashes, spaces and capitals that a person may write.
fn normal_form(password: &Secret) -> Option<String> {
    let prepared = prepared(password);
    let password = prepared.as_ref().unwrap_or(password);
    let text = std::str::from_utf8(password.reveal()).ok()?;
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    (plain.len() == APP_CHARS && plain.bytes().all(|b| ALPHABET.contains(&b))).then_some(plain)
}

/// Derives SCRAM keys for both hash functions; none where the cost has no iterations or the
/// password cannot be prepared (RFC 8265).
pub fn scram_keys(password: &Secret, salt: [u8; 16], cost: PasswordCost) -> Vec<Keys> {
    if cost.scram_iterations == 0 {
        return Vec::new();
    }
    let make = |hash| {
        Keys::make(
            hash,
            password,
            &scram_salt(&salt, hash),
            cost.scram_iterations,
        )
    };
    [Hash::Sha256, Hash::Sha1]
        .into_iter()
        .filter_map(make)
        .collect()
}

// The salt is sent to every client, so it must not be the salt of the password's own hash.
fn scram_salt(salt: &[u8; 16], hash: Hash) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else {
        return Vec::new();
    };
    mac.update(b"SCRAM");
    mac.update(&[hash as u8]);
    mac.finalize().into_bytes()[..SALT_BYTES].to_vec()
}

impl Store {
    /// The login secrets of an account; empty where it has none.
    ///
    /// # Errors
    /// As the engine.
    pub async fn secrets(&self, id: AccountId) -> Result<AccountSecrets, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Directory, &keys::secrets(id))
            .await?;
        row.map_or_else(|| Ok(AccountSecrets::default()), |row| parse(&row))
    }

    // Changes an account's secrets under the directory lock.
    async fn change_secrets<T>(
        &self,
        address: &Address,
        change: impl FnOnce(&mut AccountSecrets) -> Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        let _guard = self.0.directory.lock().await;
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        let mut batch = Batch::default();
        let changed = |secrets: Option<AccountSecrets>| {
            let mut secrets = secrets.unwrap_or_default();
            change(&mut secrets).map(|result| (secrets, result))
        };
        let result = self
            .rewrite(&mut batch, keys::secrets(account.id), changed)
            .await?;
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(result)
    }

    /// Makes an app password from fresh random bytes and returns it, to be shown once: only its
    /// hash is stored. It is accepted wherever the account's own password is.
    ///
    /// # Errors
    /// [`AccountError`]: no such account, a name that is empty, too long or taken, or too many.
    pub async fn add_app_password(
        &self,
        address: &Address,
        name: &str,
        random: [u8; 36],
        now: Time,
    ) -> Result<String, AccountError> {
        let name = name.trim().to_owned();
        let fits = !name.is_empty()
            && name.chars().count() <= NAME_CHARS_MAX
            && !name.chars().any(char::is_control);
        if !fits {
            return Err(AccountError::AppName);
        }
        let (indices, salt) = random.split_at(APP_CHARS);
        let plain: String = indices
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
            .collect();
        let mut fresh = [0; 16];
        fresh.copy_from_slice(salt);
        let hash = PasswordHash::make(&Secret::new(plain.as_str()), fresh, self.0.cost);
        let prefix = plain[..PREFIX_CHARS].to_owned();
        self.change_secrets(address, |secrets| {
            if secrets.apps.len() >= APP_PASSWORDS_MAX {
                return Err(AccountError::TooManyApps);
            }
            // Prefixes collide once in a million; the caller makes another password then.
            if secrets
                .apps
                .iter()
                .any(|app| app.name == name || app.prefix == prefix)
            {
                return Err(AccountError::Exists(name.clone()));
            }
            secrets.apps.push(AppPassword {
                name,
                created: now,
                prefix,
                hash,
            });
            Ok(())
        })
        .await?;
        let groups: Vec<&str> = (0..APP_CHARS)
            .step_by(4)
            .map(|i| &plain[i..i + 4])
            .collect();
        Ok(groups.join("-"))
    }

    /// An account's app passwords, oldest first.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn app_passwords(&self, address: &Address) -> Result<Vec<AppPassword>, AccountError> {
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        Ok(self.secrets(account.id).await?.apps)
    }

    /// Removes an app password, which is not accepted from then on.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn remove_app_password(
        &self,
        address: &Address,
        name: &str,
    ) -> Result<(), AccountError> {
        self.change_secrets(address, |secrets| {
            let before = secrets.apps.len();
            secrets.apps.retain(|app| app.name != name);
            if secrets.apps.len() == before {
                Err(AccountError::Missing(name.to_owned()))
            } else {
                Ok(())
            }
        })
        .await
    }

    /// Sets or removes an account's shared secret for CRAM-MD5. It is stored in the clear, so it
    /// should not be the password.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn set_shared_secret(
        &self,
        address: &Address,
        secret: Option<&Secret>,
    ) -> Result<(), AccountError> {
        if let Some(secret) = secret {
            check_password(secret)?;
        }
        self.change_secrets(address, |secrets| {
            secrets.shared = secret.map(|s| s.reveal().to_vec());
            Ok(())
        })
        .await
    }

    /// Stores the SCRAM keys of an account that has none yet.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn add_scram_keys(
        &self,
        address: &Address,
        keys: Vec<Keys>,
    ) -> Result<(), AccountError> {
        self.change_secrets(address, |secrets| {
            if secrets.scram.is_empty() {
                secrets.scram = keys;
            }
            Ok(())
        })
        .await
    }

    /// The secret from which this host derives SCRAM salts for unknown names. The first call stores
    /// `fresh` as the secret.
    ///
    /// # Errors
    /// As the engine.
    pub async fn salt_secret(&self, fresh: [u8; 32]) -> Result<Vec<u8>, Fault> {
        let key = keys::SALT_SECRET.to_vec();
        if let Some(kept) = self.engine().get(Keyspace::Directory, &key).await? {
            return Ok(kept);
        }
        let _guard = self.0.directory.lock().await;
        if let Some(kept) = self.engine().get(Keyspace::Directory, &key).await? {
            return Ok(kept);
        }
        let mut batch = Batch::default();
        batch.put(Keyspace::Directory, key, fresh.to_vec());
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(fresh.to_vec())
    }
}
