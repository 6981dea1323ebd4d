//! Tests of replies and forwards.

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
        headers: Vec::new(),
        journey: None,
        stations: Vec::new(),
        sender: None,
        warnings: Vec::new(),
        invitation: None,
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
    assert_eq!(
        addresses(
            &Composition::answer(&own, ReplyKind::Reply, &me(), "", "")
                .draft
                .to
        ),
        ["alice@a.test", "bob@b.test"]
    );
}

#[test]
fn adds_subject_prefix_once() {
    let mut l = message();
    l.row.subject = "RE: x".into();
    assert_eq!(
        Composition::answer(&l, ReplyKind::Reply, &me(), "", "")
            .draft
            .subject,
        "RE: x"
    );
    l.row.subject = "回复：x".into();
    assert_eq!(
        Composition::answer(&l, ReplyKind::Reply, &me(), "", "")
            .draft
            .subject,
        "回复：x"
    );
    assert_eq!(
        Composition::answer(&l, ReplyKind::Forward, &me(), "", "")
            .draft
            .subject,
        "Fwd: 回复：x"
    );
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
fn reply_all_knows_own_address_in_any_form() {
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
