//! Built messages are parsed again, and inspected as bytes.

use super::*;
use crate::{attachment, read};
use proptest::prelude::*;

fn draft() -> Draft {
    Draft {
        from: vec![NameAddr::new("李雷", "lilei@glasspost.test")],
        to: vec![
            NameAddr::new("Bob, \"the\" Builder", "bob@b.test"),
            NameAddr::new("", "c@d.test"),
        ],
        subject: "你好，世界：一封很长很长很长很长很长很长很长很长很长很长很长很长很长的信"
            .to_owned(),
        text: "Hello\nworld\n".to_owned(),
        date: Some(Time::from_civil(2026, 11, 21, 1, 33, 5)),
        zone_minutes: 480,
        message_id: Some("1@glasspost.test".to_owned()),
        in_reply_to: vec!["0@b.test".to_owned()],
        references: (0..40).map(|i| format!("{i}@b.test")).collect(),
        ..Draft::default()
    }
}

fn built(draft: &Draft) -> String {
    let bytes = compose(draft).unwrap();
    assert!(bytes.is_ascii(), "7-bit");
    let text = String::from_utf8(bytes).unwrap();
    for line in text.split("\r\n") {
        assert!(
            line.len() <= encode::LINE_BYTES_MAX && !line.contains(['\r', '\n']),
            "{line}"
        );
    }
    text
}

#[test]
fn built_message_parses_to_the_same_values() {
    let d = draft();
    let text = built(&d);
    let l = read(text.as_bytes());
    assert_eq!(
        (&l.subject, &l.from, &l.to, &*l.text),
        (&d.subject, &d.from, &d.to, "Hello\nworld\n")
    );
    assert_eq!(
        (l.date, l.message_id, l.references.len()),
        (d.date, d.message_id, REFERENCES_MAX)
    );
    assert!(text.starts_with("Date: Sat, 21 Nov 2026 09:33:05 +0800\r\n"));
    let header = &text[..text.find("\r\n\r\n").unwrap()];
    assert!(header.lines().all(|l| l.len() <= 78), "{header}");
    assert!(text.contains("\r\n\r\nHello\r\nworld\r\n"));
}

#[test]
fn rich_messages_have_the_right_tree() {
    let picture = FilePart {
        name: "pic.png".into(),
        media_type: "image/png".into(),
        content_id: Some("p@a".into()),
        bytes: vec![1, 2, 3],
    };
    let file = FilePart {
        name: "课程 作业—第一次提交的最终版本（修改后）.pdf".into(),
        media_type: "application/pdf".into(),
        content_id: None,
        bytes: b"%PDF".repeat(100),
    };
    let d = Draft {
        html: Some("<p>你好 <img src=cid:p@a></p>".into()),
        inline: vec![picture],
        attachments: vec![file.clone()],
        ..draft()
    };
    let text = built(&d);
    let l = read(text.as_bytes());
    assert_eq!(l.html.as_deref().map(str::trim_end), d.html.as_deref());
    assert_eq!(
        (
            l.inline.len(),
            l.inline[0].content_id.as_deref(),
            &*l.inline[0].path
        ),
        (1, Some("p@a"), "1.2.2")
    );
    assert_eq!(
        (&l.attachments[0].name, l.attachments[0].bytes),
        (&file.name, 400)
    );
    assert_eq!(attachment(text.as_bytes(), "2").unwrap().bytes, file.bytes);
}

#[test]
fn encodings_are_chosen_by_need() {
    for (text, encoding) in [
        ("plain\n", "7bit"),
        ("From me\n", "quoted-printable"),
        ("trailing \n", "quoted-printable"),
        ("café\n", "quoted-printable"),
        ("你好你好你好你好\n", "base64"),
        ("\u{0}", "quoted-printable"),
    ] {
        let composed = built(&Draft {
            text: text.to_owned(),
            ..Draft::default()
        });
        assert!(
            composed.contains(&format!("Content-Transfer-Encoding: {encoding}\r\n")),
            "{text:?}"
        );
        assert_eq!(
            read(composed.as_bytes()).text.trim_end_matches('\n'),
            text.trim_end_matches('\n')
        );
    }
    for (len, encoding) in [
        (encode::LINE_BYTES_MAX, "7bit"),
        (encode::LINE_BYTES_MAX + 1, "quoted-printable"),
    ] {
        let composed = built(&Draft {
            text: "a".repeat(len),
            ..Draft::default()
        });
        assert!(
            composed.contains(&format!("Content-Transfer-Encoding: {encoding}\r\n")),
            "{len}"
        );
    }
}

#[test]
fn no_value_can_inject_a_header_line() {
    let bad = |change: &dyn Fn(&mut Draft)| {
        let mut d = draft();
        change(&mut d);
        assert!(compose(&d).is_err(), "{d:?}");
    };
    bad(&|d| d.subject = "a\r\nBcc: x@y".into());
    bad(&|d| d.subject = "a\nb".into());
    bad(&|d| d.from[0].name = "a\r\nX: y".into());
    bad(&|d| d.to[0].address = "a@b>\r\nX: y".into());
    bad(&|d| d.to[0].address = "a@b, c@d".into());
    bad(&|d| d.to[0].address = String::new());
    bad(&|d| d.message_id = Some("a b".into()));
    bad(&|d| d.in_reply_to = vec!["a>\r\nX: y".into()]);
    bad(&|d| d.fields = vec![("X: y\r\nZ".into(), "v".into())]);
    bad(&|d| d.fields = vec![("Subject".into(), "v".into())]);
    bad(&|d| d.fields = vec![("Content-Type".into(), "v".into())]);
    bad(&|d| {
        d.attachments = vec![FilePart {
            content_id: Some("a\r\nb".into()),
            ..FilePart::default()
        }];
    });
    let d = Draft {
        attachments: vec![FilePart {
            name: "a\r\nX: y".into(),
            media_type: "text/plain\r\nX: y".into(),
            ..FilePart::default()
        }],
        ..draft()
    };
    assert!(!built(&d).contains("X: y\r\n"));
}

#[test]
fn name_that_looks_encoded_is_preserved() {
    let name = "=?utf-8?Q?a?= (b) [c]";
    let l = read(
        built(&Draft {
            from: vec![NameAddr::new(name, "a@b.test")],
            subject: name.into(),
            ..Draft::default()
        })
        .as_bytes(),
    );
    assert_eq!((&*l.from[0].name, &*l.subject), (name, name));
}

#[test]
fn inner_message_is_unencoded_only_where_safe() {
    let piece = |bytes: &[u8]| FilePart {
        name: "m.eml".into(),
        media_type: "message/rfc822".into(),
        content_id: None,
        bytes: bytes.to_vec(),
    };
    let d = Draft {
        attachments: vec![
            piece(b"Subject: x\r\n\r\nhi\r\n"),
            piece("Subject: ä\r\n\r\nhi\r\n".as_bytes()),
        ],
        ..draft()
    };
    let l = read(built(&d).as_bytes());
    let types: Vec<_> = l.attachments.iter().map(|a| &*a.media_type).collect();
    assert_eq!(types, ["message/rfc822", "application/octet-stream"]);
}

fn a_report(returned: Returned<'_>) -> Report<'_> {
    Report {
        from: NameAddr::new("Mail system", "mailer-daemon@a.test"),
        to: NameAddr::new("", "alice@a.test"),
        subject: "您的信未能送达 / Your message could not be delivered".into(),
        date: Time::from_civil(2026, 11, 21, 9, 0, 0),
        message_id: "r1@a.test".into(),
        about: Some("1@a.test".into()),
        text: "bob@b.test: no such user\n".into(),
        reporting_mta: "mx.a.test".into(),
        envelope_id: Some("e1".into()),
        arrival: Some(Time::from_civil(2026, 11, 21, 8, 59, 0)),
        recipients: vec![RecipientReport {
            original: Some("rfc822;bob@b.test".into()),
            address: "鲍勃@b.test".into(),
            action: Action::Failed,
            status: EnhancedCode(5, 1, 1),
            remote_mta: Some("mx.b.test".into()),
            diagnostic: Some("550 5.1.1 no\r\n\r\nsuch user".into()),
            last_attempt: None,
            will_retry_until: Some(Time::default()),
        }],
        returned,
    }
}

use mail::EnhancedCode;

#[test]
fn report_has_text_fields_and_the_original() {
    let original = "Subject: ä\r\nX: y\r\n\r\nbody";
    let bytes = report(&a_report(Returned::Full(original.as_bytes()))).unwrap();
    let l = read(&bytes);
    assert_eq!(
        (&*l.text, l.attachments.len()),
        ("bob@b.test: no such user\n", 2)
    );
    let status = String::from_utf8(attachment(&bytes, "2").unwrap().bytes.into_owned()).unwrap();
    assert_eq!(
        status,
        "Original-Envelope-Id: e1\r\nReporting-MTA: dns; mx.a.test\r\nArrival-Date: Sat, 21 Nov 2026 08:59:00 +0000\r\n\r\n\
         Original-Recipient: rfc822;bob@b.test\r\nFinal-Recipient: utf-8; \\x{9C8D}\\x{52C3}@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Remote-MTA: dns; mx.b.test\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    );
    assert_eq!(
        attachment(&bytes, "3").unwrap().bytes,
        format!("{original}\r\n").as_bytes()
    );
    let headers = report(&a_report(Returned::Headers(original.as_bytes()))).unwrap();
    assert_eq!(
        attachment(&headers, "3").unwrap().bytes,
        "Subject: ä\r\nX: y\r\n\r\n".as_bytes()
    );
    assert_eq!(
        read(&report(&a_report(Returned::None)).unwrap())
            .attachments
            .len(),
        1
    );
}

proptest! {
    #[test]
    fn arbitrary_text_is_preserved(subject in "[^\\p{Cc}\u{feff}]{0,80}", name in "[^\\p{Cc}\u{feff}]{0,40}", text in "\\PC{0,200}(\n\\PC{0,200}){0,4}") {
        let d = Draft { from: vec![NameAddr::new(name.clone(), "a@b.test")], subject: subject.clone(), text: text.clone(), ..Draft::default() };
        let bytes = compose(&d).unwrap();
        prop_assert!(bytes.is_ascii());
        let l = read(&bytes);
        prop_assert_eq!(l.subject, subject.trim());
        prop_assert_eq!(&l.from[0].name, name.trim());
        prop_assert_eq!(l.text.trim_end_matches('\n'), text.trim_end_matches('\n'));
    }
}

#[test]
fn machine_report_has_its_type_and_file() {
    let who = |address: &str| NameAddr {
        name: String::new(),
        address: address.into(),
    };
    let built = machine_report(&MachineReport {
        from: who("postmaster@a.test"),
        to: who("tls@b.test"),
        subject: "Report Domain: b.test Submitter: mx.a.test Report-ID: <1@a.test>".into(),
        date: Time::from_secs(0),
        message_id: "1@a.test".into(),
        fields: vec![("TLS-Report-Domain", "b.test".into())],
        text: "a report".into(),
        report_type: "tlsrpt",
        attachment: FilePart {
            name: "a.json".into(),
            media_type: "application/tlsrpt+json".into(),
            content_id: None,
            bytes: b"{}".to_vec(),
        },
    });
    let text = String::from_utf8(built.unwrap()).unwrap();
    for part in [
        "report-type=\"tlsrpt\"",
        "TLS-Report-Domain: b.test\r\n",
        "application/tlsrpt+json",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
