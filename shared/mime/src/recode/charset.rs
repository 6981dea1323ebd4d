//! Finds the charset of text whose type is not declared, over pieces of the text.

/// Whether the text so far is UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CharsetScan {
    /// The beginning of a character that the next piece may complete.
    held: [u8; 4],
    held_bytes: usize,
    is_other: bool,
}

impl CharsetScan {
    /// Takes the next piece.
    pub(super) fn write(&mut self, mut piece: &[u8]) {
        while self.held_bytes > 0 && !self.is_other {
            let Some((next, rest)) = piece.split_first() else {
                return;
            };
            self.held[self.held_bytes] = *next;
            self.held_bytes += 1;
            piece = rest;
            match std::str::from_utf8(&self.held[..self.held_bytes]) {
                Ok(_) => self.held_bytes = 0,
                Err(error) => self.is_other = error.error_len().is_some(),
            }
        }
        if self.is_other {
            return;
        }
        if let Err(error) = std::str::from_utf8(piece) {
            let rest = &piece[error.valid_up_to()..];
            if error.error_len().is_some() {
                self.is_other = true;
            } else {
                // At most three octets of a character of four are missing.
                self.held[..rest.len()].copy_from_slice(rest);
                self.held_bytes = rest.len();
            }
        }
    }

    /// The name for Content-Type; `unknown-8bit` where the charset is not known (RFC 1428 §3).
    pub(super) fn name(self) -> &'static str {
        if self.is_other || self.held_bytes > 0 {
            "unknown-8bit"
        } else {
            "utf-8"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_be_divided_between_pieces_of_any_size() {
        for (text, name) in [
            (&b""[..], "utf-8"),
            (b"plain", "utf-8"),
            ("Grüße 你好 👩‍🚀".as_bytes(), "utf-8"),
            ("你好".as_bytes().split_last().unwrap().1, "unknown-8bit"),
            (b"Gr\xfc\xdfe", "unknown-8bit"),
            (b"\xe4\xbd", "unknown-8bit"),
            (b"\xf0\x9f\x91x", "unknown-8bit"),
            (b"\xff", "unknown-8bit"),
            (b"\xc0\x80", "unknown-8bit"),
        ] {
            for size in [1, 2, 3, 100] {
                let mut scan = CharsetScan::default();
                text.chunks(size).for_each(|piece| scan.write(piece));
                assert_eq!(scan.name(), name, "{text:?} in pieces of {size}");
            }
        }
    }
}
