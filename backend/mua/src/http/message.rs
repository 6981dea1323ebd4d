//! Messages over HTTP: HTML body, parts and source. Ownership is checked before anything is read.

use super::guard::HttpError;
use super::range::{self, RequestedRange};
use super::respond::{is_current, secure_headers, set};
use super::{Peer, disposition, remote};
use crate::html::{Theme, frame, images};
use crate::signin::SignedIn;
use crate::{Mua, html_cache};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use mail::{AccountId, StoredMessageId};
use serde::Deserialize;
use store::{Message, split_message_id};
use wire::Problem;

// Chunk size of the streamed source in bytes.
const PIECE: usize = 64 * 1024;

// The fields above an attached message.
const INNER_FIELDS: [&str; 5] = ["From", "To", "Cc", "Date", "Subject"];

#[derive(Deserialize)]
pub(super) struct HtmlQuery {
    #[serde(default)]
    remote: String,
    #[serde(default)]
    theme: String,
}

#[derive(Deserialize)]
pub(super) struct PartQuery {
    #[serde(default)]
    inline: String,
}

pub(super) async fn html(
    State(mua): State<Mua>,
    signed: SignedIn,
    peer: Peer,
    Path(id): Path<u64>,
    Query(query): Query<HtmlQuery>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let id = StoredMessageId(id);
    let theme = if query.theme == "dark" {
        Theme::Dark
    } else {
        Theme::Light
    };
    let with_remote = query.remote == "1";
    // Cached HTML is served only if the account still has the message.
    let message = find(&mua, signed.account.id, id).await?;
    let page = match mua.html_cache().get(id).filter(|_| !with_remote) {
        Some(page) => page,
        None => {
            let bytes = read_all(&mua, &message).await?;
            let parsed = mime::read(&bytes);
            if with_remote {
                html_cache::sanitize_message(&bytes, &parsed, Some(remote::rewriter(&mua, id)))
                    .into()
            } else {
                mua.html_cache().get_or_insert(id, &bytes, &parsed)
            }
        }
    };
    let images = if with_remote {
        remote::source(&headers, peer, id)
    } else {
        String::new()
    };
    // The sandbox also applies when the URL is opened outside our frame: no scripts, and links open
    // in a new context. With our origin the page around it can measure and print the document.
    let policy = format!(
        "default-src 'none'; img-src data:{images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals"
    );
    Ok(page_response(frame(&page, theme), &policy))
}

fn page_response(page: String, policy: &str) -> Response {
    let mut response = page.into_response();
    set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, CONTENT_SECURITY_POLICY, policy);
    secure_headers(&mut response, "private, max-age=300");
    response
}

/// The preview of an attached message: its main fields and its body, without remote content.
fn inner_message(message: &[u8]) -> Response {
    let parsed = mime::read(message);
    let mut page = html_cache::sanitize_message(message, &parsed, None);
    let fields: String = parsed
        .fields
        .iter()
        .filter(|f| INNER_FIELDS.iter().any(|n| f.name.eq_ignore_ascii_case(n)))
        .map(|f| {
            let value = mail::display::visible(&f.value);
            format!("{}: {value}\n", f.name)
        })
        .collect();
    page.html = format!("{}<hr>{}", mime::text_to_html(&fields), page.html);
    let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; \
                  base-uri 'none'; frame-ancestors 'self'; \
                  sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";
    page_response(frame(&page, Theme::Light), policy)
}

pub(super) async fn part(
    State(mua): State<Mua>,
    signed: SignedIn,
    Path((id, path)): Path<(u64, String)>,
    Query(query): Query<PartQuery>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let message = find(&mua, signed.account.id, StoredMessageId(id)).await?;
    let tag = format!("\"{id}-{path}-{}\"", query.inline == "1");
    if is_current(&headers, &tag) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let bytes = read_all(&mua, &message).await?;
    let content = mime::attachment(&bytes, &path).ok_or(Problem::Gone)?;
    let kind = content.media_type.to_ascii_lowercase();
    if query.inline == "1" && kind == "message/rfc822" {
        return Ok(inner_message(&content.bytes));
    }
    let inline = query.inline == "1" && is_previewable(&kind);
    let (media_type, body) = if inline && is_readable(&kind) {
        // Converted to UTF-8 and labelled, so that the browser does not guess.
        let text = match &content.charset {
            Some(charset) => mime::decode_charset(Some(charset), &content.bytes),
            None => mime::guess_charset(&content.bytes),
        };
        (
            "text/plain; charset=utf-8".to_owned(),
            Bytes::from(text.into_owned()),
        )
    } else {
        (kind.clone(), Bytes::from(content.bytes.into_owned()))
    };
    let mut response = ranged(body, headers.get(RANGE).and_then(|v| v.to_str().ok()));
    set(&mut response, CONTENT_TYPE, &media_type);
    set(
        &mut response,
        CONTENT_DISPOSITION,
        &disposition::write(if inline { "inline" } else { "attachment" }, &content.name),
    );
    set(
        &mut response,
        CONTENT_SECURITY_POLICY,
        policy_of_part(inline, &kind),
    );
    set(&mut response, ETAG, &tag);
    secure_headers(&mut response, "private, max-age=86400, immutable");
    Ok(response)
}

pub(super) async fn raw(
    State(mua): State<Mua>,
    signed: SignedIn,
    Path(id): Path<u64>,
) -> Result<Response, HttpError> {
    let message = find(&mua, signed.account.id, StoredMessageId(id)).await?;
    let length = message.entry.bytes;
    let pieces =
        futures_util::stream::unfold((mua, message, 0), |(mua, message, offset)| async move {
            let piece = mua.store().read_range(&message, offset, PIECE).await;
            match piece {
                Ok(piece) if piece.is_empty() => None,
                Ok(piece) => {
                    let next = offset + piece.len() as u64;
                    Some((Ok(Bytes::from(piece)), (mua, message, next)))
                }
                Err(fault) => Some((Err(fault), (mua, message, u64::MAX))),
            }
        });
    let mut response = Body::from_stream(pieces).into_response();
    set(&mut response, CONTENT_LENGTH, &length.to_string());
    set(&mut response, CONTENT_TYPE, "text/plain; charset=utf-8");
    set(
        &mut response,
        CONTENT_DISPOSITION,
        &disposition::write("attachment", &format!("{id}.eml")),
    );
    set(
        &mut response,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
    secure_headers(&mut response, "private, max-age=86400, immutable");
    Ok(response)
}

/// Finds a message of the account.
pub(super) async fn find(
    mua: &Mua,
    account: AccountId,
    id: StoredMessageId,
) -> Result<Message, HttpError> {
    let (mailbox, uid) = split_message_id(id);
    let found = async {
        let Some(mailbox) = mua.store().mailbox(account, mailbox).await? else {
            return Ok(None);
        };
        mua.store().message(&mailbox, uid).await
    };
    let message = found
        .await
        .map_err(|fault| HttpError::from_store(mua, fault))?;
    message.ok_or(HttpError(Problem::Gone))
}

async fn read_all(mua: &Mua, message: &Message) -> Result<Vec<u8>, HttpError> {
    let length = usize::try_from(message.entry.bytes).unwrap_or(usize::MAX);
    mua.store()
        .read_range(message, 0, length)
        .await
        .map_err(|fault| HttpError::from_store(mua, fault))
}

/// Whether browsers display this type without executing message content.
fn is_previewable(media_type: &str) -> bool {
    images::is_safe(media_type) || media_type == "application/pdf" || is_readable(media_type)
}

/// Text that is shown as it is: calendars, tables, source code. Served as plain text.
fn is_readable(media_type: &str) -> bool {
    media_type.starts_with("text/") && media_type != "text/html"
}

fn policy_of_part(inline: bool, media_type: &str) -> &'static str {
    if inline && media_type == "application/pdf" {
        // Built-in PDF viewers do not start inside a CSP sandbox; they are isolated from every
        // page, and `nosniff` keeps other content out of them.
        return "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src 'unsafe-inline'; frame-ancestors 'self'";
    }
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
}

fn ranged(body: Bytes, field: Option<&str>) -> Response {
    let len = body.len() as u64;
    let mut response = match range::read(field, len) {
        RequestedRange::Whole => body.into_response(),
        RequestedRange::Part(range) => {
            let part = body.slice(range.start as usize..range.end as usize);
            let mut response = (StatusCode::PARTIAL_CONTENT, part).into_response();
            set(
                &mut response,
                CONTENT_RANGE,
                &format!("bytes {}-{}/{len}", range.start, range.end - 1),
            );
            response
        }
        RequestedRange::Unsatisfiable => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set(&mut response, CONTENT_RANGE, &format!("bytes */{len}"));
            response
        }
    };
    set(&mut response, ACCEPT_RANGES, "bytes");
    response
}
