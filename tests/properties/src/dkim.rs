//! DKIM signatures and key records, and ARC sets (RFC 6376, RFC 8617): the verification of any
//! message ends, does not depend on the pieces in which the message arrives, and writes one field
//! that no text of the message can break. A message that this host signs verifies.
//!
//! The first line is the text of every name in DNS; the message follows.

use crate::dns::{ADDRESS, Texts, complete, world};
use auth::dkim::{Algorithm, DkimResult, Hashing, PrivateKey};
use auth::{Evaluation, MessageReader, Mode, Origin, Policies, QUESTIONS_MAX};
use mail::Time;

const SIGNER: &str = "signer.test";
const SELECTOR: &str = "s1";
const SIGNED_AT: Time = Time::from_secs(1_795_000_000);

/// The same message with fields that are not signatures, with an ARC set, and with keys of every
/// kind.
const SEEDS: [&str; 4] = [
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\nDKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=a.test; i=@sub.a.test; q=dns/txt; s=brisbane; t=1528637909; x=1795253999; l=5;\r\n h=from:to:subject:from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\nFrom: Joe <joe@a.test>\r\nTo: s@b.test\r\nSubject: x\r\n\r\nHi.\r\n\r\n",
    "v=DKIM1; h=sha1:sha256; s=*; t=y:s; n=a note; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\nDKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\nFrom: a@a.test\r\n\r\n",
    "v=DKIM1; p=\nARC-Seal: i=1; a=rsa-sha256; cv=none; d=a.test; s=s; t=1; b=AAAA\r\nARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/simple; d=a.test; s=s; h=from; bh=AAAA; b=AAAA\r\nARC-Authentication-Results: i=1; mx.a.test; dmarc=pass\r\nFrom: a@a.test\r\n\r\nx",
    "\nFrom a mailbox\r\nFrom : \"x\"\r\n <a@a.test>\r\nno field\r\nSubject:\r\n\t\r\n\r\nbare\nline \r\rends\r\n\r\n",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = SEEDS.map(|seed| seed.as_bytes().to_vec()).to_vec();
    let message = b"From: a@signer.test\r\nSubject: signed\r\n\r\nHello, Bob.\r\n";
    if let Some(signed) = signed(message) {
        seeds.push([key().record().as_bytes(), b"\n", &signed].concat());
    }
    seeds
}

pub(crate) fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (record, message) = data.split_at(end.unwrap_or(data.len()));
    let message = message.get(1..).unwrap_or_default();
    let texts = Texts {
        named: vec![(format!("{SELECTOR}._domainkey.{SIGNER}"), key().record())],
        others: Some(String::from_utf8_lossy(record).into_owned()),
    };
    let whole = evaluated(&texts, message, message.len());
    is_one_field(&whole.field);
    for piece_bytes in [1, 7] {
        let pieces = evaluated(&texts, message, piece_bytes);
        assert_eq!(
            pieces.field, whole.field,
            "the same message in pieces of {piece_bytes} bytes"
        );
    }
    if let Some(signed) = signed(message) {
        let evaluation = evaluated(&texts, &signed, signed.len());
        let ours = evaluation.verdicts.dkim.first();
        let result = ours.map(|signature| signature.result);
        assert_eq!(
            result,
            Some(DkimResult::Pass),
            "a message that was just signed: {}",
            String::from_utf8_lossy(&signed)
        );
    }
}

fn evaluated(texts: &Texts, message: &[u8], piece_bytes: usize) -> Evaluation {
    let mut reader = MessageReader::default();
    for piece in message.chunks(piece_bytes.max(1)) {
        reader.write(piece);
    }
    let policies = Policies {
        spf: Mode::Off,
        dmarc: Mode::Off,
        ..Policies::default()
    };
    let origin = Origin {
        ip: ADDRESS.into(),
        helo: "mx.a.test",
        sender: None,
        host: "mx.here.test",
    };
    let world = world(texts.clone());
    let evaluation = complete(auth::evaluate(&world, &policies, origin, &reader.finish()));
    assert!(evaluation.lookups.len() <= QUESTIONS_MAX);
    evaluation
}

// RFC 5322 §2.2: CRLF ends a line and a following line begins with white space.
fn is_one_field(field: &str) {
    let name = "Authentication-Results";
    assert!(
        field.starts_with(name) && field.ends_with("\r\n"),
        "{field:?}"
    );
    let fields: Vec<_> = mime::fields(field.as_bytes()).collect();
    assert_eq!(fields.len(), 1, "{field:?}");
    let unfolded = field.trim_end().replace("\r\n\t", " ");
    assert!(!unfolded.contains(char::is_control), "{field:?}");
}

fn key() -> PrivateKey {
    let der = PrivateKey::ed25519_der(&[7; 32]);
    PrivateKey::from_der(Algorithm::Ed25519Sha256, &der).expect("a valid key")
}

// The message with a signature of this host; `None` where it has no author, does not begin with a
// field, has no empty line after the header, or has CR or LF alone (RFC 5322 §2.1, §2.3): none of
// them is left after submission.
fn signed(message: &[u8]) -> Option<Vec<u8>> {
    let count = |wanted: &[u8]| {
        message
            .windows(wanted.len())
            .filter(|w| *w == wanted)
            .count()
    };
    if count(b"\r") != count(b"\r\n") || count(b"\n") != count(b"\r\n") {
        return None;
    }
    mime::fields(message)
        .next()
        .filter(|field| field.range.start == 0)?;
    let empty_line = message.windows(4).position(|w| w == b"\r\n\r\n")?;
    let (head, body) = message.split_at(empty_line + 4);
    let mut hashing = Hashing::default();
    hashing.write(body);
    let hash = hashing.finish();
    let signed = auth::dkim::sign(&key(), SIGNER, SELECTOR, head, &hash, SIGNED_AT).ok()?;
    Some([signed.field.as_bytes(), message].concat())
}
