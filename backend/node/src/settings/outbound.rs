//! `[outbound]`: delivery to other hosts. Converted to [`OutboundConfig`]; decides nothing.

use super::{SettingsError, SettingsProblem};
use crate::outbound::{Login, OutboundConfig, Relay, RelayTls, TlsReports};
use mail::{Address, Domain, Host, Secret, Service};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// `[outbound]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Port of the remote hosts.
    pub port: u16,
    /// Most concurrent connections to one destination.
    pub connections_per_destination_max: u32,
    /// Most messages to one destination per minute.
    #[serde(alias = "letters_per_minute_max")]
    pub messages_per_minute_max: Option<u32>,
    /// Most messages on one connection.
    #[serde(alias = "letters_per_connection_max")]
    pub messages_per_connection_max: u32,
    /// Apply the MTA-STS policies of other domains (RFC 8461).
    pub mta_sts: bool,
    /// Apply TLSA records of signed zones (RFC 7672).
    pub dane: bool,
    /// Mode of this host's own policy, served at `/.well-known/mta-sts.txt`.
    pub mta_sts_mode: MtaStsMode,
    /// Rewrite the sender of forwarded messages (SRS).
    pub srs: bool,
    /// Domain of rewritten senders; the first local domain by default.
    pub srs_domain: Option<Domain>,
    /// Send TLS reports to domains that request them (RFC 8460).
    pub tls_reports: bool,
    /// Sender of those reports.
    pub report_contact: Option<Address>,
    /// Relay for all remote mail.
    pub smart_host: Option<RelaySettings>,
    /// Relays for single domains.
    pub route: Vec<RouteSettings>,
}

/// Mode of this host's own MTA-STS policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MtaStsMode {
    /// No policy is served.
    Off,
    /// Senders report failures and deliver anyway.
    #[default]
    Testing,
    /// Senders deliver over verified TLS only.
    Enforce,
}

impl MtaStsMode {
    /// The policy file (RFC 8461 §3.2); none if off.
    pub fn policy(self, host: &Domain) -> Option<String> {
        let mode = match self {
            MtaStsMode::Off => return None,
            MtaStsMode::Testing => "testing",
            MtaStsMode::Enforce => "enforce",
        };
        Some(format!(
            "version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: 604800\r\n"
        ))
    }
}

/// A relay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    /// Domain name, or address literal in brackets.
    pub host: String,
    /// Port; by default 465 with implicit TLS, 587 with a user, else 25.
    pub port: Option<u16>,
    /// TLS requirement.
    #[serde(default)]
    pub tls: RelayTlsSetting,
    /// User name at the relay.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// File that holds the password.
    pub password_file: Option<PathBuf>,
}

/// A relay for one domain and its subdomains.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSettings {
    /// Domain.
    pub domain: Domain,
    /// Domain name, or address literal in brackets.
    pub host: String,
    /// Port; by default 465 with implicit TLS, 587 with a user, else 25.
    pub port: Option<u16>,
    /// TLS requirement.
    #[serde(default)]
    pub tls: RelayTlsSetting,
    /// User name at the relay.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// File that holds the password.
    pub password_file: Option<PathBuf>,
}

/// See [`RelayTls`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelayTlsSetting {
    /// STARTTLS with a verified certificate.
    #[default]
    Required,
    /// Implicit TLS with a verified certificate.
    Implicit,
    /// STARTTLS if offered, certificate not verified.
    Opportunistic,
    /// No TLS.
    Never,
}

impl Default for Outbound {
    fn default() -> Outbound {
        Outbound {
            port: 25,
            connections_per_destination_max: 10,
            messages_per_minute_max: None,
            messages_per_connection_max: 100,
            mta_sts: true,
            dane: true,
            mta_sts_mode: MtaStsMode::default(),
            srs: true,
            srs_domain: None,
            tls_reports: false,
            report_contact: None,
            smart_host: None,
            route: Vec::new(),
        }
    }
}

impl RelaySettings {
    fn relay(
        &self,
        key: &'static str,
        domain: Option<Domain>,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Relay, SettingsError> {
        let invalid = |problem| SettingsError::new(key, problem);
        let host = Host::new(&self.host).map_err(|e| {
            invalid(SettingsProblem::RelayHost {
                host: self.host.clone(),
                why: e.to_string(),
            })
        })?;
        let tls = match self.tls {
            RelayTlsSetting::Required => RelayTls::Required,
            RelayTlsSetting::Implicit => RelayTls::Implicit,
            RelayTlsSetting::Opportunistic => RelayTls::Opportunistic,
            RelayTlsSetting::Never => RelayTls::Never,
        };
        let login = self.login(read).map_err(invalid)?;
        if login.is_some() && !tls.proves() {
            let host = self.host.clone();
            return Err(invalid(SettingsProblem::RelayPasswordWithoutTls { host }));
        }
        let default = match (tls, &login) {
            (RelayTls::Implicit, _) => Service::Submissions,
            (_, Some(_)) => Service::Submission,
            (_, None) => Service::Smtp,
        };
        Ok(Relay {
            domain,
            host,
            port: self.port.unwrap_or(default.port()),
            tls,
            login,
        })
    }

    fn login(
        &self,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Option<Login>, SettingsProblem> {
        let host = || self.host.clone();
        let Some(user) = self.user.clone() else {
            if self.password.is_some() || self.password_file.is_some() {
                return Err(SettingsProblem::RelayPasswordWithoutUser { host: host() });
            }
            return Ok(None);
        };
        let secret = match (&self.password, &self.password_file) {
            (Some(password), None) => password.clone(),
            (None, Some(file)) => read(file)
                .map_err(|why| SettingsProblem::RelayPasswordFile { why })?
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
            _ => return Err(SettingsProblem::RelayPasswordSource { host: host() }),
        };
        Ok(Some(Login {
            user,
            secret: Secret::new(secret),
        }))
    }
}

impl From<RouteSettings> for RelaySettings {
    fn from(route: RouteSettings) -> RelaySettings {
        RelaySettings {
            host: route.host,
            port: route.port,
            tls: route.tls,
            user: route.user,
            password: route.password,
            password_file: route.password_file,
        }
    }
}

impl Outbound {
    /// Checks the values against each other.
    ///
    /// # Errors
    /// [`SettingsError`]: the first that is found.
    pub fn check(&self) -> Result<(), SettingsError> {
        let zero = [
            (
                "outbound.connections_per_destination_max",
                self.connections_per_destination_max == 0,
            ),
            (
                "outbound.messages_per_connection_max",
                self.messages_per_connection_max == 0,
            ),
            (
                "outbound.messages_per_minute_max",
                self.messages_per_minute_max == Some(0),
            ),
        ];
        if let Some((key, _)) = zero.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(SettingsError::new(
                key,
                SettingsProblem::BelowMinimum { min: 1 },
            ));
        }
        if self.tls_reports && self.report_contact.is_none() {
            let other = "outbound.report_contact";
            return Err(SettingsError::new(
                "outbound.tls_reports",
                SettingsProblem::Requires { other },
            ));
        }
        Ok(())
    }

    fn relays(
        &self,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Vec<Relay>, SettingsError> {
        let smart_host = self
            .smart_host
            .iter()
            .map(|relay| relay.relay("outbound.smart_host", None, read));
        let routes = self.route.iter().cloned().map(|route| {
            let domain = Some(route.domain.clone());
            RelaySettings::from(route).relay("outbound.route", domain, read)
        });
        smart_host.chain(routes).collect()
    }

    /// Converts the section. `read` reads a password file. The caller adds `srs` and `own`.
    ///
    /// # Errors
    /// A relay's host or password cannot be used.
    pub fn with(
        &self,
        host: &Domain,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<OutboundConfig, SettingsError> {
        let tls_reports = match &self.report_contact {
            Some(contact) if self.tls_reports => Some(TlsReports {
                organization: host.to_string(),
                contact: contact.clone(),
            }),
            _ => None,
        };
        Ok(OutboundConfig {
            port: self.port,
            connections_per_destination_max: self.connections_per_destination_max,
            messages_per_minute_max: self.messages_per_minute_max,
            messages_per_connection_max: self.messages_per_connection_max,
            sts: self.mta_sts,
            dane: self.dane,
            tls_reports,
            relays: self.relays(read)?,
            ..OutboundConfig::new(host.clone())
        })
    }
}
