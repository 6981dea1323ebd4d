//! The one configuration file: TOML, every key with a default but the host's name. What is unknown or impossible is refused with its place.
//!
//! The keys are documented in `docs/CONFIG.md`, which a test keeps complete.

mod auth;
mod door;
mod login;
mod outbound;
mod report;
mod values;

pub use auth::{Auth, Dmarc};
pub use door::Door;
pub use login::{Login, Submission};
pub use outbound::Outbound;
pub use report::ConfigError;
pub use values::{Dns, DnssecMode, Listen, Span};

use mail::Domain;
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
    /// What they may when they bring letters.
    #[serde(default)]
    pub submission: Submission,
    /// How it sends.
    #[serde(default)]
    pub outbound: Outbound,
    /// How it waits.
    #[serde(default)]
    pub queue: QueueTimes,
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
            smtp: Listen::everywhere(25),
            submission: Listen::everywhere(587),
            submissions: Listen::everywhere(465),
            imap: Listen::everywhere(143),
            imaps: Listen::everywhere(993),
            pop3: Listen::everywhere(110),
            pop3s: Listen::everywhere(995),
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

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest letter, in octets.
    pub message_bytes_max: u64,
    /// Recipients of one letter.
    pub recipients_max: u32,
    /// Connections at once, all protocols.
    pub connections_max: u32,
    /// Connections at once from one address and protocol.
    pub connections_per_address_max: u32,
    /// Allow signing in without TLS on IMAP and POP3. Only sensible on loopback.
    pub plaintext_login: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 1000,
            connections_max: 20_000,
            connections_per_address_max: 200,
            plaintext_login: false,
        }
    }
}

/// `[queue]`: lengths of time such as `"90s"`, `"1m"`, `"4h"`, `"5d"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueTimes {
    /// Before the second attempt; each next interval is twice as long.
    pub first_retry: Span,
    /// No interval is longer.
    pub longest_retry: Span,
    /// The sender is told that it takes long.
    pub warn_after: Span,
    /// The letter is given up.
    pub give_up_after: Span,
}

impl Default for QueueTimes {
    fn default() -> QueueTimes {
        QueueTimes {
            first_retry: Span::secs(60),
            longest_retry: Span::secs(4 * 3600),
            warn_after: Span::secs(4 * 3600),
            give_up_after: Span::secs(5 * 86_400),
        }
    }
}

impl From<&QueueTimes> for queue::Retry {
    fn from(t: &QueueTimes) -> queue::Retry {
        queue::Retry { first: t.first_retry.0, longest: t.longest_retry.0, warn_after: t.warn_after.0, give_up_after: t.give_up_after.0 }
    }
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
        Log { format: LogFormat::Text, level: "info".into() }
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
        if self.limits.message_bytes_max < 64 * 1024 {
            return Err("limits.message_bytes_max must be at least 65536".into());
        }
        if self.limits.recipients_max < 100 {
            // RFC 5321 §4.5.3.1.8
            return Err("limits.recipients_max must be at least 100 (RFC 5321)".into());
        }
        if self.queue.first_retry.0.as_secs() < 1 || self.queue.longest_retry.0 < self.queue.first_retry.0 {
            return Err("queue.first_retry must be at least 1s and not longer than queue.longest_retry".into());
        }
        self.login.check()?;
        self.outbound.check()?;
        self.door.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let told = match Config::parse(text) {
            Ok(_) => "ok".to_owned(),
            Err(e) => e.to_string(),
        };
        assert_eq!(told, expected, "{text}");
    }

    const HEAD: &str = "[server]\nhostname = \"mx.a.test\"\n";

    #[test]
    fn the_smallest_file_is_a_host_name() {
        check(HEAD, "ok");
        let config = Config::parse(HEAD).unwrap();
        assert_eq!(config.listen.smtp.addresses().len(), 1);
        assert_eq!(config.queue.give_up_after.0.as_secs(), 5 * 86_400);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_the_nearest_name() {
        check(&format!("{HEAD}[limits]\nmesage_bytes_max = 1\n"), "4:1: unknown key `mesage_bytes_max`; did you mean `message_bytes_max`?");
        check(&format!("{HEAD}[lisen]\n"), "3:2: unknown key `lisen`; did you mean `listen`?");
        check(&format!("{HEAD}[log]\nzzz = 1\n"), "4:1: unknown key `zzz`; here may stand: `format`, `level`");
    }

    #[test]
    fn a_bad_value_is_refused_with_its_place() {
        for (text, place) in [
            ("[server]\nhostname = \"a b\"\n", "2:12: "),
            ("[server]\nhostname = \"mx.a.test\"\n[listen]\nsmtp = \"25\"\n", "4:8: "),
            ("[server]\nhostname = \"mx.a.test\"\n[queue]\nfirst_retry = \"soon\"\n", "4:15: "),
            ("[server]\nhostname = \"mx.a.test\"\n[limits]\nrecipients_max = -1\n", "4:18: "),
            ("[server\n", "1:8: "),
            ("", "1:1: "),
        ] {
            let told = Config::parse(text).unwrap_err().to_string();
            assert!(told.starts_with(place), "{told} for {text}");
        }
        check(&format!("{HEAD}[tls]\nkey = \"x\"\n"), "[tls] needs both certificate and key, or neither");
    }

    #[test]
    fn listeners_are_moved_listed_or_switched_off() {
        let config = Config::parse(&format!("{HEAD}[listen]\nsmtp = \"off\"\nimap = [\"127.0.0.1:1143\", \"[::1]:1143\"]\n")).unwrap();
        assert!(config.listen.smtp.addresses().is_empty());
        assert_eq!(config.listen.imap.addresses().len(), 2);
    }

    #[test]
    fn every_key_is_documented_with_its_default() {
        let docs = include_str!("../../../../docs/CONFIG.md");
        for key in [
            "hostname",
            "data",
            "smtp",
            "submission",
            "submissions",
            "imap",
            "imaps",
            "pop3",
            "pop3s",
            "http",
            "https",
            "certificate",
            "key",
            "trust",
            "servers",
            "zone_file",
            "dnssec",
            "trust_anchor",
            "message_bytes_max",
            "recipients_max",
            "connections_max",
            "connections_per_address_max",
            "plaintext_login",
            "port",
            "connections_per_destination_max",
            "letters_per_minute_max",
            "letters_per_connection_max",
            "mta_sts",
            "dane",
            "mta_sts_mode",
            "srs",
            "srs_domain",
            "tls_reports",
            "report_contact",
            "smart_host",
            "route",
            "password_file",
            "first_retry",
            "longest_retry",
            "warn_after",
            "give_up_after",
            "format",
            "level",
        ] {
            assert!(docs.contains(&format!("`{key}`")), "{key} is missing in docs/CONFIG.md");
        }
    }
}
