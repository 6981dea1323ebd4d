//! SPF (RFC 7208): may this host send in the name of this domain? Reads the record, walks through
//! it with the host's resolver, and tells which term decided.

mod check;
mod macros;
mod record;

pub use check::{LOOKUPS_MAX, Spf, SpfCheck, VOID_LOOKUPS_MAX, check};

use event::catalogue::authentication::AuthResult;
use std::fmt;

/// `check_host()` results (RFC 7208 §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpfResult {
    /// No record.
    None,
    /// The domain says nothing about the host.
    Neutral,
    /// It may.
    Pass,
    /// It may not.
    Fail,
    /// Probably not.
    SoftFail,
    /// DNS failed.
    TempError,
    /// The record cannot be used.
    PermError,
}

impl SpfResult {
    /// As in Authentication-Results (RFC 8601 §2.7.2).
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
