//! Sanitized HTML: nothing in it executes, nothing is loaded from elsewhere unless that was asked
//! for, and sanitizing it again changes nothing. The input is the HTML of a message.

mod tags;

use mua::html::{Images, SanitizedHtml, for_forward, sanitize};
use tags::{Tag, tags};

/// The proxy of the tests: what remote images become.
const PROXY: &str = "/api/message/7/remote?u=";

const SEEDS: [&str; 12] = [
    "<p align=center>Hi <b>you</b><br>x</p><pre>\n\nx</pre>",
    "<table width=600 bgcolor=\"#fff\"><tr><td colspan=2 style=\"color:red;position:fixed\">a<th background=//t.test/a>",
    "<a href=\"HTTP://a.test/b?c&d\" title=x>https://other.test</a><a href=\"java\tscript:alert(1)\">x</a>",
    "<script>alert(1)</script><img src=x onerror=alert(1)><img src=\"https://t.test/a\" srcset=\"//t.test/b 1x\">",
    "<svg><script>1</script></svg><math><mi><mglyph><style><img src=x></style></mi></math>y",
    "<style>*{background:url(x)}</style><div style=\"background:u\\72l('http://t.test/a');width:expression(1)\">",
    "<iframe src=x>in</iframe><form action=x><input name=y><button formaction=javascript:1>z</button></form>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<img src=\"data:image/png;base64,AAAA\"><img src=\"data:image/svg+xml;base64,AAAA\"><img src=cid:a@x>",
    "<b><p>x</b>y<table><a href=http://a.test><tr><td></a><a href=tel:1>z",
    "<!--><img src=x onerror=1>--><![CDATA[<x>]]><?php ?><template><select><option><xmp></xmp>",
    "<font face=\"&quot;&lt;&amp;\" color=red>&nbsp;&copy;&#0;\u{0}\u{a0}</font><ol start=2 reversed><li value=3>",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn check(data: &[u8]) {
    let html = String::from_utf8_lossy(data);
    let blocked = sanitize(&html, Images::default(), None);
    is_harmless(&blocked, &[]);
    let proxied = |url: &str| format!("{PROXY}{}", url.len());
    let open = sanitize(&html, Images::default(), Some(Box::new(proxied)));
    is_harmless(&open, &[PROXY]);
    assert_eq!(blocked.has_remote, open.has_remote, "{html}");
    // Without the marks of links, which are made for the eye.
    let forwarded = for_forward(&html, Images::default());
    is_harmless(&forwarded, &["http://", "https://"]);
    let again = for_forward(&forwarded.html, Images::default());
    assert_eq!(
        without_link_attributes(&again.html),
        without_link_attributes(&forwarded.html),
        "sanitized again; from {html}"
    );
}

// Every link has these two, in no certain order.
fn without_link_attributes(html: &str) -> String {
    html.replace(" target=\"_blank\"", "")
        .replace(" rel=\"noopener noreferrer\"", "")
}

// `remote` are the beginnings of the addresses from which images may be loaded.
fn is_harmless(page: &SanitizedHtml, remote: &[&str]) {
    for tag in tags(&page.html) {
        assert!(
            !EXECUTING.contains(&tag.name.as_str()),
            "{tag:?} in {}",
            page.html
        );
        for (name, value) in &tag.attributes {
            assert!(
                is_harmless_attribute(&tag, name, value, remote),
                "{name}={value:?} in {}",
                page.html
            );
        }
    }
}

/// Elements that execute, load, navigate or submit, or that change how what follows is parsed.
const EXECUTING: [&str; 27] = [
    "applet",
    "audio",
    "base",
    "button",
    "canvas",
    "embed",
    "form",
    "frame",
    "frameset",
    "iframe",
    "input",
    "link",
    "math",
    "meta",
    "noembed",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "source",
    "style",
    "svg",
    "template",
    "textarea",
    "video",
    "xmp",
];

fn is_harmless_attribute(tag: &Tag, name: &str, value: &str, remote: &[&str]) -> bool {
    let is_image = |address: &str| {
        address.starts_with("data:image/") && !address.contains("svg")
            || remote.iter().any(|allowed| address.starts_with(allowed))
    };
    match name {
        "href" => {
            let schemes = ["http://", "https://", "mailto:", "tel:"];
            tag.name == "a" && schemes.iter().any(|scheme| value.starts_with(scheme))
        }
        "src" | "background" => is_image(value),
        "style" => is_harmless_style(value, &is_image),
        "class" => tag.name == "span" && value == "leads",
        _ => {
            let names_an_address = ["srcset", "action", "formaction", "data", "poster", "ping"];
            !name.starts_with("on") && !names_an_address.contains(&name)
        }
    }
}

fn is_harmless_style(style: &str, is_image: &dyn Fn(&str) -> bool) -> bool {
    let style = style.to_lowercase();
    let loads = style
        .split("url(")
        .skip(1)
        .any(|address| !is_image(address.trim_start_matches(['"', '\''])));
    // No escapes, so that quotes only delimit strings.
    let outside_strings: String = style.split('"').step_by(2).collect();
    let executes = ["expression", "binding", "behavior", "javascript"];
    // A comment, an at-rule, or the end of the declaration block.
    let hides = ["/*", "@", "}", "<"];
    !loads
        && !style.contains('\\')
        && executes
            .iter()
            .chain(&hides)
            .all(|text| !outside_strings.contains(text))
}
