//! Messages: no panic, and what is read agrees with the bytes it was read from.

use mime::{Section, What};

const SEEDS: [&str; 6] = [
    "From: A <a@a.test>\r\nTo: b@b.test, \"C D\" <c@c.test>\r\nSubject: Re: =?utf-8?B?5L2g5aW9?=\r\n\r\nHello\r\n> quoted\r\n",
    "Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C4=E3\r\n--a\r\nContent-Type: multipart/alternative; boundary=\"b c\"\r\n\r\n--b c\r\n\r\nx\r\n--b c\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b c--\r\n--a--\r\nepilogue",
    "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: text/plain;\r\n\tname*0*=utf-8''%E4%BD;\r\n\tname*1*=%A0\r\n\r\nx",
    "Content-Disposition: attachment; filename=\"a.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\nAwQ=\r\n",
    "Bcc: x@x.test\r\nSubject: 8bit \u{e9}\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u{4f60}\u{597d}\r\n",
    "Subject: uu\r\n\r\nbegin 644 x\r\n#0V%T\r\n`\r\nend\r\n",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn check(message: &[u8]) {
    let outline = mime::outline(message);
    let _ = outline.summary.base_subject();
    let parsed = mime::read(message);
    let _ = mime::text_of(message, 10_000);
    for attached in parsed.attachments.iter().take(20) {
        let _ = mime::attachment(message, &attached.path);
    }
    for (path, what) in [
        (vec![], What::Header),
        (vec![], What::Text),
        (vec![1], What::All),
        (vec![1, 1], What::Mime),
    ] {
        let section = Section { path, what };
        if let Some(range) = mime::section_range(message, &section) {
            assert!(range.end <= message.len(), "a section beyond the message");
        }
        let _ = mime::section(message, &section);
    }
    let end = mime::header_end(message);
    assert!(end <= message.len(), "a header beyond the message");
    for field in mime::fields(message) {
        assert!(field.range.end <= end, "a field beyond the header");
        let _ = field.text();
    }
    let (recoded, kept) = mime::recode::recode(message);
    if let Some(recoded) = recoded {
        let (again, rest) = mime::recode::recode(&recoded);
        assert!(again.is_none(), "a recoded message is recoded again");
        // A field that the recoding replaces may have been one of the reported ones.
        assert!(
            rest.eight_bit <= kept.eight_bit && rest.long_line <= kept.long_line,
            "{rest:?} is left, but {kept:?} was reported"
        );
    }
    let changed = mime::Edit::new(message).remove("Bcc").finish();
    assert_eq!(
        mime::count(&changed, "Bcc"),
        0,
        "a field survived its removal"
    );
}
