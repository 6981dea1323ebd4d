//! SPF (RFC 7208): whether a host may send mail in the name of a domain, and which term of the
//! domain's record decides that.

mod check;
mod macros;
mod record;

pub use check::{LOOKUPS_MAX, Spf, SpfCheck, VOID_LOOKUPS_MAX, check};

use event::catalogue::authentication::AuthResult;
use std::fmt;

/// `check_host()` results (RFC 7208 §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpfResult {
    /// The domain has no record.
    None,
    /// The record makes no statement about the host.
    Neutral,
    /// The host is authorized.
    Pass,
    /// The host is not authorized.
    Fail,
    /// The host is probably not authorized.
    SoftFail,
    /// A lookup failed.
    TempError,
    /// The record is invalid or exceeds a limit.
    PermError,
}

impl SpfResult {
    /// The word in Authentication-Results (RFC 8601 §2.7.2).
    pub fn as_str(self) -> &'static str {
        match self {
            SpfResult::None => "none",
            SpfResult::Neutral => "neutral",
            SpfResult::Pass => "pass",
            SpfResult::Fail => "fail",
            SpfResult::SoftFail => "softfail",
            SpfResult::TempError => "temperror",
            SpfResult::PermError => "permerror",
        }
    }
}

impl From<SpfResult> for AuthResult {
    fn from(result: SpfResult) -> AuthResult {
        match result {
            SpfResult::None => AuthResult::None,
            SpfResult::Neutral => AuthResult::Neutral,
            SpfResult::Pass => AuthResult::Pass,
            SpfResult::Fail => AuthResult::Fail,
            SpfResult::SoftFail => AuthResult::SoftFail,
            SpfResult::TempError => AuthResult::TempError,
            SpfResult::PermError => AuthResult::PermError,
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
