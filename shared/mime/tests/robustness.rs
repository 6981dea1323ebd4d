//! Random bytes, random messages and floods of one construct as messages: nothing panics,
//! and output is well-formed.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "common/check.rs"]
mod check;
#[expect(
    dead_code,
    reason = "the suites compare values, these tests only read them"
)]
#[path = "common/value.rs"]
mod value;

use proptest::prelude::*;

use check::check;

/// So long that work which grows faster than they do would take hours.
#[test]
fn floods_of_one_construct_end() {
    let mixed = |body: String| format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{body}");
    for (name, message) in [
        (
            "lines that look like delimiters",
            mixed("--b\r\n".repeat(200_000)),
        ),
        ("delimiters", mixed("--a\r\n".repeat(200_000))),
        (
            "nested multiparts",
            (0..20_000)
                .map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n"))
                .collect(),
        ),
        (
            "nested messages",
            "Content-Type: message/rfc822\r\n\r\n".repeat(50_000),
        ),
        ("fields", "A: b\r\n".repeat(200_000)),
        (
            "a folded field",
            format!("Subject: a{}", "\r\n a".repeat(200_000)),
        ),
        (
            "encoded words",
            format!("Subject: {}", "=?utf-8?q?a?= ".repeat(50_000)),
        ),
        (
            "openings of encoded words",
            format!("Subject: {}", "=?a?q?".repeat(50_000)),
        ),
        (
            "addresses",
            format!("To: {}", "\"a\" <b@c>, ".repeat(50_000)),
        ),
        ("comments", format!("To: {}", "(".repeat(500_000))),
        ("angles", format!("To: {}", "<".repeat(200_000))),
        (
            "parameters",
            format!("Content-Type: text/plain{}", "; a=b c".repeat(50_000)),
        ),
        (
            "parameters without values",
            format!("Content-Type: text/plain; a={}", "b ".repeat(100_000)),
        ),
        ("uuencode", "begin 644 a\r\n".repeat(50_000)),
        (
            "tags",
            format!(
                "Content-Type: text/html\r\n\r\n{}",
                "<div><blockquote>".repeat(100_000)
            ),
        ),
        ("quotes", ">".repeat(1_000_000)),
        (
            "references",
            format!("References: {}", "<a@b> ".repeat(100_000)),
        ),
    ] {
        check(message.as_bytes(), name);
    }
}

proptest! {
    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&bytes, "random");
    }

    #[test]
    fn random_messages_do_not_panic(lines in proptest::collection::vec(prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=a"), Just("Content-Type: multipart/alternative; boundary=b"), Just("Content-Type: multipart/digest; boundary=\"a b\""),
        Just("Content-Type: message/rfc822"), Just("Content-Type: text/html; charset=gb2312"), Just("Content-Transfer-Encoding: base64"),
        Just("Content-Transfer-Encoding: quoted-printable"), Just("Content-Disposition: attachment; filename*0*=utf-8''%E4; filename*1=x"),
        Just("Subject: =?utf-8?B?5L2g?= =?utf-8?Q?=E5=A5"), Just("From: \"a\\\" (b) <c@d>, e: f;"), Just(""), Just("--a"), Just("--b"), Just("--a b"), Just("--a--"),
        Just("--b--"), Just("begin 644 x"), Just("#0V%T"), Just("end"), Just("<blockquote><a href='http://x'>"), Just("&#x1f600; =E4=BD=A0=\t"), Just(" folded"), Just("\u{0}\u{ff}"),
    ], 0..40), ending in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]) {
        check(lines.join(ending).as_bytes(), "random mail");
    }
}
