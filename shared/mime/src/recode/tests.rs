//! Messages before and after, and random ones: the parts and what they hold stay the same.

use super::*;
use crate::tree::{Holds, Tree};
use proptest::prelude::*;

fn check(message: &str, expected: &str) {
    let (out, kept) = recode(message.as_bytes());
    let out = out.unwrap_or_else(|| message.as_bytes().to_vec());
    assert_eq!(String::from_utf8_lossy(&out), expected);
    assert_eq!(kept, Unfit::default());
    check_properties(message.as_bytes());
}

fn check_kept(message: &str, kept: Unfit) {
    assert_eq!(recode(message.as_bytes()), (None, kept), "{message}");
}

const EIGHT_BIT: Unfit = Unfit {
    eight_bit: true,
    long_line: false,
    binary: false,
};

fn long(length: usize) -> String {
    "0123456789".repeat(length / 10 + 1)[..length].to_owned()
}

#[test]
fn lawful_7bit_text_stays_as_it_is() {
    for message in [
        "",
        "Subject: x\r\n\r\nhello\r\n",
        "Content-Transfer-Encoding: 8bit\r\n\r\nhello = there \r\n",
        &format!("\r\n{}\r\n", long(998)),
    ] {
        check(message, message);
    }
}

#[test]
fn eight_bit_text_becomes_quoted_printable_and_other_content_base64() {
    check(
        "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\ncontent-transfer-encoding: 8bit\r\nX-Last: y\r\n\r\nGrüße aus der Stadt, in der wir wohnen. \r\nFrom here = there\r\n-- \r\nfin",
        "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Last: y\r\nMIME-Version: 1.0\r\n\r\nGr=C3=BC=C3=9Fe aus der Stadt, in der wir wohnen.=20\r\n=46rom here =3D there\r\n=2D-=20\r\nfin=\r\n",
    );
    check(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n你好\r\n",
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5L2g5aW9DQo=\r\n",
    );
    check(
        "MIME-Version: 1.0\r\nContent-Type: application/json\r\n\r\n\"some longer text in ASCII, ü\"",
        "MIME-Version: 1.0\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\nInNvbWUgbG9uZ2VyIHRleHQgaW4gQVNDSUksIMO8Ig==\r\n",
    );
}

#[test]
fn text_of_an_undeclared_type_gets_its_charset() {
    // RFC 2045 §5.2: without Content-Type it would count as ASCII.
    check(
        "Subject: x\r\n\r\nViele Grüße aus der Stadt\r\n",
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nViele Gr=C3=BC=C3=9Fe aus der Stadt\r\n",
    );
    let latin = b"Subject: x\r\n\r\nViele Gr\xfc\xdfe aus der Stadt\r\n";
    let (out, _) = recode(latin);
    assert_eq!(
        String::from_utf8(out.unwrap()).unwrap(),
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nViele Gr=FC=DFe aus der Stadt\r\n"
    );
    // What the author declared stays, and so does the type of ASCII.
    check(
        "Content-Type: text/plain\r\n\r\nViele Grüße aus der Stadt\r\n",
        "Content-Type: text/plain\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nViele Gr=C3=BC=C3=9Fe aus der Stadt\r\n",
    );
}

#[test]
fn a_message_with_a_dkim_signature_is_kept_and_reported() {
    let long_line = long(999);
    check_kept(
        &format!("DKIM-Signature: v=1\r\nSubject: x\r\n\r\né\r\n{long_line}\r\n"),
        Unfit {
            long_line: true,
            ..EIGHT_BIT
        },
    );
    // The signature of an attached message is not that of the message.
    let (out, _) =
        recode("Content-Type: message/rfc822\r\n\r\nDKIM-Signature: v=1\r\n\r\né\r\n".as_bytes());
    assert!(out.is_some());
}

#[test]
fn the_plan_says_what_was_found_and_how_it_is_encoded() {
    let changes = |message: &str| {
        let mut survey = Survey::default();
        survey.write(message.as_bytes());
        survey.finish().changes()
    };
    assert_eq!(changes("Subject: x\r\n\r\nx\r\n"), Changes::default());
    assert_eq!(
        changes("\r\na somewhat long text: é\r\n"),
        Changes {
            found: EIGHT_BIT,
            quoted_printable: true,
            ..Changes::default()
        }
    );
    let text = "a ".repeat(500);
    let mixed = format!(
        "X: {text}\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\né\r\n--a\r\nContent-Type: image/png\r\n\r\n\u{0}\r\n--a--\r\n"
    );
    assert_eq!(
        changes(&mixed),
        Changes {
            found: Unfit {
                eight_bit: true,
                long_line: true,
                binary: true,
            },
            quoted_printable: false,
            base64: true,
            folded: true,
            cleaned: true,
        }
    );
}

#[test]
fn long_lines_become_soft_lines_one_octet_past_the_limit() {
    let text = long(999);
    let (out, kept) = recode(format!("Subject: x\r\n\r\n{text}\r\n").as_bytes());
    let out = String::from_utf8(out.unwrap()).unwrap();
    assert_eq!(kept, Unfit::default());
    assert!(out.starts_with(
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n0123"
    ));
    assert!(out.lines().all(|l| l.len() <= 76), "{out}");
    assert_eq!(crate::text_of(out.as_bytes(), 10_000).trim(), text);
    // A line that is longer than any buffer.
    check_properties(format!("\r\n{}\r\n", long(100_000)).as_bytes());
}

#[test]
fn only_the_parts_concerned_change_in_a_multipart() {
    check(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: 8bit\r\n\r\npré\r\n--a\r\n\r\nplain = text \r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: 8bit\r\n\r\nsome longer text with one ü\r\n\r\n--b--\r\n--a\r\nContent-Type: application/octet-stream\r\n\r\n\u{0}\r\n--a--\r\nend\r\n",
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: 7bit\r\n\r\npr**\r\n--a\r\n\r\nplain = text \r\n--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nsome longer text with one =C3=BC\r\n\r\n--b--\r\n--a\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n--a--\r\nend\r\n",
    );
}

#[test]
fn attached_messages_are_changed_in_their_parts() {
    check(
        "MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\na somewhat long text: é\r\n--a\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: y\r\n\r\na somewhat long text: é\r\n--a--\r\n",
        "MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na somewhat long text: =C3=A9\r\n--a\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: y\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na somewhat long text: =C3=A9\r\n--a--\r\n",
    );
    // RFC 6532 §3.7: an international message may be encoded as a whole.
    check(
        "MIME-Version: 1.0\r\nContent-Type: message/global\r\n\r\nSubject: é\r\n\r\n",
        "MIME-Version: 1.0\r\nContent-Type: message/global\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogw6kNCg0K\r\n",
    );
}

#[test]
fn signed_and_encrypted_parts_and_inner_headers_are_kept_and_reported() {
    for kind in ["signed", "encrypted"] {
        check_kept(
            &format!(
                "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/{kind}; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\né\r\n--b--\r\n--a--\r\n--o--\r\n"
            ),
            EIGHT_BIT,
        );
    }
    check_kept(
        "Content-Type: message/rfc822\r\n\r\nSubject: é\r\n\r\nx\r\n",
        EIGHT_BIT,
    );
    check_kept("Subject: é\r\n\r\nx\r\n", EIGHT_BIT);
    check_kept(
        "Content-Type: message/delivery-status\r\n\r\nX: é\r\n",
        EIGHT_BIT,
    );
    let long_line = Unfit {
        long_line: true,
        ..Unfit::default()
    };
    check_kept(
        &format!(
            "Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\n{}\r\n--a--\r\n",
            long(999)
        ),
        long_line,
    );
    check_kept(&format!("X: {}\r\n\r\n", long(999)), long_line);
    // Beside a signed part, others are encoded; the outer encoding stays true.
    let (out, kept) = recode("Content-Type: multipart/mixed; boundary=o\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\né\r\n--a--\r\n--o\r\n\r\nanother text with é\r\n--o--\r\n".as_bytes());
    let out = String::from_utf8(out.unwrap()).unwrap();
    assert_eq!(kept, EIGHT_BIT);
    assert!(out.contains("Encoding: 8bit\r\n\r\n--o") && out.contains("with =C3=A9\r\n--o--"));
}

#[test]
fn encoded_content_with_raw_bytes_or_long_lines_is_repaired() {
    check(
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9 é=\r\n x\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9 =C3=A9=\r\n x\r\n",
    );
    let base64 = "QUJD".repeat(300);
    let (out, _) =
        recode(format!("Content-Transfer-Encoding: base64\r\n\r\n{base64}\r\n").as_bytes());
    let out = String::from_utf8(out.unwrap()).unwrap();
    let lines: Vec<_> = out.lines().skip(2).collect();
    assert!(lines.iter().all(|l| l.len() <= 76));
    assert_eq!(lines.concat(), base64);
}

#[test]
fn long_header_lines_are_folded_at_white_space() {
    let references = "<some.identifier@host.example> ".repeat(60);
    let (out, kept) = recode(format!("References: {references}\r\nA: b\r\n\r\nx\r\n").as_bytes());
    let out = String::from_utf8(out.unwrap()).unwrap();
    assert_eq!(kept, Unfit::default());
    assert!(out.lines().all(|l| l.len() <= LINE_BYTES_MAX));
    let field = crate::find(out.as_bytes(), "References").unwrap();
    assert_eq!(field.unfolded(), references.trim().as_bytes());
    assert_eq!(
        out.replace("\r\n <", " <"),
        format!("References: {references}\r\nA: b\r\n\r\nx\r\n")
    );
}

#[test]
fn a_message_of_too_many_parts_is_kept() {
    let parts = "--a\r\n\r\né\r\n".repeat(crate::PARTS_MAX + 1);
    check_kept(
        &format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{parts}--a--\r\n"),
        EIGHT_BIT,
    );
}

// The parts of a message, with their decoded content.
fn draw(tree: &Tree<'_>, index: usize, out: &mut Vec<u8>) {
    let part = tree.part(index);
    // A message that a delimiter cuts short has a name of its own.
    let name = part.media.name();
    out.extend_from_slice(
        name.replace("application/byte-stream", "message/global")
            .as_bytes(),
    );
    let encoding = tree.encoding(index);
    let is_global = part.media.subtype == "global";
    if part.holds == Holds::Content
        || (part.holds == Holds::Message && (is_global || encoding != Encoding::Identity))
    {
        out.push(b'=');
        // A line end of any form is one of the text.
        let decoded = encoding.decode(tree.body(index));
        out.extend(decoded.iter().filter(|b| **b != b'\r'));
    } else {
        out.push(b'[');
        for child in &part.children {
            draw(tree, *child, out);
            out.push(b',');
        }
        out.push(b']');
    }
}

fn drawn(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    draw(&Tree::parse(message), 0, &mut out);
    // The end of a message without a line end gets one.
    let length = out.trim_ascii_end().len();
    out.truncate(length);
    out
}

fn check_properties(message: &[u8]) {
    let (out, kept) = recode(message);
    let Some(out) = out else { return };
    let (before, after) = (drawn(message), drawn(&out));
    assert_eq!(
        String::from_utf8_lossy(&before),
        String::from_utf8_lossy(&after),
        "{:?}\n{:?}",
        String::from_utf8_lossy(message),
        String::from_utf8_lossy(&out)
    );
    // A second pass finds nothing to do, and the same rest.
    let (again, rest) = recode(&out);
    assert_eq!(again, None, "{:?}", String::from_utf8_lossy(&out));
    assert_eq!(
        (rest.eight_bit, rest.long_line),
        (kept.eight_bit, kept.long_line)
    );
    // A line end alone in a header that changes may become a whole one.
    assert!(!rest.binary || kept.binary);
    // Pieces of any size give the same result.
    for size in [1, 7, 4096] {
        let mut survey = Survey::default();
        message.chunks(size).for_each(|piece| survey.write(piece));
        let (mut pieces, mut recoder) = (Vec::new(), Recoder::new(survey.finish()));
        for piece in message.chunks(size) {
            recoder.write(piece, &mut pieces);
        }
        recoder.finish(&mut pieces);
        assert_eq!(pieces, out, "pieces of {size}");
        assert!(recoder.header_bytes().is_some_and(|n| n <= pieces.len()));
    }
}

proptest! {
    #[test]
    fn random_bytes_hold_the_same_afterwards(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        check_properties(&bytes);
    }

    #[test]
    fn random_messages_hold_the_same_afterwards(lines in proptest::collection::vec(prop_oneof![
        3 => prop_oneof![
            Just("Content-Type: multipart/mixed; boundary=a"), Just("Content-Type: multipart/alternative; boundary=b"),
            Just("Content-Type: multipart/digest; boundary=\"a b\""), Just("Content-Type: multipart/signed; boundary=a"),
            Just("Content-Type: message/rfc822"), Just("Content-Type: message/global"), Just("Content-Type: text/html"),
            Just("Content-Type: image/png"), Just("Content-Transfer-Encoding: base64"), Just("Content-Transfer-Encoding: 8bit"),
            Just("Content-Transfer-Encoding: quoted-printable"), Just("Content-Transfer-Encoding: x-uuencode"), Just("MIME-Version: 1.0"),
        ],
        4 => prop_oneof![Just(""), Just("--a"), Just("--b"), Just("--a b"), Just("--a--"), Just("--b--"), Just("--a b--")],
        4 => prop_oneof![
            Just("x: é"), Just("a text é"), Just("=C3=A9 é"), Just("QUJDé"), Just("=é trailing \t"), Just("From me"), Just(" folded"),
            Just("--é"), Just("\u{0}"), Just("=\u{0}"), Just("LONG"), Just("--a LONG"), Just("=41=LONG"), Just("a\rb"), Just("a longer text of ASCII only, é"),
        ],
    ], 0..30), ending in prop_oneof![3 => Just("\r\n"), 1 => Just("\n")]) {
        let message = lines.join(ending).replace("LONG", &"QUJD --a ".repeat(120));
        check_properties(message.as_bytes());
    }
}
