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
        Auth { spf: Mode::Note, dkim: Noted::Note, dmarc: Mode::Enforce, arc: Mode::Note, trusted_sealers: Vec::new() }
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
            dkim: if auth.dkim == Noted::Off { auth::Mode::Off } else { auth::Mode::Note },
            dmarc: auth.dmarc.into(),
            arc: auth.arc.into(),
            trusted_sealers: auth.trusted_sealers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn check(section: &str) -> Result<auth::Policies, String> {
        let text = format!("[server]\nhostname = \"mx.a.test\"\n[auth]\n{section}");
        Config::parse(&text).map(|c| (&c.auth).into()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_the_role() {
        assert_eq!(check(""), Ok(auth::Policies::default()));
    }

    #[test]
    fn each_check_is_switched_on_its_own() {
        let policies =
            check("spf = \"enforce\"\ndkim = \"off\"\ndmarc = \"note\"\narc = \"enforce\"\ntrusted_sealers = [\"lists.test\"]\n").unwrap();
        use auth::Mode::{Enforce, Note, Off};
        assert_eq!([policies.spf, policies.dkim, policies.dmarc, policies.arc], [Enforce, Off, Note, Enforce]);
        assert!(check("dkim = \"enforce\"\n").is_err(), "a broken signature is no reason to refuse");
    }

    #[test]
    fn every_key_is_documented() {
        let docs = include_str!("../../../../docs/CONFIG.md");
        let section = docs.split("## `[auth]`").nth(1).unwrap().split("\n## ").next().unwrap();
        for key in ["spf", "dkim", "dmarc", "arc", "trusted_sealers"] {
            assert!(section.contains(&format!("`{key}`")), "{key} is missing in docs/CONFIG.md");
        }
        assert!(docs.contains("## `[dmarc]`") && docs.contains("`reports`"));
    }
}
