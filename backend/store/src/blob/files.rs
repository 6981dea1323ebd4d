//! Large contents as files: `NN/NNNNNNNNNNNNNNNN`. A file is written under a temporary name, synced
//! and renamed, and the folder is synced; then it survives a power cut.

use super::{BlobFile, BlobReader, Blobs};
use crate::engine::Fault;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use world::BoxFuture;

/// A folder of large contents.
pub struct Files {
    root: PathBuf,
}

struct OpenFile {
    number: u64,
    file: File,
}

struct PartialFile {
    file: Option<File>,
    temporary: PathBuf,
    path: PathBuf,
}

// The number of subfolders, chosen by the low bits of the number.
const FOLDERS: u64 = 256;

// What the store reports for an error of the file system.
fn store_fault(e: &io::Error) -> Fault {
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::Full,
        _ => Fault::Broken(e.to_string()),
    }
}

impl Files {
    /// Opens or creates the folder, and removes temporary files of a former run.
    ///
    /// # Errors
    /// Where the folder cannot be created.
    pub fn open(root: &Path) -> Result<Files, Fault> {
        for n in 0..FOLDERS {
            fs::create_dir_all(root.join(format!("{n:02x}"))).map_err(|e| store_fault(&e))?;
        }
        let temporary = root.join("new");
        fs::create_dir_all(&temporary).map_err(|e| store_fault(&e))?;
        for left in fs::read_dir(&temporary)
            .map_err(|e| store_fault(&e))?
            .flatten()
        {
            fs::remove_file(left.path()).map_err(|e| store_fault(&e))?;
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
        let made = File::create_new(&temporary).map_err(|e| store_fault(&e))?;
        Ok(Box::new(PartialFile {
            file: Some(made),
            temporary,
            path: self.path(file),
        }))
    }

    fn open(&self, number: u64) -> Result<Box<dyn BlobReader>, Fault> {
        let file = File::open(self.path(number)).map_err(|e| unreadable(number, &e))?;
        Ok(Box::new(OpenFile { number, file }))
    }

    fn remove(&self, file: u64) {
        if let Err(e) = fs::remove_file(self.path(file))
            && e.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file, error = %e, "cannot remove a blob");
        }
    }

    fn list(&self) -> Result<Vec<u64>, Fault> {
        let mut all = Vec::new();
        for n in 0..FOLDERS {
            for entry in fs::read_dir(self.root.join(format!("{n:02x}")))
                .map_err(|e| store_fault(&e))?
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

impl BlobReader for OpenFile {
    fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let mut read = || {
            let size = self.file.metadata()?.len();
            self.file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::with_capacity(
                len.min(usize::try_from(size.saturating_sub(offset)).unwrap_or(len)),
            );
            Read::by_ref(&mut self.file)
                .take(len as u64)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|e| unreadable(self.number, &e))
    }
}

fn unreadable(number: u64, e: &io::Error) -> Fault {
    Fault::Broken(format!("content {number:016x}: {e}"))
}

impl BlobFile for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|e| store_fault(&e)),
            None => Err(Fault::Broken("the content is finished already".into())),
        }
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<(), Fault>> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // On a thread of its own: a sync waits for the disk, and large messages are rare.
        let spawned = std::thread::Builder::new()
            .name("store-sync".into())
            .spawn(move || {
                let _ = sender.send(self.sync_and_rename().map_err(|e| store_fault(&e)));
            });
        Box::pin(async move {
            spawned.map_err(|e| Fault::Broken(e.to_string()))?;
            receiver
                .await
                .unwrap_or_else(|_| Err(Fault::Broken("the content could not be synced".into())))
        })
    }
}

impl PartialFile {
    fn sync_and_rename(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
            fs::rename(&self.temporary, &self.path)?;
            if let Some(folder) = self.path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
