//! `[login]` and `[submission]`: how users prove who they are, and what they may when they bring
//! messages. Turned into the node's own values; decides nothing.

use super::Span;
use crate::SubmissionConfig;
use crate::login::{Introspection, Mechanism, Mechanisms, SCRAM_ITERATIONS_MIN};
use mail::{Domain, Network, Secret};
use serde::Deserialize;

/// `[login]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// What AUTH offers, besides tokens.
    pub mechanisms: Vec<String>,
    /// Offer the -PLUS form of each SCRAM too.
    pub channel_binding: bool,
    /// How much work SCRAM's keys cost.
    pub scram_iterations: u32,
    /// `https://…`: who knows whose an access token is.
    pub introspection_url: Option<String>,
    /// As whom we ask there.
    pub introspection_client: String,
    /// Our password there.
    pub introspection_secret: String,
    /// A scope that a token must have.
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
    /// Networks that need neither TLS nor a login.
    pub networks: Vec<Network>,
    /// VRFY and EXPN tell users who have signed in.
    pub directory: bool,
    /// How long a message may be held back.
    pub hold_max: Span,
}

impl Default for Submission {
    fn default() -> Submission {
        Submission {
            networks: Vec::new(),
            directory: false,
            hold_max: Span::secs(7 * 86_400),
        }
    }
}

impl Login {
    /// What the section can be wrong about.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn check(&self) -> Result<(), String> {
        if self.scram_iterations < SCRAM_ITERATIONS_MIN {
            return Err(format!(
                "login.scram_iterations must be at least {SCRAM_ITERATIONS_MIN}"
            ));
        }
        self.introspection()?;
        self.offered().map(drop)
    }

    fn offered(&self) -> Result<Mechanisms, String> {
        let mut offered = Mechanisms::default();
        for name in &self.mechanisms {
            match Mechanism::from_name(name) {
                Some(Mechanism::OAuthBearer | Mechanism::XOAuth2) => {
                    return Err(format!(
                        "login.mechanisms: {name} is offered by itself where introspection_url is given"
                    ));
                }
                Some(mechanism) if mechanism.is_plus() => {
                    return Err(format!(
                        "login.mechanisms: {name} is offered where channel_binding is true"
                    ));
                }
                Some(mechanism) => offered.insert(mechanism),
                None => return Err(format!("login.mechanisms: {name} is not spoken here")),
            }
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

    fn introspection(&self) -> Result<Option<Introspection>, String> {
        let Some(url) = &self.introspection_url else {
            return Ok(None);
        };
        let fault = |why: &str| format!("login.introspection_url: {why}");
        let rest = url
            .strip_prefix("https://")
            .ok_or_else(|| fault("must begin with https://"))?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (
                host,
                port.parse().map_err(|_| fault("the port is no number"))?,
            ),
            None => (place, 443),
        };
        let host: Domain = host.parse().map_err(|e| fault(&format!("{e}")))?;
        if !path.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(fault("the path holds what an address of the web cannot"));
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

    /// With `[submission]`, as the node wants it. The configuration was checked.
    pub fn with(&self, submission: &Submission) -> SubmissionConfig {
        SubmissionConfig {
            mechanisms: self.offered().unwrap_or_default(),
            introspection: self.introspection().unwrap_or_default(),
            networks: submission.networks.clone(),
            directory: submission.directory,
            hold_max: Some(submission.hold_max.0).filter(|max| !max.is_zero()),
        }
    }
}
