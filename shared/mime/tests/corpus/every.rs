//! Every file of the corpus as a message, with LF and with CRLF, truncated and as random bytes:
//! nothing panics or hangs, output is well-formed, and every listed part can be opened.

use std::time::{Duration, Instant};

use mime::{Edit, Section, What};
use proptest::prelude::*;

use crate::folder::{corpus, crlf, files};
use crate::value::Value;

/// Far more than any file needs, even in a debug build on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(120);

fn check(message: &[u8], name: &str) {
    let begun = Instant::now();
    let outline = mime::outline(message);
    for wire in [&outline.envelope, &outline.body, &outline.body_structure] {
        let values = Value::read_all(wire)
            .unwrap_or_else(|e| panic!("{name}: {e}: {}", String::from_utf8_lossy(wire)));
        assert_eq!(values.len(), 1, "{name}");
    }
    assert_eq!(
        Value::read_all(&outline.envelope).unwrap()[0].list().len(),
        10,
        "{name}"
    );
    assert!(
        outline.summary.preview.chars().count() <= mime::PREVIEW_CHARS_MAX,
        "{name}"
    );
    assert!(
        outline.summary.header_bytes as usize <= message.len(),
        "{name}"
    );
    let parsed = mime::read(message);
    assert_eq!(
        parsed
            .subject
            .chars()
            .take(mime::SUBJECT_CHARS_MAX)
            .collect::<String>(),
        outline.summary.subject,
        "{name}"
    );
    assert!(
        !parsed.fields.iter().any(|f| f.value.contains(['\r', '\n'])),
        "{name}"
    );
    for attached in parsed.attachments.iter().chain(&parsed.inline) {
        let content = mime::attachment(message, &attached.path)
            .unwrap_or_else(|| panic!("{name}: {attached:?}"));
        assert_eq!(content.name, attached.name, "{name}");
        assert!(
            !content.name.is_empty() && !content.name.contains(['/', '\\', '\r', '\n']),
            "{name}: {:?}",
            content.name
        );
    }
    let text = mime::text_of(message, 100_000);
    assert!(text.len() <= 100_000 && mime::contains(&text, ""), "{name}");
    mime::text_to_html(&parsed.text);
    sections(message, name);
    assert!(
        Edit::new(message).finish() == message,
        "{name}: an edit that changes nothing"
    );
    let changed = Edit::new(message)
        .prepend("X-Test", "1")
        .unwrap()
        .remove("Subject")
        .finish();
    assert_eq!(
        (
            mime::count(&changed, "X-Test"),
            mime::count(&changed, "Subject")
        ),
        (mime::count(message, "X-Test") + 1, 0),
        "{name}"
    );
    assert!(
        begun.elapsed() < TIME_MAX,
        "{name} took {:?}",
        begun.elapsed()
    );
}

fn sections(message: &[u8], name: &str) {
    let at = |path: &[u32], what: What| {
        mime::section(
            message,
            &Section {
                path: path.to_vec(),
                what,
            },
        )
    };
    let (header, text) = (at(&[], What::Header).unwrap(), at(&[], What::Text).unwrap());
    assert!(
        [&header[..], &text[..]].concat() == message,
        "{name}: HEADER and TEXT are the whole"
    );
    assert!(
        at(&[1], What::All).is_some(),
        "{name}: there is always a part 1"
    );
    for path in [&[2][..], &[1, 1], &[1, 2], &[2, 1, 1]] {
        for what in [
            What::All,
            What::Header,
            What::Text,
            What::Mime,
            What::HeaderFields {
                names: vec!["subject".into()],
                not: true,
            },
        ] {
            at(path, what);
        }
    }
}

#[test]
fn corpus_files_do_not_panic() {
    let mut count = 0;
    for folder in [
        "mime", "tnef-uu", "imap", "mbox", "dkim", "html", "smtp", "address",
    ] {
        let Some(folder) = corpus(folder) else { return };
        for path in files(&folder) {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.len() > 2_000_000 {
                continue;
            }
            check(&bytes, &path.display().to_string());
            check(&crlf(&bytes), &path.display().to_string());
            count += 1;
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn truncated_messages_do_not_panic() {
    let Some(folder) = corpus("mime") else { return };
    for path in files(&folder)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "eml" || e == "msg"))
    {
        let bytes = std::fs::read(&path).unwrap();
        let step = (bytes.len() / 20).max(1);
        for end in (0..bytes.len()).step_by(step) {
            check(&bytes[..end], &path.display().to_string());
        }
    }
}

#[test]
fn floods_are_linear() {
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
