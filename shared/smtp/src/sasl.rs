//! SASL mechanisms (RFC 4422) as the server runs them: each a small machine that yields challenges and, in the end, credentials.
//! Does not check a password: that is the role's. Today PLAIN (RFC 4616) and LOGIN; a mechanism more is a struct more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Secret;

/// Who someone says to be, and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `PLAIN`, `LOGIN`
    pub mechanism: &'static str,
    /// On whose behalf (authorization identity), where it was said.
    pub authorization: Option<String>,
    /// Whose password it is (authentication identity).
    pub authentication: String,
    /// The password.
    pub secret: Secret,
}

/// Where an exchange has come to.
pub(crate) enum Progress {
    /// Send this challenge (not yet in base64), then go on with the machine.
    Challenge(Box<dyn Mechanism>, Vec<u8>),
    /// The client has said all.
    Complete(Credentials),
    /// The response has not the mechanism's form.
    Malformed,
}

/// One exchange, consumed step by step.
pub(crate) trait Mechanism: Send {
    /// The client's next response, decoded; none where AUTH came without an initial one.
    fn respond(self: Box<Self>, response: Option<Vec<u8>>) -> Progress;
}

/// The machine for a mechanism's name, in any case.
pub(crate) fn mechanism(name: &str) -> Option<Box<dyn Mechanism>> {
    if name.eq_ignore_ascii_case("PLAIN") {
        Some(Box::new(Plain))
    } else if name.eq_ignore_ascii_case("LOGIN") {
        Some(Box::new(Login::Start))
    } else {
        None
    }
}

/// The mechanisms as EHLO announces them.
pub(crate) const MECHANISMS: &str = "PLAIN LOGIN";

/// `base64 = base64-terminal` of RFC 4954 §8; `=` alone is the empty response (§4).
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text == "=" { Some(Vec::new()) } else { STANDARD.decode(text).ok() }
}

/// The base64 form of a challenge or response.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2).
struct Plain;

impl Mechanism for Plain {
    fn respond(self: Box<Self>, response: Option<Vec<u8>>) -> Progress {
        let Some(response) = response else {
            return Progress::Challenge(self, Vec::new());
        };
        plain(&response).map_or(Progress::Malformed, Progress::Complete)
    }
}

fn plain(message: &[u8]) -> Option<Credentials> {
    let mut parts = message.split(|b| *b == 0);
    let (authorization, authentication, secret) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || authentication.is_empty() || secret.is_empty() {
        return None;
    }
    let authorization = std::str::from_utf8(authorization).ok()?;
    Some(Credentials {
        mechanism: "PLAIN",
        authorization: (!authorization.is_empty()).then(|| authorization.to_owned()),
        authentication: std::str::from_utf8(authentication).ok()?.to_owned(),
        secret: Secret::new(secret),
    })
}

/// The message of PLAIN as a client says it.
pub(crate) fn plain_message(user: &str, secret: &Secret) -> Vec<u8> {
    let mut message = Vec::with_capacity(user.len() + secret.reveal().len() + 2);
    message.push(0);
    message.extend_from_slice(user.as_bytes());
    message.push(0);
    message.extend_from_slice(secret.reveal());
    message
}

/// LOGIN, as every mail program speaks it (never a standard): asks for the name, then for the password.
enum Login {
    Start,
    Named,
    Secret { user: String },
}

impl Mechanism for Login {
    fn respond(self: Box<Self>, response: Option<Vec<u8>>) -> Progress {
        match (*self, response) {
            (Login::Start, None) => Progress::Challenge(Box::new(Login::Named), b"Username:".to_vec()),
            (Login::Start | Login::Named, Some(name)) => match String::from_utf8(name) {
                Ok(user) if !user.is_empty() => Progress::Challenge(Box::new(Login::Secret { user }), b"Password:".to_vec()),
                _ => Progress::Malformed,
            },
            (Login::Secret { user }, Some(secret)) if !secret.is_empty() => Progress::Complete(Credentials {
                mechanism: "LOGIN",
                authorization: None,
                authentication: user,
                secret: Secret::new(secret),
            }),
            (Login::Named | Login::Secret { .. }, _) => Progress::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_and_refuses_what_is_not() {
        let got = plain(b"boss\0alice\0wonder").unwrap();
        assert_eq!((got.authorization.as_deref(), got.authentication.as_str()), (Some("boss"), "alice"));
        assert_eq!(got.secret.reveal(), b"wonder");
        assert_eq!(plain(b"\0alice\0wonder").unwrap().authorization, None);
        for bad in [&b""[..], b"alice", b"\0alice", b"\0alice\0", b"\0\0x", b"\0a\0b\0c", b"\0\xff\0x"] {
            assert!(plain(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn the_client_says_plain_as_the_server_reads_it() {
        let message = plain_message("alice", &Secret::new("wonder"));
        assert_eq!(plain(&message).unwrap().authentication, "alice");
    }

    #[test]
    fn a_lone_equals_sign_is_the_empty_response() {
        assert_eq!(decode("="), Some(vec![]));
        assert_eq!(decode("YQ=="), Some(b"a".to_vec()));
        assert_eq!(decode("YQ"), None);
    }
}
