//! Link annotation: every link gets its URL as title; a link whose text names another host than its
//! target, or whose host name imitates Latin letters, is followed by a warning with the real host.
//! The input is the sanitizer's output, whose form is known: attributes in double quotes, `<` and
//! `>` escaped inside them. Also removes images that a forward must not carry along, and keeps the
//! first line of preformatted text.

use url::Url;

/// Precedes the real host of a misleading link.
const MARK: &str = "⚠";

/// A link whose text names another host than its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisleadingLink {
    /// The host in the text.
    pub shown: String,
    /// The host that it leads to.
    pub target: String,
}

/// Annotates all links of sanitized HTML. Returns the first one that is misleading, too.
pub(super) fn mark(html: &str) -> (String, Option<MisleadingLink>) {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut first = None;
    let mut rest = html;
    while let Some(start) = rest.find("<a ") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = tag_end(rest) else { break };
        let (tag, after) = rest.split_at(end);
        let text_end = after.find("</a>").unwrap_or(after.len());
        rest = after;
        match attribute(tag, "href").and_then(|href| Url::parse(&href).ok()) {
            Some(url) => {
                out.push_str(&untitled(&tag[..tag.len() - 1]));
                out.push_str(&format!(" title=\"{}\">", escape(&shown_address(&url))));
                let (host, text) = (url.host_str(), &after[..text_end]);
                let other = host.and_then(|host| other_host(host, &plain(text)));
                if let Some(host) = host.filter(|host| other.is_some() || is_disguised(host)) {
                    out.push_str(text);
                    out.push_str(&format!(
                        " <span class=\"leads\">{MARK} {}</span>",
                        escape(host)
                    ));
                    rest = &after[text_end..];
                }
                first = first.or_else(|| {
                    let (shown, target) = (other?, host?.to_owned());
                    Some(MisleadingLink { shown, target })
                });
            }
            None => out.push_str(tag),
        }
    }
    out.push_str(rest);
    (out, first)
}

/// Doubles a line end at the beginning of preformatted text: browsers ignore the first one (HTML
/// §13.2.6.4.7), and the sanitizer writes only what is left after that.
pub(super) fn with_first_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = tag_end(rest) else { break };
        let (tag, after) = rest.split_at(end);
        out.push_str(tag);
        rest = after;
        let is_pre = tag.starts_with("<pre>") || tag.starts_with("<pre ");
        if is_pre && rest.starts_with('\n') {
            out.push('\n');
        }
    }
    out.push_str(rest);
    out
}

/// Removes the images of sanitized HTML that have no source or are a remote pixel. The text in
/// place of one without a source stays.
pub(super) fn without_trackers(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<img") {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = tag_end(rest) else { break };
        let (tag, after) = rest.split_at(end);
        rest = after;
        match attribute(tag, "src").filter(|src| !src.is_empty()) {
            None => out.push_str(&escape(&attribute(tag, "alt").unwrap_or_default())),
            Some(src) if src.starts_with("http") && is_pixel(tag) => {}
            Some(_) => out.push_str(tag),
        }
    }
    out.push_str(rest);
    out
}

// Whether an image is at most one pixel wide and high, or is not displayed.
fn is_pixel(tag: &str) -> bool {
    let style = attribute(tag, "style").unwrap_or_default();
    let property = |name: &str| {
        let mut all = style.split(';').filter_map(|one| one.split_once(':'));
        all.find_map(|(key, value)| (key.trim() == name).then(|| value.trim().to_owned()))
    };
    let is_tiny = |name: &str| {
        let size = property(name).or_else(|| attribute(tag, name));
        let number = size.and_then(|size| size.trim_end_matches("px").trim().parse::<f32>().ok());
        number.is_some_and(|pixels| pixels <= 1.0)
    };
    is_tiny("width") && is_tiny("height") || property("display").as_deref() == Some("none")
}

// Returns the end of the tag at the start of `html`: the first `>` outside quotes.
fn tag_end(html: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, b) in html.bytes().enumerate() {
        match b {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[start..];
    Some(unescape(&value[..value.find('"')?]))
}

// Removes the title attribute of the message, which would hide ours.
fn untitled(tag: &str) -> String {
    match tag.find(" title=\"") {
        Some(start) => {
            let after = &tag[start + 8..];
            let end = after.find('"').map_or(after.len(), |i| i + 1);
            format!("{}{}", &tag[..start], &after[end..])
        }
        None => tag.to_owned(),
    }
}

fn shown_address(url: &Url) -> String {
    let address = url.as_str();
    if address.chars().count() <= 300 {
        address.to_owned()
    } else {
        address.chars().take(300).chain(['…']).collect()
    }
}

// Whether a host name imitates Latin letters. It is in ASCII form: an `xn--` label is a non-ASCII
// name.
fn is_disguised(host: &str) -> bool {
    host.split('.')
        .any(|label| label.starts_with("xn--") && looks_latin(label))
}

/// Returns the host that a link text names if that is not the target's.
fn other_host(host: &str, text: &str) -> Option<String> {
    host_in(text).filter(|named| !is_same_place(named, host))
}

// Returns the host named by a link text that looks like a URL: `https://www.a.test/x`,
// `www.a.test`.
fn host_in(text: &str) -> Option<String> {
    let word = text.trim();
    if word.contains(char::is_whitespace) || word.contains('@') {
        return None;
    }
    let after = word.split_once("://").map_or(word, |(_, rest)| rest);
    let full = Url::parse(&format!("http://{after}")).ok()?;
    let host = full.host_str()?.to_owned();
    let plausible = word.contains("://") || word.starts_with("www.") || {
        let last = host.rsplit('.').next().unwrap_or_default();
        host.contains('.') && last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic())
    };
    plausible.then_some(host)
}

/// Whether the hosts are equal or one is a subdomain of the other.
pub(crate) fn is_same_place(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches("www."), b.trim_start_matches("www."));
    a == b
        || a.strip_suffix(b).is_some_and(|rest| rest.ends_with('.'))
        || b.strip_suffix(a).is_some_and(|rest| rest.ends_with('.'))
}

// Whether an `xn--` label contains letters that resemble Latin ones (Cyrillic, Greek, accented
// Latin).
fn looks_latin(label: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{label}/")) else {
        return true;
    };
    let decoded = url.domain().map(decode_label).unwrap_or_default();
    decoded.chars().any(
        |c| matches!(c, '\u{80}'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}'),
    )
}

/// Decodes one Punycode label (RFC 3492 §6.2).
fn decode_label(label: &str) -> String {
    let Some(coded) = label.strip_prefix("xn--") else {
        return label.to_owned();
    };
    let (basic, tail) = coded.rsplit_once('-').unwrap_or(("", coded));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128u32, 0u32, 72u32);
    let mut digits = tail.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut k) = (i, 1u32, 36u32);
        loop {
            let digit = match digits.next() {
                Some(b @ b'a'..=b'z') => u32::from(b - b'a'),
                Some(b @ b'0'..=b'9') => u32::from(b - b'0') + 26,
                _ => return String::new(),
            };
            let Some(next) = digit.checked_mul(weight).and_then(|d| i.checked_add(d)) else {
                return String::new();
            };
            i = next;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            let Some(heavier) = weight.checked_mul(36 - threshold) else {
                return String::new();
            };
            weight = heavier;
            k += 36;
        }
        let len = out.len() as u32 + 1;
        bias = adapt(i - before, len, before == 0);
        n = n.saturating_add(i / len);
        i %= len;
        let Some(c) = char::from_u32(n) else {
            return String::new();
        };
        out.insert(i as usize, c);
        i += 1;
    }
    out.into_iter().collect()
}

// RFC 3492 §6.1
fn adapt(delta: u32, len: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / len;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

// Returns the text without tags.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = match tag_end(&rest[start..]) {
            Some(end) => &rest[start + end..],
            None => "",
        };
    }
    out.push_str(rest);
    unescape(&out)
}

fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: (&str, &str), marked: bool) {
        let (href, text) = link;
        let (html, _) = mark(&format!(
            "<p><a href=\"{href}\" target=\"_blank\">{text}</a> x</p>"
        ));
        assert_eq!(html.contains(MARK), marked, "{html}");
        assert!(
            html.contains(&format!("title=\"{href}\"")) && html.ends_with("</a> x</p>"),
            "{html}"
        );
    }

    #[test]
    fn preformatted_text_keeps_an_empty_first_line() {
        for (html, expected) in [
            ("<pre>\nx</pre>", "<pre>\n\nx</pre>"),
            (
                "<pre dir=\"rtl\">\n</pre>\n",
                "<pre dir=\"rtl\">\n\n</pre>\n",
            ),
            ("<pre>x\n</pre><p>\n</p>", "<pre>x\n</pre><p>\n</p>"),
        ] {
            assert_eq!(with_first_lines(html), expected);
        }
    }

    #[test]
    fn marks_links_if_their_text_names_another_host() {
        for (href, text, marked) in [
            ("https://evil.test/a", "https://bank.test/login", true),
            ("https://evil.test/a", "www.<b>bank</b>.test", true),
            ("https://evil.test/a", "bank.test", true),
            ("https://bank.test.evil.test/", "bank.test", true),
            ("https://www.bank.test/a?b=1", "bank.test", false),
            ("https://login.bank.test/", "https://bank.test/", false),
            ("https://bank.test/", "Click here", false),
            ("https://bank.test/", "3.5 points", false),
            ("https://xn--pypal-4ve.test/", "Pay", true),
            ("https://xn--fiqs8s.test/", "中国", false),
            ("mailto:a@b.test", "c@d.test", false),
        ] {
            check((href, text), marked);
        }
    }

    #[test]
    fn tells_where_the_first_misleading_link_leads() {
        let link = |href: &str, text: &str| format!("<a href=\"{href}\">{text}</a>");
        let (_, first) = mark(
            &[
                link("https://bank.test/", "bank.test"),
                link("https://xn--pypal-4ve.test/", "Pay"),
                link("https://evil.test/a", "https://bank.test/login"),
                link("https://worse.test/", "bank.test"),
            ]
            .concat(),
        );
        let (shown, target) = ("bank.test".into(), "evil.test".into());
        assert_eq!(first, Some(MisleadingLink { shown, target }));
    }

    #[test]
    fn images_that_show_nothing_are_removed_with_nothing_else() {
        let kept = "<img src=\"https://a.test/boat.png\" width=\"1\"><img src=\"cid:x\" width=\"1\" height=\"1\">";
        for removed in [
            "<img>",
            "<img src=\"\">",
            "<img src=\"https://a.test/t\" width=\"1\" height=\"1\">",
            "<img src=\"https://a.test/t\" width=\"100\" style=\"height:0;width:1px\">",
            "<img style=\"display:none\" src=\"https://a.test/t\">",
        ] {
            let html = without_trackers(&format!("<p>a{removed}b{kept}</p>"));
            assert_eq!(html, format!("<p>ab{kept}</p>"), "{removed}");
        }
        assert_eq!(without_trackers("<img alt=\"a &lt; b\">"), "a &lt; b");
    }

    #[test]
    fn replaces_title_of_the_message() {
        let (html, _) = mark(
            "<a href=\"https://evil.test/\" title=\"https://bank.test/\" rel=\"noopener\">x</a><a name=\"b\">y",
        );
        assert_eq!(
            html,
            "<a href=\"https://evil.test/\" rel=\"noopener\" title=\"https://evil.test/\">x</a><a name=\"b\">y"
        );
    }

    #[test]
    fn decodes_punycode_labels() {
        for (label, expected) in [
            ("xn--pypal-4ve", "pаypal"),
            ("xn--fiqs8s", "中国"),
            ("xn--mnchen-3ya", "münchen"),
            ("xn--!!", ""),
        ] {
            assert_eq!(decode_label(label), expected);
        }
    }
}
