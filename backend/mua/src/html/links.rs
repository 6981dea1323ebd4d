//! Link annotation: every link gets its URL as title; a link whose text names another host than its
//! target, or whose host name imitates Latin letters, is followed by a warning with the real host.
//! The input is the sanitizer's output, whose form is known: attributes in double quotes, `<` and
//! `>` escaped inside them.

use ammonia::Url;

/// Precedes the real host of a misleading link.
const MARK: &str = "⚠";

/// Annotates all links of sanitized HTML.
pub(super) fn mark(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
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
                if let Some(place) = misleading(&url, &plain(&after[..text_end])) {
                    out.push_str(&after[..text_end]);
                    out.push_str(&format!(
                        " <span class=\"leads\">{MARK} {}</span>",
                        escape(&place)
                    ));
                    rest = &after[text_end..];
                }
            }
            None => out.push_str(tag),
        }
    }
    out.push_str(rest);
    out
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

/// Returns the host to show if the link is misleading.
fn misleading(url: &Url, text: &str) -> Option<String> {
    let host = url.host_str()?;
    // The host is in ASCII form: an `xn--` label is a non-ASCII name.
    let disguised = host
        .split('.')
        .any(|label| label.starts_with("xn--") && looks_latin(label));
    let named = host_in(text);
    let other = named
        .as_deref()
        .is_some_and(|named| !same_place(named, host));
    (disguised || other).then(|| host.to_owned())
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

// Whether the hosts are equal or one is a subdomain of the other.
fn same_place(a: &str, b: &str) -> bool {
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
        let html = mark(&format!(
            "<p><a href=\"{href}\" target=\"_blank\">{text}</a> x</p>"
        ));
        assert_eq!(html.contains(MARK), marked, "{html}");
        assert!(
            html.contains(&format!("title=\"{href}\"")) && html.ends_with("</a> x</p>"),
            "{html}"
        );
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
    fn replaces_title_of_the_message() {
        let html = mark(
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
