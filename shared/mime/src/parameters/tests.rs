//! Parameters as programs write them.

use super::*;

fn check(value: &str, kind: &str, parameters: &[(&str, &str)]) {
    let Some(ct) = ContentType::parse(value.as_bytes()) else {
        assert_eq!(kind, "", "{value:?}");
        return;
    };
    assert_eq!(ct.name(), kind, "{value:?}");
    for (name, expected) in parameters {
        assert_eq!(
            ct.parameters.text(name).as_deref(),
            Some(*expected),
            "{value:?}"
        );
    }
}

#[test]
fn reads_types_with_spaces_comments_and_case() {
    check(
        "text/plain; charset=us-ascii (Plain text)",
        "text/plain",
        &[("charset", "us-ascii")],
    );
    check(
        " TEXT / HTML ; CharSet = \"utf-8\"",
        "text/html",
        &[("charset", "utf-8")],
    );
    check(
        "(hello) text (plain) / (world) plain (eod);charset=us-ascii",
        "text/plain",
        &[("charset", "us-ascii")],
    );
    check(
        "multipart/mixed; boundary=\"foo\r\n bar\"",
        "multipart/mixed",
        &[("boundary", "foo bar")],
    );
    check(
        "multipart/mixed; boundary=gc0pJq0M:08jU534c0p",
        "multipart/mixed",
        &[("boundary", "gc0pJq0M:08jU534c0p")],
    );
    for none in ["text", "/plain", ";", "", "text/", "/"] {
        check(none, "", &[]);
    }
}

#[test]
fn joins_and_decodes_by_rfc_2231() {
    check(
        "a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
        "a/b",
        &[("title", "This is ***fun***")],
    );
    check(
        "a/b\r\n title*0*=us-ascii'en'even%20more%20\r\n title*1*=%2A%2Afun%2A%20\r\n title*2=\"isn't it!\"",
        "a/b",
        &[("title", "even more **fun* isn't it!")],
    );
    check(
        "a/b; name*1*=%95.txt; name*0*=utf-8''%E2%98",
        "a/b",
        &[("name", "☕.txt")],
    );
    check(
        "a/b; name*0=\"a\"; name*2=\"c\"; name*1=\"b\"",
        "a/b",
        &[("name", "abc")],
    );
    check(
        "a/b; name*=gb18030''%C4%E3%BA%C3.txt; name=x",
        "a/b",
        &[("name", "你好.txt")],
    );
}

#[test]
fn tolerates_common_errors_of_mailers() {
    check(
        "image/png; name=\"=?utf-8?B?5L2g5aW9?=.png\"",
        "image/png",
        &[("name", "你好.png")],
    );
    check(
        "image/png; name=my holiday picture.png; x=y",
        "image/png",
        &[("name", "my holiday picture.png"), ("x", "y")],
    );
    check(
        "text/plain charset=utf-8 format=flowed",
        "text/plain",
        &[("charset", "utf-8"), ("format", "flowed")],
    );
    check(
        "a/b; name=\"C:\\tmp\\x.txt\"",
        "a/b",
        &[("name", "C:\\tmp\\x.txt")],
    );
    check("a/b; name=\"你好.txt\"", "a/b", &[("name", "你好.txt")]);
}

#[test]
fn reads_a_hundred_parameters_and_not_one_more() {
    for (given, read) in [
        (PARAMETERS_MAX, PARAMETERS_MAX),
        (PARAMETERS_MAX + 1, PARAMETERS_MAX),
    ] {
        let value = format!("a/b{}", "; x=y".repeat(given));
        assert_eq!(
            ContentType::parse(value.as_bytes())
                .unwrap()
                .parameters
                .0
                .len(),
            read
        );
    }
}
