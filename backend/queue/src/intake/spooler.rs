//! Spools an incoming message: holds the header back until it is complete, lets the role edit it
//! once, and streams the body to the store. The edited header is handed on to the queue, so that
//! nothing is read twice; a submitted message that some hosts would not take is read once more and
//! written anew, with other transfer encodings.
//!
//! Failures: those of the store and of the role's edit; the writer then discards what it has.

use super::{Rejection, RejectionKind};
use auth::dkim::Hashing;
use event::{Check, Reason};
use mail::BodyKind;
use memchr::memmem;
use mime::recode::{Changes, LINE_BYTES_MAX, Plan, Recoder, Survey, Unfit};
use std::borrow::Cow;
use store::{BlobRef, Content, Fault, Store, Writer};

/// How much of a message is read at once to be written anew, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// The longest header that is held back.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// A message in transfer.
pub struct Spooler {
    writer: Writer,
    /// The header as received until it is complete, then as stored.
    header: Vec<u8>,
    complete: bool,
    body_hash: Option<Hashing>,
    survey: Option<Survey>,
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
    /// The hash of the body, where [`Spooler::for_submission`] asked for it.
    pub body_hash: Option<Vec<u8>>,
    /// What a submitted message holds that needs an extension on its way.
    pub unfit: Unfit,
    /// How a submitted message was made fit; `None` where nothing changed.
    pub recoded: Option<Changes>,
}

impl Spooler {
    /// Spools to `writer`.
    pub fn new(writer: Writer) -> Spooler {
        Spooler {
            writer,
            header: Vec::new(),
            complete: false,
            body_hash: None,
            survey: None,
            has_nul: false,
        }
    }

    /// Also hashes the body, for a DKIM signature, and makes the message fit for hosts that take
    /// only lines of 7-bit text. To be ended with [`Spooler::finish_submission`].
    #[must_use]
    pub fn for_submission(mut self) -> Spooler {
        self.body_hash = Some(Hashing::default());
        self.survey = Some(Survey::default());
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
        if let Some(survey) = &mut self.survey {
            survey.write(&edited[..body]);
        }
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
        if let Some(survey) = &mut self.survey {
            survey.write(bytes);
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
            unfit: Unfit::default(),
            recoded: None,
        })
    }

    /// The submitted message is complete: parts that some hosts would not take are encoded (RFC
    /// 6409 §8.4).
    ///
    /// # Errors
    /// Those of the store; 554 5.6.2 for a long line where nothing may be changed. Nothing is left
    /// in the store then.
    pub async fn finish_submission(mut self, store: &Store) -> Result<Spooled, Rejection> {
        let plan = self.survey.take().map(Survey::finish).unwrap_or_default();
        let spooled = self.finish().await?;
        let unfit = plan.kept();
        if unfit.long_line {
            store.discard(&spooled.content);
            let limit = LINE_BYTES_MAX as u64;
            let kind = RejectionKind::LineTooLong { limit };
            return Err(Rejection::new(kind, Check::Size, Reason::None));
        }
        if !plan.is_needed() {
            return Ok(Spooled { unfit, ..spooled });
        }
        let recoded = recode(store, &spooled.content, plan).await;
        store.discard(&spooled.content);
        Ok(recoded?)
    }
}

// Writes a spooled message anew, as planned.
async fn recode(store: &Store, content: &Content, plan: Plan) -> Result<Spooled, Fault> {
    let (unfit, changes) = (plan.kept(), plan.changes());
    let mut rewriter = Rewriter {
        writer: store.writer(),
        recoder: Recoder::new(plan),
        header: Vec::new(),
        out: Vec::new(),
        hash: Hashing::default(),
    };
    match content {
        Content::Small(bytes) => rewriter.write(bytes)?,
        Content::Large { file, bytes } => {
            let mut offset = 0;
            while offset < *bytes {
                let piece = store
                    .read_content(BlobRef::File(*file), offset, PIECE_BYTES)
                    .await?;
                if piece.is_empty() {
                    return Err(Fault::Broken("a spooled message ends early".to_owned()));
                }
                offset += piece.len() as u64;
                rewriter.write(&piece)?;
            }
        }
    }
    rewriter.recoder.finish(&mut rewriter.out);
    rewriter.pass_on()?;
    Ok(Spooled {
        content: rewriter.writer.finish().await?,
        needs_empty_line: rewriter.header.is_empty(),
        header: rewriter.header,
        body_hash: Some(rewriter.hash.finish()),
        unfit,
        recoded: Some(changes),
    })
}

struct Rewriter {
    writer: Writer,
    recoder: Recoder,
    /// The header as written.
    header: Vec<u8>,
    /// What the recoder has ready.
    out: Vec<u8>,
    hash: Hashing,
}

impl Rewriter {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        for piece in bytes.chunks(PIECE_BYTES) {
            self.recoder.write(piece, &mut self.out);
            self.pass_on()?;
        }
        Ok(())
    }

    fn pass_on(&mut self) -> Result<(), Fault> {
        let Some(header_bytes) = self.recoder.header_bytes() else {
            return Ok(());
        };
        let missing = (header_bytes - self.header.len()).min(self.out.len());
        self.header.extend_from_slice(&self.out[..missing]);
        self.hash.write(&self.out[missing..]);
        self.writer.write(&self.out)?;
        self.out.clear();
        Ok(())
    }
}
