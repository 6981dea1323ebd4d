//! AUTH (RFC 4954): carries a SASL exchange line by line. Does not check a password or a proof; the
//! role does.

use super::hello::offers_auth;
use super::says;
use super::state::{Next, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask, Decision};
use mail::Reply;
use sasl::server::{Setup, Step};
use sasl::{Mechanism, Mechanisms};

/// A challenge is out; the next line is its response.
pub(super) struct Exchange {
    ready: Ready,
    exchange: sasl::server::Exchange,
    /// The role has judged already, and this is its word; the mechanism's last challenge goes
    /// before it.
    held: Option<Reply>,
}

/// A question about an exchange is out.
pub(super) struct Asked {
    ready: Ready,
    exchange: sasl::server::Exchange,
}

/// What may be used on this connection: nothing that needs chance where there is none, no -PLUS
/// without something to bind to.
pub(super) fn mechanisms(standing: &Standing) -> Mechanisms {
    let (rng, binding) = (standing.rng.is_some(), standing.binding.is_some());
    standing
        .config
        .mechanisms
        .only(|m| (rng || !m.needs_chance()) && (binding || !m.is_plus()))
}

impl Ready {
    /// `"AUTH" SP sasl-mech [SP initial-response]` (RFC 4954 §8).
    pub(super) fn auth(self, argument: &str, standing: &mut Standing) -> Next {
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
        let (name, initial) = argument
            .split_once(' ')
            .map_or((argument, None), |(name, rest)| (name, Some(rest)));
        let offered = mechanisms(standing);
        let Some(mechanism) = Mechanism::from_name(name).filter(|m| offered.contains(*m)) else {
            return refuse(says::auth_mechanism());
        };
        let initial = match initial.map(sasl::decode) {
            Some(None) => return refuse(says::auth_encoding()),
            Some(Some(response)) => Some(response),
            None => None,
        };
        // RFC 4954 §4: a mechanism in which the server speaks first has no initial response.
        if mechanism == Mechanism::CramMd5 && initial.is_some() {
            return refuse(says::auth_no_initial());
        }
        // With -PLUS on offer, a client that says it could bind but thinks we cannot has been lied
        // to (RFC 5802 §6).
        let binds = offered.iter().any(Mechanism::is_plus);
        let setup = Setup {
            rng: standing
                .rng
                .as_mut()
                .map(sasl::server::Rng::next)
                .unwrap_or_default(),
            host: standing.config.host.to_string(),
            binding: standing.binding.clone().filter(|_| binds),
        };
        let step = sasl::server::Exchange::begin(mechanism, setup).respond(initial);
        go_on(self, step, standing, None)
    }
}

impl Asked {
    /// The role has looked at the credentials.
    pub(super) fn judged(self, answer: Answer, standing: &mut Standing) -> Next {
        let (good, reply) = match answer.or(says::auth_done()) {
            Decision::Yes(reply) => (true, reply),
            Decision::No(reply) => {
                standing.auth_failures += 1;
                (false, reply)
            }
            Decision::Close(reply) => return Next::close(reply),
        };
        go_on(
            self.ready,
            self.exchange.judged(good),
            standing,
            Some(reply),
        )
    }

    /// The role has found the keys of a name, or made such as nobody has.
    pub(super) fn keys(self, answer: Answer, standing: &mut Standing) -> Next {
        match answer {
            Answer::Keys(keys) => go_on(self.ready, self.exchange.keys(keys), standing, None),
            Answer::Close(reply) => Next::close(reply),
            Answer::Reply(reply) => Next::say(State::Ready(self.ready), reply),
            Answer::Go => Next::say(State::Ready(self.ready), says::auth_unavailable()),
        }
    }
}

impl Exchange {
    /// A line of base64, or `*` to give up (RFC 4954 §4).
    pub(super) fn respond(self, line: &str, standing: &mut Standing) -> Next {
        if line == "*" {
            return Next::say(State::Ready(self.ready), says::auth_cancelled());
        }
        // Inside the exchange an empty line is the empty response; `=` is for the initial one.
        match sasl::decode(line).filter(|_| line != "=") {
            Some(response) => go_on(
                self.ready,
                self.exchange.respond(Some(response)),
                standing,
                self.held,
            ),
            None => Next::say(State::Ready(self.ready), says::auth_encoding()),
        }
    }

    /// The exchange is broken off by a line that cannot be read.
    pub(super) fn give_up(self, reply: Reply) -> Next {
        Next::say(State::Ready(self.ready), reply)
    }
}

fn go_on(ready: Ready, step: Step, standing: &mut Standing, held: Option<Reply>) -> Next {
    match step {
        Step::Challenge(exchange, challenge) => Next::say(
            State::Auth(Exchange {
                ready,
                exchange,
                held,
            }),
            Reply::plain(334, sasl::encode(&challenge)),
        ),
        Step::Keys(exchange, hash, user) => Next::ask(
            Waiting::Keys(Asked { ready, exchange }),
            Ask::Keys { hash, user },
        ),
        Step::Judge(exchange, credentials) => Next::ask(
            Waiting::Auth(Asked { ready, exchange }),
            Ask::Auth(credentials),
        ),
        Step::Succeeded => {
            standing.authenticated = true;
            Next::say(State::Ready(ready), held.unwrap_or_else(says::auth_done))
        }
        Step::Failed => Next::say(State::Ready(ready), held.unwrap_or_else(says::auth_wrong)),
        Step::Malformed => Next::say(State::Ready(ready), says::auth_encoding()),
    }
}
