//! Tests of `mailto:` links.

use super::*;

fn addresses(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().map(|c| c.address.as_str()).collect()
}

fn draft(link: &str) -> Draft {
    read(link).unwrap_or_default()
}

#[test]
fn reads_subject_and_lines_and_keeps_a_plus() {
    let d = draft(
        "mailto:wei@m.test?subject=%E4%BC%9A%E8%AE%AE%20A%26B%20100%25&body=a%0D%0Ab%0D%0A%0D%0AC%2B%2B+d%0Ae%0Df",
    );
    assert_eq!(addresses(&d.to), ["wei@m.test"]);
    assert_eq!(d.subject, "会议 A&B 100%");
    assert_eq!(d.text, "a\nb\n\nC+++d\ne\nf");
    assert_eq!(addresses(&draft("mailto:a+b@m.test").to), ["a+b@m.test"]);
}

#[test]
fn reads_all_recipients_of_the_address_and_the_fields() {
    let d =
        draft("MAILTO:a@m.test,b@m.test?To=c@m.test&CC=d@m.test,e@m.test&bcc=f@m.test&cc=g@m.test");
    assert_eq!(addresses(&d.to), ["a@m.test", "b@m.test", "c@m.test"]);
    assert_eq!(addresses(&d.cc), ["d@m.test", "e@m.test", "g@m.test"]);
    assert_eq!(addresses(&d.bcc), ["f@m.test"]);
    let d = draft("mailto:?to=a@m.test%2Cb@m.test");
    assert_eq!(addresses(&d.to), ["a@m.test", "b@m.test"]);
    let d = draft("mailto:Ann%20Marsh%20%3Cann@m.test%3E");
    assert_eq!(
        (d.to[0].name.as_str(), d.to[0].address.as_str()),
        ("Ann Marsh", "ann@m.test")
    );
}

#[test]
fn reads_quoted_and_international_addresses() {
    for (link, address) in [
        ("mailto:%22a%40b%22@m.test", "\"a@b\"@m.test"),
        ("mailto:%22a%2Cb%22@m.test", "\"a,b\"@m.test"),
        ("mailto:%22a%5C%5C%20b%22@m.test", "\"a\\\\ b\"@m.test"),
        ("mailto:伟@例子.test", "伟@例子.test"),
        ("mailto:%E4%BC%9F@xn--fsqu00a.test", "伟@xn--fsqu00a.test"),
        ("mailto:gorby%25kremvax@m.test", "gorby%kremvax@m.test"),
        (
            "mailto:unlikely%3Faddress@m.test",
            "unlikely?address@m.test",
        ),
        ("mailto:Mike%26family@m.test", "Mike&family@m.test"),
    ] {
        assert_eq!(addresses(&draft(link).to), [address], "{link}");
    }
}

#[test]
fn ignores_every_other_field() {
    let d = draft(
        "mailto:a@m.test?attach=/etc/passwd&attachment=x&from=boss@m.test&reply-to=x@m.test&sender=x@m.test&x-a=1\
         &content-type=text/html&body=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    );
    let expected = Draft {
        to: d.to.clone(),
        text: "<img src=x onerror=alert(1)>".into(),
        ..Draft::default()
    };
    assert_eq!((addresses(&d.to), d == expected), (vec!["a@m.test"], true));
}

#[test]
fn subject_is_one_line_and_the_first_field_wins() {
    let d = draft("mailto:a@m.test?subject=one%0D%0ABcc:%20x@m.test&subject=two&SUBJECT=three");
    assert_eq!(d.subject, "one Bcc: x@m.test");
    assert!(d.bcc.is_empty());
    assert_eq!(draft("mailto:?subject=a%E2%80%AEb%00").subject, "ab");
}

#[test]
fn invalid_percent_codes_stay_as_text() {
    let d = draft("mailto:x@m.test?body=%FF%FE%zz%4&%zz=1&&=&subject");
    assert_eq!(addresses(&d.to), ["x@m.test"]);
    assert_eq!(d.text, "%FF%FE%zz%4");
    assert_eq!(draft("mailto:?subject=100%+1").subject, "100%+1");
}

#[test]
fn in_reply_to_must_be_a_message_id() {
    let ids = |link: &str| draft(link).references;
    assert_eq!(
        ids("mailto:?in-reply-to=%3C3469A91.D10AF4C@m.test%3E"),
        ["3469A91.D10AF4C@m.test"]
    );
    for bad in ["x", "%3Ca@b%3E%0D%0ABcc:x@y", "a%20b@c"] {
        assert!(
            ids(&format!("mailto:?In-Reply-To={bad}")).is_empty(),
            "{bad}"
        );
    }
}

#[test]
fn other_links_are_rejected() {
    for link in [
        "https://m.test/?to=a@m.test",
        "a@m.test",
        "javascript:mailto:a@m.test",
        "",
    ] {
        assert!(read(link).is_none() && !is_mailto(link), "{link}");
    }
    assert_eq!(draft("mailto:"), Draft::default());
    assert_eq!(
        read(&format!("mailto:?body={}", "a".repeat(LINK_BYTES_MAX))),
        None
    );
}

#[test]
fn accepts_ampersands_escaped_as_in_html() {
    let d = draft("mailto:a@m.test?subject=x&amp;body=y%26amp;z");
    assert_eq!((d.subject.as_str(), d.text.as_str()), ("x", "y&amp;z"));
}
