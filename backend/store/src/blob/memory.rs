//! Large contents in memory, for the Lab and tests.

use super::{BlobFile, Blobs};
use crate::engine::Fault;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use world::{BoxFuture, lock};

/// Large contents in memory.
#[derive(Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<u64, Vec<u8>>>>);

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

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<u64, Vec<u8>>) -> T) -> T {
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

    fn read<'a>(
        &'a self,
        file: u64,
        offset: u64,
        len: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        let found = self.with(|all| {
            let bytes = all.get(&file)?;
            let from = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            Some(bytes[from..from.saturating_add(len).min(bytes.len())].to_vec())
        });
        Box::pin(std::future::ready(found.ok_or_else(|| {
            Fault::Broken(format!("content {file} is missing"))
        })))
    }

    fn remove(&self, file: u64) {
        self.with(|all| all.remove(&file));
    }

    fn list(&self) -> Result<Vec<u64>, Fault> {
        Ok(self.with(|all| all.keys().copied().collect()))
    }
}

impl BlobFile for PartialBlob {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>> {
        let PartialBlob { all, file, bytes } = *self;
        all.with(|all| all.insert(file, bytes));
        Box::pin(std::future::ready(Ok(())))
    }
}
