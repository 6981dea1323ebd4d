//! [`Identifiers`].

/// The domains that SPF and DKIM verified, whatever the author's domain is.
#[derive(Clone, Debug, Default)]
pub struct Identifiers {
    /// The domain that passed SPF for MAIL FROM (for the null sender: HELO).
    pub spf: Option<String>,
    /// The domain for which SPF had a temporary error.
    pub spf_temporary: Option<String>,
    /// The domains of signatures that passed.
    pub dkim: Vec<String>,
    /// The domains of signatures that had a temporary error.
    pub dkim_temporary: Vec<String>,
}
