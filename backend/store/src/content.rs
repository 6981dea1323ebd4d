//! Contents on their way in and out: written in pieces as they come, read in ranges, so that a
//! large message never lies in memory as a whole.

use crate::blob::{BlobFile, BlobRef, Content, INLINE_BYTES_MAX};
use crate::engine::{Fault, Space};
use crate::{Store, keys};

/// Takes a content piece by piece: in memory while small, in a file from then on.
pub struct Writer {
    store: Store,
    buffer: Vec<u8>,
    file: Option<(u64, Box<dyn BlobFile>)>,
    bytes: u64,
}

impl Writer {
    /// Appends.
    ///
    /// # Errors
    /// [`Fault::Full`] on a full disk.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.bytes += piece.len() as u64;
        if let Some((_, file)) = &mut self.file {
            return file.write(piece);
        }
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() > INLINE_BYTES_MAX {
            let number = self.store.next_number();
            let mut file = self.store.blobs().create(number)?;
            file.write(&std::mem::take(&mut self.buffer))?;
            self.file = Some((number, file));
        }
        Ok(())
    }

    /// Octets so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The content; a large one is durable now.
    ///
    /// # Errors
    /// [`Fault::Full`] on a full disk.
    pub async fn finish(self) -> Result<Content, Fault> {
        match self.file {
            None => Ok(Content::Small(self.buffer)),
            Some((number, file)) => {
                file.finish().await?;
                Ok(Content::Large {
                    file: number,
                    bytes: self.bytes,
                })
            }
        }
    }
}

impl Store {
    /// Begins a content.
    pub fn writer(&self) -> Writer {
        Writer {
            store: self.clone(),
            buffer: Vec::new(),
            file: None,
            bytes: 0,
        }
    }

    /// At most `len` octets of a content from `offset`.
    ///
    /// # Errors
    /// As the engine; [`Fault::Broken`] where the content is gone.
    pub async fn read_content(
        &self,
        blob: BlobRef,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, Fault> {
        match blob {
            BlobRef::File(file) => self.blobs().read(file, offset, len).await,
            BlobRef::Row(id) => {
                let row = self
                    .engine()
                    .get(Space::Contents, &keys::content(id))
                    .await?;
                let mut bytes =
                    row.ok_or_else(|| Fault::Broken(format!("content {id:016x} is missing")))?;
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                bytes.drain(..from);
                bytes.truncate(len);
                Ok(bytes)
            }
        }
    }

    /// The bytes of a content that is still in hand.
    ///
    /// # Errors
    /// As [`Store::read_content`].
    pub async fn bytes_of(&self, content: &Content) -> Result<Vec<u8>, Fault> {
        match content {
            Content::Small(bytes) => Ok(bytes.clone()),
            Content::Large {
                file,
                bytes: length,
            } => {
                self.blobs()
                    .read(*file, 0, usize::try_from(*length).unwrap_or(usize::MAX))
                    .await
            }
        }
    }

    /// Throws away a content that was never referred to.
    pub fn discard(&self, content: &Content) {
        if let Content::Large { file, .. } = content {
            self.blobs().remove(*file);
        }
    }

    /// Removes large contents that nobody owns: written, but the program ended before their message
    /// was durable. Only for the one server that works on a store, before it takes mail;
    /// answers how many.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sweep(&self) -> Result<usize, Fault> {
        let mut removed = 0;
        for file in self.blobs().list()? {
            if self
                .engine()
                .get(Space::Counters, &keys::shares(1, file))
                .await?
                .is_none()
            {
                self.blobs().remove(file);
                removed += 1;
            }
        }
        Ok(removed)
    }
}
