//! STARTTLS (RFC 3207). Everything before the handshake is discarded: buffered input by the engine,
//! what is known about the client here and by the role.

use super::interface::{Decision, Query};
use super::replies;
use super::state::{ConnectionState, Next, PendingDecision, Ready, State};
use mail::Reply;
use mail::session::TlsInfo;

impl Ready {
    /// `"STARTTLS" CRLF`, no parameter (RFC 3207 §4).
    pub(super) fn starttls(self, connection: &ConnectionState) -> Next {
        if connection.in_tls {
            return Next::reply(State::Ready(self), replies::starttls_already());
        }
        if !connection.config.starttls {
            return Next::reply(State::Ready(self), replies::starttls_absent());
        }
        Next::reply(State::Handshake, replies::starttls_ready())
    }
}

/// The handshake is done; the client must send EHLO again (RFC 3207 §4.2).
pub(super) fn started(tls: TlsInfo, connection: &mut ConnectionState) -> Next {
    connection.in_tls = true;
    connection.authenticated = false;
    connection.binding = tls.exporter.clone();
    Next::query(PendingDecision::TlsStarted, Query::TlsStarted(tls))
}

/// The role has decided about the handshake. A rejection can only close the connection.
pub(super) fn answered(answer: Decision) -> Next {
    let refusal = |reply: Reply| Next::close(reply);
    match answer {
        Decision::Reply(reply) if !reply.is_positive() => refusal(reply),
        Decision::Close(reply) => refusal(reply),
        _ => Next::go(State::Greeted),
    }
}
