//! What a reader gets of whole messages: text, HTML, files, inner messages, invitations.

use super::*;
use crate::attachment;

const RICH: &str = "From: =?utf-8?B?5p2O6Zu3?= <a@b.test>\r\nSubject: =?gb2312?B?xOO6ww==?=\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
    --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
    --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n\
    --a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
    --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hello <img src=\"cid:pic@a\"></p>\r\n\
    --r\r\nContent-Type: image/png\r\nContent-ID: <pic@a>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--r--\r\n--a--\r\n\
    --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%E4%BD%A0%E5%A5%BD.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n\
    --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--m--\r\n";

#[test]
fn reads_text_html_pictures_and_attachments() {
    let l = read(RICH.as_bytes());
    assert_eq!(
        (&*l.subject, l.from[0].shown(), &*l.text),
        ("你好", "李雷", "hello")
    );
    assert_eq!(
        l.html.as_deref(),
        Some("<p>hello <img src=\"cid:pic@a\"></p>")
    );
    assert_eq!(l.inline.len(), 1);
    assert_eq!(
        (
            &*l.inline[0].path,
            l.inline[0].content_id.as_deref(),
            l.inline[0].bytes
        ),
        ("1.2.2", Some("pic@a"), 3)
    );
    let names: Vec<_> = l
        .attachments
        .iter()
        .map(|a| (&*a.path, &*a.name, &*a.media_type, a.bytes))
        .collect();
    assert_eq!(
        names,
        [
            ("2", "你好.pdf", "application/pdf", 5),
            ("3", "inner.eml", "message/rfc822", 19)
        ]
    );
    assert_eq!(
        attachment(RICH.as_bytes(), "2").unwrap().bytes,
        &b"Hello"[..]
    );
    assert_eq!(attachment(RICH.as_bytes(), "3.1").unwrap().bytes, &b"x"[..]);
    for none in ["", "9", "2~1", "1", "a", "0", "2.1", "99999999999"] {
        assert!(attachment(RICH.as_bytes(), none).is_none(), "{none}");
    }
}

#[test]
fn text_behind_html_in_one_branch_of_an_alternative_is_listed() {
    let l = read(
        b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
        --m\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--m\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--m--\r\n--a--\r\n",
    );
    assert_eq!(l.html.as_deref(), Some("<p>hello</p>"));
    let listed: Vec<_> = l.attachments.iter().map(|a| &*a.path).collect();
    assert_eq!(listed, ["1.2"]);
}

#[test]
fn html_alone_gives_text_too() {
    let l = read(b"Content-Type: text/html; charset=gb2312\r\n\r\n<p>\xc4\xe3\xba\xc3</p>");
    assert_eq!((&*l.text, l.html.as_deref()), ("你好", Some("<p>你好</p>")));
}

#[test]
fn uuencoded_files_leave_the_text() {
    let l = read(b"A: b\r\n\r\nsee\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n");
    assert_eq!(l.text, "see\nbye\n");
    assert_eq!(
        (&*l.attachments[0].name, &*l.attachments[0].path),
        ("cat.txt", "1~1")
    );
    assert_eq!(
        attachment(
            b"A: b\r\n\r\nsee\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n",
            "1~1"
        )
        .unwrap()
        .bytes,
        &b"Cat"[..]
    );
}

#[test]
fn a_message_that_is_only_a_file_lists_it() {
    let l = read(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA");
    assert_eq!(
        (
            l.attachments[0].name.as_str(),
            &*l.attachments[0].path,
            l.text.as_str()
        ),
        ("part-1.png", "1", "")
    );
}

#[test]
fn text_and_html_with_a_picture_hold_the_text_once() {
    // As Thunderbird, Apple Mail and Outlook write a message with a logo.
    let m = b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\nSee you at six.\r\n\
        --a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n\
        <p>See you at six.<img src='cid:logo'></p>\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n\r\nx\r\n--r--\r\n--a--\r\n";
    let parsed = read(m);
    assert_eq!(parsed.text, "See you at six.");
    assert_eq!(parsed.html.unwrap().matches("six").count(), 1);
    assert_eq!((parsed.inline.len(), parsed.attachments.len()), (1, 0));
    assert_eq!(crate::outline(m).summary.preview, "See you at six.");
}

#[test]
fn an_encoded_message_in_a_wrapper_can_be_read() {
    // Subject: 报价; a multipart of "Price: 5" and price.csv
    const INNER: &str = "U3ViamVjdDogPT91dGYtOD9CPzVvcWw1THUzPz0NCkNvbnRlbnQtVHlwZTogbXVsdGlwYXJ0L21p\r\n\
        eGVkOyBib3VuZGFyeT1pDQoNCi0taQ0KDQpQcmljZTogNQ0KLS1pDQpDb250ZW50LVR5cGU6IHRl\r\n\
        eHQvY3N2OyBuYW1lPXByaWNlLmNzdg0KQ29udGVudC1EaXNwb3NpdGlvbjogYXR0YWNobWVudA0K\r\n\
        DQphLDUNCi0taS0tDQo=\r\n";
    let m = format!(
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\n \r\n--o\r\nContent-Type: message/rfc822\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{INNER}--o--\r\n"
    );
    let parsed = read(m.as_bytes());
    assert_eq!(parsed.text.trim(), "Price: 5");
    let paths: Vec<_> = parsed
        .attachments
        .iter()
        .map(|a| (&*a.path, &*a.name))
        .collect();
    assert_eq!(paths, [("2", "报价.eml"), ("2:2", "price.csv")]);
    let file = attachment(m.as_bytes(), "2:2").unwrap();
    assert_eq!((&*file.name, &file.bytes[..]), ("price.csv", &b"a,5"[..]));
    assert!(attachment(m.as_bytes(), "2:9").is_none() && attachment(m.as_bytes(), "1:1").is_none());
    let text = crate::text_of(m.as_bytes(), 1000);
    assert!(
        text.contains("报价") && text.contains("Price: 5") && text.contains("price.csv"),
        "{text}"
    );
}

#[test]
fn parameters_in_pieces_delimit_parts() {
    let m = b"Content-Type: multipart/mixed; boundary*0*=us-ascii''ab%2D; boundary*1=\"cd\"\r\n\r\n--ab-cd\r\n\
        Content-Type: text/plain; charset*0=gb; charset*1=18030\r\n\r\n\xc4\xe3\xba\xc3\r\n--ab-cd\r\n\
        Content-Type: application/pdf; name*=utf-8''%C3%9C.pdf\r\n\r\nx\r\n--ab-cd--\r\n";
    let parsed = read(m);
    assert_eq!(
        (&*parsed.text, &*parsed.attachments[0].name),
        ("你好", "Ü.pdf")
    );
}

#[test]
fn xhtml_is_a_body() {
    let parsed = read(
        "Content-Type: application/xhtml+xml\r\n\r\n<html><body><p>Grüße</p></body></html>"
            .as_bytes(),
    );
    assert_eq!((&*parsed.text, parsed.attachments.len()), ("Grüße", 0));
    assert!(parsed.html.is_some());
}

#[test]
fn an_invitation_sent_twice_is_listed_once() {
    let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Budget\r\nLOCATION:Room 5\r\nDTSTART:20260310T180000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let m = format!(
        "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
         --a\r\n\r\n \r\n--a\r\nContent-Type: text/calendar; method=request\r\n\r\n{calendar}--a--\r\n\
         --o\r\nContent-Type: application/ics; name=invite.ics\r\nContent-Disposition: attachment\r\n\r\n{calendar}--o--\r\n"
    );
    let parsed = read(m.as_bytes());
    let names: Vec<_> = parsed.attachments.iter().map(|a| &*a.name).collect();
    assert_eq!(names, ["invite.ics"]);
    let invitation = parsed.invitation.unwrap();
    assert_eq!(
        (&*invitation.summary, &*invitation.location),
        ("Budget", "Room 5")
    );
}
