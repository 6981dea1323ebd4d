//! The AUTHORIZATION state: CAPA, USER and PASS, AUTH PLAIN, STLS (RFC 1939 §4, RFC 2449 §5, RFC
//! 2595 §4, RFC 5034). The role decides about logins.

use std::collections::BTreeSet;
use std::mem;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Secret;
use mail::session::Step;

use super::{Authorization, Server, State, Transaction, Work};
use crate::limits;
use crate::output::ResponseTrace;
use crate::query::{Decision, Maildrop, Query};
use crate::reply::{Code, ErrorReply};

impl Server {
    pub(super) fn capa(&mut self) {
        let mut capabilities = vec!["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"];
        if self.takes_passwords() {
            capabilities.extend(["USER", "SASL PLAIN"]);
        }
        if self.config.starttls && !self.tls {
            capabilities.push("STLS");
        }
        // RFC 2449 §6.7: messages are never deleted by the server.
        capabilities.extend(["EXPIRE NEVER", "IMPLEMENTATION Glasspost"]);
        self.lines("Capability list follows", &capabilities);
    }

    pub(super) fn mechanisms(&mut self) {
        let mechanisms: &[&str] = if self.takes_passwords() {
            &["PLAIN"]
        } else {
            &[]
        };
        self.lines("Mechanism list follows", mechanisms);
    }

    fn lines(&mut self, title: &str, lines: &[&str]) {
        let first = format!("+OK {title}");
        self.output.line(&first);
        let mut traced = ResponseTrace::new(first);
        for line in lines {
            self.output.line(line);
            traced.line(line);
        }
        self.output.line(".");
        let state = self.state.name();
        self.output
            .server(traced.finish(), "pop3.reply.ok", state, state);
    }

    fn takes_passwords(&self) -> bool {
        self.tls || self.config.plaintext_login
    }

    // Answers and returns true where passwords are not accepted on this connection.
    fn refuses_passwords(&mut self) -> bool {
        if !self.takes_passwords() {
            let way = if self.config.starttls {
                "use STLS"
            } else {
                "use the TLS port"
            };
            self.count_error(&ErrorReply::new(
                Code::SysPerm,
                format!("Plaintext authentication requires TLS; {way}"),
            ));
            return true;
        }
        false
    }

    pub(super) fn user(&mut self, name: String) {
        if self.refuses_passwords() {
            return;
        }
        self.state = State::Authorization(Authorization { user: Some(name) });
        // The same for every name, so that a client cannot find out which names exist.
        self.ok("Send password");
    }

    pub(super) fn pass(&mut self, password: Secret) {
        if self.refuses_passwords() {
            return;
        }
        // RFC 1939 §7: only directly after USER; another attempt begins with USER again.
        let user = match &mut self.state {
            State::Authorization(authorization) => authorization.user.take(),
            _ => None,
        };
        match user {
            Some(user) => self.ask(
                Query::Login {
                    user,
                    password,
                    acting_as: None,
                },
                Work::Login,
            ),
            None => self.client_error("Send USER first"),
        }
    }

    pub(super) fn auth(&mut self, mechanism: &str, initial: Option<Secret>) {
        if mechanism != "PLAIN" {
            return self.client_error("Unsupported authentication mechanism; use PLAIN");
        }
        if self.refuses_passwords() {
            return;
        }
        match initial {
            Some(response) => self.plain(response.reveal()),
            None => {
                let state = self.state.name();
                self.output.line("+ ");
                self.output
                    .server("+ ".to_owned(), "pop3.reply.continue", state, state);
                self.work = Work::Sasl;
            }
        }
    }

    pub(super) fn sasl_response(&mut self, line: &[u8]) {
        let state = self.state.name();
        self.output.secret(line, state);
        // RFC 5034 §4: a line of a single * cancels.
        if line == b"*" {
            return self.client_error("Authentication cancelled");
        }
        self.plain(line);
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2), in base64; `=` means
    /// empty.
    fn plain(&mut self, response: &[u8]) {
        let decoded = if response == b"=" {
            Ok(Vec::new())
        } else {
            STANDARD.decode(response)
        };
        let parts = decoded.ok().and_then(|bytes| {
            let mut parts = bytes.splitn(3, |b| *b == 0);
            let authzid = String::from_utf8(parts.next()?.to_vec()).ok()?;
            let user = String::from_utf8(parts.next()?.to_vec()).ok()?;
            let password = parts.next()?;
            (!user.is_empty() && !password.is_empty() && !password.contains(&0))
                .then(|| (authzid, user, Secret::new(password)))
        });
        let Some((authzid, user, password)) = parts else {
            return self.client_error(
                "Invalid response; expected base64 of [authzid] NUL user NUL password",
            );
        };
        let acting_as = (!authzid.is_empty() && authzid != user).then_some(authzid);
        self.ask(
            Query::Login {
                user,
                password,
                acting_as,
            },
            Work::Login,
        );
    }

    pub(super) fn login_answered(&mut self, answer: Decision) {
        match answer {
            Decision::Maildrop(maildrop) => self.signed_in(maildrop),
            Decision::Refused(refusal) => {
                self.error(&refusal.into());
                self.login_failures += 1;
                if self.login_failures >= limits::LOGIN_FAILURES_MAX {
                    self.close();
                }
            }
            Decision::Bytes(_) | Decision::Done => self.unexpected_decision(),
        }
    }

    fn signed_in(&mut self, maildrop: Maildrop) {
        self.errors = 0;
        let count = maildrop.messages.len();
        let before = self.state.name();
        self.state = State::Transaction(Box::new(Transaction {
            maildrop,
            deleted: BTreeSet::new(),
        }));
        let text = if count == 1 {
            "1 message".to_owned()
        } else {
            format!("{count} messages")
        };
        self.output.ok(&text, before, self.state.name());
    }

    pub(super) fn stls(&mut self) {
        if self.tls {
            return self.client_error("TLS is already active");
        }
        if !self.config.starttls {
            return self.client_error("STLS is not available");
        }
        self.ok("Begin TLS negotiation");
        // RFC 2595 §4: state and input from before the handshake are discarded.
        mem::take(&mut self.framer);
        self.state = State::Authorization(Authorization::default());
        self.output.flush();
        self.work = Work::Tls;
        self.output.steps.push_back(Step::StartTls);
    }
}
