//! Reading and writing message content: written in pieces as they arrive, read in ranges, so that a
//! large message is never in memory as a whole.

use crate::blob::{BlobFile, BlobReader, BlobRef, Content, INLINE_BYTES_MAX};
use crate::engine::{Fault, Keyspace};
use crate::{Store, keys};

/// Writes a blob in pieces: in memory while it is small, then in a file.
pub struct Writer {
    store: Store,
    buffer: Vec<u8>,
    file: Option<(u64, Box<dyn BlobFile>)>,
    bytes: u64,
}

impl Writer {
    /// Appends a piece.
    ///
    /// # Errors
    /// [`Fault::Full`] on a full disk, and below its reserve.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.bytes += piece.len() as u64;
        if let Some((_, file)) = &mut self.file {
            self.store.check_file_space()?;
            return file.write(piece);
        }
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() > INLINE_BYTES_MAX {
            self.store.check_file_space()?;
            let number = self.store.next_number();
            let mut file = self.store.blobs().create(number)?;
            file.write(&std::mem::take(&mut self.buffer))?;
            self.file = Some((number, file));
        }
        Ok(())
    }

    /// The number of bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Finishes the blob. A large one is durable when this returns.
    ///
    /// # Errors
    /// [`Fault::Full`] on a full disk, and below its reserve.
    pub async fn finish(self) -> Result<Content, Fault> {
        match self.file {
            None => {
                self.store.check_space()?;
                Ok(Content::Small(self.buffer))
            }
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

/// A content that is open: it can be read to its end also when its last message is removed
/// meanwhile.
pub struct OpenContent(Source);

enum Source {
    Row(Vec<u8>),
    File(Box<dyn BlobReader>),
}

impl OpenContent {
    /// Reads at most `len` bytes from `offset`.
    ///
    /// # Errors
    /// [`Fault::Broken`] where it cannot be read.
    pub fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        match &mut self.0 {
            Source::Row(bytes) => {
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                Ok(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
            }
            Source::File(file) => file.read(offset, len),
        }
    }
}

impl Store {
    /// Opens a content for reading.
    ///
    /// # Errors
    /// As the engine; [`Fault::Broken`] where the content is missing.
    pub async fn open_content(&self, blob: BlobRef) -> Result<OpenContent, Fault> {
        Ok(OpenContent(match blob {
            BlobRef::File(file) => Source::File(self.blobs().open(file)?),
            BlobRef::Row(_) => Source::Row(self.read_content(blob, 0, usize::MAX).await?),
        }))
    }

    /// Begins a blob.
    pub fn writer(&self) -> Writer {
        Writer {
            store: self.clone(),
            buffer: Vec::new(),
            file: None,
            bytes: 0,
        }
    }

    /// Reads at most `len` bytes of a content from `offset`.
    ///
    /// # Errors
    /// As the engine; [`Fault::Broken`] where the content is missing.
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
                    .get(Keyspace::Contents, &keys::content(id))
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

    /// The bytes of a content that is not stored yet.
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

    /// Removes a content that was never referred to.
    pub fn discard(&self, content: &Content) {
        if let Content::Large { file, .. } = content {
            self.blobs().remove(*file);
        }
    }

    /// Removes large contents without references, left by a crash before their message was durable.
    /// Returns their number. Only for a server that has the store to itself, before it accepts
    /// mail.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sweep(&self) -> Result<usize, Fault> {
        let mut removed = 0;
        for file in self.blobs().list()? {
            if self
                .engine()
                .get(Keyspace::Counters, &keys::shares(1, file))
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
