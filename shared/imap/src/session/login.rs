//! LOGIN and AUTHENTICATE PLAIN (RFC 3501 §6.2, RFC 4616, RFC 4959). The role decides about logins.

use super::{Job, Reply, Server, State, Work};
use crate::code::{Code, Refusal};
use crate::frame::Bounds;
use crate::limits;
use crate::query::{Decision, Query};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Secret;
use mail::session::Speaker;

impl Server {
    pub(super) fn authenticate(&mut self, job: Job, mechanism: &str, initial: Option<Secret>) {
        if mechanism != "PLAIN" {
            return self.tagged(
                &job.tag,
                &Reply::no(
                    Code::Cannot,
                    "Unsupported authentication mechanism; use PLAIN",
                ),
            );
        }
        match initial {
            Some(response) => self.plain(job, response.reveal()),
            None => {
                self.work = Work::Sasl(job);
                self.continuation("");
            }
        }
    }

    pub(super) fn next_sasl(&mut self) -> bool {
        let Some(line) = self.framer.line() else {
            return false;
        };
        let Work::Sasl(job) = std::mem::replace(&mut self.work, Work::Ready) else {
            return false;
        };
        let open = if self.shows_secrets {
            line.as_ref().ok()
        } else {
            None
        };
        let shown = open.map_or_else(
            || "••••".into(),
            |line| String::from_utf8_lossy(line).replace('\r', ""),
        );
        self.trace(
            Speaker::Client,
            shown,
            !self.shows_secrets,
            "imap.authenticate".into(),
        );
        match line {
            // RFC 3501 §6.2.2: a line of a single * cancels.
            Ok(line) if line == b"*" => {
                self.tagged(&job.tag, &Reply::bad("Authentication cancelled"));
            }
            Ok(line) => self.plain(job, &line),
            Err(_) => self.tagged(&job.tag, &Reply::bad("Response too long")),
        }
        true
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2), in base64; `=` means
    /// empty.
    fn plain(&mut self, job: Job, response: &[u8]) {
        let decoded = if response == b"=" {
            Ok(Vec::new())
        } else {
            STANDARD.decode(response)
        };
        let parts = decoded.ok().and_then(|bytes| {
            let mut parts = bytes.splitn(3, |&b| b == 0);
            let authzid = String::from_utf8(parts.next()?.to_vec()).ok()?;
            let user = String::from_utf8(parts.next()?.to_vec()).ok()?;
            let password = parts.next()?;
            (!user.is_empty() && !password.contains(&0))
                .then(|| (authzid, user, Secret::new(password)))
        });
        let Some((authzid, user, password)) = parts else {
            return self.tagged(
                &job.tag,
                &Reply::bad("Invalid response; expected base64 of [authzid] NUL user NUL password"),
            );
        };
        let acting_as = (!authzid.is_empty() && authzid != user).then_some(authzid);
        self.ask(
            Query::Login {
                user,
                password,
                acting_as,
            },
            Work::Login(job),
        );
    }

    pub(super) fn login_answered(&mut self, job: Job, answer: Decision) {
        match answer {
            Decision::LoggedIn => {
                self.state = State::Authenticated;
                self.framer.set_bounds(Bounds::USER);
                self.deadline = self.now + limits::IDLE_TIMEOUT;
                let code = Code::Capability(self.capabilities());
                self.tagged(&job.tag, &Reply::ok_with(code, "Logged in"));
            }
            Decision::Refused(refusal) => {
                self.login_failures += 1;
                self.tagged(&job.tag, &refusal.into());
                if self.login_failures >= limits::LOGIN_FAILURES_MAX {
                    self.send_bye(None, "Too many failed logins");
                }
            }
            _ => self.unexpected_decision(job),
        }
    }

    /// Answers a command for which the role's decision does not match the query.
    pub(super) fn unexpected_decision(&mut self, job: Job) {
        self.tagged(&job.tag, &Refusal::Internal.into());
    }
}
