//! Spools an incoming message: holds the header back until it is complete, lets the role edit it
//! once, and streams the body to the store. The edited header is handed on to the queue, so that
//! nothing is read twice.
//!
//! Failures: those of the store and of the role's edit; the writer then discards what it has.

use super::{Rejection, RejectionKind};
use auth::dkim::Hashing;
use event::{Check, Reason};
use mail::BodyKind;
use memchr::memmem;
use std::borrow::Cow;
use store::{Content, Fault, Writer};

/// The longest header that is held back.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// A message in transfer.
pub struct Spooler {
    writer: Writer,
    /// The header as received until it is complete, then as stored.
    header: Vec<u8>,
    complete: bool,
    body_hash: Option<Hashing>,
    has_nul: bool,
}

/// A received header.
pub struct RawHeader<'a> {
    /// The header with the empty line at its end. A message without an empty line is all header.
    pub bytes: &'a [u8],
    /// Larger than [`HEADER_BYTES_MAX`]: `bytes` is only its beginning.
    pub overlong: bool,
}

/// A spooled message.
pub struct Spooled {
    /// The content as stored.
    pub content: Content,
    /// The header of the content, with the empty line at its end; empty where the message has none.
    pub header: Vec<u8>,
    /// The message has no header and does not begin with an empty line: fields put before it need
    /// one.
    pub needs_empty_line: bool,
    /// The hash of the body, where [`Spooler::with_body_hash`] asked for it.
    pub body_hash: Option<Vec<u8>>,
}

impl Spooler {
    /// Spools to `writer`.
    pub fn new(writer: Writer) -> Spooler {
        Spooler {
            writer,
            header: Vec::new(),
            complete: false,
            body_hash: None,
            has_nul: false,
        }
    }

    /// Also hashes the body, for a DKIM signature.
    #[must_use]
    pub fn with_body_hash(mut self) -> Spooler {
        self.body_hash = Some(Hashing::default());
        self
    }

    /// Takes the next piece. `edit` is called once, when the header is complete, and returns the
    /// header to store.
    ///
    /// # Errors
    /// Those of `edit` and of the store.
    pub fn write<E: From<Fault>>(
        &mut self,
        piece: &[u8],
        edit: impl FnOnce(&RawHeader<'_>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        self.has_nul |= memchr::memchr(0, piece).is_some();
        if self.complete {
            return self.write_body(piece).map_err(E::from);
        }
        // The empty line may begin in the piece before.
        let from = self.header.len().saturating_sub(3);
        self.header.extend_from_slice(piece);
        let end = if self.header.starts_with(b"\r\n") {
            Some(2)
        } else {
            memmem::find(&self.header[from..], b"\r\n\r\n").map(|at| from + at + 4)
        };
        match end {
            Some(end) => self.complete_header(end, false, edit),
            None if self.header.len() > HEADER_BYTES_MAX => {
                self.complete_header(self.header.len(), true, edit)
            }
            None => Ok(()),
        }
    }

    fn complete_header<E: From<Fault>>(
        &mut self,
        end: usize,
        overlong: bool,
        edit: impl FnOnce(&RawHeader<'_>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        let received = std::mem::take(&mut self.header);
        let (bytes, rest) = received.split_at(end);
        let edited = edit(&RawHeader { bytes, overlong })?;
        let edited: Cow<'_, [u8]> = edited.map_or(Cow::Borrowed(bytes), Cow::Owned);
        self.complete = true;
        // What is left of a message without a header is body already.
        let body = mime::header_end(&edited);
        self.writer.write(&edited[..body]).map_err(E::from)?;
        self.write_body(&edited[body..]).map_err(E::from)?;
        self.write_body(rest).map_err(E::from)?;
        self.header = match edited {
            Cow::Borrowed(header) => header[..body].to_vec(),
            Cow::Owned(mut header) => {
                header.truncate(body);
                header
            }
        };
        Ok(())
    }

    /// Refuses a message with a NUL, unless it was announced as binary (RFC 3030 §3). RFC 5322 §2.1
    /// permits none, IMAP's literals cannot carry one (RFC 3501 §9), and programs that drop it
    /// would read a line of a NUL and a dot as the end of the data. To be called before
    /// [`Spooler::finish`].
    ///
    /// # Errors
    /// 554 5.6.0.
    pub fn check_nul(&self, body: BodyKind) -> Result<(), Rejection> {
        if self.has_nul && body != BodyKind::Binary {
            let kind = RejectionKind::ContainsNul;
            return Err(Rejection::new(kind, Check::Size, Reason::None));
        }
        Ok(())
    }

    fn write_body(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if let Some(hash) = &mut self.body_hash {
            hash.write(bytes);
        }
        self.writer.write(bytes)
    }

    /// Completes the header of a message that ended within it. To be called before
    /// [`Spooler::finish`].
    ///
    /// # Errors
    /// As [`Spooler::write`].
    pub fn end<E: From<Fault>>(
        &mut self,
        edit: impl FnOnce(&RawHeader<'_>) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        if self.complete {
            Ok(())
        } else {
            self.complete_header(self.header.len(), false, edit)
        }
    }

    /// The message is complete.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn finish(self) -> Result<Spooled, Fault> {
        Ok(Spooled {
            content: self.writer.finish().await?,
            needs_empty_line: self.header.is_empty(),
            header: self.header,
            body_hash: self.body_hash.map(Hashing::finish),
        })
    }
}
