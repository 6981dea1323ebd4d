//! HELO and EHLO (RFC 5321 §4.1.1.1): who speaks, and what may be used. Announces only what is
//! done.

use super::auth::mechanisms;
use super::config::{Config, Kind};
use super::says;
use super::state::{MailGiven, Next, RcptGiven, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask, Decision, Hello};
use mail::{Host, Reply};

/// The longest name taken, in octets (RFC 5321 §4.5.3.1.2).
const NAME_BYTES_MAX: usize = 255;

/// `ehlo = "EHLO" SP ( Domain / address-literal )`, `helo = "HELO" SP Domain`. Any one word is
/// taken: many honest clients have no domain to name, and what the word is worth is the role's to
/// say.
pub(super) fn hello(state: State, argument: &str, extended: bool) -> Next {
    let wrong = argument.is_empty() || argument.len() > NAME_BYTES_MAX || argument.contains(' ');
    if wrong {
        return Next::say(state, says::hello_syntax());
    }
    let name = argument.to_owned();
    let ask = Ask::Hello(Hello {
        name: name.clone(),
        host: Host::new(argument).ok(),
        extended,
    });
    Next::ask(
        Waiting::Hello {
            ready: Ready { extended },
            name,
        },
        ask,
    )
}

/// The role has looked at the name.
pub(super) fn answered(ready: Ready, name: &str, answer: Answer, standing: &Standing) -> Next {
    let mut default = says::hello(&standing.config.host, name);
    if ready.extended {
        announce(&mut default, standing);
    }
    match answer.or(default) {
        Decision::Yes(reply) => Next::say(State::Ready(ready), reply),
        Decision::No(reply) => Next::say(State::Greeted, reply),
        Decision::Close(reply) => Next::close(reply),
    }
}

/// `ehlo-line = ehlo-keyword *( SP ehlo-param )`, one a line.
fn announce(reply: &mut Reply, standing: &Standing) {
    let config: &Config = &standing.config;
    reply.lines.extend([
        "PIPELINING".to_owned(),
        format!("SIZE {}", config.limits.message_bytes_max),
    ]);
    if config.starttls && !standing.in_tls {
        reply.lines.push("STARTTLS".to_owned());
    }
    // RFC 4954 §4: nothing that must not be used in the clear is announced there.
    if offers_auth(standing) && !standing.authenticated {
        reply.lines.push(format!("AUTH {}", mechanisms(standing)));
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
    if standing.in_tls {
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
            (standing.now + hold_max).rfc3339_secs()
        ));
    }
    if config.directory {
        reply.lines.push("EXPN".to_owned());
    }
    reply.lines.push("HELP".to_owned());
}

/// AUTH is for users, and only in TLS.
pub(super) fn offers_auth(standing: &Standing) -> bool {
    standing.config.kind == Kind::Submission && standing.in_tls
}

/// RSET (RFC 5321 §4.1.1.5): the open message, if any, is forgotten.
pub(super) fn reset(state: State) -> Next {
    let ready = match state {
        State::Mail(MailGiven { ready, .. })
        | State::Rcpt(RcptGiven {
            mail: MailGiven { ready, .. },
            ..
        }) => ready,
        State::Chunks(chunks) => chunks.ready(),
        State::Broken(ready) => return Next::say(State::Ready(ready), says::reset()),
        other => return Next::say(other, says::reset()),
    };
    Next::ask(
        Waiting::Abandoned {
            then: Box::new(State::Ready(ready)),
            reply: says::reset(),
        },
        Ask::Abandoned(super::words::Why::Reset),
    )
}
