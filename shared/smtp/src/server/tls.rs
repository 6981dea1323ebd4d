//! STARTTLS (RFC 3207). What came before the handshake is forgotten: bytes by the session's engine,
//! knowledge here and in the role.

use super::says;
use super::state::{Next, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask};
use mail::Reply;
use mail::session::TlsInfo;

impl Ready {
    /// `"STARTTLS" CRLF`, no parameter (RFC 3207 §4).
    pub(super) fn starttls(self, standing: &Standing) -> Next {
        if standing.in_tls {
            return Next::say(State::Ready(self), says::starttls_already());
        }
        if !standing.config.starttls {
            return Next::say(State::Ready(self), says::starttls_absent());
        }
        Next::say(State::Handshake, says::starttls_ready())
    }
}

/// The handshake is done; the client has to say EHLO again (RFC 3207 §4.2).
pub(super) fn started(tls: TlsInfo, standing: &mut Standing) -> Next {
    standing.in_tls = true;
    standing.authenticated = false;
    standing.binding = tls.exporter.clone();
    Next::ask(Waiting::TlsStarted, Ask::TlsStarted(tls))
}

/// The role has looked at the handshake. There is no reply to say no with but closing.
pub(super) fn answered(answer: Answer) -> Next {
    let refusal = |reply: Reply| Next::close(reply);
    match answer {
        Answer::Reply(reply) if !reply.is_positive() => refusal(reply),
        Answer::Close(reply) => refusal(reply),
        _ => Next::go(State::Greeted),
    }
}
