//! The dialogue of a console: lines of both sides, and the session state derived from them for
//! hints. The server has the authoritative state.

mod state;

pub use state::{DialogueState, Imap, Pop3, Smtp};

use mail::Service;

/// The languages that are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// SMTP, to a relay or to submission.
    Smtp,
    /// POP3.
    Pop3,
    /// IMAP.
    Imap,
}

/// Whence a line comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineSource {
    /// Typed here.
    Local,
    /// The other side said it.
    Remote,
    /// Neither: the console itself tells something.
    Console,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Whose.
    pub source: LineSource,
    /// Without its end.
    pub text: String,
    /// It went through TLS.
    pub sealed: bool,
}

/// Why a connection to a host is over, as far as its dialogue tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Text was typed where the host, after its reply to STARTTLS or STLS, waits for a TLS
    /// handshake (RFC 3207 §4, RFC 2595 §4, RFC 9051 §6.2.1).
    HandshakeExpected,
    /// QUIT or LOGOUT was typed.
    Goodbye,
    /// The host ended it.
    ByHost,
}

impl Ending {
    /// Why a connection with these lines is over.
    pub fn of(lines: &[Line]) -> Ending {
        let command = |line: &Line| {
            let mut words = line.text.split_ascii_whitespace();
            let first = words.next().unwrap_or_default().to_ascii_uppercase();
            // In IMAP a tag stands first.
            (first, words.next().unwrap_or_default().to_ascii_uppercase())
        };
        let is = |line: &Line, verbs: &[&str]| {
            let (first, second) = command(line);
            line.source == LineSource::Local
                && (verbs.contains(&first.as_str()) || verbs.contains(&second.as_str()))
        };
        let upgrade = lines
            .iter()
            .rposition(|line| is(line, &["STARTTLS", "STLS"]));
        if let Some(at) = upgrade {
            let after = &lines[at + 1..];
            let accepted = after
                .iter()
                .find(|line| line.source == LineSource::Remote)
                .is_some_and(|reply| {
                    let (first, second) = command(reply);
                    first == "220" || first == "+OK" || second == "OK"
                });
            let typed = after.iter().any(|line| line.source == LineSource::Local);
            if accepted && typed && !after.iter().any(|line| line.sealed) {
                return Ending::HandshakeExpected;
            }
        }
        let last = lines.iter().rfind(|line| line.source == LineSource::Local);
        match last {
            Some(line) if is(line, &["QUIT", "LOGOUT"]) => Ending::Goodbye,
            _ => Ending::ByHost,
        }
    }
}

/// Which door of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// What is spoken there.
    pub protocol: Protocol,
    /// TLS from the first octet.
    pub tls: bool,
}

/// The ports one can knock at, the plain ones first.
pub const PORTS: [Port; 7] = [
    Port::of_service(Service::Smtp),
    Port::of_service(Service::Submission),
    Port::of_service(Service::Submissions),
    Port::of_service(Service::Pop3),
    Port::of_service(Service::Pop3s),
    Port::of_service(Service::Imap),
    Port::of_service(Service::Imaps),
];

impl Port {
    const fn of_service(service: Service) -> Port {
        Port {
            number: service.port(),
            protocol: match service {
                Service::Smtp | Service::Submission | Service::Submissions => Protocol::Smtp,
                Service::Imap | Service::Imaps => Protocol::Imap,
                Service::Pop3 | Service::Pop3s => Protocol::Pop3,
            },
            tls: service.implicit_tls(),
        }
    }

    /// By its number.
    pub fn of(number: u16) -> Option<Port> {
        PORTS.into_iter().find(|port| port.number == number)
    }

    /// The service of one's own server behind that number.
    pub fn service(self) -> Option<Service> {
        Service::from_port(self.number)
    }

    /// What one would type in a terminal to get there.
    pub fn command(self, host: &str) -> String {
        let Port {
            number,
            protocol,
            tls,
        } = self;
        match (tls, protocol, number) {
            (true, ..) => format!("openssl s_client -crlf -connect {host}:{number}"),
            _ => format!("telnet {host} {number}"),
        }
    }
}

/// A dialogue in short: `> ` typed, `< ` heard, `= ` the handshake.
#[cfg(test)]
pub(crate) fn dialogue_lines(text: &str) -> Vec<Line> {
    let mut sealed = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let (mark, words) = line.split_at(line.len().min(2));
        let source = match mark {
            "> " | ">" => LineSource::Local,
            "< " => LineSource::Remote,
            _ => {
                sealed = true;
                LineSource::Console
            }
        };
        lines.push(Line {
            source,
            text: words.to_owned(),
            sealed,
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_has_its_service_and_its_command() {
        for port in PORTS {
            assert_eq!(Port::of(port.number), Some(port));
            assert!(
                port.service()
                    .is_some_and(|service| service.implicit_tls() == port.tls),
                "{port:?}"
            );
        }
        assert_eq!(PORTS[0].command("mx.b.test"), "telnet mx.b.test 25");
        assert_eq!(
            PORTS[6].command("mx.b.test"),
            "openssl s_client -crlf -connect mx.b.test:993"
        );
    }
}
