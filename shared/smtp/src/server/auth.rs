//! AUTH (RFC 4954): transports a SASL exchange line by line. Passwords and proofs are checked by
//! the role.

use super::hello::offers_auth;
use super::interface::{Decision, Query, Resolved};
use super::replies;
use super::state::{ConnectionState, Next, PendingDecision, Ready, State};
use mail::Reply;
use sasl::server::{Setup, Step};
use sasl::{Mechanism, Mechanisms};

/// A challenge was sent; the next line is its response.
pub(super) struct Exchange {
    ready: Ready,
    exchange: sasl::server::Exchange,
    /// The role has decided, and this is its reply; the mechanism's last challenge is sent before
    /// it.
    held: Option<Reply>,
}

/// The role is asked about an exchange.
pub(super) struct PendingAuth {
    ready: Ready,
    exchange: sasl::server::Exchange,
}

/// The mechanisms that can be used on this connection: none that needs random bytes where there are
/// none, no -PLUS without channel binding.
pub(super) fn mechanisms(connection: &ConnectionState) -> Mechanisms {
    let (rng, binding) = (connection.rng.is_some(), connection.binding.is_some());
    connection
        .config
        .mechanisms
        .only(|m| (rng || !m.needs_chance()) && (binding || !m.is_plus()))
}

impl Ready {
    /// `"AUTH" SP sasl-mech [SP initial-response]` (RFC 4954 §8).
    pub(super) fn auth(self, argument: &str, connection: &mut ConnectionState) -> Next {
        let refuse = |reply| Next::reply(State::Ready(self), reply);
        if !offers_auth(connection) {
            return refuse(replies::auth_needs_tls());
        }
        if connection.authenticated {
            return refuse(replies::auth_already());
        }
        if connection.auth_failures >= connection.config.limits.auth_failures_max {
            return Next::close(replies::too_many("failed logins"));
        }
        let (name, initial) = argument
            .split_once(' ')
            .map_or((argument, None), |(name, rest)| (name, Some(rest)));
        let offered = mechanisms(connection);
        let Some(mechanism) = Mechanism::from_name(name).filter(|m| offered.contains(*m)) else {
            return refuse(replies::auth_mechanism());
        };
        let initial = match initial.map(sasl::decode) {
            Some(None) => return refuse(replies::auth_encoding()),
            Some(Some(response)) => Some(response),
            None => None,
        };
        // RFC 4954 §4: a mechanism in which the server speaks first has no initial response.
        if mechanism == Mechanism::CramMd5 && initial.is_some() {
            return refuse(replies::auth_no_initial());
        }
        // Where -PLUS is offered, a client that supports channel binding but believes that the
        // server does not is under a downgrade attack (RFC 5802 §6).
        let binds = offered.iter().any(Mechanism::is_plus);
        let setup = Setup {
            rng: connection
                .rng
                .as_mut()
                .map(sasl::server::Rng::next)
                .unwrap_or_default(),
            host: connection.config.host.to_string(),
            binding: connection.binding.clone().filter(|_| binds),
        };
        let step = sasl::server::Exchange::begin(mechanism, setup).respond(initial);
        go_on(self, step, connection, None)
    }
}

impl PendingAuth {
    /// The role has checked the credentials.
    pub(super) fn decided(self, answer: Decision, connection: &mut ConnectionState) -> Next {
        let (good, reply) = match answer.or(replies::auth_done()) {
            Resolved::Accept(reply) => (true, reply),
            Resolved::Reject(reply) => {
                connection.auth_failures += 1;
                (false, reply)
            }
            Resolved::Close(reply) => return Next::close(reply),
        };
        go_on(
            self.ready,
            self.exchange.conclude(good),
            connection,
            Some(reply),
        )
    }

    /// The role has supplied the keys of a name, or dummy keys.
    pub(super) fn keys(self, answer: Decision, connection: &mut ConnectionState) -> Next {
        match answer {
            Decision::Keys(keys) => go_on(self.ready, self.exchange.keys(keys), connection, None),
            Decision::Close(reply) => Next::close(reply),
            Decision::Reply(reply) => Next::reply(State::Ready(self.ready), reply),
            Decision::Go => Next::reply(State::Ready(self.ready), replies::auth_unavailable()),
        }
    }
}

impl Exchange {
    /// A line of base64, or `*` to cancel (RFC 4954 §4).
    pub(super) fn respond(self, line: &str, connection: &mut ConnectionState) -> Next {
        if line == "*" {
            return Next::reply(State::Ready(self.ready), replies::auth_cancelled());
        }
        // Inside the exchange an empty line is the empty response; `=` is for the initial one.
        match sasl::decode(line).filter(|_| line != "=") {
            Some(response) => go_on(
                self.ready,
                self.exchange.respond(Some(response)),
                connection,
                self.held,
            ),
            None => Next::reply(State::Ready(self.ready), replies::auth_encoding()),
        }
    }

    /// Cancels the exchange because of a line that cannot be read.
    pub(super) fn give_up(self, reply: Reply) -> Next {
        Next::reply(State::Ready(self.ready), reply)
    }
}

fn go_on(ready: Ready, step: Step, connection: &mut ConnectionState, held: Option<Reply>) -> Next {
    match step {
        Step::Challenge(exchange, challenge) => Next::reply(
            State::Auth(Exchange {
                ready,
                exchange,
                held,
            }),
            Reply::plain(334, sasl::encode(&challenge)),
        ),
        Step::Keys(exchange, hash, user) => Next::query(
            PendingDecision::Keys(PendingAuth { ready, exchange }),
            Query::Keys { hash, user },
        ),
        Step::Verify(exchange, credentials) => Next::query(
            PendingDecision::Auth(PendingAuth { ready, exchange }),
            Query::Auth(credentials),
        ),
        Step::Succeeded => {
            connection.authenticated = true;
            Next::reply(State::Ready(ready), held.unwrap_or_else(replies::auth_done))
        }
        Step::Failed => Next::reply(
            State::Ready(ready),
            held.unwrap_or_else(replies::auth_wrong),
        ),
        Step::Malformed => Next::reply(State::Ready(ready), replies::auth_encoding()),
    }
}
