//! The proof step of a signed header field.

use super::tags::to_base64;
use event::ProofFact;
use mail_auth::common::crypto::{HashContext, HashImpl, Sha256};
use mail_auth::common::headers::Writer;

// The characters of a field that are shown; the rest is in the message.
const FIELD_CHARS_MAX: usize = 80;

/// Describes a signed field by its canonical form: the length, a digest by which signer and
/// verifier can be compared, and the beginning of the text.
pub(super) fn describe(name: &str, canonical: &[u8]) -> ProofFact {
    ProofFact::Field {
        name: name.to_ascii_lowercase(),
        bytes: canonical.len() as u64,
        digest: short_digest(canonical),
        text: String::from_utf8_lossy(canonical)
            .trim_end()
            .chars()
            .take(FIELD_CHARS_MAX)
            .collect(),
    }
}

// Long enough to tell two fields apart.
fn short_digest(bytes: &[u8]) -> String {
    let mut context = Sha256::hasher();
    context.write(bytes);
    to_base64(context.complete().as_ref())
        .chars()
        .take(8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_changed_fields_differ() {
        let digest = |canonical: &[u8]| match describe("Subject", canonical) {
            ProofFact::Field { digest, name, .. } => (name, digest),
            other => panic!("{other:?}"),
        };
        let (one, other) = (digest(b"subject:hello\r\n"), digest(b"subject:hallo\r\n"));
        assert_eq!(one.0, "subject");
        assert_ne!(one.1, other.1);
    }
}
