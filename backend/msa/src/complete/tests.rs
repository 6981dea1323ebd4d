//! Tests of the completion of submitted headers.

use super::*;
use mail::AccountId;

fn check(head: &str, header: &str, added: &str) {
    let got = complete(head, SenderIdentity::Any).unwrap();
    assert_eq!(
        (
            String::from_utf8_lossy(&got.header).as_ref(),
            got.added.as_str()
        ),
        (header, added),
        "{head:?}"
    );
}

fn complete(head: &str, identity: SenderIdentity) -> Result<CompletedHeader, Rejection> {
    complete_with(head, identity, false)
}

fn complete_bytes(head: &[u8], smtputf8: bool) -> Vec<u8> {
    with_completion(SenderIdentity::Any, smtputf8, |completion| {
        completion.complete(head).unwrap().header
    })
}

fn complete_with(
    head: &str,
    identity: SenderIdentity,
    smtputf8: bool,
) -> Result<CompletedHeader, Rejection> {
    with_completion(identity, smtputf8, |completion| {
        completion.complete(head.as_bytes())
    })
}

fn with_completion<T>(
    identity: SenderIdentity,
    smtputf8: bool,
    then: impl FnOnce(&HeaderCompletion<'_>) -> T,
) -> T {
    let account = Account {
        id: AccountId(1),
        address: "alice@here.test".parse().unwrap(),
        name: "Alice".into(),
        aliases: vec!["al@here.test".parse().unwrap()],
        password: None,
        quota_bytes: None,
        created: Time(0),
    };
    let completion = HeaderCompletion {
        account: &account,
        identity,
        smtputf8,
        local_domains: &["书店.test".parse().unwrap()],
        host: "mx.here.test",
        journey: JourneyId(1),
        at: Time(0),
    };
    then(&completion)
}

#[test]
fn names_as_author_only_whom_the_setting_permits() {
    use SenderIdentity::{Any, Domain, Own};
    for (from, permitted) in [
        ("Alice <alice@here.test>", &[Own, Domain, Any][..]),
        ("al+x@here.test", &[Own, Domain, Any]),
        ("bob@here.test", &[Domain, Any]),
        ("alice@here.test, bob@here.test", &[Domain, Any]),
        ("boss@there.test", &[Any]),
        ("\"alice@here.test\" <boss@there.test>", &[Any]),
        ("Alice <=?utf-8?q?alice=40here.test?=>", &[Any]),
        ("alice", &[Any]),
    ] {
        for identity in [Own, Domain, Any] {
            let head = format!("{WHOLE}From: {from}\r\n\r\n");
            let result = complete(&head, identity);
            assert_eq!(
                result.is_ok(),
                permitted.contains(&identity),
                "{from} {identity:?}"
            );
            if let Err(rejection) = result {
                assert_eq!(
                    (rejection.reply.code, rejection.check),
                    (550, Check::SenderRight)
                );
            }
        }
    }
}

const WHOLE: &str = "Date: x\r\nMessage-ID: <1@x>\r\n";

#[test]
fn adds_only_missing_fields() {
    let whole = format!("{WHOLE}From: Alice <alice@here.test>\r\n\r\n");
    check(&whole, &whole, "");
    check(
        "Subject: x\r\n\r\n",
        "Subject: x\r\n\r\n",
        "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0000000000000001@mx.here.test>\r\nFrom: <alice@here.test>\r\n",
    );
}

#[test]
fn writes_a_from_that_is_no_mailbox_list_in_valid_form() {
    for (from, expected) in [
        (
            "2.OG Drucker al@here.test",
            "\"2.OG Drucker\" <al@here.test>",
        ),
        (
            "2.OG Drucker <al@here.test>",
            "\"2.OG Drucker\" <al@here.test>",
        ),
        (
            "al@here.test <al@here.test>",
            "\"al@here.test\" <al@here.test>",
        ),
        ("Scanner <al@here.test", "Scanner <al@here.test>"),
        (
            "J\u{f6}rg <al@here.test>",
            "=?utf-8?B?SsO2cmc=?= <al@here.test>",
        ),
        ("al@here.test;", "<al@here.test>"),
        ("Staff: al@here.test;", "<al@here.test>"),
        ("alice", "alice <alice@here.test>"),
        ("Scanner", "Scanner <alice@here.test>"),
        ("Scanner 2", "Scanner 2 <alice@here.test>"),
        ("", "<alice@here.test>"),
        ("al@here.test\r\nFrom: al@here.test", "<al@here.test>"),
    ] {
        let head = format!("{WHOLE}From: {from}\r\n\r\n");
        let got = complete(&head, SenderIdentity::Any).unwrap();
        let field = mime::find(got.added.as_bytes(), "From").unwrap();
        let value = String::from_utf8(field.unfolded().into_owned()).unwrap();
        assert_eq!(value, expected, "{from}");
        assert_eq!(mime::count(&got.header, "From"), 0);
    }
}

#[test]
fn writes_domains_of_other_hosts_as_a_labels() {
    let head = |to: &str| format!("{WHOLE}From: al@here.test\r\nTo: {to}\r\nSubject: é\r\n\r\n");
    for (to, expected) in [
        ("Li <li@例子.test>", "Li <li@xn--fsqu00a.test>"),
        ("李@例子.test", "李@例子.test"),
        ("wei@书店.test", "wei@书店.test"),
    ] {
        let got = complete_with(&head(to), SenderIdentity::Any, true).unwrap();
        assert_eq!(String::from_utf8(got.header).unwrap(), head(expected));
    }
}

#[test]
fn unencoded_text_is_written_in_encoded_words() {
    let header = |field: &[u8], added: &str| {
        let head = format!("{WHOLE}From: al@here.test\r\n{added}");
        [head.as_bytes(), field, b"\r\n\r\n"].concat()
    };
    let edited =
        |field: &[u8], smtputf8: bool, added: &str| complete_bytes(&header(field, added), smtputf8);
    for (field, expected) in [
        (
            "Subject: Gr\u{fc}\u{df}e".as_bytes(),
            "Subject: =?utf-8?B?R3LDvMOfZQ==?=",
        ),
        (
            "To: J\u{f6}rg <j@b.test>, k@b.test".as_bytes(),
            "To: =?utf-8?B?SsO2cmc=?= <j@b.test>, k@b.test",
        ),
    ] {
        let got = edited(field, false, "");
        assert_eq!(
            String::from_utf8_lossy(&got),
            String::from_utf8_lossy(&header(expected.as_bytes(), ""))
        );
        assert_eq!(edited(field, true, ""), header(field, ""), "announced");
        let signed = "DKIM-Signature: v=1\r\n";
        assert_eq!(
            edited(field, false, signed),
            header(field, signed),
            "signed"
        );
    }
    for kept in [
        "To: M\u{e4}nner: j@b.test;",
        "To: j\u{f6}rg@b.test",
        "X-Note: \u{e4}",
    ] {
        let field = kept.as_bytes();
        assert_eq!(edited(field, false, ""), header(field, ""), "{kept}");
    }
    let latin1 = b"Subject: Gr\xfc\xdfe";
    assert_eq!(edited(latin1, false, ""), header(latin1, ""));
}

#[test]
fn removes_bcc_and_return_path() {
    let head = format!(
        "Return-Path: <x@y>\r\n{WHOLE}Bcc: secret@there.test,\r\n other@there.test\r\nFrom: al+x@here.test\r\nbcc: b@c\r\n\r\n"
    );
    check(&head, &format!("{WHOLE}From: al+x@here.test\r\n\r\n"), "");
}

#[test]
fn adds_sender_where_the_author_is_another() {
    let sender = "Sender: <alice@here.test>\r\n";
    for from in ["boss@there.test", "alice@here.test, bob@here.test"] {
        let head = format!("{WHOLE}From: {from}\r\n\r\n");
        check(&head, &head, sender);
    }
    let own = format!("{WHOLE}From: boss@there.test\r\nSender: al@here.test\r\n\r\n");
    check(&own, &own, "");
    let forged = format!("{WHOLE}From: boss@there.test\r\nSender: boss@there.test\r\n\r\n");
    check(
        &forged,
        &format!("{WHOLE}From: boss@there.test\r\n\r\n"),
        sender,
    );
}

#[test]
fn keeps_the_first_line_of_a_message_without_header() {
    let added = "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\nMessage-ID: <0000000000000001@mx.here.test>\r\nFrom: <alice@here.test>\r\n";
    check("hello\r\nthere\r\n", "\r\nhello\r\nthere\r\n", added);
    check("\r\nhello\r\n", "\r\nhello\r\n", added);
    check("", "\r\n", added);
}

#[test]
fn separates_a_body_that_follows_a_field_at_once() {
    let fields = "From: <alice@here.test>\r\nDate: x\r\nMessage-ID: <y>\r\n";
    let body = "Hello, Bob.\r\nNo: field\r\n";
    check(
        &format!("{fields}{body}"),
        &format!("{fields}\r\n{body}"),
        "",
    );
    for complete in [
        fields.to_owned(),
        format!("{fields}\r\n"),
        format!("{fields}no field\r\n\r\n"),
    ] {
        check(&complete, &complete, "");
    }
}

#[test]
fn rejects_more_than_fifty_received_fields() {
    let account_head = |n: usize| {
        format!(
            "{}{WHOLE}From: alice@here.test\r\n\r\n",
            "Received: x\r\n".repeat(n)
        )
    };
    let head = account_head(RECEIVED_MAX);
    check(&head, &head, "");
    let account = Account {
        id: AccountId(1),
        address: "alice@here.test".parse().unwrap(),
        name: String::new(),
        aliases: vec![],
        password: None,
        quota_bytes: None,
        created: Time(0),
    };
    let completion = HeaderCompletion {
        account: &account,
        identity: SenderIdentity::Own,
        smtputf8: false,
        local_domains: &[],
        host: "h",
        journey: JourneyId(1),
        at: Time(0),
    };
    let rejection = completion
        .complete(account_head(RECEIVED_MAX + 1).as_bytes())
        .err()
        .unwrap();
    assert_eq!(
        rejection.reply.to_string(),
        "554 5.4.6 too many hops: the message loops"
    );
}
