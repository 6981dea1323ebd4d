//! State of the webmail: its sessions, by the digest of a token that only the browser has, and
//! uploaded files that wait for their message. Cookies and expiry are handled by `mua`.

use crate::directory::parse;
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{BlobRef, Content, Store, keys, rows};
use mail::{AccountId, Time};
use serde::{Deserialize, Serialize};

/// The SHA-256 of a session's token.
pub type SessionKey = [u8; 32];

/// A session of the webmail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSession {
    /// The account.
    pub account: AccountId,
    /// When it began.
    pub created: Time,
    /// When it was last used.
    pub used: Time,
    /// Whether it outlives the browser's window.
    #[serde(default)]
    pub remember: bool,
    /// The digest of the password hash with which it was opened: a change of the password ends it.
    pub password: String,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The file name.
    pub name: String,
    /// The media type: `application/pdf`.
    pub media_type: String,
    /// The size.
    pub bytes: u64,
    /// When it was last used.
    pub used: Time,
    /// The content.
    pub blob: BlobRef,
}

#[derive(Serialize, Deserialize)]
struct UploadRow {
    name: String,
    media_type: String,
    #[serde(alias = "octets")]
    bytes: u64,
    used: Time,
    blob: (u8, u64),
}

// The most rows that are read at once.
const PAGE: usize = 10_000;

fn broken(what: &str) -> Fault {
    Fault::Broken(format!("{what} cannot be decoded"))
}

fn upload_row(upload: &Upload) -> Result<Vec<u8>, Fault> {
    let Upload {
        name,
        media_type,
        bytes,
        used,
        blob,
    } = upload.clone();
    let row = UploadRow {
        name,
        media_type,
        bytes,
        used,
        blob: rows::blob_parts(blob),
    };
    serde_json::to_vec(&row).map_err(|e| Fault::Broken(e.to_string()))
}

fn read_upload(row: &[u8]) -> Result<Upload, Fault> {
    let UploadRow {
        name,
        media_type,
        bytes,
        used,
        blob,
    } = parse(row)?;
    let blob = rows::blob_from(blob.0, blob.1).ok_or_else(|| broken("an upload"))?;
    Ok(Upload {
        name,
        media_type,
        bytes,
        used,
        blob,
    })
}

impl Store {
    /// The session of a token's digest.
    ///
    /// # Errors
    /// As the engine.
    pub async fn web_session(&self, key: &SessionKey) -> Result<Option<WebSession>, Fault> {
        self.engine()
            .get(Keyspace::Directory, &keys::web_session(key))
            .await?
            .map(|row| parse(&row))
            .transpose()
    }

    /// Stores a session, new or changed.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_web_session(
        &self,
        key: &SessionKey,
        session: &WebSession,
    ) -> Result<(), Fault> {
        let mut batch = Batch::default();
        let row = serde_json::to_vec(session).map_err(|e| Fault::Broken(e.to_string()))?;
        batch.put(Keyspace::Directory, keys::web_session(key), row);
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Updates when a session was last used, unless it was ended or changed meanwhile.
    ///
    /// # Errors
    /// As the engine.
    pub async fn touch_web_session(
        &self,
        key: &SessionKey,
        former: &WebSession,
        used: Time,
    ) -> Result<(), Fault> {
        let row = |session: &WebSession| {
            serde_json::to_vec(session).map_err(|e| Fault::Broken(e.to_string()))
        };
        let mut batch = Batch::default();
        batch.asserts.push((
            Keyspace::Directory,
            keys::web_session(key),
            Some(row(former)?),
        ));
        batch.put(
            Keyspace::Directory,
            keys::web_session(key),
            row(&WebSession {
                used,
                ..former.clone()
            })?,
        );
        match engine::commit(self.engine().as_ref(), batch).await {
            Err(Fault::Conflict) => Ok(()),
            other => other,
        }
    }

    /// Ends sessions, as far as they exist.
    ///
    /// # Errors
    /// As the engine.
    pub async fn end_web_sessions(&self, keys: &[SessionKey]) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for key in keys {
            batch.delete(Keyspace::Directory, keys::web_session(key));
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// All sessions.
    ///
    /// # Errors
    /// As the engine.
    pub async fn web_sessions(&self) -> Result<Vec<(SessionKey, WebSession)>, Fault> {
        let rows = self
            .engine()
            .scan(
                Keyspace::Directory,
                keys::WEB_SESSIONS,
                &after_prefix(keys::WEB_SESSIONS),
                PAGE,
            )
            .await?;
        let read = |(key, row): &(Vec<u8>, Vec<u8>)| {
            Some((key.get(1..)?.try_into().ok()?, parse(row).ok()?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Stores a file of an account under an unguessable name.
    ///
    /// # Errors
    /// As the engine; the caller must discard the content then.
    pub async fn keep_upload(
        &self,
        account: AccountId,
        id: &str,
        name: String,
        media_type: String,
        used: Time,
        content: &Content,
    ) -> Result<Upload, Fault> {
        let mut tx = self.begin();
        let blob = tx.content(content);
        tx.add_ref(blob);
        let upload = Upload {
            name,
            media_type,
            bytes: content.bytes(),
            used,
            blob,
        };
        tx.batch.put(
            Keyspace::Directory,
            keys::upload(account, id),
            upload_row(&upload)?,
        );
        tx.commit().await?;
        Ok(upload)
    }

    /// One upload of an account.
    ///
    /// # Errors
    /// As the engine.
    pub async fn upload(&self, account: AccountId, id: &str) -> Result<Option<Upload>, Fault> {
        self.engine()
            .get(Keyspace::Directory, &keys::upload(account, id))
            .await?
            .map(|row| read_upload(&row))
            .transpose()
    }

    /// Updates when an upload was last used.
    ///
    /// # Errors
    /// As the engine.
    pub async fn touch_upload(
        &self,
        account: AccountId,
        id: &str,
        mut upload: Upload,
        now: Time,
    ) -> Result<(), Fault> {
        upload.used = now;
        let mut batch = Batch::default();
        batch.put(
            Keyspace::Directory,
            keys::upload(account, id),
            upload_row(&upload)?,
        );
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// All uploads of an account, or of all accounts, with account and name.
    ///
    /// # Errors
    /// As the engine.
    pub async fn uploads(
        &self,
        account: Option<AccountId>,
    ) -> Result<Vec<(AccountId, String, Upload)>, Fault> {
        let prefix = account.map_or_else(|| keys::UPLOADS.to_vec(), keys::uploads_of);
        let rows = self
            .engine()
            .scan(Keyspace::Directory, &prefix, &after_prefix(&prefix), PAGE)
            .await?;
        let read = |(key, row): &(Vec<u8>, Vec<u8>)| {
            let account = u64::from_be_bytes(key.get(1..9)?.try_into().ok()?);
            let id = std::str::from_utf8(key.get(9..)?).ok()?;
            Some((AccountId(account), id.to_owned(), read_upload(row).ok()?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Removes uploads.
    ///
    /// # Errors
    /// As the engine; none is removed then.
    pub async fn remove_uploads(
        &self,
        uploads: &[(AccountId, String, Upload)],
    ) -> Result<(), Fault> {
        if uploads.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin();
        for (account, id, upload) in uploads {
            tx.release(upload.blob);
            tx.batch
                .delete(Keyspace::Directory, keys::upload(*account, id));
        }
        tx.commit().await.map(|_| ())
    }
}
