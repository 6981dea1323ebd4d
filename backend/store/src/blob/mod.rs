//! A message's content: small ones are a row of the engine and become durable with it; larger ones
//! are files, made durable before. Content never changes once written.
//!
//! Failures: as the engine's; a file that was written but never referred to (a crash between) is
//! found and removed at the next start.

#[cfg(not(target_arch = "wasm32"))]
pub mod files;
pub mod memory;

use crate::engine::Fault;
use world::BoxFuture;

/// Content up to here lies in the engine.
pub const INLINE_BYTES_MAX: usize = 48 * 1024;

/// Where a content lies, as it stands in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobRef {
    /// In [`crate::engine::Space::Contents`] under this number.
    Row(u64),
    /// In a file of this number.
    File(u64),
}

/// A content on its way in: collected in memory while small, in a file from then on.
pub enum Content {
    /// Small: becomes a row in the commit.
    Small(Vec<u8>),
    /// Large: durable in a file already.
    Large {
        /// The file's number.
        file: u64,
        /// Its size.
        bytes: u64,
    },
}

impl Content {
    /// The size in octets.
    pub fn bytes(&self) -> u64 {
        match self {
            Content::Small(bytes) => bytes.len() as u64,
            Content::Large { bytes: length, .. } => *length,
        }
    }
}

/// Large contents.
pub trait Blobs: Send + Sync {
    /// Begins a new one under this number.
    fn create(&self, file: u64) -> Result<Box<dyn BlobFile>, Fault>;
    /// Reads at most `len` octets from `offset`.
    fn read<'a>(
        &'a self,
        file: u64,
        offset: u64,
        len: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>>;
    /// Removes one; absent is fine.
    fn remove(&self, file: u64);
    /// The numbers of all that are there.
    fn list(&self) -> Result<Vec<u64>, Fault>;
}

/// A large content being written. Dropped without `finish`, it is gone.
pub trait BlobFile: Send {
    /// Appends.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Makes it durable.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>>;
}
