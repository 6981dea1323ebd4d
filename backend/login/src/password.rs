//! Password checks: Argon2id runs on a thread of its own so that it does not block the executor, at
//! most [`COMPUTATIONS_MAX`] at once since each takes the cost's memory. A password that was right
//! a moment ago is recognized by a keyed digest in memory, so that a client that opens ten
//! connections costs one computation.

use crate::throttle::TABLE_MAX;
use hmac::{Hmac, Mac};
use mail::{AccountId, Duration, Secret, Time};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::Mutex;
use store::PasswordHash;
use tokio::sync::Semaphore;
use world::lock;

const COMPUTATIONS_MAX: usize = 2;
// How long a right password is recognized without computing its hash again.
const REMEMBERED_FOR: Duration = Duration::from_secs(10 * 60);

/// A password of an account: its own, or an app password by name.
pub(crate) type PasswordKey = (AccountId, Option<String>);

/// The result of a password check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckedPassword {
    /// Wrong.
    Mismatch,
    /// Right, and recognized from memory.
    Remembered,
    /// Right, and the hash was computed.
    Computed,
}

/// Checks passwords and remembers right ones.
pub(crate) struct PasswordChecker {
    key: [u8; 32],
    remembered: Mutex<HashMap<PasswordKey, (Vec<u8>, Time)>>,
    computing: Semaphore,
}

impl PasswordChecker {
    /// A checker whose digests are keyed with fresh random bytes.
    pub(crate) fn new(key: [u8; 32]) -> PasswordChecker {
        PasswordChecker {
            key,
            remembered: Mutex::default(),
            computing: Semaphore::new(COMPUTATIONS_MAX),
        }
    }

    /// Checks a password against its stored hash.
    pub(crate) async fn check(
        &self,
        which: PasswordKey,
        hash: PasswordHash,
        password: &Secret,
        now: Time,
    ) -> CheckedPassword {
        let Ok(digest) = self.digest(&hash, password) else {
            return CheckedPassword::Mismatch;
        };
        let known = lock(&self.remembered)
            .get(&which)
            .is_some_and(|(tag, until)| *until > now && digest.clone().verify_slice(tag).is_ok());
        if known {
            return CheckedPassword::Remembered;
        }
        if !self.compute(hash, password).await {
            return CheckedPassword::Mismatch;
        }
        let mut table = lock(&self.remembered);
        if table.len() >= TABLE_MAX {
            table.retain(|_, (_, until)| *until > now);
        }
        let tag = digest.finalize().into_bytes().to_vec();
        table.insert(which, (tag, now + REMEMBERED_FOR));
        CheckedPassword::Computed
    }

    /// Computes the hash of a password and compares it.
    pub(crate) async fn compute(&self, hash: PasswordHash, password: &Secret) -> bool {
        let Ok(_permit) = self.computing.acquire().await else {
            return false;
        };
        let (cheap, password) = (hash.is_cheap(), password.clone());
        run_on_thread(cheap, move || hash.fits(&password))
            .await
            .unwrap_or(false)
    }

    // Covers the stored hash, so that the former password is not recognized after a change.
    fn digest(
        &self,
        hash: &PasswordHash,
        password: &Secret,
    ) -> Result<Hmac<Sha256>, hmac::digest::InvalidLength> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)?;
        mac.update(&serde_json::to_vec(hash).unwrap_or_default());
        mac.update(password.reveal());
        Ok(mac)
    }
}

/// Runs a computation on a thread of its own, or in place where it is cheap or there are no threads
/// (in the browser); `None` where the system cannot start a thread.
pub(crate) async fn run_on_thread<T: Send + 'static>(
    cheap: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if cheap || cfg!(target_arch = "wasm32") {
        return Some(work());
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new()
        .name("password".into())
        .spawn(move || drop(sender.send(work())));
    if spawned.is_ok() {
        receiver.await.ok()
    } else {
        None
    }
}
