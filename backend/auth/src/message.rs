//! Reads an incoming message for verification: keeps the header, and hashes the body piece by piece
//! as the signatures in the header require. Keeps nothing of the body.

use crate::arc::{self, Arc};
use crate::dkim::canonical::{BodyDigest, BodyHash, Canonical, Digest};
use crate::dkim::signature::{InvalidSignature, Signature};
use crate::dkim::verify::{self, Dkim};
use crate::dns::DnsLookups;
use crate::head::Head;

/// The most DKIM signatures that are verified; further ones are ignored (RFC 6376 §6.1 allows a
/// limit).
pub const SIGNATURES_MAX: usize = 10;
/// The longest header that is read, in bytes.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// The most authors' domains that DMARC evaluates. A message with more is filed in Junk: a forged
/// domain could be hidden among many.
pub const AUTHORS_MAX: usize = 4;

/// Reads a message piece by piece.
#[derive(Default)]
pub struct MessageReader {
    // The header, until it is complete.
    bytes: Vec<u8>,
    body: Option<BodyReader>,
    overlong: bool,
}

/// A message whose header is complete.
struct BodyReader {
    head: Head,
    dkim: Vec<Result<Signature, InvalidSignature>>,
    arc: arc::Sets,
    hashes: Vec<(BodyHashKind, BodyHash)>,
}

/// The hash of the body that a signature contains: form, hash function and length.
type BodyHashKind = (Canonical, Digest, Option<u64>);

fn body_hash_kind(signature: &Signature) -> BodyHashKind {
    (
        signature.body_form,
        signature.algorithm.digest(),
        signature.length,
    )
}

impl MessageReader {
    /// Takes the next bytes of the message.
    pub fn write(&mut self, piece: &[u8]) {
        if let Some(body) = &mut self.body {
            body.write(piece);
            return;
        }
        if self.overlong {
            return;
        }
        // The empty line may begin in the piece before.
        let from = self.bytes.len().saturating_sub(3);
        self.bytes.extend_from_slice(piece);
        let complete = self.bytes.starts_with(b"\r\n")
            || self.bytes[from..].windows(4).any(|w| w == b"\r\n\r\n");
        if complete {
            let bytes = std::mem::take(&mut self.bytes);
            self.body = Some(BodyReader::new(&bytes));
        } else if self.bytes.len() > HEADER_BYTES_MAX {
            self.overlong = true;
            self.bytes = Vec::new();
        }
    }

    /// Whether the header is longer than [`HEADER_BYTES_MAX`].
    pub fn overlong(&self) -> bool {
        self.overlong
    }

    /// Ends the message.
    pub fn finish(self) -> IncomingMessage {
        let BodyReader {
            head,
            dkim,
            arc,
            hashes,
        } = self.body.unwrap_or_else(|| BodyReader::new(&self.bytes));
        let digests = hashes
            .into_iter()
            .map(|(kind, hash)| (kind, hash.finish()))
            .collect();
        IncomingMessage {
            head,
            dkim,
            arc,
            digests,
        }
    }
}

impl BodyReader {
    fn new(bytes: &[u8]) -> BodyReader {
        let head = Head::new(bytes);
        let value = |i: usize| String::from_utf8_lossy(head.value(i)).into_owned();
        let dkim: Vec<_> = head
            .all("DKIM-Signature")
            .take(SIGNATURES_MAX)
            .map(|i| Signature::dkim(i, &value(i)))
            .collect();
        let arc = arc::Sets::new(&head);
        let mut hashes: Vec<(BodyHashKind, BodyHash)> = Vec::new();
        for signature in dkim.iter().flatten().chain(arc.newest()) {
            let kind = body_hash_kind(signature);
            if !hashes.iter().any(|(k, _)| *k == kind) {
                hashes.push((kind, BodyHash::new(kind.0, kind.1, kind.2)));
            }
        }
        let mut reader = BodyReader {
            head,
            dkim,
            arc,
            hashes,
        };
        reader.write(&bytes[crate::head::end(bytes)..]);
        reader
    }

    fn write(&mut self, piece: &[u8]) {
        for (_, hash) in &mut self.hashes {
            hash.write(piece);
        }
    }
}

/// A complete message: its header, its signatures, and the digests of its body.
pub struct IncomingMessage {
    pub(crate) head: Head,
    dkim: Vec<Result<Signature, InvalidSignature>>,
    arc: arc::Sets,
    digests: Vec<(BodyHashKind, BodyDigest)>,
}

impl IncomingMessage {
    fn digest(&self, signature: &Signature) -> BodyDigest {
        let kind = body_hash_kind(signature);
        let found = self
            .digests
            .iter()
            .find(|(k, _)| *k == kind)
            .map(|(_, d)| d.clone());
        found.unwrap_or(BodyDigest {
            digest: Vec::new(),
            hashed: 0,
            beyond: 0,
        })
    }

    /// Verifies each DKIM signature, in their order in the header.
    pub async fn verify_dkim(&self, dns: &mut DnsLookups<'_>) -> Vec<Dkim> {
        let mut verdicts = Vec::with_capacity(self.dkim.len());
        for signature in &self.dkim {
            verdicts.push(match signature {
                Ok(signature) => {
                    verify::verify(dns, &self.head, signature, &self.digest(signature)).await
                }
                Err(broken) => Dkim::broken(broken),
            });
        }
        verdicts
    }

    /// Verifies the ARC chain.
    pub async fn verify_arc(&self, dns: &mut DnsLookups<'_>) -> Arc {
        let digest = self.arc.newest().map(|s| self.digest(s));
        arc::verify(dns, &self.head, &self.arc, digest.as_ref()).await
    }

    /// The domains of all addresses in From (RFC 9989 §4.1), each once, in lower case and as
    /// A-labels; at most one more than [`AUTHORS_MAX`].
    pub fn author_domains(&self) -> Vec<String> {
        let mut domains: Vec<String> = Vec::new();
        for index in self.head.all("From") {
            for author in mime::addresses(self.head.value(index)) {
                let Some((_, domain)) = author.address.rsplit_once('@') else {
                    continue;
                };
                let domain = crate::dns::to_ascii(domain.trim());
                if crate::dns::is_host_name(&domain) && !domains.contains(&domain) {
                    domains.push(domain);
                }
                if domains.len() > AUTHORS_MAX {
                    return domains;
                }
            }
        }
        domains
    }

    /// The number of From fields.
    pub fn from_fields(&self) -> usize {
        self.head.all("From").count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_authors_in_every_from_field() {
        let check = |text: &str, expected: &[&str]| {
            let mut reader = MessageReader::default();
            reader.write(text.as_bytes());
            assert_eq!(reader.finish().author_domains(), expected, "{text}");
        };
        check("From: A <a@A.test>\r\n\r\n", &["a.test"]);
        check(
            "From: a@a.test, \"x@c.test\" <b@b.test>\r\nFROM: c@a.test\r\n\r\n",
            &["a.test", "b.test"],
        );
        check(
            "From: \"pay@bank.test\" <eve@evil.test>\r\n\r\n",
            &["evil.test"],
        );
        // Lines that are not fields are skipped, as other programs do.
        check(
            "From a mailbox\r\nSubject: x\r\nno field\r\nFrom: a@a.test\r\n\r\n",
            &["a.test"],
        );
        check("From: a@bücher.test\r\n\r\n", &["xn--bcher-kva.test"]);
        check("Subject: x\r\n\r\nFrom: a@a.test\r\n", &[]);
        // RFC 2047 §5 (3): an encoded word is no part of an address.
        check("From: <a@=?utf-8?q?shop.test?=>\r\n\r\n", &[]);
        check(
            "From: Boss <=?utf-8?q?ceo=40shop.test=3E?=@other.test>\r\n\r\n",
            &["other.test"],
        );
    }

    #[test]
    fn reads_the_longest_header_and_not_one_byte_more() {
        for (more, overlong) in [(0, false), (1, true)] {
            let mut reader = MessageReader::default();
            let head = format!("X: {}", "a".repeat(HEADER_BYTES_MAX - 3 + more));
            reader.write(head.as_bytes());
            assert_eq!(reader.overlong(), overlong);
        }
    }

    proptest! {
        #[test]
        fn survives_hostile_messages(text in "(DKIM-Signature|ARC-Seal|ARC-Message-Signature|From): [ a-z0-9=;:/@,<\"\\r\\n-]{0,80}\\r\\n(\\r\\n)?", cut in 0usize..80) {
            let mut reader = MessageReader::default();
            let bytes = text.as_bytes();
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            reader.write(a);
            reader.write(b);
            let message = reader.finish();
            let _ = (message.author_domains(), message.from_fields());
        }
    }
}
