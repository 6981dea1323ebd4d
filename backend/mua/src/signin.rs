//! Web sessions and pending uploads. Both are kept in the store, so that they survive a restart. A
//! session is a random token that only the browser has; the store keeps its digest. Does not know
//! cookies: that is `http`.

use crate::Mua;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use login::LoginError;
use mail::{AccountId, Address, Duration, Secret, Time};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::{Account, Content, Fault, SessionKey, Upload, WebSession};
use wire::{Credentials, Problem, UploadId, Uploaded};

/// Idle time after which a remembered session expires.
pub const REMEMBERED_IDLE_MAX: Duration = Duration::from_secs(30 * 86_400);
/// Idle time after which any other session expires; its cookie ends with the browser session.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(86_400);
/// Idle time after which an upload is removed.
pub const UPLOAD_IDLE_MAX: Duration = Duration::from_secs(86_400);
/// Number of sessions per account; the least recently used one is ended first.
pub const SESSIONS_MAX: usize = 100;
/// Bytes of pending uploads per account.
pub const UPLOADS_BYTES_MAX: u64 = 512 * 1024 * 1024;
// The time of last use is updated at most this often.
const TOUCH_INTERVAL: Duration = Duration::from_secs(600);
const TOKEN_BYTES: usize = 32;
const ADDRESS_BYTES_MAX: usize = 320;

/// A valid session.
#[derive(Clone)]
pub struct SignedIn {
    /// The digest of its token.
    pub key: SessionKey,
    /// The account.
    pub account: Account,
}

/// Signs in and returns the token for the browser.
///
/// # Errors
/// The problem to show in the browser.
pub async fn sign_in(
    mua: &Mua,
    credentials: Credentials,
    from: IpAddr,
) -> Result<(String, SignedIn), Problem> {
    let address = full_address(mua, credentials.address.trim()).await?;
    let password = Secret::new(credentials.password);
    let account = mua
        .config()
        .logins
        .login(&address, &password, from)
        .await
        .map_err(|e| match e {
            LoginError::InvalidCredentials => Problem::Credentials,
            LoginError::Throttled(wait) => {
                Problem::TooManyAttempts(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1))
            }
            LoginError::Unavailable(fault) => mua.problem(fault),
        })?;
    let mut token = [0; TOKEN_BYTES];
    mua.world().rng.fill(&mut token);
    let token = URL_SAFE_NO_PAD.encode(token);
    let (key, now) = (digest(token.as_bytes()), mua.world().now());
    let session = WebSession {
        account: account.id,
        created: now,
        used: now,
        remember: credentials.remember,
        password: password_mark(&account),
    };
    let kept = async {
        mua.store().keep_web_session(&key, &session).await?;
        sweep(mua, account.id).await
    };
    kept.await.map_err(|fault| mua.problem(fault))?;
    tracing::info!(account = %account.address, %from, "webmail sign-in");
    Ok((token, SignedIn { key, account }))
}

// A local part alone is completed with the first local domain.
async fn full_address(mua: &Mua, name: &str) -> Result<Address, Problem> {
    if name.len() > ADDRESS_BYTES_MAX {
        return Err(Problem::Credentials);
    }
    let full = if name.contains('@') {
        name.to_owned()
    } else {
        let domains = mua
            .store()
            .domains()
            .await
            .map_err(|fault| mua.problem(fault))?;
        format!("{name}@{}", domains.first().ok_or(Problem::Credentials)?)
    };
    Address::parse(&full).map_err(|_| Problem::Credentials)
}

/// Looks up the session of a token; `None` if there is no valid one.
///
/// # Errors
/// Faults of the store.
pub async fn session_of(mua: &Mua, token: &str) -> Result<Option<SignedIn>, Fault> {
    let key = digest(token.as_bytes());
    Ok(look_up(mua, &key)
        .await?
        .map(|account| SignedIn { key, account }))
}

/// Whether a session is still valid: not ended, not expired, password unchanged. The check counts
/// as use, so an open tab keeps its session alive.
///
/// # Errors
/// As the store.
pub async fn is_valid(mua: &Mua, key: &SessionKey) -> Result<bool, Fault> {
    Ok(look_up(mua, key).await?.is_some())
}

async fn look_up(mua: &Mua, key: &SessionKey) -> Result<Option<Account>, Fault> {
    let now = mua.world().now();
    let Some(session) = mua
        .store()
        .web_session(key)
        .await?
        .filter(|s| !is_over(s, now))
    else {
        return Ok(None);
    };
    let Some(account) = mua.store().account(session.account).await? else {
        return Ok(None);
    };
    if password_mark(&account) != session.password {
        return Ok(None);
    }
    if now.since(session.used) >= TOUCH_INTERVAL {
        mua.store().touch_web_session(key, &session, now).await?;
    }
    Ok(Some(account))
}

fn is_over(session: &WebSession, now: Time) -> bool {
    now.since(session.used)
        >= if session.remember {
            REMEMBERED_IDLE_MAX
        } else {
            SESSION_IDLE_MAX
        }
}

/// Ends a session and notifies its tabs.
///
/// # Errors
/// As the store.
pub async fn sign_out(mua: &Mua, key: SessionKey) -> Result<(), Fault> {
    mua.store().end_web_sessions(&[key]).await?;
    // Fails only if there are no tabs.
    let _ = mua.0.ended.send(key);
    Ok(())
}

// Removes expired sessions of all accounts, the oldest sessions of this account beyond the limit,
// and expired uploads.
async fn sweep(mua: &Mua, account: AccountId) -> Result<(), Fault> {
    let now = mua.world().now();
    let mut all = mua.store().web_sessions().await?;
    let mut over: Vec<SessionKey> = all
        .iter()
        .filter(|(_, s)| is_over(s, now))
        .map(|(key, _)| *key)
        .collect();
    all.retain(|(_, s)| s.account == account && !is_over(s, now));
    all.sort_by_key(|(_, s)| s.used);
    over.extend(
        all.iter()
            .take(all.len().saturating_sub(SESSIONS_MAX))
            .map(|(key, _)| *key),
    );
    if !over.is_empty() {
        mua.store().end_web_sessions(&over).await?;
        for key in over {
            let _ = mua.0.ended.send(key);
        }
    }
    let mut uploads = mua.store().uploads(None).await?;
    uploads.retain(|(_, _, upload)| now.since(upload.used) >= UPLOAD_IDLE_MAX);
    mua.store().remove_uploads(&uploads).await
}

fn digest(bytes: &[u8]) -> SessionKey {
    Sha256::digest(bytes).into()
}

// A digest that changes with the password and reveals nothing about it.
fn password_mark(account: &Account) -> String {
    let row = serde_json::to_vec(&account.password).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(digest(&row))
}

/// Stores an uploaded file under an unguessable id. Beyond the limit the oldest uploads are
/// removed.
///
/// # Errors
/// As the store.
pub async fn keep_upload(
    mua: &Mua,
    account: AccountId,
    name: &str,
    media_type: &str,
    content: Content,
) -> Result<Uploaded, Fault> {
    let (store, now) = (mua.store(), mua.world().now());
    let mut waiting = store.uploads(Some(account)).await?;
    waiting.sort_by_key(|(_, _, upload)| std::cmp::Reverse(upload.used));
    let mut sum = content.bytes();
    waiting.retain(|(_, _, upload)| {
        sum += upload.bytes;
        sum > UPLOADS_BYTES_MAX || now.since(upload.used) >= UPLOAD_IDLE_MAX
    });
    store.remove_uploads(&waiting).await?;
    let mut id = [0; TOKEN_BYTES];
    mua.world().rng.fill(&mut id);
    let id = URL_SAFE_NO_PAD.encode(id);
    let kept = store
        .keep_upload(
            account,
            &id,
            name.to_owned(),
            media_type.to_owned(),
            now,
            &content,
        )
        .await;
    let upload = kept.inspect_err(|_| store.discard(&content))?;
    Ok(Uploaded {
        id: UploadId(id),
        name: upload.name,
        media_type: upload.media_type,
        bytes: upload.bytes,
    })
}

/// Returns an upload with its bytes and renews it.
///
/// # Errors
/// As the store; `None` where the account has no such file.
pub(crate) async fn read_upload(
    mua: &Mua,
    account: AccountId,
    id: &UploadId,
) -> Result<Option<(Upload, Vec<u8>)>, Fault> {
    let Some(upload) = mua.store().upload(account, &id.0).await? else {
        return Ok(None);
    };
    let now = mua.world().now();
    if now.since(upload.used) >= TOUCH_INTERVAL {
        mua.store()
            .touch_upload(account, &id.0, upload.clone(), now)
            .await?;
    }
    let bytes = mua
        .store()
        .read_content(
            upload.blob,
            0,
            usize::try_from(upload.bytes).unwrap_or(usize::MAX),
        )
        .await?;
    Ok(Some((upload, bytes)))
}
