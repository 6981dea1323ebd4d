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

fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The kind of a media type.
pub fn kind(media_type: &str) -> Kind {
    match essence(media_type).as_str() {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp" => {
            Kind::Image
        }
        "application/pdf" => Kind::Pdf,
        "message/rfc822" => Kind::Message,
        text if text.starts_with("text/") && text != "text/html" => Kind::Text,
        _ => Kind::Other,
    }
}

/// What people call a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the types of files")]
pub enum FileType {
    Text,
    Pdf,
    Picture,
    Archive,
    Document,
    Spreadsheet,
    Presentation,
    Audio,
    Video,
    Event,
    Contact,
    Message,
    WebPage,
    Other,
}

/// What people call a file, by its media type, or else by the ending of its name.
pub fn file_type(media_type: &str, name: &str) -> FileType {
    let essence = essence(media_type);
    let known = [
        ("calendar", FileType::Event),
        ("/ics", FileType::Event),
        ("vcard", FileType::Contact),
        ("text/html", FileType::WebPage),
        ("/csv", FileType::Spreadsheet),
        ("text/", FileType::Text),
        ("/pdf", FileType::Pdf),
        ("image/", FileType::Picture),
        ("audio/", FileType::Audio),
        ("video/", FileType::Video),
        ("message/", FileType::Message),
        ("zip", FileType::Archive),
        ("compressed", FileType::Archive),
        ("sheet", FileType::Spreadsheet),
        ("excel", FileType::Spreadsheet),
        ("presentation", FileType::Presentation),
        ("powerpoint", FileType::Presentation),
        ("word", FileType::Document),
        ("opendocument.text", FileType::Document),
    ];
    let by_media = known.iter().find(|(part, _)| essence.contains(part));
    by_media.map_or_else(|| by_ending(&ending(name)), |(_, of)| *of)
}

/// The ending of a file name in lower case: `pdf`. Empty if there is none.
pub fn ending(name: &str) -> String {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_ending = ending.len() <= 5 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_ending {
        ending.to_ascii_lowercase()
    } else {
        String::new()
    }
}

fn by_ending(ending: &str) -> FileType {
    match ending {
        "txt" | "md" | "log" => FileType::Text,
        "pdf" => FileType::Pdf,
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "heic" | "svg" | "bmp" => FileType::Picture,
        "zip" | "rar" | "7z" | "gz" | "tgz" | "tar" | "xz" | "bz2" => FileType::Archive,
        "doc" | "docx" | "odt" | "rtf" | "pages" | "wps" => FileType::Document,
        "xls" | "xlsx" | "ods" | "csv" => FileType::Spreadsheet,
        "ppt" | "pptx" | "odp" => FileType::Presentation,
        "mp3" | "wav" | "m4a" | "ogg" | "flac" => FileType::Audio,
        "mp4" | "mov" | "avi" | "mkv" | "webm" => FileType::Video,
        "ics" => FileType::Event,
        "vcf" => FileType::Contact,
        "eml" => FileType::Message,
        "html" | "htm" => FileType::WebPage,
        _ => FileType::Other,
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
    fn a_file_has_the_type_that_people_call_it() {
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for (media_type, name, expected) in [
            ("text/plain; charset=utf-8", "notes", FileType::Text),
            ("APPLICATION/PDF", "", FileType::Pdf),
            ("application/octet-stream", "Report.PDF", FileType::Pdf),
            ("application/octet-stream", "boat.JPG", FileType::Picture),
            ("application/x-zip-compressed", "a", FileType::Archive),
            ("application/octet-stream", "a.tar.gz", FileType::Archive),
            (docx, "a", FileType::Document),
            ("application/vnd.ms-excel", "a", FileType::Spreadsheet),
            ("text/calendar; method=REQUEST", "x.ics", FileType::Event),
            ("text/html", "x.html", FileType::WebPage),
            ("application/octet-stream", "drawing.dwg", FileType::Other),
            ("application/octet-stream", "", FileType::Other),
        ] {
            assert_eq!(file_type(media_type, name), expected, "{media_type} {name}");
        }
        assert_eq!(ending("drawing.DWG"), "dwg");
        assert_eq!(ending("Minutes of 3. March"), "");
    }

    #[test]
    fn computes_base64_size() {
        assert_eq!(
            (encoded(0), encoded(3), encoded(57), encoded(58)),
            (0, 6, 78, 84)
        );
    }
}
