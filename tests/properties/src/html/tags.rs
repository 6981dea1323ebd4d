//! Reads the tags of sanitized HTML, whose form is known: attributes in double quotes, `<` and `>`
//! of texts escaped. Stricter than a browser: any other form is an error. No raw text element and
//! no foreign element passes the sanitizer, so that a browser sees the same tags.

/// A start or end tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// The name in lower case.
    pub name: String,
    /// Names and values, unescaped.
    pub attributes: Vec<(String, String)>,
}

/// The tags of a page.
///
/// # Panics
/// The page has not the form that the sanitizer writes.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray > in {html}");
        let inner = &rest[start + 1..];
        let mut is_quoted = false;
        let end = inner.find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        let end = end.unwrap_or_else(|| panic!("a tag without end in {html}"));
        let (tag, after) = (&inner[..end], &inner[end + 1..]);
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let name: String = tag
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert!(
            !name.is_empty() && !name.contains(|c: char| c.is_ascii_uppercase()),
            "<{tag}> in {html}"
        );
        let attributes = attributes(&tag[name.len()..]);
        tags.push(Tag { name, attributes });
        rest = after;
    }
    tags
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, value) = attribute
            .split_once("=\"")
            .unwrap_or_else(|| panic!("{rest:?} is no attribute"));
        let (value, after) = value
            .split_once('"')
            .unwrap_or_else(|| panic!("{rest:?} has no end"));
        assert!(!value.contains('\0'), "{value:?}");
        all.push((name.to_owned(), unescaped(value)));
        rest = after;
    }
    assert_eq!(rest, "", "between the attributes of a tag");
    all
}

fn unescaped(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
