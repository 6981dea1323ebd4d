//! [`Script`] builds a sequence of events as a server would record them.

use event::{Event, Kind, Party, Protocol, Reason, Role, Verdict};
use mail::dns::{Failure, Question, Record, RecordType};
use mail::session::{Speaker, TlsInfo};
use mail::{Duration, JourneyId, SpanId, Time};
use std::borrow::Cow;

/// 2026-11-20 10:00:00 UTC.
pub const START: Time = Time(1_795_168_800_000_000);
/// Our host.
pub const OURS: &str = "mail.glasspost.test";

/// Builds a sequence of events.
pub struct Script {
    pub events: Vec<Event>,
    now: Time,
    pub(super) host: &'static str,
    pub(super) role: Role,
    span: u64,
    parent: Option<u64>,
    protocol: Protocol,
    sealed: bool,
    state: &'static str,
}

impl Script {
    pub fn new() -> Script {
        let protocol = Protocol::Smtp;
        Script {
            events: vec![],
            now: START,
            host: OURS,
            role: Role::Msa,
            span: 0,
            parent: None,
            protocol,
            sealed: false,
            state: "",
        }
    }

    pub fn wait(&mut self, d: Duration) -> &mut Script {
        self.now = self.now + d;
        self
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// Sets the span, host and role of the following events.
    pub fn span(
        &mut self,
        host: &'static str,
        role: Role,
        span: u64,
        parent: Option<u64>,
    ) -> &mut Script {
        (self.host, self.role, self.span, self.parent, self.state) = (host, role, span, parent, "");
        self
    }

    pub fn push(&mut self, kind: Kind) -> &mut Script {
        self.now = self.now + Duration::from_millis(3);
        let explain = Cow::Borrowed(kind.explain());
        self.put(kind, "", explain)
    }

    fn put(&mut self, kind: Kind, after: &'static str, explain: Cow<'static, str>) -> &mut Script {
        self.events.push(Event {
            at: self.now,
            seq: self.events.len() as u64,
            journey: Some(JourneyId(7)),
            span: SpanId(self.span),
            parent: self.parent.map(SpanId),
            host: self.host.into(),
            role: self.role,
            before: if after.is_empty() { "" } else { self.state }.into(),
            after: after.into(),
            explain,
            claimed: false,
            kind,
        });
        if !after.is_empty() {
            self.state = after;
        }
        self
    }

    pub fn connect(&mut self, protocol: Protocol, client: Party, server: Party) -> &mut Script {
        (self.protocol, self.sealed) = (protocol, false);
        self.state = "greeting";
        self.push(Kind::Connect {
            protocol,
            client,
            server,
        })
    }

    pub fn tls(&mut self) -> &mut Script {
        self.push(Kind::Tls(TlsInfo {
            version: "TLS 1.3".into(),
            cipher: "TLS13_AES_256_GCM_SHA384".into(),
            server_name: Some(self.host.into()),
            verified: false,
            exporter: None,
        }));
        self.sealed = true;
        self
    }

    fn line(&mut self, speaker: Speaker, text: &str, after: &'static str) -> &mut Script {
        let client = speaker == Speaker::Client;
        self.now = self.now + Duration::from_millis(if client { 21 } else { 2 });
        let family = match self.protocol {
            Protocol::Imap => "imap",
            Protocol::Pop3 => "pop3",
            _ => "smtp",
        };
        let skip = usize::from(self.protocol == Protocol::Imap);
        let verb = text
            .split([' ', ':'])
            .nth(skip)
            .unwrap_or_default()
            .to_lowercase();
        let verb = if verb == "uid" {
            "uid-fetch".to_owned()
        } else {
            verb
        };
        let explain = if text.bytes().all(|b| b.is_ascii_digit()) {
            "smtp.message".to_owned()
        } else if client {
            format!("{family}.{verb}")
        } else {
            format!("{family}.reply.{}", text.get(..3).unwrap_or_default())
        };
        let kind = Kind::Line {
            speaker,
            text: text.into(),
            sealed: self.sealed,
            redacted: text.contains("••••"),
        };
        self.put(kind, after, explain.into())
    }

    /// The client sends a line.
    pub fn c(&mut self, text: &str) -> &mut Script {
        let state = self.state;
        self.line(Speaker::Client, text, state)
    }

    /// The server sends a reply and then is in state `after`.
    pub fn s(&mut self, text: &str, after: &'static str) -> &mut Script {
        self.line(Speaker::Server, text, after)
    }

    pub fn check(&mut self, name: &str, verdict: Verdict, why: &str) -> &mut Script {
        self.push(Kind::Check {
            check: name.into(),
            verdict,
            reason: Reason::subject(why),
            proof: Vec::new(),
        })
    }

    pub fn accepted(&mut self, sender: &str, recipients: &[&str], added: &[&str]) -> &mut Script {
        self.push(Kind::Accepted {
            message: 41,
            sender: sender.into(),
            recipients: recipients.iter().map(ToString::to_string).collect(),
            bytes: 2_143,
            added: added.iter().map(ToString::to_string).collect(),
        })
    }

    pub fn attempt(&mut self, number: u32, domain: &str, recipients: &[&str]) -> &mut Script {
        let recipients = recipients.iter().map(ToString::to_string).collect();
        self.push(Kind::Attempt {
            number,
            domain: domain.into(),
            recipients,
        })
    }

    pub fn dns(
        &mut self,
        name: &str,
        record: RecordType,
        answer: Result<Vec<Record>, Failure>,
    ) -> &mut Script {
        self.push(Kind::Dns {
            question: Question::new(name, record),
            answer,
            micros: 1_840,
        })
    }

    pub fn delivered(&mut self, recipient: &str) -> &mut Script {
        self.role = Role::Mda;
        self.push(Kind::Delivered {
            recipient: recipient.into(),
            mailbox: "INBOX".into(),
            uid: 14,
        })
    }

    /// The dialogue from the greeting to the replies to RCPT.
    pub fn envelope(&mut self, hello: &str, from: &str, to: &[&str]) -> &mut Script {
        self.s("220 ready ESMTP", "greeted");
        self.c(&format!("EHLO {hello}")).s(
            "250-ready\n250-SIZE 52428800\n250-PIPELINING\n250 ENHANCEDSTATUSCODES",
            "hello",
        );
        self.c(&format!("MAIL FROM:<{from}>"))
            .s("250 2.1.0 Ok", "mail");
        for one in to {
            self.c(&format!("RCPT TO:<{one}>"))
                .s("250 2.1.5 Ok", "rcpt");
        }
        self
    }

    /// The dialogue from DATA to the end of the content.
    pub fn content(&mut self) -> &mut Script {
        self.c("DATA")
            .s("354 End data with <CR><LF>.<CR><LF>", "data")
            .c("2143")
    }

    pub fn close(&mut self) -> &mut Script {
        self.c("QUIT")
            .s("221 2.0.0 Bye", "closed")
            .push(Kind::Closed {
                after: Duration::from_millis(240),
            })
    }
}

pub fn party(role: Role, address: &str, name: Option<&str>) -> Party {
    Party {
        role,
        address: address.into(),
        name: name.map(Into::into),
    }
}
