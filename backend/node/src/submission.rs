//! Configuration of submission: authentication mechanisms, networks that need no authentication,
//! and optional extensions.

use login::{Introspection, TokenVerifier};
use mail::{Duration, Network};
use msa::SenderIdentity;
use sasl::{Mechanism, Mechanisms};
use smtp::server::Config;
use std::sync::Arc;

/// How users submit messages.
#[derive(Clone, Debug)]
pub struct SubmissionConfig {
    /// What AUTH offers. The token mechanisms are added if `introspection` is set.
    pub mechanisms: Mechanisms,
    /// Token introspection endpoint (RFC 7662).
    pub introspection: Option<Introspection>,
    /// Networks that may submit without TLS and without authentication, with sender addresses of
    /// local domains.
    pub networks: Vec<Network>,
    /// Whom users may name in From.
    pub sender_identity: SenderIdentity,
    /// VRFY and EXPN answer authenticated users.
    pub directory: bool,
    /// Longest FUTURERELEASE delay (RFC 4865); `None` disables the extension.
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
            sender_identity: SenderIdentity::default(),
            directory: false,
            hold_max: Some(Duration::from_secs(7 * 86_400)),
        }
    }
}

impl SubmissionConfig {
    /// Applies the settings to the configuration of SMTP sessions.
    pub(crate) fn apply(&self, smtp: &mut Config) {
        smtp.mechanisms = self.mechanisms;
        if self.introspection.is_some() {
            smtp.mechanisms.insert(Mechanism::OAuthBearer);
            smtp.mechanisms.insert(Mechanism::XOAuth2);
        }
        smtp.directory = self.directory;
        smtp.hold_max = self.hold_max;
    }

    /// The token introspection client.
    pub(crate) fn tokens(&self) -> Option<Arc<dyn TokenVerifier>> {
        self.introspection
            .clone()
            .map(|i| Arc::new(i) as Arc<dyn TokenVerifier>)
    }
}
