//! File sizes for display, kinds of files, and whether browsers can display them.

/// A size and its unit.
pub fn size(bytes: u64) -> (f64, &'static str) {
    let mut size = bytes as f64;
    for unit in ["B", "KB", "MB"] {
        if size < 999.5 {
            return (rounded(size), unit);
        }
        size /= 1000.0;
    }
    (rounded(size), "GB")
}

/// Rounds to one decimal below ten, and to none above.
fn rounded(size: f64) -> f64 {
    if size < 9.95 {
        (size * 10.0).round() / 10.0
    } else {
        size.round()
    }
}

/// Kinds of files by their presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An image that browsers display. Not SVG, which may contain scripts.
    Image,
    /// A PDF.
    Pdf,
    /// Plain text.
    Text,
    /// A message.
    Message,
    /// Anything else.
    Other,
}

/// The kind of a media type.
pub fn kind(media_type: &str) -> Kind {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp" => {
            Kind::Image
        }
        "application/pdf" => Kind::Pdf,
        "message/rfc822" => Kind::Message,
        text if text.starts_with("text/") && text != "text/html" => Kind::Text,
        _ => Kind::Other,
    }
}

/// The size of a file when encoded in a message: base64 with line ends (RFC 2045 §6.8).
pub fn encoded(bytes: u64) -> u64 {
    let text = bytes.div_ceil(3) * 4;
    text + text.div_ceil(76) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_sizes_readably() {
        for (bytes, expected) in [
            (0, (0.0, "B")),
            (999, (999.0, "B")),
            (1000, (1.0, "KB")),
            (1_540, (1.5, "KB")),
            (182_400, (182.0, "KB")),
            (999_600, (1.0, "MB")),
            (3_000_000_000, (3.0, "GB")),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn only_safe_images_are_images() {
        assert_eq!(
            (
                kind("image/PNG"),
                kind("image/svg+xml"),
                kind("text/html"),
                kind("text/csv; charset=x")
            ),
            (Kind::Image, Kind::Other, Kind::Other, Kind::Text)
        );
    }

    #[test]
    fn computes_base64_size() {
        assert_eq!(
            (encoded(0), encoded(3), encoded(57), encoded(58)),
            (0, 6, 78, 84)
        );
    }
}
