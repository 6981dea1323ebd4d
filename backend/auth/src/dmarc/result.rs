//! [`DmarcResult`].

use event::catalogue::authentication::AuthResult;

/// The result of DMARC (RFC 8601 §2.7, RFC 9989 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DmarcResult {
    /// The domain publishes no policy.
    None,
    /// A verified domain is aligned with the author's.
    Pass,
    /// No verified domain is aligned.
    Fail,
    /// A lookup failed.
    TempError,
    /// The message names no author's domain that can be looked up.
    PermError,
}

impl DmarcResult {
    /// As in Authentication-Results.
    pub fn as_str(self) -> &'static str {
        match self {
            DmarcResult::None => "none",
            DmarcResult::Pass => "pass",
            DmarcResult::Fail => "fail",
            DmarcResult::TempError => "temperror",
            DmarcResult::PermError => "permerror",
        }
    }
}

impl From<DmarcResult> for AuthResult {
    fn from(result: DmarcResult) -> AuthResult {
        match result {
            DmarcResult::None => AuthResult::None,
            DmarcResult::Pass => AuthResult::Pass,
            DmarcResult::Fail => AuthResult::Fail,
            DmarcResult::TempError => AuthResult::TempError,
            DmarcResult::PermError => AuthResult::PermError,
        }
    }
}
