//! Uploads, streamed to the store.

use super::guard::{HttpError, from_our_page};
use crate::Mua;
use crate::signin::{SignedIn, keep_upload};
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use futures_util::StreamExt;
use headers::{ContentLength, HeaderMapExt};
use serde::Deserialize;
use wire::{Problem, Uploaded};

#[derive(Deserialize)]
pub(super) struct UploadQuery {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "type")]
    media_type: String,
}

pub(super) async fn receive(
    State(mua): State<Mua>,
    signed: SignedIn,
    headers: HeaderMap,
    Query(about): Query<UploadQuery>,
    body: Body,
) -> Result<Json<Uploaded>, HttpError> {
    from_our_page(&headers)?;
    let limit = upload_bytes_max(mua.config().message_bytes_max);
    let announced = headers.typed_get::<ContentLength>();
    if announced.is_some_and(|length| length.0 > limit) {
        return Err(Problem::TooLarge(limit).into());
    }
    let mut writer = mua.store().writer();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        // The browser disconnected or stalled; nobody reads the response.
        let chunk = chunk.map_err(|_| Problem::Malformed)?;
        if writer.bytes() + chunk.len() as u64 > limit {
            return Err(Problem::TooLarge(limit).into());
        }
        writer
            .write(&chunk)
            .map_err(|fault| HttpError::from_store(&mua, fault))?;
    }
    let content = writer
        .finish()
        .await
        .map_err(|fault| HttpError::from_store(&mua, fault))?;
    let (name, media_type) = (file_name(&about.name), media_type(&about.media_type));
    let kept = keep_upload(&mua, signed.account.id, &name, &media_type, content).await;
    kept.map(Json)
        .map_err(|fault| HttpError::from_store(&mua, fault))
}

/// The largest file that fits into a message: base64 with its line ends is 78/57 of the size (RFC
/// 2045 §6.8).
pub(super) fn upload_bytes_max(message_bytes_max: u64) -> u64 {
    message_bytes_max / 78 * 57
}

fn file_name(name: &str) -> String {
    let name = mime::safe_file_name(name);
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

// `type "/" subtype` (RFC 2045 §5.1), parameters removed.
fn media_type(text: &str) -> String {
    let essence = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let token = |t: &str| {
        !t.is_empty()
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match essence.split_once('/') {
        Some((kind, sub)) if token(kind) && token(sub) && essence.len() <= 127 => essence,
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sanitizes_file_names_and_media_types() {
        for (name, expected) in [
            ("a.txt", "a.txt"),
            ("../../x", "x"),
            ("c:\\d\\e.doc", "e.doc"),
            ("", "file"),
            ("..", "file"),
            ("a\r\nb", "a b"),
        ] {
            assert_eq!(file_name(name), expected);
        }
        for (text, expected) in [
            ("Image/PNG; a=b", "image/png"),
            ("", "application/octet-stream"),
            ("a/b\r\nc", "application/octet-stream"),
        ] {
            assert_eq!(media_type(text), expected);
        }
    }
}
