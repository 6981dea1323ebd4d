//! The client's side: picks the best mechanism that the server offers and answers challenges. Does
//! not check whether the connection is encrypted: that is the caller's duty.

use crate::scram::client::{First, Last, begin};
use crate::{Mechanism, Mechanisms, cram, plain};
use mail::Secret;

/// The client's credentials.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The user name.
    pub user: String,
    /// The password.
    pub secret: Secret,
    /// A fresh nonce for SCRAM, printable and without a comma; without one SCRAM is not used.
    pub nonce: Option<String>,
    /// The connection's keying material (RFC 9266), for -PLUS.
    pub binding: Option<Vec<u8>>,
}

/// The best offered mechanism that works with a password.
pub fn best(offered: Mechanisms, identity: &Identity) -> Option<Mechanism> {
    let can = |m: &Mechanism| match m {
        Mechanism::OAuthBearer | Mechanism::XOAuth2 => false,
        m if m.hash().is_some() => {
            identity.nonce.is_some() && (!m.is_plus() || identity.binding.is_some())
        }
        _ => true,
    };
    offered.iter().find(can)
}

/// One exchange.
#[derive(Debug)]
pub struct Exchange(Machine);

#[derive(Debug)]
enum Machine {
    Plain,
    LoginName,
    LoginSecret,
    Cram,
    ScramFirst(Box<First>),
    ScramLast(Last),
    /// Complete; for SCRAM the server's proof is verified.
    End,
}

impl Exchange {
    /// Begins; returns the initial response where the mechanism has one.
    pub fn begin(mechanism: Mechanism, identity: &Identity) -> (Exchange, Option<Vec<u8>>) {
        match (mechanism, mechanism.hash()) {
            (Mechanism::Plain, _) => (
                Exchange(Machine::Plain),
                Some(plain::message(&identity.user, &identity.secret)),
            ),
            (Mechanism::CramMd5, _) => (Exchange(Machine::Cram), None),
            (_, Some(hash)) => {
                let binding = identity.binding.as_deref().filter(|_| mechanism.is_plus());
                let (first, message) = begin(
                    hash,
                    &identity.user,
                    identity.nonce.as_deref().unwrap_or_default(),
                    binding,
                );
                (
                    Exchange(Machine::ScramFirst(Box::new(first))),
                    Some(message),
                )
            }
            _ => (Exchange(Machine::LoginName), None),
        }
    }

    /// Answers a challenge; `None` where it is invalid or the server's proof is wrong: then the
    /// exchange must be aborted.
    pub fn challenge(self, challenge: &[u8], identity: &Identity) -> Option<(Exchange, Vec<u8>)> {
        Some(match self.0 {
            Machine::LoginName => (
                Exchange(Machine::LoginSecret),
                identity.user.clone().into_bytes(),
            ),
            Machine::LoginSecret => (Exchange(Machine::End), identity.secret.reveal().to_vec()),
            Machine::Cram => (
                Exchange(Machine::End),
                cram::response(&identity.user, &identity.secret, challenge),
            ),
            Machine::ScramFirst(first) => {
                let (last, message) = first.challenge(challenge, &identity.secret)?;
                (Exchange(Machine::ScramLast(last)), message)
            }
            Machine::ScramLast(last) if last.check(challenge) => {
                (Exchange(Machine::End), Vec::new())
            }
            _ => return None,
        })
    }

    /// True where the server's success may be trusted: a SCRAM server must have proven itself.
    pub fn may_succeed(&self) -> bool {
        matches!(self.0, Machine::Plain | Machine::End)
    }
}
