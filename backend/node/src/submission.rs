//! How users come in with their messages: by which mechanisms, from which networks without a login,
//! and what is opened to them.

use login::{Introspection, TokenVerifier};
use mail::{Duration, Network};
use sasl::{Mechanism, Mechanisms};
use smtp::server::Config;
use std::sync::Arc;

/// Submission and its logins.
#[derive(Clone, Debug)]
pub struct SubmissionConfig {
    /// What AUTH offers. Tokens are offered in addition where `introspection` is given.
    pub mechanisms: Mechanisms,
    /// Who knows whose an access token is.
    pub introspection: Option<Introspection>,
    /// From here one may submit without TLS and without a login, under addresses of our own
    /// domains.
    pub networks: Vec<Network>,
    /// VRFY and EXPN tell users who have signed in.
    pub directory: bool,
    /// How long a message may be held back at its sender's wish (RFC 4865); none: not offered.
    pub hold_max: Option<Duration>,
}

impl Default for SubmissionConfig {
    fn default() -> SubmissionConfig {
        SubmissionConfig {
            mechanisms: Mechanisms::of([
                Mechanism::ScramSha256,
                Mechanism::ScramSha1,
                Mechanism::Plain,
                Mechanism::Login,
            ]),
            introspection: None,
            networks: Vec::new(),
            directory: false,
            hold_max: Some(Duration::from_secs(7 * 86_400)),
        }
    }
}

impl SubmissionConfig {
    /// Puts it into how sessions speak.
    pub(crate) fn apply(&self, smtp: &mut Config) {
        smtp.mechanisms = self.mechanisms;
        if self.introspection.is_some() {
            smtp.mechanisms.insert(Mechanism::OAuthBearer);
            smtp.mechanisms.insert(Mechanism::XOAuth2);
        }
        smtp.directory = self.directory;
        smtp.hold_max = self.hold_max;
    }

    /// Who is asked about tokens.
    pub(crate) fn tokens(&self) -> Option<Arc<dyn TokenVerifier>> {
        self.introspection
            .clone()
            .map(|i| Arc::new(i) as Arc<dyn TokenVerifier>)
    }
}
