//! The services of a mail host with their registered names and ports (IANA; RFC 8314). Says
//! nothing about where a particular host listens: that is its configuration.

use serde::{Deserialize, Serialize};

/// A service of a mail host, one per registered port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// SMTP between hosts (RFC 5321), port 25.
    Smtp,
    /// Submission with STARTTLS (RFC 6409), port 587.
    Submission,
    /// Submission with implicit TLS (RFC 8314), port 465.
    Submissions,
    /// IMAP with STARTTLS (RFC 9051), port 143.
    Imap,
    /// IMAP with implicit TLS, port 993.
    Imaps,
    /// POP3 with STLS (RFC 1939, RFC 2595), port 110.
    Pop3,
    /// POP3 with implicit TLS, port 995.
    Pop3s,
}

impl Service {
    /// All services: transfer, submission, IMAP, POP3; the variant with implicit TLS second.
    pub const ALL: [Service; 7] = [
        Service::Smtp,
        Service::Submission,
        Service::Submissions,
        Service::Imap,
        Service::Imaps,
        Service::Pop3,
        Service::Pop3s,
    ];

    /// The registered service name: `submissions`. Used in configuration, paths and SRV records.
    pub const fn name(self) -> &'static str {
        match self {
            Service::Smtp => "smtp",
            Service::Submission => "submission",
            Service::Submissions => "submissions",
            Service::Imap => "imap",
            Service::Imaps => "imaps",
            Service::Pop3 => "pop3",
            Service::Pop3s => "pop3s",
        }
    }

    /// The service of a registered name.
    pub fn from_name(name: &str) -> Option<Service> {
        Service::ALL
            .into_iter()
            .find(|service| service.name() == name)
    }

    /// The registered port.
    pub const fn port(self) -> u16 {
        match self {
            Service::Smtp => 25,
            Service::Submission => 587,
            Service::Submissions => 465,
            Service::Imap => 143,
            Service::Imaps => 993,
            Service::Pop3 => 110,
            Service::Pop3s => 995,
        }
    }

    /// The service of a registered port.
    pub fn from_port(port: u16) -> Option<Service> {
        Service::ALL
            .into_iter()
            .find(|service| service.port() == port)
    }

    /// True where the TLS handshake comes first on the connection (RFC 8314 §3).
    pub const fn implicit_tls(self) -> bool {
        matches!(self, Service::Submissions | Service::Imaps | Service::Pop3s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_service_by_name_and_port() {
        for service in Service::ALL {
            assert_eq!(Service::from_name(service.name()), Some(service));
            assert_eq!(Service::from_port(service.port()), Some(service));
        }
        assert_eq!(Service::from_name("telnet"), None);
        assert_eq!(Service::from_port(23), None);
    }
}
