//! Large contents in memory, for the Lab and tests.

use super::{BlobFile, BlobReader, Blobs};
use crate::engine::Fault;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use world::{BoxFuture, lock};

/// Large contents in memory.
#[derive(Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<u64, Arc<Vec<u8>>>>>);

struct PartialBlob {
    all: MemoryBlobs,
    file: u64,
    bytes: Vec<u8>,
}

impl MemoryBlobs {
    /// The size of all contents, in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.with(|all| all.values().map(|bytes| bytes.len() as u64).sum())
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<u64, Arc<Vec<u8>>>) -> T) -> T {
        work(&mut lock(&self.0))
    }
}

impl Blobs for MemoryBlobs {
    fn create(&self, file: u64) -> Result<Box<dyn BlobFile>, Fault> {
        Ok(Box::new(PartialBlob {
            all: self.clone(),
            file,
            bytes: Vec::new(),
        }))
    }

    fn open(&self, file: u64) -> Result<Box<dyn BlobReader>, Fault> {
        match self.with(|all| all.get(&file).cloned()) {
            Some(bytes) => Ok(Box::new(OpenBlob(bytes))),
            None => Err(Fault::Broken(format!("content {file} is missing"))),
        }
    }

    fn remove(&self, file: u64) {
        self.with(|all| all.remove(&file));
    }

    fn list(&self) -> Result<Vec<u64>, Fault> {
        Ok(self.with(|all| all.keys().copied().collect()))
    }
}

struct OpenBlob(Arc<Vec<u8>>);

impl BlobReader for OpenBlob {
    fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.0.len());
        Ok(self.0[from..from.saturating_add(len).min(self.0.len())].to_vec())
    }
}

impl BlobFile for PartialBlob {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>> {
        let PartialBlob { all, file, bytes } = *self;
        all.with(|all| all.insert(file, Arc::new(bytes)));
        Box::pin(std::future::ready(Ok(())))
    }
}
