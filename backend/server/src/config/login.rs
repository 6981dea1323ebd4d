//! `[login]` and `[submission]`: how users prove who they are, and what they may when they bring letters. Turned into the node's own
//! values; decides nothing.

use super::values::Span;
use mail::{Domain, Network, Secret};
use node::SubmissionConfig;
use node::login::{Introspection, Mechanism, Mechanisms, SCRAM_ITERATIONS_MIN};
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
            mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"].map(str::to_owned).to_vec(),
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
    /// How long a letter may be held back.
    pub hold_max: Span,
}

impl Default for Submission {
    fn default() -> Submission {
        Submission { networks: Vec::new(), directory: false, hold_max: Span::secs(7 * 86_400) }
    }
}

impl Login {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.scram_iterations < SCRAM_ITERATIONS_MIN {
            return Err(format!("login.scram_iterations must be at least {SCRAM_ITERATIONS_MIN}"));
        }
        self.introspection()?;
        self.offered().map(drop)
    }

    fn offered(&self) -> Result<Mechanisms, String> {
        let mut offered = Mechanisms::default();
        for name in &self.mechanisms {
            match Mechanism::from_name(name) {
                Some(Mechanism::OAuthBearer | Mechanism::XOAuth2) => {
                    return Err(format!("login.mechanisms: {name} is offered by itself where introspection_url is given"));
                }
                Some(mechanism) if mechanism.is_plus() => {
                    return Err(format!("login.mechanisms: {name} is offered where channel_binding is true"));
                }
                Some(mechanism) => offered.insert(mechanism),
                None => return Err(format!("login.mechanisms: {name} is not spoken here")),
            }
        }
        for (plain, plus) in [(Mechanism::ScramSha256, Mechanism::ScramSha256Plus), (Mechanism::ScramSha1, Mechanism::ScramSha1Plus)] {
            if self.channel_binding && offered.contains(plain) {
                offered.insert(plus);
            }
        }
        Ok(offered)
    }

    fn introspection(&self) -> Result<Option<Introspection>, String> {
        let Some(url) = &self.introspection_url else { return Ok(None) };
        let fault = |why: &str| format!("login.introspection_url: {why}");
        let rest = url.strip_prefix("https://").ok_or_else(|| fault("must begin with https://"))?;
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| fault("the port is no number"))?),
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

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn check(text: &str, expected: Result<&str, &str>) {
        let text = format!("[server]\nhostname = \"mx.a.test\"\n{text}\n");
        let got = Config::parse(&text).map(|c| c.login.with(&c.submission).mechanisms.to_string()).map_err(|e| e.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn mechanisms_are_named_and_plus_is_switched() {
        check("", Ok("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"));
        check("[login]\nmechanisms = [\"plain\", \"CRAM-MD5\"]\nchannel_binding = true", Ok("CRAM-MD5 PLAIN"));
        let all = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN";
        check("[login]\nchannel_binding = true", Ok(all));
        check("[login]\nmechanisms = [\"DIGEST-MD5\"]", Err("login.mechanisms: DIGEST-MD5 is not spoken here"));
        let plus = "login.mechanisms: SCRAM-SHA-1-PLUS is offered where channel_binding is true";
        check("[login]\nmechanisms = [\"SCRAM-SHA-1-PLUS\"]", Err(plus));
        check(
            "[login]\nmechanisms = [\"XOAUTH2\"]",
            Err("login.mechanisms: XOAUTH2 is offered by itself where introspection_url is given"),
        );
        check("[login]\nscram_iterations = 9999", Err("login.scram_iterations must be at least 10000"));
        check("[login]\nscram_iterations = 10000", Ok("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"));
    }

    #[test]
    fn whoever_knows_tokens_is_named_by_an_address_of_the_web() {
        let read = |url: &str| {
            let text = format!("[server]\nhostname = \"mx.a.test\"\n[login]\nintrospection_url = \"{url}\"\n");
            let config = Config::parse(&text).map_err(|e| e.to_string())?;
            let asked = config.login.with(&config.submission).introspection.ok_or("none")?;
            Ok::<_, String>(format!("{} {} {}", asked.host, asked.port, asked.path))
        };
        assert_eq!(read("https://id.a.test/oauth2/introspect").as_deref(), Ok("id.a.test 443 /oauth2/introspect"));
        assert_eq!(read("https://id.a.test:8443").as_deref(), Ok("id.a.test 8443 /"));
        for bad in ["http://id.a.test/", "https://id.a.test:x/", "https://a b/", "https://id.a.test/a b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn submission_is_opened_by_networks() {
        let text = "[server]\nhostname = \"mx.a.test\"\n[submission]\nnetworks = [\"192.0.2.0/24\"]\ndirectory = true\nhold_max = \"0s\"\n";
        let config = Config::parse(text).unwrap();
        let submission = config.login.with(&config.submission);
        assert!(submission.networks[0].contains("192.0.2.7".parse().unwrap()) && submission.directory && submission.hold_max.is_none());
        assert!(Config::parse(&text.replace("/24", "/33")).is_err());
    }

    #[test]
    fn every_key_is_documented() {
        let docs = include_str!("../../../../docs/CONFIG.md");
        for key in [
            "mechanisms",
            "channel_binding",
            "scram_iterations",
            "introspection_url",
            "introspection_client",
            "introspection_secret",
            "introspection_scope",
            "networks",
            "directory",
            "hold_max",
        ] {
            assert!(docs.contains(&format!("`{key}`")), "{key} is missing in docs/CONFIG.md");
        }
    }
}
