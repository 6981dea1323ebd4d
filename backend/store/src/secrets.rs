//! What an account signs in with besides its password: the keys of SCRAM, which are made from the
//! password; app passwords, one for each program and each removable alone; and, only where somebody
//! gave the account one, a secret that can be recovered (CRAM-MD5 needs it). Decides nothing about
//! who is let in: that is [`crate::Logins`].

use crate::account::{check_password, parse};
use crate::engine::{self, Batch, Fault, Space};
use crate::password::{PasswordCost, PasswordHash};
use crate::{AccountError, Store, keys};
use hmac::{Hmac, Mac};
use mail::{AccountId, Address, Secret, Time};
use sasl::scram::{Hash, Keys, SALT_BYTES};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// App passwords of one account.
pub const APP_PASSWORDS_MAX: usize = 50;
/// The longest name of one, in characters.
const NAME_CHARS_MAX: usize = 80;

/// Small letters and digits that nobody takes for one another: no `l` and no `o`, no `0` and no
/// `1`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The characters in front by which an app password is found; they are no secret.
const MARK_CHARS: usize = 4;
/// All characters of an app password: 80 bits are secret.
const APP_CHARS: usize = MARK_CHARS + 16;

/// A password made for one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPassword {
    /// What its owner calls it: `phone`.
    pub name: String,
    /// Since when.
    pub created: Time,
    mark: String,
    hash: PasswordHash,
}

/// An account's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Secrets {
    pub(crate) scram: Vec<Keys>,
    pub(crate) apps: Vec<AppPassword>,
    /// In the clear, since that is what CRAM-MD5 needs.
    shared: Option<Vec<u8>>,
}

impl Secrets {
    /// Of a password just set, and nothing else.
    pub(crate) fn of(scram: Vec<Keys>) -> Secrets {
        Secrets {
            scram,
            ..Secrets::default()
        }
    }

    pub(crate) fn shared(&self) -> Option<Secret> {
        self.shared.clone().map(Secret::new)
    }

    /// The app password that this one may be, by its mark, with what is to be compared.
    pub(crate) fn app_for(
        &self,
        password: &Secret,
    ) -> Option<(&AppPassword, PasswordHash, Secret)> {
        let plain = normal_form(password)?;
        let app = self
            .apps
            .iter()
            .find(|app| app.mark == plain[..MARK_CHARS])?;
        Some((app, app.hash.clone(), Secret::new(plain)))
    }
}

// As it was made, whatever dashes, spaces and capitals a person wrote.
fn normal_form(password: &Secret) -> Option<String> {
    let text = std::str::from_utf8(password.reveal()).ok()?;
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    (plain.len() == APP_CHARS && plain.bytes().all(|b| ALPHABET.contains(&b))).then_some(plain)
}

/// The keys of SCRAM, for both hash functions; none where the cost says so or the password cannot
/// be prepared.
pub(crate) fn scram_keys(password: &Secret, salt: [u8; 16], cost: PasswordCost) -> Vec<Keys> {
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

// Told to everybody who asks, so it must not be the salt of the password's own hash.
fn scram_salt(salt: &[u8; 16], hash: Hash) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else {
        return Vec::new();
    };
    mac.update(b"SCRAM");
    mac.update(&[hash as u8]);
    mac.finalize().into_bytes()[..SALT_BYTES].to_vec()
}

impl Store {
    pub(crate) async fn secrets(&self, id: AccountId) -> Result<Secrets, Fault> {
        let row = self
            .engine()
            .get(Space::Directory, &keys::secrets(id))
            .await?;
        row.map_or_else(|| Ok(Secrets::default()), |row| parse(&row))
    }

    // Changes an account's secrets; nobody else does meanwhile.
    async fn change<T>(
        &self,
        address: &Address,
        change: impl FnOnce(&mut Secrets) -> Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        let _held = self.0.directory.lock().await;
        let account = self
            .account_of(address)
            .await?
            .ok_or_else(|| AccountError::Missing(address.to_string()))?;
        let mut batch = Batch::default();
        let changed = |secrets: Option<Secrets>| {
            let mut secrets = secrets.unwrap_or_default();
            change(&mut secrets).map(|told| (secrets, told))
        };
        let told = self
            .rewrite(&mut batch, keys::secrets(account.id), changed)
            .await?;
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(told)
    }

    /// Makes an app password from fresh random bytes and gives it, to be shown once: it is kept as
    /// a hash only. With it one signs in wherever the account's own password is taken.
    ///
    /// # Errors
    /// [`AccountError`]: no such account, a name that is empty, too long or taken, or too many.
    pub async fn add_app_password(
        &self,
        address: &Address,
        name: &str,
        rng: [u8; 36],
        now: Time,
    ) -> Result<String, AccountError> {
        let name = name.trim().to_owned();
        let fits = !name.is_empty()
            && name.chars().count() <= NAME_CHARS_MAX
            && !name.chars().any(char::is_control);
        if !fits {
            return Err(AccountError::AppName);
        }
        let (messages, salt) = rng.split_at(APP_CHARS);
        let plain: String = messages
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
            .collect();
        let mut fresh = [0; 16];
        fresh.copy_from_slice(salt);
        let hash = PasswordHash::make(&Secret::new(plain.as_str()), fresh, self.0.cost);
        let mark = plain[..MARK_CHARS].to_owned();
        self.change(address, |secrets| {
            if secrets.apps.len() >= APP_PASSWORDS_MAX {
                return Err(AccountError::TooManyApps);
            }
            // One chance in a million that the marks are the same: then another is to be made.
            if secrets
                .apps
                .iter()
                .any(|app| app.name == name || app.mark == mark)
            {
                return Err(AccountError::Exists(name.clone()));
            }
            secrets.apps.push(AppPassword {
                name,
                created: now,
                mark,
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

    /// Takes an app password back: from now on nobody signs in with it.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn remove_app_password(
        &self,
        address: &Address,
        name: &str,
    ) -> Result<(), AccountError> {
        self.change(address, |secrets| {
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

    /// Gives an account a secret for CRAM-MD5, or takes it away. It is kept so that it can be read:
    /// whoever can read the store can use it. It should be another one than the password.
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
        self.change(address, |secrets| {
            secrets.shared = secret.map(|s| s.reveal().to_vec());
            Ok(())
        })
        .await
    }

    /// Keeps the keys of SCRAM that were made from a password just seen to be right, where the
    /// account has none yet.
    pub(crate) async fn add_scram_keys(
        &self,
        address: &Address,
        made: Vec<Keys>,
    ) -> Result<(), AccountError> {
        self.change(address, |secrets| {
            if secrets.scram.is_empty() {
                secrets.scram = made;
            }
            Ok(())
        })
        .await
    }

    /// The host's own secret behind the salts of names that do not exist; `fresh` becomes it the
    /// first time.
    pub(crate) async fn salt_secret(&self, fresh: [u8; 32]) -> Result<Vec<u8>, Fault> {
        let key = keys::SALT_SECRET.to_vec();
        if let Some(kept) = self.engine().get(Space::Directory, &key).await? {
            return Ok(kept);
        }
        let _held = self.0.directory.lock().await;
        if let Some(kept) = self.engine().get(Space::Directory, &key).await? {
            return Ok(kept);
        }
        let mut batch = Batch::default();
        batch.put(Space::Directory, key, fresh.to_vec());
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(fresh.to_vec())
    }
}
