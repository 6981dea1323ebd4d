//! The configuration file: TOML, of which only the host name is required. Old key names are
//! accepted with a warning.
//!
//! The keys are documented in `docs/CONFIG.md`; tests check that it is complete.
//!
//! # Failures
//! An unknown key or a value that cannot be used is a [`ConfigError`] with line and column.

mod error;
mod value_reader;
mod values;

pub use error::{ConfigError, ConfigProblem, Position, RenamedKeyWarning};
pub use node::settings::{
    Auth, Dmarc, Inbound, Journeys, Limits, Login, Outbound, QueueTimes, Submission,
};
pub use values::{ByteSize, Dns, DnssecMode, Listen, Storage};

use mail::{Domain, Network, Service};
use node::settings::{RENAMED_KEYS, Settings, current_key};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use value_reader::ValueReader;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Host name and data folder.
    pub server: Server,
    /// Listening addresses.
    #[serde(default)]
    pub listen: Listeners,
    /// Certificate and trusted authorities.
    #[serde(default)]
    pub tls: TlsFiles,
    /// DNS resolver.
    #[serde(default)]
    pub dns: Dns,
    /// The disk.
    #[serde(default)]
    pub storage: Storage,
    /// Sizes and counts.
    #[serde(default)]
    pub limits: Limits,
    /// Who may deliver mail on port 25.
    #[serde(default, alias = "door")]
    pub inbound: Inbound,
    /// Authentication of incoming messages: SPF, DKIM, DMARC, ARC.
    #[serde(default)]
    pub auth: Auth,
    /// DMARC aggregate reports.
    #[serde(default)]
    pub dmarc: Dmarc,
    /// How users authenticate.
    #[serde(default)]
    pub login: Login,
    /// What users may do when they submit messages.
    #[serde(default)]
    pub submission: Submission,
    /// Delivery to other hosts.
    #[serde(default)]
    pub outbound: Outbound,
    /// Retry intervals.
    #[serde(default)]
    pub queue: QueueTimes,
    /// How long journeys are kept.
    #[serde(default)]
    pub journeys: Journeys,
    /// Log format and level.
    #[serde(default)]
    pub log: Log,
    /// In a demonstration: addresses that the webmail suggests as recipients.
    #[serde(skip)]
    pub demo_addresses: Vec<String>,
    /// Keys that are written with their old names.
    #[serde(skip)]
    pub renamed_keys: Vec<RenamedKeyWarning>,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Host name, as MX records name it.
    pub hostname: Domain,
    /// Data folder: database, large messages, self-signed certificate.
    #[serde(default = "data_default")]
    pub data: PathBuf,
}

fn data_default() -> PathBuf {
    PathBuf::from("/var/lib/glasspost")
}

/// `[listen]`: each key is an address with a port, a list of such, or `"off"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listeners {
    /// SMTP from other hosts.
    pub smtp: Listen,
    /// Submission with STARTTLS.
    pub submission: Listen,
    /// Submission with implicit TLS.
    pub submissions: Listen,
    /// IMAP with STARTTLS.
    pub imap: Listen,
    /// IMAP with implicit TLS.
    pub imaps: Listen,
    /// POP3 with STLS.
    pub pop3: Listen,
    /// POP3 with implicit TLS.
    pub pop3s: Listen,
    /// Webmail over plain HTTP: for loopback, or behind a TLS proxy.
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
    /// PEM certificate chain. Without one the host creates its own authority and certificate.
    pub certificate: Option<PathBuf>,
    /// PEM private key.
    pub key: Option<PathBuf>,
    /// Additional authorities trusted for outgoing connections.
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

/// Format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human-readable.
    Text,
    /// JSON.
    Json,
}

impl Config {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// The first error, with its position.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let document = DeTable::parse(text).map_err(|e| ConfigError::syntax(text, &e))?;
        let renamed_keys = renamed_keys(text, document.get_ref());
        let mut config = Config::deserialize(ValueReader::document(document))
            .map_err(|e| ConfigError::read(text, e))?;
        config.check().map_err(|problem| ConfigError {
            position: position_of(text, &problem),
            problem,
        })?;
        config.renamed_keys = renamed_keys;
        Ok(config)
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read, or as [`Config::parse`]; the text begins with the path.
    pub fn read(path: &Path) -> Result<Config, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Config::parse(&text).map_err(|e| match e.position {
            Some(_) => format!("{}:{e}", path.display()),
            None => format!("{}: {e}", path.display()),
        })
    }

    fn check(&self) -> Result<(), ConfigProblem> {
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err(ConfigProblem::IncompleteTls);
        }
        self.settings().check().map_err(ConfigProblem::Settings)?;
        match self.inbound.relay.iter().find(|n| is_too_wide(n)) {
            Some(network) => Err(ConfigProblem::OpenRelay {
                network: network.to_string(),
            }),
            None => Ok(()),
        }
    }

    /// The sections that configure the mail host itself.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: self.limits.clone(),
            inbound: self.inbound.clone(),
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

// Nobody owns a network this wide: allocations end at /8, or /16 of IPv6.
fn is_too_wide(network: &Network) -> bool {
    network.bits() < if network.is_ipv4() { 8 } else { 16 }
}

// The keys of the document that have a new name, in the order of the text.
fn renamed_keys(text: &str, document: &DeTable<'_>) -> Vec<RenamedKeyWarning> {
    let mut found = Vec::new();
    for key in RENAMED_KEYS {
        let Some(section) = find_section(document, key.section) else {
            continue;
        };
        if let Some((written, _)) = section.get_key_value(key.old) {
            let position = Position::of(text, written.span().start);
            found.push(RenamedKeyWarning { position, key });
        }
    }
    found.sort_by_key(|warning| warning.position);
    found
}

fn find_section<'a, 'de>(document: &'a DeTable<'de>, path: &[&str]) -> Option<&'a DeTable<'de>> {
    let mut table = document;
    for depth in 0..path.len() {
        table = find(table, &path[..depth], path[depth])?.1.as_table()?;
    }
    Some(table)
}

// A key of a section, by its present name or by its old one.
fn find<'a, 'de>(
    table: &'a DeTable<'de>,
    section: &[&str],
    key: &str,
) -> Option<(std::ops::Range<usize>, &'a DeValue<'de>)> {
    table
        .iter()
        .find(|(written, _)| current_key(section, written.get_ref()) == key)
        .map(|(written, value): (&Spanned<_>, &Spanned<_>)| (written.span(), value.get_ref()))
}

// Where the key at fault is written, if it is.
fn position_of(text: &str, problem: &ConfigProblem) -> Option<Position> {
    let path: Vec<&str> = match problem {
        ConfigProblem::Settings(error) => error.key.split('.').collect(),
        ConfigProblem::OpenRelay { .. } => vec!["inbound", "relay"],
        ConfigProblem::IncompleteTls => vec!["tls"],
        _ => return None,
    };
    let document = DeTable::parse(text).ok()?;
    let (key, section) = path.split_last()?;
    let table = find_section(document.get_ref(), section)?;
    let (span, _) = find(table, section, key)?;
    Some(Position::of(text, span.start))
}

#[cfg(test)]
mod tests;
