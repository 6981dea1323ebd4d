//! AUTH (RFC 4954): runs a SASL mechanism's exchange line by line. Does not check the password; the role does.

use super::hello::offers_auth;
use super::says;
use super::state::{Next, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask, Decision};
use crate::sasl::{self, Mechanism, Progress};
use mail::Reply;

/// A challenge is out; the next line is its response.
pub(super) struct Exchange {
    ready: Ready,
    mechanism: Box<dyn Mechanism>,
}

impl Ready {
    /// `"AUTH" SP sasl-mech [SP initial-response]` (RFC 4954 §8).
    pub(super) fn auth(self, argument: &str, standing: &Standing) -> Next {
        let refuse = |reply| Next::say(State::Ready(self), reply);
        if !offers_auth(standing) {
            return refuse(says::auth_needs_tls());
        }
        if standing.authenticated {
            return refuse(says::auth_already());
        }
        if standing.auth_failures >= standing.config.limits.auth_failures_max {
            return Next::close(says::too_many("failed logins"));
        }
        let (name, initial) = argument.split_once(' ').map_or((argument, None), |(name, rest)| (name, Some(rest)));
        let Some(mechanism) = sasl::mechanism(name) else {
            return refuse(says::auth_mechanism());
        };
        match initial.map(sasl::decode) {
            Some(None) => refuse(says::auth_encoding()),
            Some(Some(response)) => go_on(self, mechanism.respond(Some(response))),
            None => go_on(self, mechanism.respond(None)),
        }
    }

    /// The role has looked at the credentials.
    pub(super) fn authenticated(self, answer: Answer, standing: &mut Standing) -> Next {
        match answer.or(says::auth_done()) {
            Decision::Yes(reply) => {
                standing.authenticated = true;
                Next::say(State::Ready(self), reply)
            }
            Decision::No(reply) => {
                standing.auth_failures += 1;
                Next::say(State::Ready(self), reply)
            }
            Decision::Close(reply) => Next::close(reply),
        }
    }
}

impl Exchange {
    /// A line of base64, or `*` to give up (RFC 4954 §4).
    pub(super) fn respond(self, line: &str) -> Next {
        if line == "*" {
            return Next::say(State::Ready(self.ready), says::auth_cancelled());
        }
        // Inside the exchange an empty line is the empty response; `=` is for the initial one.
        match sasl::decode(line).filter(|_| line != "=") {
            Some(response) => go_on(self.ready, self.mechanism.respond(Some(response))),
            None => Next::say(State::Ready(self.ready), says::auth_encoding()),
        }
    }

    /// The exchange is broken off by a line that cannot be read.
    pub(super) fn give_up(self, reply: Reply) -> Next {
        Next::say(State::Ready(self.ready), reply)
    }
}

fn go_on(ready: Ready, progress: Progress) -> Next {
    match progress {
        Progress::Challenge(mechanism, challenge) => {
            Next::say(State::Auth(Exchange { ready, mechanism }), Reply::plain(334, sasl::encode(&challenge)))
        }
        Progress::Complete(credentials) => Next::ask(Waiting::Auth(ready), Ask::Auth(credentials)),
        Progress::Malformed => Next::say(State::Ready(ready), says::auth_encoding()),
    }
}
