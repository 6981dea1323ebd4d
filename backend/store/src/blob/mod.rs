//! Contents of messages. Small ones are rows of the engine, written with the message; larger ones
//! are files, made durable before it. A content never changes once written.
//!
//! Failures: as the engine's. A file without references (after a crash) is removed at the next
//! start.

#[cfg(not(target_arch = "wasm32"))]
pub mod files;
pub mod memory;

use crate::engine::Fault;
use world::BoxFuture;

/// The largest content that is stored as a row.
pub const INLINE_BYTES_MAX: usize = 48 * 1024;

/// A reference to a stored content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobRef {
    /// In [`crate::engine::Keyspace::Contents`] under this number.
    Row(u64),
    /// In a file of this number.
    File(u64),
}

/// A content that is not referred to yet.
pub enum Content {
    /// A small content, which becomes a row in the transaction.
    Small(Vec<u8>),
    /// A large content, already durable in a file.
    Large {
        /// The number of the file.
        file: u64,
        /// The size.
        bytes: u64,
    },
}

impl Content {
    /// The size.
    pub fn bytes(&self) -> u64 {
        match self {
            Content::Small(bytes) => bytes.len() as u64,
            Content::Large { bytes: length, .. } => *length,
        }
    }
}

/// Storage of large blobs.
pub trait Blobs: Send + Sync {
    /// Creates the blob with this number.
    fn create(&self, file: u64) -> Result<Box<dyn BlobFile>, Fault>;
    /// Opens a content for reading.
    fn open(&self, file: u64) -> Result<Box<dyn BlobReader>, Fault>;
    /// Reads at most `len` bytes from `offset`.
    fn read<'a>(
        &'a self,
        file: u64,
        offset: u64,
        len: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        let read = self
            .open(file)
            .and_then(|mut content| content.read(offset, len));
        Box::pin(std::future::ready(read))
    }
    /// Removes a content, if it exists.
    fn remove(&self, file: u64);
    /// The numbers of all contents.
    fn list(&self) -> Result<Vec<u64>, Fault>;
}

/// A large content that is open: it can be read to its end also when it is removed meanwhile.
pub trait BlobReader: Send + Sync {
    /// Reads at most `len` bytes from `offset`.
    fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault>;
}

/// A large content that is being written. It is discarded if dropped without `finish`.
pub trait BlobFile: Send {
    /// Appends bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Makes it durable.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>>;
}
