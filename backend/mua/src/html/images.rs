//! Images of a message as `data:` URLs, since the sandboxed frame has no cookie and cannot fetch
//! them. Only image types that cannot contain scripts; never SVG.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mime::ParsedMessage;
use percent_encoding::percent_decode_str;
use std::collections::{BTreeSet, HashMap};

/// Limit of the bytes that images add to a page; further images are omitted.
pub const IMAGES_BYTES_MAX: usize = 16 * 1024 * 1024;

const KINDS: [&str; 7] = [
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
];

/// The images of a message.
pub struct Images {
    by_content_id: HashMap<String, (String, String)>,
    shown: BTreeSet<String>,
    left: usize,
}

impl Default for Images {
    fn default() -> Images {
        Images {
            by_content_id: HashMap::new(),
            shown: BTreeSet::new(),
            left: IMAGES_BYTES_MAX,
        }
    }
}

impl Images {
    /// Collects the images with a Content-ID.
    pub fn of(message: &[u8], parsed: &ParsedMessage) -> Images {
        let (mut by_content_id, mut left) = (HashMap::new(), IMAGES_BYTES_MAX);
        for attached in parsed.inline.iter().chain(&parsed.attachments) {
            let Some(id) = attached
                .content_id
                .as_deref()
                .filter(|_| is_safe(&attached.media_type))
            else {
                continue;
            };
            let coded = (attached.bytes as usize).div_ceil(3) * 4;
            if coded > left {
                continue;
            }
            let Some(content) = mime::attachment(message, &attached.path) else {
                continue;
            };
            left -= coded;
            let data = format!(
                "data:{};base64,{}",
                content.media_type.to_ascii_lowercase(),
                STANDARD.encode(&content.bytes)
            );
            by_content_id.insert(id.to_owned(), (data, attached.path.clone()));
        }
        Images {
            by_content_id,
            ..Images::default()
        }
    }

    /// The images with a Content-ID as references to it, renamed by their part's path.
    pub fn referenced(parsed: &ParsedMessage, id: impl Fn(&str) -> String) -> Images {
        let all = parsed.inline.iter().chain(&parsed.attachments);
        let by_content_id = all
            .filter(|part| is_safe(&part.media_type))
            .filter_map(|part| {
                let url = format!("cid:{}", id(&part.path));
                Some((part.content_id.clone()?, (url, part.path.clone())))
            });
        Images {
            by_content_id: by_content_id.collect(),
            ..Images::default()
        }
    }

    /// Resolves a `cid:` URL (RFC 2392 §2): a percent-encoded Content-ID.
    pub(super) fn by_content_id(&mut self, id: &str) -> Option<String> {
        let decoded = percent_decode_str(id).decode_utf8_lossy();
        let (data, path) = self
            .by_content_id
            .get(decoded.as_ref())
            .or_else(|| self.by_content_id.get(id))?;
        // Every use counts, since the data is repeated in the page.
        self.left = self.left.checked_sub(data.len())?;
        self.shown.insert(path.clone());
        Some(data.clone())
    }

    /// Validates a `data:` URL in the HTML.
    pub(super) fn data_url(&mut self, address: &str) -> Option<String> {
        let (kind, data) = address.get(5..)?.split_once(',')?;
        let kind = kind.to_ascii_lowercase();
        let kind = kind.strip_suffix(";base64")?.split(';').next()?.trim();
        let plain = data
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b' '));
        if !is_safe(kind) || !plain {
            return None;
        }
        self.left = self.left.checked_sub(data.len())?;
        Some(format!("data:{kind};base64,{}", data.replace(' ', "")))
    }

    /// Part paths of the images that were used.
    pub(super) fn into_shown(self) -> Vec<String> {
        self.shown.into_iter().collect()
    }
}

/// Whether browsers display this type without executing anything.
pub(crate) fn is_safe(media_type: &str) -> bool {
    KINDS
        .iter()
        .any(|kind| kind.eq_ignore_ascii_case(media_type))
}
