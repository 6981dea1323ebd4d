//! Passwords: kept as Argon2id (RFC 9106), checked by a thread of its own so that no other work
//! waits; what was right a moment ago is known again by a keyed hash in memory, so that a client
//! that opens ten connections costs one computation.

use mail::Secret;
use serde::{Deserialize, Serialize};

/// How much work a guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Iterations of SCRAM's keys; 0: none are kept.
    pub scram_iterations: u32,
}

/// The fewest iterations that a host may be set to.
pub const SCRAM_ITERATIONS_MIN: u32 = 10_000;

impl PasswordCost {
    /// The smaller setting that OWASP names for Argon2id: 19 MiB, two passes.
    pub const USUAL: PasswordCost = PasswordCost {
        memory_kib: 19 * 1024,
        passes: 2,
        scram_iterations: SCRAM_ITERATIONS_MIN,
    };
    /// For the Lab and for tests: no protection, and no SCRAM.
    pub const NONE: PasswordCost = PasswordCost {
        memory_kib: 8,
        passes: 1,
        scram_iterations: 0,
    };
}

/// A password as it is kept: salt, parameters and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    /// KiB.
    m: u32,
    /// Passes.
    t: u32,
    salt: [u8; 16],
    hash: [u8; 32],
}

impl PasswordHash {
    /// Hashes a new password. The salt must be fresh.
    pub fn make(password: &Secret, salt: [u8; 16], cost: PasswordCost) -> PasswordHash {
        let hash = compute(password, &salt, cost.memory_kib, cost.passes);
        PasswordHash {
            m: cost.memory_kib,
            t: cost.passes,
            salt,
            hash,
        }
    }

    /// True where the password is the one. Takes tens of milliseconds: see [`check_beside`].
    pub fn fits(&self, password: &Secret) -> bool {
        same(&compute(password, &self.salt, self.m, self.t), &self.hash)
    }
}

fn compute(password: &Secret, salt: &[u8; 16], memory_kib: u32, passes: u32) -> [u8; 32] {
    let mut hash = [0; 32];
    let params =
        argon2::Params::new(memory_kib.max(8), passes.max(1), 1, Some(32)).unwrap_or_default();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    // Only impossible lengths fail, and these are fixed; then the hash stays zero, which no
    // password has.
    if argon
        .hash_password_into(password.reveal(), salt, &mut hash)
        .is_err()
    {
        hash = [0; 32];
    }
    hash
}

/// Compares without telling by its time where they differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

/// Checks on a thread of its own (in the browser: here and now).
pub(crate) async fn check_beside(hash: PasswordHash, password: Secret) -> bool {
    // Cheap ones are for the Lab, where everything happens in one thread.
    let cheap = hash.m < 1024;
    beside(cheap, move || hash.fits(&password))
        .await
        .unwrap_or(false)
}

/// Computes on a thread of its own, unless it is cheap or there are no threads; none where the
/// system gives no thread.
pub(crate) async fn beside<T: Send + 'static>(
    cheap: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    if cheap || cfg!(target_arch = "wasm32") {
        return Some(work());
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new()
        .name("password".into())
        .spawn(move || drop(tell.send(work())));
    if spawned.is_ok() {
        told.await.ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let hash = PasswordHash::make(&Secret::new("sesame"), [7; 16], PasswordCost::NONE);
        assert!(hash.fits(&Secret::new("sesame")));
        for wrong in ["Sesame", "sesame ", "", "sesam"] {
            assert!(!hash.fits(&Secret::new(wrong)), "{wrong:?}");
        }
    }
}
