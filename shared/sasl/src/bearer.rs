//! Access tokens: OAUTHBEARER (RFC 7628) and its predecessor XOAUTH2. Reads the client's message
//! and writes the failure that the server sends before its refusal. The role verifies the token.

use crate::{Credentials, Mechanism, Proof};
use mail::Secret;

/// The longest token that is accepted, in bytes: JSON Web Tokens with many claims reach a few KiB.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// `client-resp = (gs2-header kvsep *kvpair kvsep)` (RFC 7628 §3.1); `kvpair = key "=" value
/// kvsep`, `kvsep = %x01`.
pub fn read_oauthbearer(message: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(message).ok()?;
    let (header, rest) = text.split_once('\u{1}')?;
    // gs2-header = gs2-cb-flag "," [ authzid ] ","
    let mut parts = header.split(',');
    let (flag, who, end) = (parts.next()?, parts.next()?, parts.next()?);
    if !matches!(flag, "n" | "y") || !end.is_empty() || parts.next().is_some() {
        return None;
    }
    let user = match who.strip_prefix("a=") {
        Some(name) => crate::scram::unescape(name)?,
        None if who.is_empty() => String::new(),
        None => return None,
    };
    credentials(Mechanism::OAuthBearer, user, rest)
}

/// `"user=" name %x01 "auth=Bearer " token %x01 %x01`.
pub fn read_xoauth2(message: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(message).ok()?;
    let (user, rest) = text.strip_prefix("user=")?.split_once('\u{1}')?;
    if user.is_empty() {
        return None;
    }
    credentials(Mechanism::XOAuth2, user.to_owned(), rest)
}

fn credentials(mechanism: Mechanism, user: String, pairs: &str) -> Option<Credentials> {
    let pairs = pairs.strip_suffix("\u{1}\u{1}")?;
    let auth = pairs
        .split('\u{1}')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "auth")?
        .1;
    let (scheme, token) = auth.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    // RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
    let good = !token.is_empty()
        && token.len() <= TOKEN_BYTES_MAX
        && token.bytes().all(|b| b.is_ascii_graphic());
    if !scheme.eq_ignore_ascii_case("Bearer") || !good {
        return None;
    }
    Some(Credentials {
        mechanism,
        authorization: None,
        authentication: user,
        proof: Proof::Token(Secret::new(token)),
    })
}

/// The failure as a challenge (RFC 7628 §3.2.2): the client answers it with a dummy, then gets the
/// refusal.
pub fn failure() -> Vec<u8> {
    br#"{"status":"invalid_token","schemes":"Bearer"}"#.to_vec()
}

/// The client's dummy answer to [`failure`] (RFC 7628 §3.2.3).
pub const DUMMY: &[u8] = b"\x01";

/// The client's message of OAUTHBEARER.
pub fn oauthbearer(user: &str, token: &Secret, host: &str, port: u16) -> Vec<u8> {
    let mut message = format!(
        "n,a={},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer ",
        crate::scram::escape(user)
    )
    .into_bytes();
    message.extend_from_slice(token.reveal());
    message.extend_from_slice(b"\x01\x01");
    message
}

/// The client's message of XOAUTH2.
pub fn xoauth2(user: &str, token: &Secret) -> Vec<u8> {
    let mut message = format!("user={user}\u{1}auth=Bearer ").into_bytes();
    message.extend_from_slice(token.reveal());
    message.extend_from_slice(b"\x01\x01");
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7628 §4.1
    const EXAMPLE: &[u8] =
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";

    #[test]
    fn reads_the_example_of_the_rfc() {
        let got = read_oauthbearer(EXAMPLE).unwrap();
        assert_eq!(got.authentication, "user@example.com");
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        assert_eq!(got.proof, Proof::Token(token.clone()));
        assert_eq!(
            oauthbearer("user@example.com", &token, "server.example.com", 143),
            EXAMPLE
        );
        assert_eq!(
            read_oauthbearer(b"n,,\x01auth=bearer x\x01\x01")
                .unwrap()
                .authentication,
            ""
        );
    }

    #[test]
    fn reads_xoauth2() {
        let got = read_xoauth2(&xoauth2("alice@a.test", &Secret::new("ya29.vF9d"))).unwrap();
        assert_eq!(
            (got.authentication.as_str(), got.mechanism),
            ("alice@a.test", Mechanism::XOAuth2)
        );
        assert_eq!(got.proof, Proof::Token(Secret::new("ya29.vF9d")));
    }

    #[test]
    fn refuses_invalid_forms() {
        let long = format!(
            "n,,\u{1}auth=Bearer {}\u{1}\u{1}",
            "x".repeat(TOKEN_BYTES_MAX + 1)
        );
        let fits = format!(
            "n,,\u{1}auth=Bearer {}\u{1}\u{1}",
            "x".repeat(TOKEN_BYTES_MAX)
        );
        assert!(read_oauthbearer(fits.as_bytes()).is_some());
        for bad in [
            "",
            "n,,",
            "n,,\u{1}\u{1}",
            "p=x,,\u{1}auth=Bearer x\u{1}\u{1}",
            "n,,\u{1}auth=Basic x\u{1}\u{1}",
            "n,,\u{1}auth=Bearer \u{1}\u{1}",
            "n,,\u{1}auth=Bearer x\u{1}",
            "n,b=x,\u{1}auth=Bearer x\u{1}\u{1}",
            &long,
        ] {
            assert!(read_oauthbearer(bad.as_bytes()).is_none(), "{bad:?}");
        }
        for bad in [
            "",
            "user=\u{1}auth=Bearer x\u{1}\u{1}",
            "user=a\u{1}\u{1}",
            "a\u{1}auth=Bearer x\u{1}\u{1}",
        ] {
            assert!(read_xoauth2(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }
}
