//! The dialogue of a console: lines of both sides, and the session state derived from them for
//! hints. The server has the authoritative state.

mod state;

pub use state::{DialogueState, Imap, Pop3, Smtp};

use mail::Service;

/// The protocols that the console supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// SMTP, for relay and submission.
    Smtp,
    /// POP3.
    Pop3,
    /// IMAP.
    Imap,
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineSource {
    /// Typed by the user.
    Local,
    /// Received from the other side.
    Remote,
    /// A note of the console itself.
    Console,
}

/// One line of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Where it comes from.
    pub source: LineSource,
    /// The text, without the line end.
    pub text: String,
    /// It was sent over TLS.
    pub sealed: bool,
}

/// Why a connection was closed, as far as its dialogue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Text was typed after the host's positive reply to STARTTLS or STLS, when the host expects a
    /// TLS handshake (RFC 3207 §4, RFC 2595 §4, RFC 9051 §6.2.1).
    HandshakeExpected,
    /// QUIT or LOGOUT was typed.
    Goodbye,
    /// The host closed it.
    ByHost,
}

impl Ending {
    /// Determines why a connection with these lines was closed.
    pub fn of(lines: &[Line]) -> Ending {
        let command = |line: &Line| {
            let mut words = line.text.split_ascii_whitespace();
            let first = words.next().unwrap_or_default().to_ascii_uppercase();
            // In IMAP the tag comes first.
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

/// A port of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// The port number.
    pub number: u16,
    /// The protocol.
    pub protocol: Protocol,
    /// Whether TLS is implicit.
    pub tls: bool,
}

/// The ports to connect to.
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

    /// The port with this number.
    pub fn of(number: u16) -> Option<Port> {
        PORTS.into_iter().find(|port| port.number == number)
    }

    /// The service on this port.
    pub fn service(self) -> Option<Service> {
        Service::from_port(self.number)
    }

    /// The shell command that opens such a connection.
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

/// Parses a dialogue: `> ` is a typed line, `< ` a received one, `=` the TLS handshake.
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
    fn every_port_has_a_service_and_a_command() {
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
