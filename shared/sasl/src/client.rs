//! The client's side: picks the best mechanism that is offered, and answers challenges. Says no
//! password in the clear by itself: whether the connection is sealed is for the caller to know.

use crate::scram::client::{First, Last, begin};
use crate::{Mechanism, Mechanisms, cram, plain};
use mail::Secret;

/// Who we are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name.
    pub user: String,
    /// The password.
    pub secret: Secret,
    /// A fresh nonce for SCRAM, printable and without a comma; without one SCRAM is not spoken.
    pub nonce: Option<String>,
    /// The connection's exported value (RFC 9266), for -PLUS.
    pub binding: Option<Vec<u8>>,
}

/// The best of what is offered that this identity can do with a password.
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
    /// All is said and, for SCRAM, the server is believed.
    End,
}

impl Exchange {
    /// Begins; gives the initial response where the mechanism has one.
    pub fn begin(mechanism: Mechanism, identity: &Identity) -> (Exchange, Option<Vec<u8>>) {
        match (mechanism, mechanism.hash()) {
            (Mechanism::Plain, _) => (
                Exchange(Machine::Plain),
                Some(plain::message(&identity.user, &identity.secret)),
            ),
            (Mechanism::CramMd5, _) => (Exchange(Machine::Cram), None),
            (_, Some(hash)) => {
                let binding = identity.binding.as_deref().filter(|_| mechanism.is_plus());
                let (first, said) = begin(
                    hash,
                    &identity.user,
                    identity.nonce.as_deref().unwrap_or_default(),
                    binding,
                );
                (Exchange(Machine::ScramFirst(Box::new(first))), Some(said))
            }
            _ => (Exchange(Machine::LoginName), None),
        }
    }

    /// Answers a challenge; `None` where it does not fit, or the server cannot prove itself: then
    /// the exchange is to be given up.
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
                let (last, said) = first.challenge(challenge, &identity.secret)?;
                (Exchange(Machine::ScramLast(last)), said)
            }
            Machine::ScramLast(last) if last.check(challenge) => {
                (Exchange(Machine::End), Vec::new())
            }
            _ => return None,
        })
    }

    /// Success may be believed now: a SCRAM server that skips its own proof is an impostor.
    pub fn may_succeed(&self) -> bool {
        matches!(self.0, Machine::Plain | Machine::End)
    }
}
