//! Signs outgoing messages (RFC 6376 §5) with relaxed header and simple body canonicalization.

use super::canonical::{BodyHash, Canonical, Digest};
use super::private::{KeyError, PrivateKey};
use super::signature::Signature;
use super::tags::to_base64;
use crate::head::Head;
use crate::proof::Proof;
use event::ProofFact;
use event::catalogue::authentication::SigningReason;
use mail::Time;

/// Fields that are signed once more than they occur, so that none can be added (RFC 6376 §5.4,
/// §8.15).
const OVERSIGNED: [&str; 10] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
];

/// Fields that are signed as often as they occur.
pub const SIGNED_FIELDS: [&str; 12] = [
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Post",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "Auto-Submitted",
    "Autocrypt",
];

/// Hashes the body of a message for its signature.
pub struct Hashing(BodyHash);

impl Default for Hashing {
    fn default() -> Hashing {
        Hashing(BodyHash::new(Canonical::Simple, Digest::Sha256, None))
    }
}

impl Hashing {
    /// The next bytes of the body.
    pub fn write(&mut self, piece: &[u8]) {
        self.0.write(piece);
    }

    /// Ends the body and returns the hash.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().digest
    }
}

/// A signature for the top of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `DKIM-Signature: …` with its line end.
    pub field: String,
    /// What was signed and where the key is, for the journey.
    pub reason: SigningReason,
    /// The proof steps: what the signature covers.
    pub proof: Proof,
}

/// Signs a header (`head`: as it will be sent, without the trace fields) and the hash of a body.
///
/// # Errors
/// [`KeyError`] where the key fails, or where the message has no From (RFC 6376 §5.4).
pub fn sign(
    key: &PrivateKey,
    domain: &str,
    selector: &str,
    head: &[u8],
    body_hash: &[u8],
    now: Time,
) -> Result<Signed, KeyError> {
    let head = Head::new(head);
    if head.all("From").next().is_none() {
        return Err(KeyError::new(
            "a message without From is not signed (RFC 6376 §5.4)",
        ));
    }
    let headers = names(&head);
    let (algorithm, hash) = (key.algorithm(), to_base64(body_hash));
    let before = format!(
        " v=1; a={}; c=relaxed/simple; d={domain}; s={selector};\r\n\tt={}; h={};\r\n\tbh={hash};\r\n\tb=",
        algorithm.as_str(),
        now.secs(),
        fold(&headers, ":", 6),
    );
    let signature = Signature {
        field: 0,
        instance: 0,
        algorithm,
        domain: domain.to_owned(),
        selector: selector.to_owned(),
        identity: domain.to_owned(),
        headers,
        header_form: Canonical::Relaxed,
        body_form: Canonical::Simple,
        length: None,
        expires: None,
        body_hash: body_hash.to_vec(),
        value: Vec::new(),
    };
    let mut signed = Vec::with_capacity(2048);
    signature.push_fields(&head, &mut signed);
    let own = format!("DKIM-Signature:{before}");
    super::canonical::field(
        Canonical::Relaxed,
        "DKIM-Signature",
        own.as_bytes(),
        &mut signed,
    );
    signed.truncate(signed.len() - 2);
    let value = to_base64(&key.sign(&signed)?);
    let pieces: Vec<String> = value
        .as_bytes()
        .chunks(72)
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect();
    let field = format!("{own}{}\r\n", pieces.join("\r\n\t"));
    let reason = SigningReason::Signed {
        algorithm: algorithm.as_str().to_owned(),
        domain: domain.to_owned(),
        key: signature.key_name(),
        fields: signature.headers.join(":"),
        digest: format!("{}…", hash.chars().take(12).collect::<String>()),
    };
    let mut proof = signature.proof(&head);
    proof.step(ProofFact::BodySigned {
        form: signature.body_form.as_str().to_owned(),
        digest: hash,
    });
    Ok(Signed {
        field,
        reason,
        proof,
    })
}

fn names(head: &Head) -> Vec<String> {
    let mut names = Vec::new();
    for name in OVERSIGNED {
        names.extend(head.all(name).map(|_| name.to_owned()));
        names.push(name.to_owned());
    }
    for name in SIGNED_FIELDS {
        names.extend(head.all(name).map(|_| name.to_owned()));
    }
    names
}

// The number of field names on a line.
fn fold(names: &[String], between: &str, many: usize) -> String {
    let lines: Vec<String> = names.chunks(many).map(|line| line.join(between)).collect();
    lines.join(&format!("{between}\r\n\t "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dkim::{Algorithm, DkimResult};
    use crate::dns::DnsLookups;
    use crate::message::MessageReader;
    use mail::dns::Record;
    use world::zone::Zones;

    const HEAD: &str = "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: =?utf-8?q?x?=\r\n folded\r\nDate: x\r\n\r\n";

    async fn check(head: &str, body: &str, expected: &[DkimResult]) {
        let zones = Zones::default();
        let mut fields = String::new();
        let keys = [
            ("r1", crate::test_keys::rsa()),
            ("e1", crate::test_keys::ed25519()),
        ];
        let mut hashing = Hashing::default();
        hashing.write(b"hello\r\n\r\n\r\n");
        let hash = hashing.finish();
        for (selector, key) in &keys {
            zones.add(
                &format!("{selector}._domainkey.a.test"),
                Record::Txt(key.record()),
            );
            fields += &sign(key, "a.test", selector, HEAD.as_bytes(), &hash, Time(0))
                .unwrap()
                .field;
        }
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(zones);
        let mut reader = MessageReader::default();
        reader.write(format!("{fields}{head}{body}").as_bytes());
        let message = reader.finish();
        let mut dns = DnsLookups::new(&world);
        let verdicts = message.verify_dkim(&mut dns).await;
        assert_eq!(
            verdicts.iter().map(|d| d.result).collect::<Vec<_>>(),
            expected,
            "{verdicts:#?}"
        );
        assert!(fields.split("\r\n").all(|l| l.len() <= 120), "{fields}");
    }

    #[tokio::test]
    async fn what_we_sign_is_what_we_verify() {
        let pass = [DkimResult::Pass; 2];
        check(HEAD, "hello\r\n", &pass).await;
        check(HEAD, "hello\r\n\r\n\r\n", &pass).await;
        check(
            &HEAD
                .replace("Subject: =?", "subject:   =?")
                .replace("\r\n folded", " folded"),
            "hello\r\n",
            &pass,
        )
        .await;
        check(&format!("Received: x\r\n{HEAD}"), "hello\r\n", &pass).await;
    }

    #[tokio::test]
    async fn whatever_is_changed_is_found() {
        let fail = [DkimResult::Fail; 2];
        check(HEAD, "hello \r\n", &fail).await;
        check(&HEAD.replace("alice@", "eve@"), "hello\r\n", &fail).await;
        check(&format!("From: eve@a.test\r\n{HEAD}"), "hello\r\n", &fail).await;
        check(
            &HEAD.replace("\r\n\r\n", "\r\nCc: x@y\r\n\r\n"),
            "hello\r\n",
            &fail,
        )
        .await;
    }

    // The verdict on a signature of `domain`, whose key name holds these keys.
    async fn verdict(domain: &str, keys: &[PrivateKey]) -> DkimResult {
        let zones = Zones::default();
        for key in keys {
            zones.add(&format!("s._domainkey.{domain}"), Record::Txt(key.record()));
        }
        let mut hashing = Hashing::default();
        hashing.write(b"hello\r\n");
        let hash = hashing.finish();
        let key = crate::test_keys::ed25519();
        let field = sign(&key, domain, "s", HEAD.as_bytes(), &hash, Time(0))
            .unwrap()
            .field;
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(zones);
        let mut reader = MessageReader::default();
        reader.write(format!("{field}{HEAD}hello\r\n").as_bytes());
        let verdicts = reader
            .finish()
            .verify_dkim(&mut DnsLookups::new(&world))
            .await;
        verdicts[0].result
    }

    fn other_key() -> PrivateKey {
        let der = PrivateKey::ed25519_der(&[8; 32]);
        PrivateKey::from_der(Algorithm::Ed25519Sha256, &der).unwrap()
    }

    #[tokio::test]
    async fn any_of_several_keys_may_fit() {
        let own = crate::test_keys::ed25519;
        assert_eq!(verdict("a.test", &[own()]).await, DkimResult::Pass);
        let both = [other_key(), own()];
        assert_eq!(verdict("a.test", &both).await, DkimResult::Pass);
        assert_eq!(verdict("a.test", &[other_key()]).await, DkimResult::Fail);
    }

    #[tokio::test]
    async fn a_domain_that_is_no_host_name_is_a_permanent_error() {
        for domain in ["shop.test(.evil.test", "shop.test/.evil.test", "-.test"] {
            let keys = [crate::test_keys::ed25519()];
            assert_eq!(
                verdict(domain, &keys).await,
                DkimResult::PermError,
                "{domain}"
            );
        }
    }

    #[test]
    fn both_algorithms_have_names() {
        for name in ["rsa-sha1", "rsa-sha256", "ed25519-sha256"] {
            assert_eq!(Algorithm::parse(name).unwrap().as_str(), name);
        }
    }
}
