//! Hostile messages, one by one and from collections. The output is checked with a strict scanner;
//! since no raw text element and no foreign element passes, a browser sees the same tags.

use super::*;
use mime::html_to_text;
use proptest::prelude::*;
use std::path::PathBuf;

/// One tag of sanitized HTML: its name and attributes.
type Tag = (String, Vec<(String, String)>);

fn tags(html: &str) -> Vec<Tag> {
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

fn cleaned(html: &str) -> SanitizedHtml {
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

fn check(html: &str, expected: &str) {
    assert_eq!(
        without_link_attributes(&cleaned(html).html),
        expected,
        "{html}"
    );
}

// Removes the attributes that every link gets.
fn without_link_attributes(html: &str) -> String {
    html.replace(" target=\"_blank\"", "")
        .replace(" rel=\"noopener noreferrer\"", "")
}

#[test]
fn keeps_ordinary_markup() {
    check(
        "<p align=center>Hi <b>you</b><br>x",
        "<p align=\"center\">Hi <b>you</b><br>x</p>",
    );
    check(
        "<table width=600 bgcolor=\"#fff\"><tr><td colspan=2>a",
        "<table width=\"600\" bgcolor=\"#fff\"><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>",
    );
    check(
        "<html><head><title>t</title></head><body>x</body></html>",
        "x",
    );
    check("<unknown>x</unknown>", "x");
    check(
        "<a href=\"HTTP://a.test/b?c&d\">x</a>",
        "<a href=\"http://a.test/b?c&amp;d\" title=\"http://a.test/b?c&amp;d\">x</a>",
    );
}

#[test]
fn removes_everything_executable() {
    for (html, expected) in [
        ("<script>alert(1)</script>x", "x"),
        ("<img src=x onerror=alert(1)>", "<img>"),
        ("<a href=\"java\tscript:alert(1)\">x</a>", "<a>x</a>"),
        ("<a href=\"data:text/html,x\">x</a>", "<a>x</a>"),
        ("<a href=\"/api/session\">x</a>", "<a>x</a>"),
        ("<svg><script>1</script></svg><math><mi>x</mi></math>y", "y"),
        ("<style>*{background:url(x)}</style>y", "y"),
        (
            "<iframe src=x>in</iframe><form action=x><input name=y><button>z</button></form>",
            "z",
        ),
        (
            "<meta http-equiv=refresh content=0><base href=x><link rel=stylesheet href=x>y",
            "y",
        ),
        ("<img src=\"data:image/svg+xml;base64,AAAA\">", "<img>"),
        (
            "<img src=\"data:image/png;base64,AA AA\">",
            "<img src=\"data:image/png;base64,AAAA\">",
        ),
        ("<img src=\"data:image/png;base64,AA&quot;A\">", "<img>"),
        (
            "<p id=x class=y data-z=1 name=q style=\"color:red;position:fixed\">",
            "<p style=\"color:red\"></p>",
        ),
        (
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<p title=\"</noscript><img src=x onerror=alert(1)>\"></p>",
        ),
    ] {
        let output = sanitize(html, Images::default(), None).html;
        if !html.starts_with("<noscript") {
            assert_eq!(without_link_attributes(&output), expected, "{html}");
        }
        assert!(
            !output.contains("onerror=") || !output.contains("<img"),
            "{output}"
        );
    }
}

#[test]
fn remote_images_load_only_on_request_and_through_the_proxy() {
    for html in [
        "<img src=\"https://t.test/a\">",
        "<img src=\"//t.test/a\">",
        "<img src=\" ht\ntps://t.test/a\">",
        "<table background=\"http://t.test/a\">",
        "<div style=\"background:url('http://t.test/a')\">x</div>",
        "<div style=\"background-image:u\\72l(http://t.test/a)\">x</div>",
    ] {
        let page = cleaned(html);
        assert!(
            page.has_remote && !page.html.contains("t.test"),
            "{html} {}",
            page.html
        );
        let open = sanitize(
            html,
            Images::default(),
            Some(Box::new(|url| format!("/api/message/7/remote?u={url}"))),
        );
        assert!(
            open.html.contains("/api/message/7/remote?u=http"),
            "{}",
            open.html
        );
    }
    assert!(cleaned("<img srcset=\"https://t.test/a 1x\">").has_remote);
    assert!(!cleaned("<img src=\"cid:x\"><a href=\"https://t.test\">x</a>").has_remote);
}

#[test]
fn shows_images_of_the_message_up_to_the_limit() {
    let big = "A".repeat(4 * 1024 * 1024);
    let message = format!(
        "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<img src=\"cid:a@x\">\r\n\
         --b\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{big}\r\n\
         --b\r\nContent-Type: image/svg+xml\r\nContent-ID: <s@x>\r\n\r\n<svg/>\r\n--b--\r\n"
    );
    let parsed = mime::read(message.as_bytes());
    let show = |html: &str| sanitize(html, Images::of(message.as_bytes(), &parsed), None);
    let page = show("<img src=\"cid:a%40x\"><img src=\"CID:s@x\"><img src=\"cid:none\">");
    assert_eq!(
        (
            page.html.matches("data:image/png;base64,AAAA").count(),
            page.html.matches("<img>").count()
        ),
        (1, 2)
    );
    assert_eq!(page.shown, ["2"]);
    assert!(
        show(&"<img src=\"cid:a@x\">".repeat(100)).html.len() < images::IMAGES_BYTES_MAX + 10_000
    );
}

#[test]
fn cuts_html_over_the_size_limit() {
    let text = |n: usize| "x".repeat(n);
    assert_eq!(
        sanitize(&text(HTML_BYTES_MAX), Images::default(), None)
            .html
            .len(),
        HTML_BYTES_MAX
    );
    let cut = sanitize(&text(HTML_BYTES_MAX + 1), Images::default(), None).html;
    assert!(cut.ends_with("x<p>…</p>"));
    let long = |n: usize| format!("<p title=\"{}\">", "t".repeat(n));
    assert!(cleaned(&long(ATTRIBUTE_BYTES_MAX)).html.contains("title"));
    assert!(
        !cleaned(&long(ATTRIBUTE_BYTES_MAX + 1))
            .html
            .contains("title")
    );
}

#[test]
fn detects_messages_that_set_colours() {
    for (html, colours) in [
        ("<p>x", false),
        ("<p style=\"color:red\">x", true),
        ("<td bgcolor=red>", false),
        ("<table bgcolor=red>", true),
    ] {
        assert_eq!(cleaned(html).has_colours, colours, "{html}");
    }
    let dark = frame(&cleaned("<p>x"), Theme::Dark);
    assert!(dark.contains("color-scheme:dark") && dark.contains("<p>x</p>"));
    assert!(!frame(&cleaned("<font color=black>x"), Theme::Dark).contains("color-scheme:dark"));
}

#[test]
fn survives_deep_nesting_and_many_tags() {
    for piece in [
        "<div>",
        "<b>",
        "<a href=x>",
        "<table><td>",
        "<p style='color:red'>",
        "&lt;",
        "<x y=1>",
        "<!--",
        "<![CDATA[",
        "<svg>",
    ] {
        cleaned(&piece.repeat(20_000));
    }
    let varied: String = (0..3000)
        .map(|i| format!("<font color=c{i}>x<b style='width:{i}px'>"))
        .collect();
    cleaned(&varied);
    // Unclosed formatting would be reopened in every paragraph and grow the page a thousandfold.
    let grown: String = (0..5000).map(|i| format!("<b title={i}><p>")).collect();
    assert!(cleaned(&grown).html.len() < grown.len() * 3);
}

fn corpus(path: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/html")
        .join(path);
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("skipped: ../shared/corpus is not here");
    None
}

fn json(path: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_slice(&std::fs::read(corpus(path)?).unwrap()).unwrap())
}

// Every text in a JSON value.
fn texts(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|v| texts(v, into)),
        serde_json::Value::Object(all) => all.values().for_each(|v| texts(v, into)),
        _ => {}
    }
}

#[test]
fn removes_all_attacks_of_the_corpus() {
    let mut attacks = Vec::new();
    for file in [
        "dompurify/expect.json",
        "roundcube/washtml.json",
        "roundcube/css.json",
        "roundcube/html-to-text.json",
        "httpleaks/leaks.json",
    ] {
        let Some(value) = json(file) else { return };
        texts(&value, &mut attacks);
    }
    for folder in [
        "bleach",
        "roundcube/src",
        "html5lib-tests/tree-construction",
    ] {
        for entry in std::fs::read_dir(corpus(folder).unwrap()).unwrap() {
            attacks.push(
                String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap())
                    .into_owned(),
            );
        }
    }
    assert!(attacks.len() > 500);
    for attack in &attacks {
        cleaned(attack);
        // The same as a style and inside an attribute.
        cleaned(&format!("<p style=\"{}\">x", attack.replace('"', "&quot;")));
        cleaned(&format!("<table><tr><td><noscript>{attack}</table>"));
    }
}

#[test]
fn removes_all_leaks_of_the_corpus() {
    let Some(leaks) = json("httpleaks/leaks.json") else {
        return;
    };
    for leak in leaks.as_array().unwrap() {
        let html = leak["html"].as_str().unwrap();
        let output = cleaned(html).html;
        for (name, attributes) in tags(&output) {
            for (attribute, value) in attributes {
                let inert = name == "a" && matches!(attribute.as_str(), "href" | "title")
                    || attribute == "title"
                    || attribute == "alt";
                assert!(
                    inert || !value.contains("leaking.via"),
                    "{name} {attribute} from {html}"
                );
            }
        }
    }
}

#[test]
fn keeps_text_and_layout_of_newsletters() {
    for kind in ["inlined", "embedded"] {
        let Some(folder) = corpus(&format!("foundation-emails/{kind}")) else {
            return;
        };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let html = std::fs::read_to_string(&path).unwrap();
            let output = cleaned(&html).html;
            let words = |html: &str| {
                html_to_text(html)
                    .split_whitespace()
                    .filter(|w| !w.contains("://"))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let (before, after) = (words(&html), words(&output));
            let kept = before.iter().filter(|w| after.contains(w)).count();
            assert!(
                kept * 100 >= before.len() * 97,
                "{}: {kept} of {} words",
                path.display(),
                before.len()
            );
            let tables = |html: &str| html.matches("<table").count();
            assert_eq!(tables(&html), tables(&output), "{}", path.display());
            if kind == "inlined" {
                assert!(
                    output.matches("style=\"").count() * 10 >= html.matches("style=\"").count() * 8,
                    "{}",
                    path.display()
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn sanitizes_arbitrary_text(html in "\\PC{0,300}") {
        cleaned(&html);
    }

    #[test]
    fn sanitizes_arbitrary_tag_soup(
        pieces in proptest::collection::vec(prop_oneof![
            Just("<"), Just(">"), Just("\""), Just("'"), Just("<a href="), Just("javascript:"), Just("<img src="), Just(" onerror=x"),
            Just("<svg>"), Just("<math>"), Just("<style>"), Just("</style>"), Just("<table>"), Just("<td style=\""), Just("url("), Just(")"),
            Just("http://x.test/"), Just("cid:x"), Just("<!--"), Just("-->"), Just("<script>"), Just("</a>"), Just("&lt;"), Just("\\75"),
            Just("<noscript>"), Just("<template>"), Just("<select>"), Just("<form>"), Just("="), Just(" "), Just("\0"), Just("<p title="),
            Just("<mglyph>"), Just("<annotation-xml encoding=text/html>"), Just("<foreignObject>"), Just("<title>"), Just("<xmp>"),
        ], 0..40)
    ) {
        cleaned(&pieces.concat());
    }
}
