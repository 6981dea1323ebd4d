//! `[auth]`: what is verified of mail from other hosts, and what is done about it.

use serde::Deserialize;

/// `[auth]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// May the host send in the name of the sender's domain?
    pub spf: Mode,
    /// Do the signatures hold?
    pub dkim: Noted,
    /// Does anybody vouch for the author?
    pub dmarc: Mode,
    /// What did earlier hosts see?
    pub arc: Mode,
    /// Whose seals are believed.
    pub trusted_sealers: Vec<String>,
}

impl Default for Auth {
    fn default() -> Auth {
        Auth {
            spf: Mode::Note,
            dkim: Noted::Note,
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
    /// Once a day, tell the domains that want it what came in their name.
    pub reports: bool,
}

/// What is done with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Not verified.
    Off,
    /// Verified and written down.
    Note,
    /// And acted upon.
    Enforce,
}

/// What is done with a verdict that nothing can follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noted {
    /// Not verified.
    Off,
    /// Verified and written down.
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
            dkim: if auth.dkim == Noted::Off {
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
