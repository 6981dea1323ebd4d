//! CRAM-MD5 (RFC 2195): the secret is not transmitted, but the server must store it recoverably.
//! Therefore only for accounts with a shared secret for it.

use crate::{constant_time_eq, prepare};
use hmac::{Hmac, Mac};
use mail::Secret;
use md5::Md5;

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 16;

/// HMAC-MD5 of the challenge under the secret (RFC 2195 §2).
pub fn digest(secret: &Secret, challenge: &[u8]) -> [u8; DIGEST_BYTES] {
    // HMAC accepts keys of every length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(secret.reveal()) else {
        return [0; DIGEST_BYTES];
    };
    mac.update(challenge);
    mac.finalize().into_bytes().into()
}

/// True where the digest was computed with the secret, as it is or in the form of SASLprep.
pub fn verify(secret: &Secret, challenge: &[u8], response: &[u8; DIGEST_BYTES]) -> bool {
    let prepared = std::str::from_utf8(secret.reveal()).ok().and_then(prepare);
    let is_right = |secret: &Secret| constant_time_eq(&digest(secret, challenge), response);
    is_right(secret) | prepared.is_some_and(|prepared| is_right(&Secret::new(prepared)))
}

/// `response = user SP 32LOWHEX` (RFC 2195 §2): returns the name and the digest. The name may
/// contain spaces.
pub fn read(response: &[u8]) -> Option<(String, [u8; DIGEST_BYTES])> {
    let text = std::str::from_utf8(response).ok()?;
    let (user, hex) = text.rsplit_once(' ')?;
    if user.is_empty() || hex.len() != 2 * DIGEST_BYTES || !hex.is_ascii() {
        return None;
    }
    let mut digest = [0; DIGEST_BYTES];
    for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(
            std::str::from_utf8(pair)
                .ok()
                .filter(|p| !p.starts_with('+'))?,
            16,
        )
        .ok()?;
    }
    Some((user.to_owned(), digest))
}

/// The client's response.
pub fn response(user: &str, secret: &Secret, challenge: &[u8]) -> Vec<u8> {
    let hex: String = digest(secret, challenge)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("{user} {hex}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 2195 §2
    const CHALLENGE: &[u8] = b"<1896.697170952@postoffice.reston.mci.net>";

    #[test]
    fn matches_the_example_of_the_rfc() {
        let secret = Secret::new("tanstaaftanstaaf");
        let response_bytes = response("tim", &secret, CHALLENGE);
        assert_eq!(response_bytes, b"tim b913a602c7eda7a495b4e6e7334d3890");
        let (user, digest) = read(&response_bytes).unwrap();
        assert!(user == "tim" && verify(&secret, CHALLENGE, &digest));
        assert!(!verify(
            &Secret::new("tanstaaftanstaag"),
            CHALLENGE,
            &digest
        ));
        assert!(!verify(&secret, b"<another>", &digest));
    }

    #[test]
    fn refuses_invalid_forms() {
        let hex = "b913a602c7eda7a495b4e6e7334d3890";
        for bad in [
            String::new(),
            "tim".into(),
            format!(" {hex}"),
            format!("tim {hex}0"),
            format!("tim +{}", &hex[1..]),
            format!("tim{hex}"),
        ] {
            assert!(read(bad.as_bytes()).is_none(), "{bad:?}");
        }
        assert_eq!(
            read(format!("tim x {}", hex.to_uppercase()).as_bytes())
                .unwrap()
                .0,
            "tim x"
        );
        assert!(read(b"\xff b913a602c7eda7a495b4e6e7334d3890").is_none());
    }
}
