//! PLAIN (RFC 4616): name and password in one message. Reads and writes it.

use crate::{Credentials, Mechanism, Proof};
use mail::Secret;

/// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2).
pub fn read(message: &[u8]) -> Option<Credentials> {
    let mut parts = message.split(|b| *b == 0);
    let (authorization, authentication, secret) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || authentication.is_empty() || secret.is_empty() {
        return None;
    }
    let authorization = std::str::from_utf8(authorization).ok()?;
    Some(Credentials {
        mechanism: Mechanism::Plain,
        authorization: (!authorization.is_empty()).then(|| authorization.to_owned()),
        authentication: std::str::from_utf8(authentication).ok()?.to_owned(),
        proof: Proof::Password(Secret::new(secret)),
    })
}

/// The client's message, without an authorization identity.
pub fn message(user: &str, secret: &Secret) -> Vec<u8> {
    let mut message = Vec::with_capacity(user.len() + secret.reveal().len() + 2);
    message.push(0);
    message.extend_from_slice(user.as_bytes());
    message.push(0);
    message.extend_from_slice(secret.reveal());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_and_refuses_other_forms() {
        let got = read(b"boss\0alice\0wonder").unwrap();
        assert_eq!(
            (got.authorization.as_deref(), got.authentication.as_str()),
            (Some("boss"), "alice")
        );
        assert_eq!(got.proof, Proof::Password(Secret::new("wonder")));
        assert_eq!(read(b"\0alice\0wonder").unwrap().authorization, None);
        for bad in [
            &b""[..],
            b"alice",
            b"\0alice",
            b"\0alice\0",
            b"\0\0x",
            b"\0a\0b\0c",
            b"\0\xff\0x",
        ] {
            assert!(read(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn client_and_server_agree_on_plain() {
        assert_eq!(
            read(&message("alice", &Secret::new("wonder")))
                .unwrap()
                .authentication,
            "alice"
        );
    }
}
