//! A message on its way in: its header is gathered and completed, its body goes straight to the
//! store.

use crate::complete::{Completed, Completing};
use mail::Reply;
use memchr::memmem;
use queue::Refusal;
use store::{Content, Writer};

/// The longest header taken, in octets.
pub(crate) const HEADER_BYTES_MAX: usize = 256 * 1024;

/// The message so far.
pub(crate) struct Intake {
    writer: Writer,
    /// The beginning, until the header is whole.
    head: Vec<u8>,
    /// The fields to put before it, once it is.
    added: Option<String>,
    eight_bit: bool,
    whole_head: Vec<u8>,
    hashing: auth::dkim::Hashing,
}

/// The whole message.
pub(crate) struct Taken {
    pub content: Content,
    pub added: String,
    pub eight_bit: bool,
    /// The whole header as it goes on, without trace lines, and the hash of the body: for the
    /// signature.
    pub head: Vec<u8>,
    pub body_hash: Vec<u8>,
}

impl Intake {
    pub(crate) fn new(writer: Writer) -> Intake {
        Intake {
            writer,
            head: Vec::new(),
            added: None,
            eight_bit: false,
            whole_head: Vec::new(),
            hashing: auth::dkim::Hashing::default(),
        }
    }

    /// The next bytes.
    pub(crate) fn take(&mut self, piece: &[u8], completing: &Completing<'_>) -> Result<(), Reply> {
        self.eight_bit |= !piece.is_ascii();
        if self.added.is_some() {
            self.hashing.write(piece);
            return self.write(piece);
        }
        // The empty line may begin in what came before.
        let from = self.head.len().saturating_sub(3);
        self.head.extend_from_slice(piece);
        let end = if self.head.starts_with(b"\r\n") {
            Some(2)
        } else {
            memmem::find(&self.head[from..], b"\r\n\r\n").map(|i| from + i + 4)
        };
        match end {
            Some(end) => self.header_is_whole(end, completing),
            None if self.head.len() > HEADER_BYTES_MAX => Err(Reply::new(
                552,
                (5, 3, 4),
                format!("the header of a message may have {HEADER_BYTES_MAX} octets here"),
            )),
            None => Ok(()),
        }
    }

    fn header_is_whole(&mut self, end: usize, completing: &Completing<'_>) -> Result<(), Reply> {
        let head = std::mem::take(&mut self.head);
        let Completed { header, added } = completing.complete(&head[..end])?;
        // What is left of a message without a header is body already.
        let body = mime::header_end(&header);
        self.whole_head = [added.as_bytes(), &header[..body]].concat();
        self.hashing.write(&header[body..]);
        self.hashing.write(&head[end..]);
        self.added = Some(added);
        self.write(&header)?;
        self.write(&head[end..])
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Reply> {
        self.writer
            .write(bytes)
            .map_err(|fault| Refusal::from(fault).reply)
    }

    /// That was all.
    pub(crate) async fn finish(mut self, completing: &Completing<'_>) -> Result<Taken, Reply> {
        if self.added.is_none() {
            let end = self.head.len();
            self.header_is_whole(end, completing)?;
        }
        let content = self
            .writer
            .finish()
            .await
            .map_err(|fault| Refusal::from(fault).reply)?;
        let (head, body_hash) = (self.whole_head, self.hashing.finish());
        Ok(Taken {
            content,
            added: self.added.unwrap_or_default(),
            eight_bit: self.eight_bit,
            head,
            body_hash,
        })
    }
}
