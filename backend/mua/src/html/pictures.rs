//! Pictures that came with the message, as `data:` addresses: the sandboxed frame has no cookie and
//! can fetch nothing. Only kinds that cannot carry scripts; never SVG.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mime::ParsedMessage;
use std::collections::{BTreeSet, HashMap};

/// The most that pictures may add to a page, in octets of the page; further ones are left out.
pub const PICTURES_BYTES_MAX: usize = 16 * 1024 * 1024;

const KINDS: [&str; 7] = [
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
];

/// A message's pictures.
pub struct Pictures {
    by_content_id: HashMap<String, (String, String)>,
    shown: BTreeSet<String>,
    left: usize,
}

impl Default for Pictures {
    fn default() -> Pictures {
        Pictures {
            by_content_id: HashMap::new(),
            shown: BTreeSet::new(),
            left: PICTURES_BYTES_MAX,
        }
    }
}

impl Pictures {
    /// Those that a message's HTML can name.
    pub fn of(message: &[u8], parsed: &ParsedMessage) -> Pictures {
        let (mut by_content_id, mut left) = (HashMap::new(), PICTURES_BYTES_MAX);
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
        Pictures {
            by_content_id,
            ..Pictures::default()
        }
    }

    /// `cid:` (RFC 2392 §2): the Content-ID, percent-encoded.
    pub(super) fn by_content_id(&mut self, id: &str) -> Option<String> {
        let (data, path) = self
            .by_content_id
            .get(&percent_decode(id))
            .or_else(|| self.by_content_id.get(id))?;
        // A picture that is shown a thousand times is a thousand times in the page.
        self.left = self.left.checked_sub(data.len())?;
        self.shown.insert(path.clone());
        Some(data.clone())
    }

    /// A picture that stands in the HTML itself.
    pub(super) fn given_inline(&mut self, address: &str) -> Option<String> {
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

    /// Paths of those that were shown.
    pub(super) fn into_shown(self) -> Vec<String> {
        self.shown.into_iter().collect()
    }
}

/// A picture that a browser shows without running anything.
pub(crate) fn is_safe(media_type: &str) -> bool {
    KINDS
        .iter()
        .any(|kind| kind.eq_ignore_ascii_case(media_type))
}

/// Percent-encoding undone (RFC 3986 §2.1); what is none stays.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| (*b as char).to_digit(16));
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            (other, ..) => {
                out.push(other);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
