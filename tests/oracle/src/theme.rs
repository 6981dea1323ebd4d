//! What is compared, and the rules by which the two parsers are expected to differ.

/// A kind of value that both parsers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// Address lists: names and addresses, groups flattened (RFC 5322 §3.4).
    Addresses,
    /// Unstructured text with encoded words (RFC 2047).
    EncodedWords,
    /// Dates as instants (RFC 5322 §3.3).
    Dates,
    /// Message identifiers (RFC 5322 §3.6.4).
    Ids,
    /// Parameters of Content-Type and Content-Disposition, decoded (RFC 2231).
    Parameters,
    /// The protocol of Received fields (RFC 5321 §4.4).
    Received,
    /// base64 and quoted-printable (RFC 2045 §6).
    Transfer,
    /// Text in its declared charset.
    Charsets,
    /// HTML as words.
    Html,
    /// Media types and nesting of parts (RFC 2046 §5).
    PartTree,
    /// Where parts begin and end (RFC 2046 §5.1.1).
    PartRanges,
    /// The text that is shown (RFC 8621 §4.1.4).
    TextBody,
    /// The HTML that is shown.
    HtmlBody,
    /// Attachments: names, media types, content.
    Attachments,
}

impl Theme {
    /// The number of themes.
    pub const COUNT: usize = 14;

    /// All themes, in their order.
    pub const ALL: [Theme; Theme::COUNT] = [
        Theme::Addresses,
        Theme::EncodedWords,
        Theme::Dates,
        Theme::Ids,
        Theme::Parameters,
        Theme::Received,
        Theme::Transfer,
        Theme::Charsets,
        Theme::Html,
        Theme::PartTree,
        Theme::PartRanges,
        Theme::TextBody,
        Theme::HtmlBody,
        Theme::Attachments,
    ];

    /// The name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Addresses => "addresses",
            Theme::EncodedWords => "encoded words",
            Theme::Dates => "dates",
            Theme::Ids => "message ids",
            Theme::Parameters => "parameters",
            Theme::Received => "Received protocol",
            Theme::Transfer => "base64, quoted-printable",
            Theme::Charsets => "charsets",
            Theme::Html => "HTML to text",
            Theme::PartTree => "part tree",
            Theme::PartRanges => "part ranges",
            Theme::TextBody => "text body",
            Theme::HtmlBody => "HTML body",
            Theme::Attachments => "attachments",
        }
    }
}
