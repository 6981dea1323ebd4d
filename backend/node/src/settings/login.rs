//! `[login]` and `[submission]`: how users authenticate, and what they may do when they submit
//! messages. Converted to [`SubmissionConfig`]; decides nothing.

use super::{HumanDuration, SettingsError, SettingsProblem, UrlProblem};
use crate::SubmissionConfig;
use crate::login::{Introspection, Mechanism, Mechanisms, SCRAM_ITERATIONS_MIN};
use mail::{Domain, Network, Secret};
use serde::Deserialize;

/// `[login]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// SASL mechanisms offered by AUTH, without the token mechanisms.
    pub mechanisms: Vec<String>,
    /// Offer the -PLUS variant of each SCRAM mechanism too.
    pub channel_binding: bool,
    /// SCRAM iteration count.
    pub scram_iterations: u32,
    /// `https://…`: the token introspection endpoint (RFC 7662).
    pub introspection_url: Option<String>,
    /// Client name at that endpoint.
    pub introspection_client: String,
    /// Client password at that endpoint.
    pub introspection_secret: String,
    /// Scope that a token must have.
    pub introspection_scope: Option<String>,
}

impl Default for Login {
    fn default() -> Login {
        Login {
            mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]
                .map(str::to_owned)
                .to_vec(),
            channel_binding: false,
            scram_iterations: SCRAM_ITERATIONS_MIN,
            introspection_url: None,
            introspection_client: String::new(),
            introspection_secret: String::new(),
            introspection_scope: None,
        }
    }
}

/// `[submission]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Submission {
    /// Networks that may submit without TLS and without authentication.
    pub networks: Vec<Network>,
    /// Whom users may name in From.
    pub sender_identity: SenderIdentity,
    /// VRFY and EXPN answer authenticated users.
    pub directory: bool,
    /// Longest FUTURERELEASE delay; zero disables the extension.
    pub hold_max: HumanDuration,
}

/// `sender_identity`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SenderIdentity {
    /// The account's own addresses and aliases.
    Own,
    /// Any address of the account's domains.
    Domain,
    /// Anybody.
    Any,
}

impl Default for Submission {
    fn default() -> Submission {
        Submission {
            networks: Vec::new(),
            sender_identity: SenderIdentity::Own,
            directory: false,
            hold_max: HumanDuration::secs(7 * 86_400),
        }
    }
}

impl Login {
    /// Checks the values against each other.
    ///
    /// # Errors
    /// [`SettingsError`]: the first that is found.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.scram_iterations < SCRAM_ITERATIONS_MIN {
            return Err(SettingsError::new(
                "login.scram_iterations",
                SettingsProblem::BelowMinimum {
                    min: SCRAM_ITERATIONS_MIN.into(),
                },
            ));
        }
        self.introspection()?;
        self.offered().map(drop)
    }

    fn offered(&self) -> Result<Mechanisms, SettingsError> {
        let mut offered = Mechanisms::default();
        for name in &self.mechanisms {
            let name = name.clone();
            let problem = match Mechanism::from_name(&name) {
                Some(Mechanism::OAuthBearer | Mechanism::XOAuth2) => {
                    SettingsProblem::TokenMechanism { name }
                }
                Some(mechanism) if mechanism.is_plus() => SettingsProblem::PlusMechanism { name },
                Some(mechanism) => {
                    offered.insert(mechanism);
                    continue;
                }
                None => SettingsProblem::UnknownMechanism { name },
            };
            return Err(SettingsError::new("login.mechanisms", problem));
        }
        for (plain, plus) in [
            (Mechanism::ScramSha256, Mechanism::ScramSha256Plus),
            (Mechanism::ScramSha1, Mechanism::ScramSha1Plus),
        ] {
            if self.channel_binding && offered.contains(plain) {
                offered.insert(plus);
            }
        }
        Ok(offered)
    }

    fn introspection(&self) -> Result<Option<Introspection>, SettingsError> {
        let Some(url) = &self.introspection_url else {
            return Ok(None);
        };
        let invalid =
            |problem| SettingsError::new("login.introspection_url", SettingsProblem::Url(problem));
        let rest = url
            .strip_prefix("https://")
            .ok_or_else(|| invalid(UrlProblem::NotHttps))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| invalid(UrlProblem::Port))?),
            None => (authority, 443),
        };
        let host: Domain = host
            .parse()
            .map_err(|e| invalid(UrlProblem::Host(format!("{e}"))))?;
        if !path.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(invalid(UrlProblem::Path));
        }
        Ok(Some(Introspection {
            host,
            port,
            path: format!("/{path}"),
            client: self.introspection_client.clone(),
            secret: Secret::new(self.introspection_secret.as_str()),
            scope: self.introspection_scope.clone(),
        }))
    }

    /// Converts both sections. [`Login::check`] has passed.
    pub fn with(&self, submission: &Submission) -> SubmissionConfig {
        SubmissionConfig {
            mechanisms: self.offered().unwrap_or_default(),
            introspection: self.introspection().unwrap_or_default(),
            networks: submission.networks.clone(),
            sender_identity: match submission.sender_identity {
                SenderIdentity::Own => msa::SenderIdentity::Own,
                SenderIdentity::Domain => msa::SenderIdentity::Domain,
                SenderIdentity::Any => msa::SenderIdentity::Any,
            },
            directory: submission.directory,
            hold_max: Some(submission.hold_max.0).filter(|max| !max.is_zero()),
        }
    }
}
