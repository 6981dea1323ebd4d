//! `[outbound]`: how this host sends. Turned into the sender's own values; decides nothing.

use crate::outbound::{Login, OutboundConfig, Relay, RelayTls, TlsReports};
use mail::{Address, Domain, Host, Secret, Service};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// `[outbound]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// The port of other hosts.
    pub port: u16,
    /// Connections to one destination at once.
    pub connections_per_destination_max: u32,
    /// Messages to one destination in a minute.
    pub messages_per_minute_max: Option<u32>,
    /// Messages on one connection.
    pub messages_per_connection_max: u32,
    /// Obey other domains' MTA-STS policies.
    pub mta_sts: bool,
    /// Use TLSA records of signed zones.
    pub dane: bool,
    /// The mode of our own policy, served at `/.well-known/mta-sts.txt`.
    pub mta_sts_mode: OwnMode,
    /// Rewrite the senders of mail that is only passed on.
    pub srs: bool,
    /// In which domain.
    pub srs_domain: Option<Domain>,
    /// Report TLS failures to the domains that ask for it.
    pub tls_reports: bool,
    /// Who sends those reports.
    pub report_contact: Option<Address>,
    /// Everything foreign goes there.
    pub smart_host: Option<Way>,
    /// Mail for one domain goes there.
    pub route: Vec<DomainWay>,
}

/// Our own MTA-STS policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnMode {
    /// None is served.
    Off,
    /// Others report, and deliver all the same.
    #[default]
    Testing,
    /// Others deliver in proven TLS or not at all.
    Enforce,
}

impl OwnMode {
    /// The policy (RFC 8461 §3.2).
    pub fn policy(self, host: &Domain) -> Option<String> {
        let mode = match self {
            OwnMode::Off => return None,
            OwnMode::Testing => "testing",
            OwnMode::Enforce => "enforce",
        };
        Some(format!(
            "version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: 604800\r\n"
        ))
    }
}

/// A fixed way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// A name, or an address in brackets.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// How safe.
    #[serde(default)]
    pub tls: WayTls,
    /// Who logs in there.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// Or the file that holds it.
    pub password_file: Option<PathBuf>,
}

/// A fixed way for one domain and those below it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainWay {
    /// Which.
    pub domain: Domain,
    /// A name, or an address in brackets.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// How safe.
    #[serde(default)]
    pub tls: WayTls,
    /// Who logs in there.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<String>,
    /// Or the file that holds it.
    pub password_file: Option<PathBuf>,
}

/// See [`RelayTls`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WayTls {
    /// STARTTLS with a certificate that fits.
    #[default]
    Required,
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS where it is offered.
    Opportunistic,
    /// None.
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
            mta_sts_mode: OwnMode::default(),
            srs: true,
            srs_domain: None,
            tls_reports: false,
            report_contact: None,
            smart_host: None,
            route: Vec::new(),
        }
    }
}

impl Way {
    fn relay(
        &self,
        domain: Option<Domain>,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Relay, String> {
        let host = Host::new(&self.host)
            .map_err(|e| format!("outbound: the host {:?}: {e}", self.host))?;
        let tls = match self.tls {
            WayTls::Required => RelayTls::Required,
            WayTls::Implicit => RelayTls::Implicit,
            WayTls::Opportunistic => RelayTls::Opportunistic,
            WayTls::Never => RelayTls::Never,
        };
        let login = self.login(read)?;
        if login.is_some() && !tls.proves() {
            return Err(format!(
                "outbound: a password goes to {} only with tls = \"required\" or \"implicit\"",
                self.host
            ));
        }
        let usual = match (tls, &login) {
            (RelayTls::Implicit, _) => Service::Submissions,
            (_, Some(_)) => Service::Submission,
            (_, None) => Service::Smtp,
        };
        Ok(Relay {
            domain,
            host,
            port: self.port.unwrap_or(usual.port()),
            tls,
            login,
        })
    }

    fn login(
        &self,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Option<Login>, String> {
        let Some(user) = self.user.clone() else {
            let stray = self.password.is_some() || self.password_file.is_some();
            return if stray {
                Err(format!(
                    "outbound: the password for {} lacks its user",
                    self.host
                ))
            } else {
                Ok(None)
            };
        };
        let secret = match (&self.password, &self.password_file) {
            (Some(password), None) => password.clone(),
            (None, Some(file)) => read(file)?.trim_end_matches(['\r', '\n']).to_owned(),
            _ => {
                return Err(format!(
                    "outbound: {} needs password or password_file, one of the two",
                    self.host
                ));
            }
        };
        Ok(Some(Login {
            user,
            secret: Secret::new(secret),
        }))
    }
}

impl Outbound {
    /// What the file itself can be wrong about.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.connections_per_destination_max == 0
            || self.messages_per_connection_max == 0
            || self.messages_per_minute_max == Some(0)
        {
            return Err("outbound: the limits must be at least 1; leave messages_per_minute_max out for none".into());
        }
        if self.tls_reports && self.report_contact.is_none() {
            return Err("outbound.tls_reports needs outbound.report_contact".into());
        }
        Ok(())
    }

    fn relays(&self, read: &dyn Fn(&Path) -> Result<String, String>) -> Result<Vec<Relay>, String> {
        let smart = self.smart_host.iter().map(|way| way.relay(None, read));
        let routes = self.route.iter().map(|r| {
            let DomainWay {
                domain,
                host,
                port,
                tls,
                user,
                password,
                password_file,
            } = r.clone();
            Way {
                host,
                port,
                tls,
                user,
                password,
                password_file,
            }
            .relay(Some(domain), read)
        });
        smart.chain(routes).collect()
    }

    /// The sender's own form; its rewriting is added by whoever has the store, and password files
    /// are read by whoever has files.
    ///
    /// # Errors
    /// A host that is no name, a password that cannot be read.
    pub fn with(
        &self,
        host: &Domain,
        read: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<OutboundConfig, String> {
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
