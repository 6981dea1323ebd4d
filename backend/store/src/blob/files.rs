//! Large contents as files: `NN/NNNNNNNNNNNNNNNN`, written under a temporary name, synced, renamed,
//! and the folder synced: after that a power cut does not take them away.

use super::{BlobFile, Blobs};
use crate::engine::Fault;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use world::BoxFuture;

/// A folder of contents.
pub struct Files {
    root: PathBuf,
}

struct Growing {
    file: Option<File>,
    temporary: PathBuf,
    lasting: PathBuf,
}

// Spread over so many folders by the number's low bits.
const FOLDERS: u64 = 256;

fn fault(e: &io::Error) -> Fault {
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
        _ => Fault::Broken(e.to_string()),
    }
}

impl Files {
    /// Opens or makes the folder and clears away what was being written when the program last
    /// ended.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn open(root: &Path) -> Result<Files, Fault> {
        for n in 0..FOLDERS {
            fs::create_dir_all(root.join(format!("{n:02x}"))).map_err(|e| fault(&e))?;
        }
        let temporary = root.join("new");
        fs::create_dir_all(&temporary).map_err(|e| fault(&e))?;
        for left in fs::read_dir(&temporary).map_err(|e| fault(&e))?.flatten() {
            fs::remove_file(left.path()).map_err(|e| fault(&e))?;
        }
        Ok(Files {
            root: root.to_owned(),
        })
    }

    fn path(&self, file: u64) -> PathBuf {
        self.root
            .join(format!("{:02x}", file % FOLDERS))
            .join(format!("{file:016x}"))
    }
}

impl Blobs for Files {
    fn create(&self, file: u64) -> Result<Box<dyn BlobFile>, Fault> {
        let temporary = self.root.join("new").join(format!("{file:016x}"));
        let made = File::create_new(&temporary).map_err(|e| fault(&e))?;
        Ok(Box::new(Growing {
            file: Some(made),
            temporary,
            lasting: self.path(file),
        }))
    }

    fn read<'a>(
        &'a self,
        file: u64,
        offset: u64,
        len: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        let read = || {
            let mut source = File::open(self.path(file))?;
            let size = source.metadata()?.len();
            source.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::with_capacity(
                len.min(usize::try_from(size.saturating_sub(offset)).unwrap_or(len)),
            );
            source.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        Box::pin(std::future::ready(read().map_err(|e: io::Error| {
            Fault::Broken(format!("content {file:016x}: {e}"))
        })))
    }

    fn remove(&self, file: u64) {
        if let Err(e) = fs::remove_file(self.path(file))
            && e.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file, error = %e, "a content could not be removed");
        }
    }

    fn list(&self) -> Result<Vec<u64>, Fault> {
        let mut all = Vec::new();
        for n in 0..FOLDERS {
            for entry in fs::read_dir(self.root.join(format!("{n:02x}")))
                .map_err(|e| fault(&e))?
                .flatten()
            {
                all.extend(
                    entry
                        .file_name()
                        .to_str()
                        .and_then(|name| u64::from_str_radix(name, 16).ok()),
                );
            }
        }
        Ok(all)
    }
}

impl BlobFile for Growing {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|e| fault(&e)),
            None => Err(Fault::Broken("the content was finished".into())),
        }
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>> {
        let (tell, told) = tokio::sync::oneshot::channel();
        // A thread of its own: syncing waits for the disk, and large messages are rare.
        let spawned = std::thread::Builder::new()
            .name("store-sync".into())
            .spawn(move || {
                let _ = tell.send(self.make_durable().map_err(|e| fault(&e)));
            });
        Box::pin(async move {
            spawned.map_err(|e| Fault::Broken(e.to_string()))?;
            told.await
                .unwrap_or_else(|_| Err(Fault::Broken("the content could not be synced".into())))
        })
    }
}

impl Growing {
    fn make_durable(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
            fs::rename(&self.temporary, &self.lasting)?;
            if let Some(folder) = self.lasting.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(())
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
