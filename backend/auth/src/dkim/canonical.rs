//! Canonicalization of header and body for hashing (RFC 6376 §3.4). The body is processed in pieces
//! and not stored.

use mail_auth::common::crypto::{HashContext, HashImpl, Sha1, Sha256};
use mail_auth::common::headers::Writer;

/// A canonicalization algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Canonical {
    /// No changes, save for empty lines at the end of the body.
    Simple,
    /// Ignores differences of white space and of the case of field names.
    Relaxed,
}

impl Canonical {
    /// The word in `c=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Canonical::Simple => "simple",
            Canonical::Relaxed => "relaxed",
        }
    }
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Digest {
    Sha1,
    Sha256,
}

enum Context {
    Sha1(<Sha1 as HashImpl>::Context),
    Sha256(<Sha256 as HashImpl>::Context),
}

impl Context {
    fn write(&mut self, bytes: &[u8]) {
        match self {
            Context::Sha1(context) => context.write(bytes),
            Context::Sha256(context) => context.write(bytes),
        }
    }
}

/// Canonicalizes and hashes a body piece by piece.
pub(crate) struct BodyHash {
    form: Canonical,
    /// `l=`: the number of bytes of the canonical body to hash.
    limit: Option<u64>,
    context: Context,
    hashed: u64,
    /// Bytes of the canonical body beyond the limit.
    beyond: u64,
    // Empty lines that are hashed only if other text follows.
    held_lines: u64,
    // White space that becomes one space unless it ends the line (relaxed).
    space: bool,
    // A CR whose LF may be in the next piece.
    carriage: bool,
    empty: bool,
    out: Vec<u8>,
}

const OUT_BYTES: usize = 4096;

/// The hash of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BodyDigest {
    pub digest: Vec<u8>,
    /// The number of bytes hashed.
    pub hashed: u64,
    /// The number of bytes beyond `l=`.
    pub beyond: u64,
}

impl BodyHash {
    pub(crate) fn new(form: Canonical, digest: Digest, limit: Option<u64>) -> BodyHash {
        let context = match digest {
            Digest::Sha1 => Context::Sha1(Sha1::hasher()),
            Digest::Sha256 => Context::Sha256(Sha256::hasher()),
        };
        BodyHash {
            form,
            limit,
            context,
            hashed: 0,
            beyond: 0,
            held_lines: 0,
            space: false,
            carriage: false,
            empty: true,
            out: Vec::with_capacity(OUT_BYTES + 64),
        }
    }

    /// The next bytes of the body.
    pub(crate) fn write(&mut self, mut piece: &[u8]) {
        while let Some(&first) = piece.first() {
            if self.carriage {
                self.carriage = false;
                if first == b'\n' {
                    // White space at the end of a line is removed (relaxed); line ends are held
                    // back until other text follows.
                    self.space = false;
                    self.held_lines += 1;
                    piece = &piece[1..];
                    continue;
                }
                self.text(b"\r");
                continue;
            }
            match first {
                b'\r' => {
                    self.carriage = true;
                    piece = &piece[1..];
                }
                b' ' | b'\t' if self.form == Canonical::Relaxed => {
                    self.space = true;
                    piece = &piece[1..];
                }
                _ => {
                    let end = match self.form {
                        Canonical::Simple => piece.iter().position(|b| *b == b'\r'),
                        Canonical::Relaxed => {
                            piece.iter().position(|b| matches!(b, b'\r' | b' ' | b'\t'))
                        }
                    };
                    let (text, rest) = piece.split_at(end.unwrap_or(piece.len()));
                    self.text(text);
                    piece = rest;
                }
            }
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.empty = false;
        for _ in 0..std::mem::take(&mut self.held_lines) {
            self.put(b"\r\n");
        }
        if std::mem::take(&mut self.space) {
            self.put(b" ");
        }
        self.put(text);
    }

    fn put(&mut self, bytes: &[u8]) {
        let room = self.limit.map_or(u64::MAX, |l| l - self.hashed);
        let take = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        self.hashed += take as u64;
        self.beyond += (bytes.len() - take) as u64;
        self.out.extend_from_slice(&bytes[..take]);
        if self.out.len() >= OUT_BYTES {
            self.context.write(&self.out);
            self.out.clear();
        }
    }

    /// Ends the body.
    pub(crate) fn finish(mut self) -> BodyDigest {
        if self.carriage {
            self.text(b"\r");
        }
        // White space at the end of the body is removed too (relaxed).
        // An empty body is one CRLF (RFC 6376 §3.4.3), or nothing if relaxed (§3.4.4).
        if !self.empty || self.form == Canonical::Simple {
            self.put(b"\r\n");
        }
        self.context.write(&self.out);
        let digest = match self.context {
            Context::Sha1(context) => context.complete().as_ref().to_vec(),
            Context::Sha256(context) => context.complete().as_ref().to_vec(),
        };
        BodyDigest {
            digest,
            hashed: self.hashed,
            beyond: self.beyond,
        }
    }
}

/// Writes the canonical form of a field; `raw` is the whole field with its line end.
pub(crate) fn field(form: Canonical, name: &str, raw: &[u8], out: &mut Vec<u8>) {
    match form {
        Canonical::Simple => out.extend_from_slice(raw),
        Canonical::Relaxed => {
            let value = raw
                .iter()
                .position(|b| *b == b':')
                .map_or(&raw[raw.len()..], |colon| &raw[colon + 1..]);
            out.extend(name.bytes().map(|b| b.to_ascii_lowercase()));
            out.push(b':');
            let mut between = false;
            for word in value
                .split(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
                .filter(|w| !w.is_empty())
            {
                if between {
                    out.push(b' ');
                }
                out.extend_from_slice(word);
                between = true;
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// The signature field without the value of `b=` and the white space around it, as it is hashed
/// (RFC 6376 §3.7).
pub(crate) fn without_signature(raw: &[u8]) -> Vec<u8> {
    let Some(colon) = raw.iter().position(|b| *b == b':') else {
        return raw.to_vec();
    };
    let mut out = raw[..=colon].to_vec();
    for (index, spec) in raw[colon + 1..].split(|b| *b == b';').enumerate() {
        if index > 0 {
            out.push(b';');
        }
        let equals = spec.iter().position(|b| *b == b'=');
        match equals {
            Some(at) if spec[..at].trim_ascii() == b"b" => out.extend_from_slice(&spec[..=at]),
            _ => out.extend_from_slice(spec),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dkim::tags::to_base64;
    use proptest::prelude::*;

    fn digest(form: Canonical, body: &[u8], limit: Option<u64>, cut: usize) -> BodyDigest {
        let mut hash = BodyHash::new(form, Digest::Sha256, limit);
        let (a, b) = body.split_at(cut.min(body.len()));
        hash.write(a);
        hash.write(b);
        hash.finish()
    }

    fn check(form: Canonical, body: &str, canonical: &str) {
        let mut plain = Context::Sha256(Sha256::hasher());
        plain.write(canonical.as_bytes());
        let Context::Sha256(context) = plain else {
            return;
        };
        let expected = context.complete().as_ref().to_vec();
        for cut in 0..=body.len() {
            let got = digest(form, body.as_bytes(), None, cut);
            assert_eq!(
                (got.digest, got.hashed),
                (expected.clone(), canonical.len() as u64),
                "{body:?} cut at {cut}"
            );
        }
    }

    #[test]
    fn canonicalizes_bodies() {
        use Canonical::{Relaxed, Simple};
        for (form, body, canonical) in [
            (Simple, "", "\r\n"),
            (Simple, "\r\n\r\n", "\r\n"),
            (Simple, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n"),
            (Simple, "a", "a\r\n"),
            (Simple, "a\r\n \r\n", "a\r\n \r\n"),
            (Relaxed, "", ""),
            (Relaxed, "\r\n", ""),
            (Relaxed, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"),
            (Relaxed, "a", "a\r\n"),
            (Relaxed, "a  ", "a\r\n"),
            // Lines of white space only are empty lines, and at the end they do not count.
            (Relaxed, "a\r\n \t\r\n \r\n", "a\r\n"),
            (Relaxed, " \r\n", ""),
            (Relaxed, "a\r\n \r\nb", "a\r\n\r\nb\r\n"),
        ] {
            check(form, body, canonical);
        }
    }

    #[test]
    fn hashes_empty_bodies_as_in_rfc_6376() {
        assert_eq!(
            to_base64(&digest(Canonical::Simple, b"", None, 0).digest),
            "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
        );
        assert_eq!(
            to_base64(&digest(Canonical::Relaxed, b"", None, 0).digest),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn a_length_covers_the_first_bytes_and_counts_the_others() {
        let got = digest(Canonical::Simple, b"abc\r\ndef\r\n", Some(5), 3);
        assert_eq!((got.hashed, got.beyond), (5, 5));
        assert_eq!(
            got.digest,
            digest(Canonical::Simple, b"abc\r\n", None, 0).digest
        );
    }

    #[test]
    fn fields_become_as_rfc_6376_3_4_says() {
        let raw = b"SUBJect : AbC\r\n\t\tDeF  g \r\n";
        let mut out = Vec::new();
        field(Canonical::Relaxed, "SUBJect", raw, &mut out);
        assert_eq!(out, b"subject:AbC DeF g\r\n");
        out.clear();
        field(Canonical::Simple, "SUBJect", raw, &mut out);
        assert_eq!(out, raw);
    }

    #[test]
    fn a_signature_does_not_cover_its_own_value() {
        let raw = b"DKIM-Signature: v=1; b = ab\r\n\tcd ; bh=b=; h=a\r\n";
        assert_eq!(
            without_signature(raw),
            b"DKIM-Signature: v=1; b =; bh=b=; h=a\r\n"
        );
    }

    proptest! {
        #[test]
        fn result_is_independent_of_piece_boundaries(body in "[ab \t\r\n]{0,24}", cut in 0usize..24) {
            for form in [Canonical::Simple, Canonical::Relaxed] {
                prop_assert_eq!(digest(form, body.as_bytes(), None, cut), digest(form, body.as_bytes(), None, 0));
            }
        }
    }
}
