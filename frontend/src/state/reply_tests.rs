//! Tests of replies and forwards.
#![allow(clippy::unwrap_used)] // a failed test may panic

use super::*;
use mail::{Flags, MailboxId, Time};
use wire::Row;

fn contact(name: &str, address: &str) -> Contact {
    Contact {
        name: name.into(),
        address: address.into(),
    }
}

pub(in crate::state) fn message() -> MessageView {
    let row = Row {
        id: StoredMessageId(7),
        folder: MailboxId(1),
        uid: 7,
        who: contact("林晓", "lin@a.test"),
        subject: "周五的午餐".into(),
        preview: String::new(),
        date: Time(0),
        bytes: 10,
        attachments: 1,
        sort: String::new(),
        flags: Flags::default(),
    };
    MessageView {
        row,
        from: vec![contact("林晓", "lin@a.test")],
        to: vec![contact("Alice", "alice@a.test"), contact("", "bob@b.test")],
        cc: vec![contact("", "Lin@a.test"), contact("", "cc@c.test")],
        reply_to: Vec::new(),
        sent: None,
        message_id: "m2@a.test".into(),
        references: vec!["m1@a.test".into(), "m2@a.test".into()],
        text: "十二点见\n> 好吗?\n\n".into(),
        has_html: false,
        has_remote: false,
        attachments: vec![Attachment {
            path: "2".into(),
            name: "a.pdf".into(),
            media_type: "application/pdf".into(),
            bytes: 30,
        }],
        pictures: Vec::new(),
        headers: Vec::new(),
        journey: None,
        stations: Vec::new(),
        sender: None,
        own: Vec::new(),
        blind_copy: false,
        bcc: Vec::new(),
        text_is_cut: false,
        warnings: Vec::new(),
        authentication: Vec::new(),
        invitation: None,
        report: None,
    }
}

pub(in crate::state) fn me() -> Vec<String> {
    vec!["other@a.test".into(), "alice@a.test".into()]
}

fn addresses(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().map(|c| c.address.as_str()).collect()
}

#[test]
fn reply_has_sender_quotation_and_references() {
    let w = Composition::answer(&message(), ReplyKind::Reply, &me(), "林晓写道:", "Alice");
    assert_eq!(
        (addresses(&w.draft.to), addresses(&w.draft.cc)),
        (vec!["lin@a.test"], vec![])
    );
    assert_eq!(
        w.draft.text,
        "\n\n-- \nAlice\n\n林晓写道:\n> 十二点见\n>> 好吗?\n"
    );
    assert_eq!(
        (w.draft.subject.as_str(), w.draft.from.as_str()),
        ("Re: 周五的午餐", "alice@a.test")
    );
    assert_eq!(
        (w.draft.references.len(), w.draft.answers),
        (2, Some(StoredMessageId(7)))
    );
    assert!(w.is_blank());
}

#[test]
fn reply_all_omits_own_address_and_duplicates() {
    let w = Composition::answer(&message(), ReplyKind::All, &me(), "", "");
    assert_eq!(
        (addresses(&w.draft.to), addresses(&w.draft.cc)),
        (vec!["lin@a.test", "bob@b.test"], vec!["cc@c.test"])
    );
}

#[test]
fn reply_uses_reply_to_and_recipients_of_own_messages() {
    let mut l = message();
    l.reply_to = vec![contact("", "list@l.test")];
    assert_eq!(
        addresses(
            &Composition::answer(&l, ReplyKind::Reply, &me(), "", "")
                .draft
                .to
        ),
        ["list@l.test"]
    );
    let mut own = message();
    own.from = vec![contact("", "ALICE@a.test")];
    // Regardless of the Reply-To of the user's mail program.
    for reply_to in [
        vec![],
        vec![contact("", "alice@a.test")],
        vec![contact("", "x@x.test")],
    ] {
        own.reply_to = reply_to;
        let w = Composition::answer(&own, ReplyKind::Reply, &me(), "", "");
        assert_eq!(addresses(&w.draft.to), ["bob@b.test"]);
    }
    // Sent by a web form in the user's name.
    own.headers = vec![("Received".into(), "from www.a.test".into())];
    let w = Composition::answer(&own, ReplyKind::Reply, &me(), "", "");
    assert_eq!(addresses(&w.draft.to), ["x@x.test"]);
}

#[test]
fn reply_excludes_own_addresses_unless_there_is_no_other() {
    let mut l = message();
    l.reply_to = vec![
        contact("", "Alice@A.test"),
        contact("Lin", "lin@a.test"),
        contact("Kraft, Clara", "clara@c.test"),
    ];
    l.to = vec![contact("", "plan@b.test"), contact("", "alice+plan@a.test")];
    l.cc = vec![
        contact("", "ALICE@A.TEST"),
        contact("", "shop@a.test"),
        contact("", "dora@c.test"),
        contact("", "DORA@c.test"),
    ];
    l.own = vec!["shop@a.test".into()];
    let of = |l: &MessageView, how| Composition::answer(l, how, &me(), "", "").draft;
    let reply = of(&l, ReplyKind::Reply);
    assert_eq!(addresses(&reply.to), ["lin@a.test", "clara@c.test"]);
    let all = of(&l, ReplyKind::All);
    assert_eq!(
        (addresses(&all.to), addresses(&all.cc)),
        (
            vec!["lin@a.test", "clara@c.test", "plan@b.test"],
            vec!["dora@c.test"]
        )
    );
    // Reply-To contains only the user's own address.
    l.reply_to = vec![contact("", "alice@a.test")];
    assert_eq!(addresses(&of(&l, ReplyKind::Reply).to), ["lin@a.test"]);
    // A message to oneself.
    l.from = vec![contact("", "alice@a.test")];
    (l.to, l.cc) = (l.from.clone(), Vec::new());
    assert_eq!(addresses(&of(&l, ReplyKind::All).to), ["alice@a.test"]);
}

#[test]
fn reply_is_sent_from_the_address_that_received_the_message() {
    let mut l = message();
    let from = |l: &MessageView| {
        Composition::answer(l, ReplyKind::Reply, &me(), "", "")
            .draft
            .from
    };
    l.headers = vec![
        ("Return-Path".into(), "<lin@a.test>".into()),
        ("Delivered-To".into(), "other@a.test".into()),
    ];
    assert_eq!(from(&l), "other@a.test");
    l.headers.clear();
    l.to = vec![contact("", "Other+x@a.test")];
    assert_eq!(from(&l), "other@a.test");
    l.to = vec![contact("", "team@a.test")];
    assert_eq!(from(&l), "");
}

#[test]
fn subject_of_a_reply_has_one_prefix() {
    let mut l = message();
    let of = |l: &MessageView, how| Composition::answer(l, how, &me(), "", "").draft.subject;
    for subject in ["x", "RE: x", "回复：x", "AW: Re[2]: 答复：Re: x"] {
        l.row.subject = subject.into();
        assert_eq!(of(&l, ReplyKind::Reply), "Re: x", "{subject}");
    }
    l.row.subject = "转发：x".into();
    assert_eq!(of(&l, ReplyKind::Forward), "Fwd: x");
}

#[test]
fn forward_includes_removable_attachments() {
    let mut w = Composition::answer(&message(), ReplyKind::Forward, &me(), "----- x -----", "");
    assert_eq!(w.draft.forwarded, [(StoredMessageId(7), "2".to_owned())]);
    assert_eq!(w.draft.forwards, Some(StoredMessageId(7)));
    w.drop_carried(0);
    assert!(w.draft.forwarded.is_empty() && w.carried.is_empty());
}

#[test]
fn forward_keeps_formatting_and_pictures_until_made_plain() {
    let mut l = message();
    l.has_html = true;
    l.pictures = vec![Attachment {
        path: "1.2".into(),
        name: "chart.png".into(),
        media_type: "image/png".into(),
        bytes: 9,
    }];
    let mut w = Composition::answer(&l, ReplyKind::Forward, &me(), "----- x -----", "");
    assert_eq!(w.draft.text, "\n\n----- x -----");
    let original = w.draft.original.clone().unwrap();
    assert_eq!(
        (original.message, original.text.as_str(), original.pictures),
        (StoredMessageId(7), "十二点见\n> 好吗?", l.pictures.clone())
    );
    assert_eq!((w.carried.len(), w.is_blank()), (1, true));
    w.make_plain();
    assert_eq!(w.draft.text, "\n\n----- x -----\n\n十二点见\n> 好吗?");
    assert_eq!(w.draft.original, None);
    let parts: Vec<_> = w
        .draft
        .forwarded
        .iter()
        .map(|(_, path)| path.as_str())
        .collect();
    assert_eq!(parts, ["2", "1.2"]);
    // A reply quotes the text.
    let w = Composition::answer(&l, ReplyKind::Reply, &me(), "", "");
    assert_eq!(w.draft.original, None);
}

#[test]
fn reply_all_recognizes_the_own_address_in_any_form() {
    let mut l = message();
    l.to = vec![
        contact("", "wang@xn--1jqq80b.test"),
        contact("", "bob@b.test"),
    ];
    l.cc = vec![contact("", "BOB@b.test"), contact("", "cc@c.test")];
    let me = vec!["wang@书店.test".to_owned()];
    let w = Composition::answer(&l, ReplyKind::All, &me, "", "");
    assert_eq!(
        (addresses(&w.draft.to), addresses(&w.draft.cc)),
        (vec!["lin@a.test", "bob@b.test"], vec!["cc@c.test"])
    );
    assert_eq!(w.draft.from, "wang@书店.test");
}

#[test]
fn a_hidden_recipient_is_warned_of_a_reply_that_others_receive() {
    let answer = |how, blind_copy| {
        let message = MessageView {
            blind_copy,
            ..message()
        };
        Composition::answer(&message, how, &me(), "", "").exposes
    };
    assert!(answer(ReplyKind::All, true));
    assert!(!answer(ReplyKind::All, false));
    assert!(!answer(ReplyKind::Reply, true));
    assert!(!answer(ReplyKind::Forward, true));
}
