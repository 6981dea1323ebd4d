//! `[auth]` and `[dmarc]`: authentication of messages from other hosts, and what follows from it.

use serde::Deserialize;

/// `[auth]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// SPF (RFC 7208).
    pub spf: Mode,
    /// DKIM (RFC 6376).
    pub dkim: DkimMode,
    /// DMARC (RFC 9989).
    pub dmarc: Mode,
    /// ARC (RFC 8617).
    pub arc: Mode,
    /// Domains whose ARC seals are trusted.
    pub trusted_sealers: Vec<String>,
}

impl Default for Auth {
    fn default() -> Auth {
        Auth {
            spf: Mode::Note,
            dkim: DkimMode::Note,
            dmarc: Mode::Enforce,
            arc: Mode::Note,
            trusted_sealers: Vec::new(),
        }
    }
}

/// `[dmarc]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dmarc {
    /// Send a daily aggregate report to domains that request one (RFC 9990).
    pub reports: bool,
}

/// What follows from a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Not verified.
    Off,
    /// Verified and recorded.
    Note,
    /// Verified, recorded and acted upon.
    Enforce,
}

/// What follows from DKIM: it is never enforced on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DkimMode {
    /// Not verified.
    Off,
    /// Verified and recorded.
    Note,
}

impl From<Mode> for auth::Mode {
    fn from(mode: Mode) -> auth::Mode {
        match mode {
            Mode::Off => auth::Mode::Off,
            Mode::Note => auth::Mode::Note,
            Mode::Enforce => auth::Mode::Enforce,
        }
    }
}

impl From<&Auth> for auth::Policies {
    fn from(auth: &Auth) -> auth::Policies {
        auth::Policies {
            spf: auth.spf.into(),
            dkim: if auth.dkim == DkimMode::Off {
                auth::Mode::Off
            } else {
                auth::Mode::Note
            },
            dmarc: auth.dmarc.into(),
            arc: auth.arc.into(),
            trusted_sealers: auth.trusted_sealers.clone(),
        }
    }
}
