//! Password hashes (Argon2id, RFC 9106) as they are stored. When and on which thread a password is
//! checked is the `login` crate's business.

use mail::Secret;
use serde::{Deserialize, Serialize};

/// How much work one guess costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Iterations of the SCRAM keys; 0: no keys are stored.
    pub scram_iterations: u32,
}

/// The fewest SCRAM iterations that a host may be configured with.
pub const SCRAM_ITERATIONS_MIN: u32 = 10_000;

impl PasswordCost {
    /// OWASP's smaller setting for Argon2id: 19 MiB, two passes.
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

/// A stored password: parameters, salt and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    // Memory in KiB.
    m: u32,
    // Passes.
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

    /// Whether the password is the right one. Takes tens of milliseconds, unless
    /// [`PasswordHash::is_cheap`].
    pub fn fits(&self, password: &Secret) -> bool {
        constant_time_eq(&compute(password, &self.salt, self.m, self.t), &self.hash)
    }

    /// Whether [`PasswordHash::fits`] takes microseconds, as with the Lab's cost.
    pub fn is_cheap(&self) -> bool {
        self.m < 1024
    }
}

fn compute(password: &Secret, salt: &[u8; 16], memory_kib: u32, passes: u32) -> [u8; 32] {
    let mut hash = [0; 32];
    let params =
        argon2::Params::new(memory_kib.max(8), passes.max(1), 1, Some(32)).unwrap_or_default();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    // Only impossible lengths fail, and these are fixed. The hash stays zero then, which matches no
    // password.
    if argon
        .hash_password_into(password.reveal(), salt, &mut hash)
        .is_err()
    {
        hash = [0; 32];
    }
    hash
}

fn constant_time_eq(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_only_the_right_password() {
        let hash = PasswordHash::make(&Secret::new("sesame"), [7; 16], PasswordCost::NONE);
        assert!(hash.fits(&Secret::new("sesame")));
        for wrong in ["Sesame", "sesame ", "", "sesam"] {
            assert!(!hash.fits(&Secret::new(wrong)), "{wrong:?}");
        }
    }
}
