//! The server's side of any mechanism as one state machine: takes responses and the role's answers,
//! and returns challenges, questions and the end. Makes no decision.

use crate::scram::server::{AwaitingKeys, AwaitingProof, CheckedProof, Start};
use crate::scram::{Hash, Keys};
use crate::{Credentials, Mechanism, Proof, bearer, cram, plain};
use mail::Secret;

/// The parameters of an exchange.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The random part of a challenge or nonce, never used before; not needed for PLAIN, LOGIN and
    /// tokens.
    pub rng: [u8; RANDOM_BYTES],
    /// This host's name, for CRAM-MD5's challenge.
    pub host: String,
    /// The connection's keying material (RFC 9266), where -PLUS is offered.
    pub binding: Option<Vec<u8>>,
}

/// Random bytes for one exchange.
pub const RANDOM_BYTES: usize = 24;

/// One exchange, consumed step by step.
#[derive(Debug)]
pub struct Exchange(Machine);

#[derive(Debug)]
enum Machine {
    Plain,
    /// LOGIN: at the beginning; the name is requested; the password is requested.
    Login,
    LoginNamed,
    LoginSecret {
        user: String,
    },
    Cram {
        challenge: Vec<u8>,
    },
    CramChallenged {
        challenge: Vec<u8>,
    },
    Scram(Box<Start>),
    ScramNamed(Mechanism, Box<AwaitingKeys>),
    ScramChallenged(Mechanism, Box<AwaitingProof>),
    /// The signature is kept until the role has agreed.
    ScramVerifying {
        server_final: Vec<u8>,
    },
    Bearer(Mechanism),
    BearerVerifying,
    Verifying,
    /// The last message has been sent; the client's answer is a formality.
    Last {
        success: bool,
    },
}

/// What an exchange needs next.
#[derive(Debug)]
pub enum Step {
    /// Send this (before base64); its response goes to [`Exchange::respond`].
    Challenge(Exchange, Vec<u8>),
    /// Supply the keys of this name to [`Exchange::keys`]; [`Keys::for_unknown_user`] for an
    /// unknown name.
    Keys(Exchange, Hash, String),
    /// Verify the login; the result goes to [`Exchange::conclude`].
    Verify(Exchange, Credentials),
    /// The login is complete.
    Succeeded,
    /// Send the role's refusal.
    Failed,
    /// The response has an invalid form.
    Malformed,
}

impl Exchange {
    /// A new exchange.
    pub fn begin(mechanism: Mechanism, setup: Setup) -> Exchange {
        let machine = match mechanism {
            Mechanism::Plain => Machine::Plain,
            Mechanism::Login => Machine::Login,
            Mechanism::CramMd5 => {
                let unique: String = setup.rng.iter().map(|b| format!("{b:02x}")).collect();
                // RFC 2195 §2: a msg-id of RFC 822
                Machine::Cram {
                    challenge: format!("<{unique}@{}>", setup.host).into_bytes(),
                }
            }
            Mechanism::OAuthBearer | Mechanism::XOAuth2 => Machine::Bearer(mechanism),
            _ => Machine::Scram(Box::new(Start {
                mechanism,
                nonce: crate::encode(&setup.rng),
                binding: setup.binding,
            })),
        };
        Exchange(machine)
    }

    /// Takes the client's next response, decoded; `None` where it began without an initial one.
    pub fn respond(self, response: Option<Vec<u8>>) -> Step {
        let Some(response) = response else {
            return self.ask_first();
        };
        let verify = |machine, credentials: Option<Credentials>| match credentials {
            Some(credentials) => Step::Verify(Exchange(machine), credentials),
            None => Step::Malformed,
        };
        match self.0 {
            Machine::Plain => verify(Machine::Verifying, plain::read(&response)),
            Machine::Login | Machine::LoginNamed => match String::from_utf8(response) {
                Ok(user) if !user.is_empty() => Step::Challenge(
                    Exchange(Machine::LoginSecret { user }),
                    b"Password:".to_vec(),
                ),
                _ => Step::Malformed,
            },
            Machine::LoginSecret { user } if !response.is_empty() => {
                let proof = Proof::Password(Secret::new(response));
                verify(
                    Machine::Verifying,
                    Some(Credentials {
                        mechanism: Mechanism::Login,
                        authorization: None,
                        authentication: user,
                        proof,
                    }),
                )
            }
            Machine::CramChallenged { challenge } => verify(
                Machine::Verifying,
                cram::read(&response).map(|(user, digest)| Credentials {
                    mechanism: Mechanism::CramMd5,
                    authorization: None,
                    authentication: user,
                    proof: Proof::CramMd5 { challenge, digest },
                }),
            ),
            Machine::Scram(start) => scram_first(*start, &response),
            Machine::ScramChallenged(mechanism, awaiting) => {
                scram_final(mechanism, *awaiting, &response)
            }
            Machine::Bearer(Mechanism::XOAuth2) => {
                verify(Machine::BearerVerifying, bearer::read_xoauth2(&response))
            }
            Machine::Bearer(_) => verify(
                Machine::BearerVerifying,
                bearer::read_oauthbearer(&response),
            ),
            Machine::Last { success: true } if response.is_empty() => Step::Succeeded,
            // RFC 7628 §3.2.3: a dummy, whatever its content.
            Machine::Last { success: false } => Step::Failed,
            _ => Step::Malformed,
        }
    }

    // There is no initial response: the first challenge is the mechanism's own, or empty.
    fn ask_first(self) -> Step {
        match self.0 {
            Machine::Login => Step::Challenge(Exchange(Machine::LoginNamed), b"Username:".to_vec()),
            Machine::Cram { challenge } => Step::Challenge(
                Exchange(Machine::CramChallenged {
                    challenge: challenge.clone(),
                }),
                challenge,
            ),
            machine @ (Machine::Plain | Machine::Scram(_) | Machine::Bearer(_)) => {
                Step::Challenge(Exchange(machine), Vec::new())
            }
            _ => Step::Malformed,
        }
    }

    /// Takes the keys that [`Step::Keys`] asked for.
    pub fn keys(self, keys: Keys) -> Step {
        match self.0 {
            Machine::ScramNamed(mechanism, named) => {
                let (asked, challenge) = named.keys(keys);
                Step::Challenge(
                    Exchange(Machine::ScramChallenged(mechanism, Box::new(asked))),
                    challenge,
                )
            }
            _ => Step::Malformed,
        }
    }

    /// Takes the result of the verification. Some mechanisms send one more message before the end.
    pub fn conclude(self, accepted: bool) -> Step {
        match (self.0, accepted) {
            // RFC 5802 §3: the server proves itself too.
            (Machine::ScramVerifying { server_final }, true) => {
                Step::Challenge(Exchange(Machine::Last { success: true }), server_final)
            }
            (Machine::BearerVerifying, false) => Step::Challenge(
                Exchange(Machine::Last { success: false }),
                bearer::failure(),
            ),
            (_, true) => Step::Succeeded,
            (_, false) => Step::Failed,
        }
    }
}

fn scram_first(start: Start, response: &[u8]) -> Step {
    let mechanism = start.mechanism;
    let hash = mechanism.hash().unwrap_or(Hash::Sha256);
    match start.first(response) {
        Some(named) => {
            let user = named.user().to_owned();
            let machine = Machine::ScramNamed(mechanism, Box::new(named));
            Step::Keys(Exchange(machine), hash, user)
        }
        None => Step::Malformed,
    }
}

fn scram_final(mechanism: Mechanism, awaiting: AwaitingProof, response: &[u8]) -> Step {
    let Some(checked) = awaiting.last(response) else {
        return Step::Malformed;
    };
    let CheckedProof {
        user,
        authorization,
        proven,
        server_final,
    } = checked;
    let credentials = Credentials {
        mechanism,
        authorization,
        authentication: user,
        proof: Proof::Scram { proven },
    };
    Step::Verify(
        Exchange(Machine::ScramVerifying { server_final }),
        credentials,
    )
}

/// Random bytes for the exchanges of one connection. Bytes that a client has seen do not reveal the
/// next ones.
#[derive(Clone)]
pub struct Rng {
    seed: [u8; 32],
    count: u64,
}

impl Rng {
    /// From unguessable bytes that no other connection has.
    pub fn new(seed: [u8; 32]) -> Rng {
        Rng { seed, count: 0 }
    }

    /// The bytes of the next exchange.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends and is not iterated over"
    )]
    pub fn next(&mut self) -> [u8; RANDOM_BYTES] {
        self.count += 1;
        let bytes = Hash::Sha256.hmac(&self.seed, &[b"exchange", &self.count.to_be_bytes()]);
        let mut rng = [0; RANDOM_BYTES];
        rng.copy_from_slice(&bytes[..RANDOM_BYTES]);
        rng
    }
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng(…)")
    }
}
