//! HELO and EHLO (RFC 5321 §4.1.1.1): the client's name, and the extensions offered to it.

use super::auth::mechanisms;
use super::config::{Config, Kind};
use super::interface::{Decision, Hello, Query, Resolved};
use super::replies;
use super::state::{
    ConnectionState, MailAccepted, Next, PendingDecision, RcptAccepted, Ready, State,
};
use mail::{Host, Reply};

/// The longest name in bytes (RFC 5321 §4.5.3.1.2).
const NAME_BYTES_MAX: usize = 255;

/// `ehlo = "EHLO" SP ( Domain / address-literal )`, `helo = "HELO" SP Domain`. Any single
/// word is accepted: many legitimate clients have no domain, and the role decides what the word is
/// worth.
pub(super) fn hello(state: State, argument: &str, extended: bool) -> Next {
    let wrong = argument.is_empty() || argument.len() > NAME_BYTES_MAX || argument.contains(' ');
    if wrong {
        return Next::reply(state, replies::hello_syntax());
    }
    let name = argument.to_owned();
    let query = Query::Hello(Hello {
        name: name.clone(),
        host: Host::new(argument).ok(),
        extended,
    });
    Next::query(
        PendingDecision::Hello {
            ready: Ready { extended },
            name,
        },
        query,
    )
}

/// The role has decided about the name.
pub(super) fn answered(
    ready: Ready,
    name: &str,
    answer: Decision,
    connection: &ConnectionState,
) -> Next {
    let mut default = replies::hello(&connection.config.host, name);
    if ready.extended {
        announce(&mut default, connection);
    }
    match answer.or(default) {
        Resolved::Accept(reply) => Next::reply(State::Ready(ready), reply),
        Resolved::Reject(reply) => Next::reply(State::Greeted, reply),
        Resolved::Close(reply) => Next::close(reply),
    }
}

/// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, one a line.
fn announce(reply: &mut Reply, connection: &ConnectionState) {
    let config: &Config = &connection.config;
    reply.lines.extend([
        "PIPELINING".to_owned(),
        format!("SIZE {}", config.limits.message_bytes_max),
    ]);
    if config.starttls && !connection.in_tls {
        reply.lines.push("STARTTLS".to_owned());
    }
    // RFC 4954 §4: AUTH is announced only where it may be used.
    if offers_auth(connection) && !connection.authenticated {
        reply.lines.push(format!("AUTH {}", mechanisms(connection)));
    }
    reply.lines.extend(
        [
            "8BITMIME",
            "BINARYMIME",
            "CHUNKING",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "DSN",
        ]
        .map(str::to_owned),
    );
    // RFC 8689 §2: only once the session is in TLS.
    if connection.in_tls {
        reply.lines.push("REQUIRETLS".to_owned());
    }
    let limits = &config.limits;
    reply.lines.push(format!(
        "LIMITS MAILMAX={} RCPTMAX={}",
        limits.messages_max, limits.recipients_max
    ));
    if let Some(hold_max) = config.future_release() {
        // RFC 4865 §3: the longest interval in seconds, and the latest time.
        reply.lines.push(format!(
            "FUTURERELEASE {} {}",
            hold_max.as_secs(),
            (connection.now + hold_max).rfc3339_secs()
        ));
    }
    if config.directory {
        reply.lines.push("EXPN".to_owned());
    }
    reply.lines.push("HELP".to_owned());
}

/// AUTH is offered on submission, in TLS.
pub(super) fn offers_auth(connection: &ConnectionState) -> bool {
    connection.config.kind == Kind::Submission && connection.in_tls
}

/// RSET (RFC 5321 §4.1.1.5): discards the current transaction, if any.
pub(super) fn reset(state: State) -> Next {
    let ready = match state {
        State::Mail(MailAccepted { ready, .. })
        | State::Rcpt(RcptAccepted {
            mail: MailAccepted { ready, .. },
            ..
        }) => ready,
        State::Chunks(chunks) => chunks.ready(),
        State::Failed(ready) => return Next::reply(State::Ready(ready), replies::reset()),
        other => return Next::reply(other, replies::reset()),
    };
    Next::query(
        PendingDecision::Abandoned {
            then: Box::new(State::Ready(ready)),
            reply: replies::reset(),
        },
        Query::Abandoned(super::interface::AbandonReason::Reset),
    )
}
