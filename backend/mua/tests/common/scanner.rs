//! A strict scanner of sanitized HTML: every tag, attribute, address and style must be one that is
//! allowed. Since no raw text element and no foreign element passes, a browser sees the same tags.
//! Included by the sanitizer's own tests and by the published suites.

use super::{ELEMENT_ATTRIBUTES, ELEMENTS, GLOBAL_ATTRIBUTES};
use super::{Images, SanitizedHtml, sanitize};

/// One tag of sanitized HTML: its name and attributes.
pub type Tag = (String, Vec<(String, String)>);

/// The tags of sanitized HTML; panics at anything that is not written as the sanitizer writes.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray > in {html}");
        let inner = &rest[start + 1..];
        let mut quoted = false;
        let end = inner.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let end = end.unwrap_or_else(|| panic!("a tag without end in {html}"));
        let (tag, after) = (&inner[..end], &inner[end + 1..]);
        let tag = tag.strip_prefix('/').unwrap_or(tag);
        let name: String = tag
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        tags.push((name.clone(), attributes(&tag[name.len()..])));
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
        let (value, after) = value.split_once('"').unwrap();
        assert!(!value.contains(['<', '\0']), "{value:?}");
        all.push((name.to_owned(), value.replace("&amp;", "&")));
        rest = after;
    }
    assert_eq!(rest, "");
    all
}

fn check_harmless(input: &str, output: &str, remote: bool) {
    for (name, attributes) in tags(output) {
        assert!(ELEMENTS.contains(&name.as_str()), "<{name}> from {input}");
        let has = |wanted: (&str, &str)| {
            attributes
                .iter()
                .any(|(n, v)| (n.as_str(), v.as_str()) == wanted)
        };
        let outside = has(("target", "_blank")) && has(("rel", "noopener noreferrer"));
        assert!(
            name != "a" || attributes.is_empty() || outside,
            "a link from {input}"
        );
        for (attribute, value) in attributes {
            let tag = format!("{name} {attribute}={value:?} from {input}");
            let known = GLOBAL_ATTRIBUTES.contains(&attribute.as_str())
                || ELEMENT_ATTRIBUTES
                    .iter()
                    .any(|(n, names)| *n == name && names.contains(&attribute.as_str()))
                || (name == "a" && matches!(attribute.as_str(), "rel" | "target"))
                || (name == "span" && attribute == "class" && value == "leads");
            assert!(known && attribute != "srcset", "{tag}");
            let ours = |v: &str| {
                v.starts_with("data:image/") && !v.contains("svg")
                    || (remote && v.starts_with("/api/message/7/remote?"))
            };
            match attribute.as_str() {
                "href" => assert!(
                    ["http://", "https://", "mailto:", "tel:"]
                        .iter()
                        .any(|s| value.starts_with(s)),
                    "{tag}"
                ),
                "src" | "background" => assert!(ours(&value), "{tag}"),
                "style" => {
                    let lower = value.to_lowercase().replace("&quot;", "\"");
                    for address in lower.split("url(").skip(1) {
                        assert!(ours(address.trim_start_matches('"')), "{tag}");
                    }
                    for bad in [
                        "expression",
                        "binding",
                        "behavior",
                        "@",
                        "position",
                        "javascript",
                        "\\",
                        "/*",
                        "<",
                        "}",
                    ] {
                        assert!(
                            !lower.replace("background-position", "").contains(bad),
                            "{tag}"
                        );
                    }
                }
                _ => {}
            }
        }
    }
}

/// Sanitizes HTML, with and without remote images, and panics if anything harmful is left.
pub fn cleaned(html: &str) -> SanitizedHtml {
    let blocked = sanitize(html, Images::default(), None);
    check_harmless(html, &blocked.html, false);
    let open = sanitize(
        html,
        Images::default(),
        Some(Box::new(|url| {
            format!("/api/message/7/remote?u={}", url.len())
        })),
    );
    check_harmless(html, &open.html, true);
    assert_eq!(blocked.has_remote, open.has_remote);
    blocked
}
