//! Messages over HTTP: the body for its frame, parts, the source. Whose they are is asked before
//! anything is read.

use super::guard::Refused;
use super::range::{self, Wanted};
use super::{Peer, disposition, remote};
use crate::html::{Theme, frame, pictures};
use crate::signin::SignedIn;
use crate::{Mua, pages};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, RANGE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use mail::{AccountId, StoredMessageId};
use serde::Deserialize;
use store::{Message, split_message_id};
use wire::Problem;

// The source is read and sent in pieces of this many octets.
const PIECE: usize = 64 * 1024;

#[derive(Deserialize)]
pub(super) struct Look {
    #[serde(default)]
    remote: String,
    #[serde(default)]
    theme: String,
}

#[derive(Deserialize)]
pub(super) struct Take {
    #[serde(default)]
    inline: String,
}

pub(super) async fn html(
    State(mua): State<Mua>,
    signed: SignedIn,
    peer: Peer,
    Path(id): Path<u64>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = StoredMessageId(id);
    let theme = if look.theme == "dark" {
        Theme::Dark
    } else {
        Theme::Light
    };
    let with_remote = look.remote == "1";
    // A kept page may be shown only where the message is still one of the account.
    let message = find(&mua, signed.account.id, id).await?;
    let page = match mua.pages().kept(id).filter(|_| !with_remote) {
        Some(page) => page,
        None => {
            let bytes = whole(&mua, &message).await?;
            let parsed = mime::read(&bytes);
            if with_remote {
                pages::make(&bytes, &parsed, Some(remote::rewriter(&mua, id))).into()
            } else {
                mua.pages().page(id, &bytes, &parsed)
            }
        }
    };
    let images = if with_remote {
        remote::source(&headers, peer, id)
    } else {
        String::new()
    };
    // The sandbox also holds where the address is opened without our frame: no scripts, no origin,
    // links open outside.
    let policy = format!(
        "default-src 'none'; img-src data:{images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
    );
    let mut response = frame(&page, theme).into_response();
    set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    harmless(&mut response, "private, max-age=300");
    Ok(response)
}

pub(super) async fn part(
    State(mua): State<Mua>,
    signed: SignedIn,
    Path((id, path)): Path<(u64, String)>,
    Query(take): Query<Take>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let message = find(&mua, signed.account.id, StoredMessageId(id)).await?;
    let tag = format!("\"{id}-{path}-{}\"", take.inline == "1");
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let bytes = whole(&mua, &message).await?;
    let content = mime::attachment(&bytes, &path).ok_or(Problem::Gone)?;
    let kind = content.media_type.to_ascii_lowercase();
    let inline = take.inline == "1" && may_be_shown(&kind);
    let (media_type, body) = if inline && kind == "text/plain" {
        // Shown in one charset that is said, so that the browser guesses nothing.
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
    harmless(&mut response, "private, max-age=86400, immutable");
    Ok(response)
}

pub(super) async fn raw(
    State(mua): State<Mua>,
    signed: SignedIn,
    Path(id): Path<u64>,
) -> Result<Response, Refused> {
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
    harmless(&mut response, "private, max-age=86400, immutable");
    Ok(response)
}

/// A message of the account.
pub(super) async fn find(
    mua: &Mua,
    account: AccountId,
    id: StoredMessageId,
) -> Result<Message, Refused> {
    let (mailbox, uid) = split_message_id(id);
    let found = async {
        let Some(mailbox) = mua.store().mailbox(account, mailbox).await? else {
            return Ok(None);
        };
        mua.store().message(&mailbox, uid).await
    };
    let message = found.await.map_err(|fault| Refused::fault(mua, fault))?;
    message.ok_or(Refused(Problem::Gone))
}

async fn whole(mua: &Mua, message: &Message) -> Result<Vec<u8>, Refused> {
    let length = usize::try_from(message.entry.bytes).unwrap_or(usize::MAX);
    mua.store()
        .read_range(message, 0, length)
        .await
        .map_err(|fault| Refused::fault(mua, fault))
}

/// What a browser shows without running anything of the message's.
fn may_be_shown(media_type: &str) -> bool {
    pictures::is_safe(media_type) || matches!(media_type, "text/plain" | "application/pdf")
}

fn policy_of_part(inline: bool, media_type: &str) -> &'static str {
    if inline && media_type == "application/pdf" {
        // The browsers' own PDF viewers do not start inside a CSP sandbox; they run apart from
        // every page, and `nosniff` keeps what is no PDF out of them.
        return "default-src 'none'; object-src 'self'; plugin-types application/pdf; style-src 'unsafe-inline'; frame-ancestors 'self'";
    }
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
}

fn ranged(body: Bytes, field: Option<&str>) -> Response {
    let len = body.len() as u64;
    let mut response = match range::read(field, len) {
        Wanted::Whole => body.into_response(),
        Wanted::Part(range) => {
            let part = body.slice(range.start as usize..range.end as usize);
            let mut response = (StatusCode::PARTIAL_CONTENT, part).into_response();
            set(
                &mut response,
                CONTENT_RANGE,
                &format!("bytes {}-{}/{len}", range.start, range.end - 1),
            );
            response
        }
        Wanted::Outside => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            set(&mut response, CONTENT_RANGE, &format!("bytes */{len}"));
            response
        }
    };
    set(&mut response, ACCEPT_RANGES, "bytes");
    response
}

/// What every answer with something of a message in it says.
pub(super) fn harmless(response: &mut Response, caching: &str) {
    set(response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(response, REFERRER_POLICY, "no-referrer");
    set(
        response,
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(response, CACHE_CONTROL, caching);
    set(response, VARY, "Cookie");
}

/// Sets a field; a value that cannot stand in one (a media type with line ends) is left out, and
/// nosniff makes the rest of it harmless.
pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    } else if name == CONTENT_TYPE {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static("application/octet-stream"));
    }
}

/// The host that the browser asked, where it is one.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    host.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        .then_some(host)
}
