//! Tests of [`Writing`].

use super::*;
use mail::{Flags, MailboxId, Time};
use wire::Row;

fn contact(name: &str, address: &str) -> Contact {
    Contact {
        name: name.into(),
        address: address.into(),
    }
}

fn message() -> MessageView {
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
    }
}

fn me() -> Vec<String> {
    vec!["other@a.test".into(), "alice@a.test".into()]
}

fn addresses(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().map(|c| c.address.as_str()).collect()
}

#[test]
fn reply_has_sender_quotation_and_references() {
    let w = Writing::answer(&message(), ReplyKind::Reply, &me(), "林晓写道:", "Alice");
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
    let w = Writing::answer(&message(), ReplyKind::All, &me(), "", "");
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
            &Writing::answer(&l, ReplyKind::Reply, &me(), "", "")
                .draft
                .to
        ),
        ["list@l.test"]
    );
    let mut own = message();
    own.from = vec![contact("", "ALICE@a.test")];
    assert_eq!(
        addresses(
            &Writing::answer(&own, ReplyKind::Reply, &me(), "", "")
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
        Writing::answer(&l, ReplyKind::Reply, &me(), "", "")
            .draft
            .subject,
        "RE: x"
    );
    l.row.subject = "回复：x".into();
    assert_eq!(
        Writing::answer(&l, ReplyKind::Reply, &me(), "", "")
            .draft
            .subject,
        "回复：x"
    );
    assert_eq!(
        Writing::answer(&l, ReplyKind::Forward, &me(), "", "")
            .draft
            .subject,
        "Fwd: 回复：x"
    );
}

#[test]
fn forward_includes_removable_attachments() {
    let mut w = Writing::answer(&message(), ReplyKind::Forward, &me(), "----- x -----", "");
    assert_eq!(w.draft.forwarded, [(StoredMessageId(7), "2".to_owned())]);
    assert_eq!(w.draft.forwards, Some(StoredMessageId(7)));
    w.drop_carried(0);
    assert!(w.draft.forwarded.is_empty() && w.carried.is_empty());
}

#[test]
fn reports_first_reason_that_blocks_sending() {
    let mut w = Writing::new(Vec::new(), "");
    assert_eq!(w.send_blocker(1000), Some(SendBlocker::NoRecipient));
    w.edit(|d| d.to = vec![contact("", "bob")]);
    assert_eq!(
        w.send_blocker(1000),
        Some(SendBlocker::InvalidAddress("bob".into()))
    );
    w.edit(|d| d.to = vec![contact("", "bob@b.test")]);
    assert_eq!(w.send_blocker(1000), None);
    let key = w.upload("a.bin", 900);
    assert_eq!(w.send_blocker(1000), Some(SendBlocker::Uploading));
    let uploaded = Uploaded {
        id: wire::UploadId("u".into()),
        name: "a.bin".into(),
        media_type: "x/y".into(),
        bytes: 900,
    };
    assert!(w.uploaded(key, Ok(uploaded)));
    assert_eq!(w.send_blocker(1000), Some(SendBlocker::TooLarge(1000)));
    assert_eq!(
        w.send_blocker(1232),
        None,
        "900 bytes are 1200 in base64 with 32 of line ends"
    );
    let second = w.upload("b.bin", 1);
    assert!(w.uploaded(second, Err(Failure::ConnectionLost)));
    assert_eq!(
        w.send_blocker(2000),
        Some(SendBlocker::UploadFailed("b.bin".into()))
    );
}

#[test]
fn tracks_unsaved_changes() {
    let mut w = Writing::new(vec![], "Lin");
    assert!(!w.unsaved());
    w.edit(|d| d.text.push('x'));
    assert!(w.unsaved());
    let revision = w.revision;
    w.edit(|d| d.subject = "s".into());
    w.kept(revision, StoredMessageId(1));
    assert!(w.unsaved(), "what was written while it was being saved");
    w.kept(w.revision, StoredMessageId(2));
    assert!(!w.unsaved() && w.draft.stored == Some(StoredMessageId(2)));
}

#[test]
fn restores_message_after_closing_the_tab() {
    let mut w = Writing::answer(&message(), ReplyKind::Forward, &me(), "", "");
    w.edit(|d| d.text.insert_str(0, "see below"));
    let again = Writing::restore(&w.keep()).unwrap();
    assert_eq!((&again.draft, &again.carried), (&w.draft, &w.carried));
    assert!(again.unsaved());
    assert_eq!(Writing::restore("{}"), None);
}

#[test]
fn detects_missing_attachment_only_in_own_text() {
    let mut w = Writing::new(vec![], "");
    w.edit(|d| d.text = "请看附件".into());
    assert!(w.promises_attachment());
    w.edit(|d| d.text = "Thanks!\n\n> see the attached file".into());
    assert!(!w.promises_attachment());
    w.edit(|d| d.text = "It is Attached.".into());
    assert!(w.promises_attachment());
    w.upload("a", 1);
    assert!(!w.promises_attachment());
}
