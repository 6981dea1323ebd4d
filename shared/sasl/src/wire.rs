//! Base64 as the protocols carry challenges and responses (RFC 4954 §4, RFC 9051 §6.2.2, RFC 5034
//! §4). Strict: padding is demanded, nothing else is passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// `base64 = base64-terminal` of RFC 4954 §8; `=` alone is the empty response (§4).
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if text == "=" {
        Some(Vec::new())
    } else {
        STANDARD.decode(text).ok()
    }
}

/// The base64 form of a challenge or response.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_equals_sign_is_the_empty_response() {
        assert_eq!(decode("="), Some(vec![]));
        assert_eq!(decode("YQ=="), Some(b"a".to_vec()));
        assert_eq!(decode("YQ"), None);
    }
}
