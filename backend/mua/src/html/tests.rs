//! Hostile messages, one by one and at random. The output is checked with a strict scanner;
//! published suites are in `tests/suites`.

#[path = "../../tests/common/scanner.rs"]
mod scanner;

use super::*;
use proptest::prelude::*;
use scanner::cleaned;

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
