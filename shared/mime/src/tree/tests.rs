//! The part scanner with small messages: each is rendered as `type[children]` with bodies in
//! quotes.

use super::*;

fn draw(tree: &Tree<'_>, index: usize) -> String {
    let part = tree.part(index);
    let name = part.media.name();
    match part.holds {
        Holds::Content => format!("{name} {:?}", String::from_utf8_lossy(tree.body(index))),
        _ => format!(
            "{name}[{}]",
            part.children
                .iter()
                .map(|c| draw(tree, *c))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn check(message: &str, expected: &str) {
    let tree = Tree::parse(message.as_bytes());
    assert_eq!(draw(&tree, 0), expected, "{message:?}");
}

#[test]
fn splits_nested_multiparts() {
    check(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\n\r\none\r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue\r\n--a--\r\nend\r\n",
        "multipart/mixed[text/plain \"one\", multipart/alternative[text/plain \"two\"]]",
    );
}

#[test]
fn outer_boundary_ends_inner_parts() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntwo\n--a\n\nthree\n",
        "multipart/mixed[multipart/mixed[text/plain \"two\"], text/plain \"three\\n\"]",
    );
}

#[test]
fn reads_messages_in_messages_and_digests() {
    check(
        "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\nbody\r\n--a--\r\n",
        "multipart/digest[message/rfc822[text/plain \"body\"]]",
    );
    check(
        "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbody",
        "message/rfc822[text/plain \"body\"]",
    );
}

#[test]
fn parts_may_have_no_header_no_body_or_neither() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n--a\n\n--a\nX: y\n--a\nno header\n--a--",
        "multipart/mixed[text/plain \"\", text/plain \"\", text/plain \"\", text/plain \"no header\"]",
    );
}

#[test]
fn a_multipart_without_parts_is_shown_as_text() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\nhello\n",
        "text/plain \"hello\\n\"",
    );
    check(
        "Content-Type: multipart/mixed\n\n--a\n\nhello\n",
        "text/plain \"--a\\n\\nhello\\n\"",
    );
}

#[test]
fn distinguishes_boundaries_with_a_common_prefix() {
    check(
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--ab--\n--a\n\n--abc is text\n--a--\n",
        "multipart/mixed[multipart/mixed[text/plain \"one\"], text/plain \"--abc is text\"]",
    );
    check(
        "Content-Type: multipart/mixed; boundary=\"a\"\n\n--a  \t\n\none\n--a-- \n",
        "multipart/mixed[text/plain \"one\"]",
    );
}

#[test]
fn enforces_the_depth_limit() {
    let nested = |n: usize| {
        (0..n)
            .map(|_| "Content-Type: message/rfc822\n\n")
            .collect::<String>()
            + "Subject: x\n\nbody"
    };
    let limits = Limits {
        depth_max: 4,
        ..Limits::default()
    };
    let drawn = |n: usize| {
        let message = nested(n);
        draw(&Tree::parse_within(message.as_bytes(), limits), 0)
    };
    assert_eq!(
        drawn(3),
        "message/rfc822[message/rfc822[message/rfc822[text/plain \"body\"]]]"
    );
    assert_eq!(
        drawn(4),
        "message/rfc822[message/rfc822[message/rfc822[application/octet-stream \"Subject: x\\n\\nbody\"]]]"
    );
    let deep = nested(100_000);
    assert_eq!(Tree::parse(deep.as_bytes()).parts.len(), DEPTH_MAX);
}

#[test]
fn enforces_the_part_limit() {
    let message = |n: usize| {
        format!(
            "Content-Type: multipart/mixed; boundary=a\n\n{}--a--\n",
            "--a\n\nx\n".repeat(n)
        )
    };
    for (given, read) in [(PARTS_MAX - 1, PARTS_MAX), (PARTS_MAX, PARTS_MAX)] {
        let message = message(given);
        assert_eq!(Tree::parse(message.as_bytes()).parts.len(), read);
    }
    let past = message(PARTS_MAX);
    let tree = Tree::parse(past.as_bytes());
    assert_eq!(tree.body(PARTS_MAX - 1), b"x\n--a\n\nx");
}

#[test]
fn enforces_the_size_limit() {
    let message = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo\n--a--\n";
    let second = message.rfind("--a\n\ntwo").unwrap();
    let parts = |max| {
        Tree::parse_within(
            message.as_bytes(),
            Limits {
                message_bytes_max: max,
                ..Limits::default()
            },
        )
        .parts
        .len()
    };
    assert_eq!(parts(second + 2), 3);
    assert_eq!(parts(second + 1), 2);
}
