//! A role for the server session with a small fixed policy.

use mail::{Path, Reply, Secret};
use sasl::scram::{Hash, Keys};
use sasl::{Mechanism, Mechanisms, Proof};
use smtp::server::{Config, Decision, Kind, Limits, Query, RcptParameters, Server};
use std::sync::{Arc, OnceLock};

/// The role with the messages that it accepted.
#[derive(Default)]
pub struct ServerRole {
    /// `sender > recipients : message`
    pub messages: Vec<String>,
    sender: String,
    recipients: Vec<String>,
    message: Vec<u8>,
    binary: bool,
}

impl ServerRole {
    pub fn answer(&mut self, query: Query, log: &mut Vec<String>) -> Decision {
        match query {
            Query::Hello(hello) => {
                self.forget();
                if hello.name == "liar.test" {
                    rejection(550, (5, 7, 1))
                } else {
                    Decision::Go
                }
            }
            Query::TlsStarted(_) | Query::Abandoned(_) => {
                self.forget();
                Decision::Go
            }
            Query::Auth(c) => {
                let wonder = Secret::new("wonder");
                let right = match &c.proof {
                    Proof::Password(secret) => {
                        matches!(
                            (c.authentication.as_str(), secret.reveal()),
                            ("alice", b"wonder") | ("user@testserver", b"secretpassword")
                        )
                    }
                    Proof::CramMd5 { challenge, digest } => {
                        c.authentication == "alice"
                            && sasl::cram::verify(&wonder, challenge, digest)
                    }
                    Proof::Scram { proven } => *proven,
                    Proof::Token(token) => token.reveal() == b"ticket",
                };
                if right {
                    Decision::Go
                } else {
                    rejection(535, (5, 7, 8))
                }
            }
            Query::Keys { hash, user } => Decision::Keys(match user.as_str() {
                "alice" => keys_of_alice(hash),
                _ => Keys::for_unknown_user(hash, b"secret", &user, 4096),
            }),
            Query::Mail { sender, parameters } => {
                self.binary = parameters.body == mail::BodyKind::Binary;
                self.sender = sender.to_string();
                if self.sender == "<spam@bad.test>" {
                    rejection(550, (5, 7, 1))
                } else {
                    Decision::Go
                }
            }
            Query::Rcpt {
                recipient,
                parameters,
            } => {
                if parameters != RcptParameters::default() {
                    log.push(format!("rcpt {parameters:?}"));
                }
                self.rcpt(recipient)
            }
            Query::Data => {
                if self.sender == "<disk@full.test>" {
                    return rejection(452, (4, 3, 1));
                }
                Decision::Go
            }
            Query::Chunk(bytes) => {
                assert!(!bytes.is_empty());
                self.message.extend_from_slice(&bytes);
                let tail = self.message.len().saturating_sub(bytes.len() + 5);
                if self.message[tail..].windows(6).any(|w| w == b"NOROOM") {
                    rejection(452, (4, 3, 1))
                } else {
                    Decision::Go
                }
            }
            Query::End(summary) => {
                assert_eq!(summary.bytes, self.message.len() as u64);
                assert!(!summary.bare || self.binary);
                let message = String::from_utf8_lossy(&self.message).into_owned();
                let all = format!(
                    "{} > {} : {message:?}",
                    self.sender,
                    self.recipients.join(" ")
                );
                log.push(format!("message {all}"));
                self.messages.push(all);
                self.forget();
                Decision::Go
            }
            Query::Connected | Query::Verify(_) | Query::Expand(_) => Decision::Go,
        }
    }

    fn rcpt(&mut self, recipient: Path) -> Decision {
        let text = recipient.to_string();
        match text.as_str() {
            "<nobody@here.test>" => rejection(550, (5, 1, 1)),
            "<full@here.test>" => rejection(452, (4, 2, 2)),
            "<goodbye@here.test>" => Decision::Close(Reply::new(421, (4, 7, 0), "no more")),
            _ if text.ends_with("@here.test>")
                || text == "<postmaster>"
                || text.ends_with("@testserver>") =>
            {
                self.recipients.push(text);
                Decision::Go
            }
            _ => rejection(550, (5, 7, 1)),
        }
    }

    fn forget(&mut self) {
        self.sender.clear();
        self.recipients.clear();
        self.message.clear();
    }
}

// Computed once: it takes milliseconds, and a dialogue is played thousands of times.
fn keys_of_alice(hash: Hash) -> Keys {
    static MADE: OnceLock<[Keys; 2]> = OnceLock::new();
    let make = |hash| Keys::make(hash, &Secret::new("wonder"), b"salt", 4096).expect("keys");
    let [sha1, sha256] = MADE.get_or_init(|| [make(Hash::Sha1), make(Hash::Sha256)]);
    if hash == Hash::Sha1 {
        sha1.clone()
    } else {
        sha256.clone()
    }
}

fn rejection(code: u16, enhanced: (u8, u16, u16)) -> Decision {
    Decision::Reply(Reply::new(code, enhanced, "rejected by the role"))
}

/// A session configured by the settings of a dialogue.
pub fn server(settings: &[(String, String)]) -> Server {
    let host = "mx.here.test".parse().expect("a domain");
    let mut config = Config::new(Kind::Transfer, host, true);
    let (mut in_tls, mut rng, mut trusted) = (false, false, false);
    for (key, value) in settings {
        let number = || value.parse::<u64>().expect("a number");
        let limits: &mut Limits = &mut config.limits;
        match key.as_str() {
            "listener" => {
                config.kind = if value.starts_with("submission") {
                    Kind::Submission
                } else {
                    Kind::Transfer
                };
                in_tls = value.ends_with("tls");
            }
            "mechanisms" => {
                config.mechanisms = Mechanisms::of(
                    value
                        .split(' ')
                        .map(|m| Mechanism::from_name(m).expect("a mechanism")),
                );
                rng = true;
            }
            "hold_max" => config.hold_max = Some(mail::Duration::from_secs(number())),
            "directory" => config.directory = value == "yes",
            "trusted" => trusted = true,
            "starttls" => config.starttls = value == "yes",
            "recipients_max" => limits.recipients_max = number() as u32,
            "errors_max" => limits.errors_max = number() as u32,
            "message_bytes_max" => limits.message_bytes_max = number(),
            "idle_commands_max" => limits.idle_commands_max = number() as u32,
            "messages_max" => limits.messages_max = number() as u32,
            other => panic!("no such setting: {other}"),
        }
    }
    let mut server = Server::new(Arc::new(config), in_tls);
    if rng {
        server = server.with_rng([7; 32]);
    }
    if trusted { server.trusted() } else { server }
}
