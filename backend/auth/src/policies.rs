//! Which authentication methods are evaluated, and whether their results have consequences.

/// What is done with the result of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The method is not evaluated.
    Off,
    /// Evaluated and recorded.
    Note,
    /// Evaluated, recorded, and applied.
    Enforce,
}

/// How a host evaluates incoming messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Enforce: reject what fails SPF, whatever the result of DMARC.
    pub spf: Mode,
    /// An invalid signature never rejects a message (RFC 6376 §6.1): [`Mode::Enforce`] has the
    /// effect of [`Mode::Note`].
    pub dkim: Mode,
    /// Enforce: apply the policy of the author's domain.
    pub dmarc: Mode,
    /// Enforce: a message that fails DMARC here is accepted where one of `trusted_sealers` sealed
    /// that it passed DMARC there.
    pub arc: Mode,
    /// The domains whose ARC seals are trusted.
    pub trusted_sealers: Vec<String>,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies {
            spf: Mode::Note,
            dkim: Mode::Note,
            dmarc: Mode::Enforce,
            arc: Mode::Note,
            trusted_sealers: Vec::new(),
        }
    }
}

impl Policies {
    /// Whether no method is evaluated.
    pub fn all_off(&self) -> bool {
        [self.spf, self.dkim, self.dmarc, self.arc] == [Mode::Off; 4]
    }
}
