//! A message on its way in, as verification sees it: the header is kept, the body only hashed, piece
//! by piece, for the signatures that the header names. However large the message, nothing of its
//! body is kept.

use crate::arc::{self, Arc};
use crate::ask::Asking;
use crate::dkim::canonical::{BodyDigest, BodyHash, Canonical, Digest};
use crate::dkim::signature::{Broken, Signature};
use crate::dkim::verify::{self, Dkim};
use crate::head::Head;

/// Signatures of one message that are looked at; the rest is passed over (RFC 6376 §6.1 allows a
/// limit).
pub const SIGNATURES_MAX: usize = 10;
/// The longest header that is looked at, in octets.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// Takes a message piece by piece.
#[derive(Default)]
pub struct Reading {
    // Until the header is whole.
    bytes: Vec<u8>,
    seen: Option<Seen>,
    overlong: bool,
}

struct Seen {
    head: Head,
    dkim: Vec<Result<Signature, Broken>>,
    arc: arc::Sets,
    hashes: Vec<(Wanted, BodyHash)>,
}

// Which hash of the body a signature speaks of.
type Wanted = (Canonical, Digest, Option<u64>);

fn wanted(signature: &Signature) -> Wanted {
    (
        signature.body_form,
        signature.algorithm.digest(),
        signature.length,
    )
}

impl Reading {
    /// The next bytes, the header first.
    pub fn write(&mut self, piece: &[u8]) {
        if let Some(seen) = &mut self.seen {
            seen.body(piece);
            return;
        }
        if self.overlong {
            return;
        }
        // The empty line may begin in what came before.
        let from = self.bytes.len().saturating_sub(3);
        self.bytes.extend_from_slice(piece);
        let whole = self.bytes.starts_with(b"\r\n")
            || self.bytes[from..].windows(4).any(|w| w == b"\r\n\r\n");
        if whole {
            let bytes = std::mem::take(&mut self.bytes);
            self.seen = Some(Seen::new(&bytes));
        } else if self.bytes.len() > HEADER_BYTES_MAX {
            self.overlong = true;
            self.bytes = Vec::new();
        }
    }

    /// True where the header is longer than [`HEADER_BYTES_MAX`].
    pub fn overlong(&self) -> bool {
        self.overlong
    }

    /// That was all.
    pub fn finish(self) -> IncomingMessage {
        let Seen {
            head,
            dkim,
            arc,
            hashes,
        } = self.seen.unwrap_or_else(|| Seen::new(&self.bytes));
        let digests = hashes
            .into_iter()
            .map(|(wanted, hash)| (wanted, hash.finish()))
            .collect();
        IncomingMessage {
            head,
            dkim,
            arc,
            digests,
        }
    }
}

impl Seen {
    fn new(bytes: &[u8]) -> Seen {
        let head = Head::new(bytes);
        let value = |i: usize| String::from_utf8_lossy(head.value(i)).into_owned();
        let dkim: Vec<_> = head
            .all("DKIM-Signature")
            .take(SIGNATURES_MAX)
            .map(|i| Signature::dkim(i, &value(i)))
            .collect();
        let arc = arc::Sets::new(&head);
        let mut hashes: Vec<(Wanted, BodyHash)> = Vec::new();
        for signature in dkim.iter().flatten().chain(arc.newest()) {
            let wanted = wanted(signature);
            if !hashes.iter().any(|(w, _)| *w == wanted) {
                hashes.push((wanted, BodyHash::new(wanted.0, wanted.1, wanted.2)));
            }
        }
        let mut seen = Seen {
            head,
            dkim,
            arc,
            hashes,
        };
        seen.body(&bytes[crate::head::end(bytes)..]);
        seen
    }

    fn body(&mut self, piece: &[u8]) {
        for (_, hash) in &mut self.hashes {
            hash.write(piece);
        }
    }
}

/// A whole message: its header, its signatures, and the digests of its body.
pub struct IncomingMessage {
    pub(crate) head: Head,
    dkim: Vec<Result<Signature, Broken>>,
    arc: arc::Sets,
    digests: Vec<(Wanted, BodyDigest)>,
}

impl IncomingMessage {
    fn digest(&self, signature: &Signature) -> BodyDigest {
        let wanted = wanted(signature);
        let found = self
            .digests
            .iter()
            .find(|(w, _)| *w == wanted)
            .map(|(_, d)| d.clone());
        found.unwrap_or(BodyDigest {
            digest: Vec::new(),
            hashed: 0,
            beyond: 0,
        })
    }

    /// Each DKIM signature's verdict, from the top.
    pub async fn verify_dkim(&self, asking: &mut Asking<'_>) -> Vec<Dkim> {
        let mut verdicts = Vec::with_capacity(self.dkim.len());
        for signature in &self.dkim {
            verdicts.push(match signature {
                Ok(signature) => {
                    verify::verify(asking, &self.head, signature, &self.digest(signature)).await
                }
                Err(broken) => Dkim::broken(broken),
            });
        }
        verdicts
    }

    /// The ARC chain's verdict.
    pub async fn verify_arc(&self, asking: &mut Asking<'_>) -> Arc {
        let digest = self.arc.newest().map(|s| self.digest(s));
        arc::verify(asking, &self.head, &self.arc, digest.as_ref()).await
    }

    /// The domains of the authors: of every address in From (RFC 9989 §4.1), each once, in lower
    /// case and as A-labels.
    pub fn author_domains(&self) -> Vec<String> {
        // One more than are looked at is enough to know that there are too many.
        let mut domains: Vec<String> = Vec::new();
        for index in self.head.all("From") {
            for author in mime::addresses(self.head.value(index)) {
                let Some((_, domain)) = author.address.rsplit_once('@') else {
                    continue;
                };
                let domain = crate::ask::to_ascii(domain.trim());
                if crate::ask::is_name(&domain) && !domains.contains(&domain) {
                    domains.push(domain);
                }
                if domains.len() > crate::judge::AUTHORS_MAX {
                    return domains;
                }
            }
        }
        domains
    }

    /// How many From fields there are.
    pub fn from_fields(&self) -> usize {
        self.head.all("From").count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn authors_are_found_in_every_from() {
        let check = |text: &str, expected: &[&str]| {
            let mut reading = Reading::default();
            reading.write(text.as_bytes());
            assert_eq!(reading.finish().author_domains(), expected, "{text}");
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
        // Where a line is no field, other programs read on, and so do we.
        check(
            "From a mailbox\r\nSubject: x\r\nno field\r\nFrom: a@a.test\r\n\r\n",
            &["a.test"],
        );
        check("From: a@bücher.test\r\n\r\n", &["xn--bcher-kva.test"]);
        check("Subject: x\r\n\r\nFrom: a@a.test\r\n", &[]);
    }

    #[test]
    fn the_longest_header_is_looked_at_and_one_byte_more_is_not() {
        for (more, overlong) in [(0, false), (1, true)] {
            let mut reading = Reading::default();
            let head = format!("X: {}", "a".repeat(HEADER_BYTES_MAX - 3 + more));
            reading.write(head.as_bytes());
            assert_eq!(reading.overlong(), overlong);
        }
    }

    proptest! {
        #[test]
        fn hostile_messages_break_nothing(text in "(DKIM-Signature|ARC-Seal|ARC-Message-Signature|From): [ a-z0-9=;:/@,<\"\\r\\n-]{0,80}\\r\\n(\\r\\n)?", cut in 0usize..80) {
            let mut reading = Reading::default();
            let bytes = text.as_bytes();
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            reading.write(a);
            reading.write(b);
            let message = reading.finish();
            let _ = (message.author_domains(), message.from_fields());
        }
    }
}
