//! Password hashes (Argon2id, RFC 9106) as they are stored, of passwords in one form for all ways
//! of typing them (SASLprep, RFC 4013): a keyboard may send `ü` as one character or as two, and
//! digits in full width. When and on which thread a password is checked is the `login` crate's
//! business.

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
        let prepared = prepared(password);
        let password = prepared.as_ref().unwrap_or(password);
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
        let is_right = |password: &Secret| {
            constant_time_eq(&compute(password, &self.salt, self.m, self.t), &self.hash)
        };
        // Former versions hashed what was typed.
        prepared(password).is_some_and(|prepared| is_right(&prepared)) || is_right(password)
    }

    /// Whether [`PasswordHash::fits`] takes microseconds, as with the Lab's cost.
    pub fn is_cheap(&self) -> bool {
        self.m < 1024
    }
}

/// The password in the form of SASLprep; `None` where that changes nothing, or is not defined: then
/// it counts as it is.
pub(crate) fn prepared(password: &Secret) -> Option<Secret> {
    let text = std::str::from_utf8(password.reveal()).ok()?;
    let prepared = sasl::prepare(text)?;
    (prepared != text).then(|| Secret::new(prepared))
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
    fn a_password_may_be_typed_in_any_form() {
        let forms = ["Pa\u{df} \u{fc}1", "Pa\u{df}\u{a0}u\u{308}\u{ff11}"];
        for stored in forms {
            let hash = PasswordHash::make(&Secret::new(stored), [7; 16], PasswordCost::NONE);
            for typed in forms {
                assert!(hash.fits(&Secret::new(typed)), "{stored:?} {typed:?}");
            }
            assert!(!hash.fits(&Secret::new("Pa\u{df} u1")));
        }
        // What SASLprep forbids is compared as it is.
        let hash = PasswordHash::make(&Secret::new("a\u{7}"), [7; 16], PasswordCost::NONE);
        assert!(hash.fits(&Secret::new("a\u{7}")));
    }

    #[test]
    fn hashes_of_former_versions_still_fit() {
        let typed = Secret::new("u\u{308}");
        let former = PasswordHash {
            m: 8,
            t: 1,
            salt: [7; 16],
            hash: compute(&typed, &[7; 16], 8, 1),
        };
        assert!(former.fits(&typed));
    }

    #[test]
    fn fits_only_the_right_password() {
        let hash = PasswordHash::make(&Secret::new("sesame"), [7; 16], PasswordCost::NONE);
        assert!(hash.fits(&Secret::new("sesame")));
        for wrong in ["Sesame", "sesame ", "", "sesam"] {
            assert!(!hash.fits(&Secret::new(wrong)), "{wrong:?}");
        }
    }
}
