//! Login: checks passwords, app passwords, SCRAM proofs, CRAM-MD5 digests and access tokens against
//! the store, and throttles guessing. Every protocol and the webmail use one [`Authenticator`] per
//! host, so that failed attempts are counted together. Keeps no rows of its own: password hashes,
//! keys and app passwords are rows of [`store`].
//!
//! Failures: [`LoginError::InvalidCredentials`] does not reveal whether the account exists;
//! [`LoginError::Throttled`] after too many failed attempts from one address;
//! [`LoginError::Unavailable`] when the store or the token issuer fails, which is not counted as a
//! failed attempt. The protocols answer 535 5.7.8, 454 4.7.0 and 454 4.7.0 (RFC 4954 §6) or their
//! equivalents.

mod authenticator;
mod password;
mod throttle;
mod token;

pub use authenticator::{Authenticated, Authenticator, LoginError, LoginMethod};
pub use throttle::FAILED_ATTEMPTS_MAX;
pub use token::{Introspection, TokenError, TokenRejection, TokenVerifier};

#[cfg(test)]
mod tests;
