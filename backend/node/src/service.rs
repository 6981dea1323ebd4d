//! The services of a host, and what each port means.

/// What is spoken on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Mail from other hosts, port 25.
    Smtp,
    /// Mail from users, STARTTLS, port 587.
    Submission,
    /// Mail from users in TLS, port 465.
    Submissions,
    /// IMAP with STARTTLS, port 143.
    Imap,
    /// IMAP in TLS, port 993.
    Imaps,
    /// POP3 with STLS, port 110.
    Pop3,
    /// POP3 in TLS, port 995.
    Pop3s,
}

impl Service {
    /// As in the configuration.
    pub fn name(self) -> &'static str {
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

    /// TLS begins with the first byte (RFC 8314).
    pub fn implicit_tls(self) -> bool {
        matches!(self, Service::Submissions | Service::Imaps | Service::Pop3s)
    }

    /// SMTP counts its own connections, and says so in its own words.
    pub(crate) fn counts_itself(self) -> bool {
        matches!(self, Service::Smtp | Service::Submission | Service::Submissions)
    }

    /// The port that IANA gave it.
    pub fn port(self) -> u16 {
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

    /// What a client hears that comes when the host is full or stops, before anything else is said.
    pub(crate) fn busy(self) -> &'static [u8] {
        match self {
            Service::Smtp | Service::Submission | Service::Submissions => b"421 4.3.2 too many connections; try again later\r\n",
            Service::Imap | Service::Imaps => b"* BYE [UNAVAILABLE] too many connections; try again later\r\n",
            Service::Pop3 | Service::Pop3s => b"-ERR [SYS/TEMP] too many connections; try again later\r\n",
        }
    }
}
