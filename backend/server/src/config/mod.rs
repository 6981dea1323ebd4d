//! The one configuration file: TOML, every key with a default but the host's name. What is unknown
//! or impossible is refused with its place.
//!
//! The keys are documented in `docs/CONFIG.md`, which a test keeps complete.

mod report;
mod values;

pub use node::settings::{
    Auth, Dmarc, Door, Journeys, Limits, Login, Outbound, QueueTimes, Submission,
};
pub use report::ConfigError;
pub use values::{Dns, DnssecMode, Listen};

use mail::{Domain, Network, Service};
use node::settings::Settings;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who this host is.
    pub server: Server,
    /// Where it listens.
    #[serde(default)]
    pub listen: Listeners,
    /// Its certificate.
    #[serde(default)]
    pub tls: TlsFiles,
    /// Whom it asks.
    #[serde(default)]
    pub dns: Dns,
    /// How much it takes.
    #[serde(default)]
    pub limits: Limits,
    /// Who may come in.
    #[serde(default)]
    pub door: Door,
    /// What is verified of what comes in.
    #[serde(default)]
    pub auth: Auth,
    /// What other domains are told.
    #[serde(default)]
    pub dmarc: Dmarc,
    /// How users prove who they are.
    #[serde(default)]
    pub login: Login,
    /// What they may when they bring messages.
    #[serde(default)]
    pub submission: Submission,
    /// How it sends.
    #[serde(default)]
    pub outbound: Outbound,
    /// How it waits.
    #[serde(default)]
    pub queue: QueueTimes,
    /// What it remembers of messages.
    #[serde(default)]
    pub journeys: Journeys,
    /// What it writes down.
    #[serde(default)]
    pub log: Log,
    /// Only of a demonstration: whom one may write to.
    #[serde(skip)]
    pub demo_addresses: Vec<String>,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The host's name as MX records name it.
    pub hostname: Domain,
    /// Where everything is kept.
    #[serde(default = "data_default")]
    pub data: PathBuf,
}

fn data_default() -> PathBuf {
    PathBuf::from("/var/lib/glasspost")
}

/// `[listen]`: each an address with a port, a list of such, or `"off"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listeners {
    /// SMTP between hosts.
    pub smtp: Listen,
    /// Submission with STARTTLS.
    pub submission: Listen,
    /// Submission in TLS.
    pub submissions: Listen,
    /// IMAP with STARTTLS.
    pub imap: Listen,
    /// IMAP in TLS.
    pub imaps: Listen,
    /// POP3 with STLS.
    pub pop3: Listen,
    /// POP3 in TLS.
    pub pop3s: Listen,
    /// Webmail over plain HTTP: for loopback, or behind a proxy that does TLS.
    pub http: Listen,
    /// Webmail over HTTPS.
    pub https: Listen,
}

impl Default for Listeners {
    fn default() -> Listeners {
        Listeners {
            smtp: Listen::everywhere(Service::Smtp.port()),
            submission: Listen::everywhere(Service::Submission.port()),
            submissions: Listen::everywhere(Service::Submissions.port()),
            imap: Listen::everywhere(Service::Imap.port()),
            imaps: Listen::everywhere(Service::Imaps.port()),
            pop3: Listen::everywhere(Service::Pop3.port()),
            pop3s: Listen::everywhere(Service::Pop3s.port()),
            http: Listen::off(),
            https: Listen::everywhere(443),
        }
    }
}

/// `[tls]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsFiles {
    /// PEM chain. Without one the host makes an authority and a certificate of its own.
    pub certificate: Option<PathBuf>,
    /// PEM key.
    pub key: Option<PathBuf>,
    /// Further authorities to trust when sending.
    pub trust: Option<PathBuf>,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `"text"` for people, `"json"` for programs.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,store=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Log {
        Log {
            format: LogFormat::Text,
            level: "info".into(),
        }
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Config {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ConfigError`] with line, column and, where a name is unknown, the nearest right one.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|e| ConfigError::new(text, &e))?;
        config.check().map_err(ConfigError::whole)?;
        Ok(config)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, or as [`Config::parse`]; with the path.
    pub fn read(path: &Path) -> Result<Config, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Config::parse(&text).map_err(|e| format!("{}:{e}", path.display()))
    }

    fn check(&self) -> Result<(), String> {
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err("[tls] needs both certificate and key, or neither".into());
        }
        self.settings().check()?;
        match self.door.relay.iter().find(|network| is_everybody(network)) {
            Some(network) => Err(format!(
                "door.relay: {network} would make this host an open relay"
            )),
            None => Ok(()),
        }
    }

    /// What it says of the mail host itself.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: self.limits.clone(),
            door: self.door.clone(),
            auth: self.auth.clone(),
            dmarc: self.dmarc.clone(),
            login: self.login.clone(),
            submission: self.submission.clone(),
            outbound: self.outbound.clone(),
            queue: self.queue.clone(),
            journeys: self.journeys,
        }
    }
}

// No network that is somebody's own is so wide: nobody was ever given more than a /8, or a /16 of
// IPv6.
fn is_everybody(network: &Network) -> bool {
    network.bits() < if network.is_ipv4() { 8 } else { 16 }
}

#[cfg(test)]
mod tests;
