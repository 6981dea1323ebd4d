//! Tests of [`Composition`].

use super::super::reply::ReplyKind;
use super::super::reply::tests::{me, message};
use super::*;
use wire::Uploaded;

fn contact(name: &str, address: &str) -> Contact {
    Contact {
        name: name.into(),
        address: address.into(),
    }
}

#[test]
fn reports_first_reason_that_blocks_sending() {
    let mut w = Composition::new(Vec::new(), "");
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
    let mut w = Composition::new(vec![], "Lin");
    assert!(!w.is_unsaved());
    w.edit(|d| d.text.push('x'));
    let (_, revision) = w.begin_save().unwrap();
    assert_eq!(w.begin_save(), None, "one save at a time");
    w.edit(|d| d.subject = "s".into());
    w.save_ended(revision, Ok(StoredMessageId(1)));
    assert!(
        w.is_unsaved() && !w.is_settled(),
        "changes made during the save are unsaved"
    );
    let (draft, revision) = w.begin_save().unwrap();
    assert_eq!(draft.stored, Some(StoredMessageId(1)));
    w.save_ended(revision, Ok(StoredMessageId(2)));
    assert!(w.is_settled() && w.draft.stored == Some(StoredMessageId(2)));
}

#[test]
fn failed_save_leaves_the_message_unsaved() {
    let mut w = Composition::new(vec![], "");
    w.edit(|d| d.text.push('x'));
    let (_, revision) = w.begin_save().unwrap();
    w.save_ended(revision, Err(Failure::ConnectionLost));
    assert_eq!(w.save_failure, Some(Failure::ConnectionLost));
    assert!(w.is_unsaved() && !w.is_settled());
    let (_, revision) = w.begin_save().unwrap();
    w.save_ended(revision, Ok(StoredMessageId(1)));
    assert_eq!(
        (w.save_failure, w.draft.stored),
        (None, Some(StoredMessageId(1)))
    );
}

#[test]
fn changed_recipients_or_subject_of_a_reply_are_saved() {
    let reply = || Composition::answer(&message(), ReplyKind::Reply, &me(), "intro", "Lin");
    assert!(reply().is_blank());
    for change in [
        (|d: &mut Draft| d.to.push(contact("", "eve@e.test"))) as fn(&mut Draft),
        |d| d.to.clear(),
        |d| d.cc.push(contact("", "eve@e.test")),
        |d| d.subject.push_str(" (moved)"),
        |d| d.text.insert_str(0, "Fine."),
    ] {
        let mut w = reply();
        w.edit(change);
        assert!(w.is_unsaved(), "{:?}", w.draft);
    }
}

fn other(text: &str) -> Box<Draft> {
    Box::new(Draft {
        key: "key".into(),
        window: "theirs".into(),
        stored: Some(StoredMessageId(5)),
        text: text.into(),
        ..Draft::default()
    })
}

/// A message with unsaved changes that collides with another version.
fn collided() -> Composition {
    let mut w = Composition::new(vec![], "");
    (w.draft.key, w.draft.window) = ("key".into(), "mine".into());
    w.edit(|d| d.text = "mine".into());
    let (_, revision) = w.begin_save().unwrap();
    let conflict = Problem::DraftConflict(other("theirs"));
    w.save_ended(revision, Err(conflict.into()));
    assert_eq!(w.collision, Some(Collision::Changed(other("theirs"))));
    assert_eq!(w.begin_save(), None, "the user decides first");
    assert!(!w.is_settled());
    w
}

#[test]
fn keeping_mine_replaces_the_other_version() {
    let mut w = collided();
    w.keep_mine();
    let (draft, _) = w.begin_save().unwrap();
    assert_eq!(
        (draft.text.as_str(), draft.stored),
        ("mine", Some(StoredMessageId(5)))
    );
}

#[test]
fn keeping_theirs_shows_the_other_version() {
    let mut w = collided();
    w.keep_theirs();
    assert_eq!(
        (w.draft.text.as_str(), w.draft.window.as_str()),
        ("theirs", "mine")
    );
    assert!(w.is_settled() && w.generation == 1);
}

#[test]
fn keeping_both_saves_mine_under_another_key() {
    let mut w = collided();
    w.keep_both("another".into());
    let (draft, _) = w.begin_save().unwrap();
    assert_eq!(
        (draft.text.as_str(), draft.key.as_str(), draft.stored),
        ("mine", "another", None)
    );
}

#[test]
fn a_change_elsewhere_is_shown_if_nothing_is_unsaved() {
    let mut w = Composition::opened(*other("first"));
    w.draft.window = "mine".into();
    w.checked(DraftStatus::Changed(other("second\n")));
    assert_eq!((w.draft.text.as_str(), &w.collision), ("second", &None));
    w.edit(|d| d.text.push('!'));
    w.checked(DraftStatus::Changed(other("third")));
    assert_eq!(w.draft.text, "second!");
    assert_eq!(w.collision, Some(Collision::Changed(other("third"))));
}

#[test]
fn a_message_sent_elsewhere_is_reported_and_not_saved() {
    let mut w = Composition::opened(*other("first"));
    w.edit(|d| d.text.push('!'));
    w.checked(DraftStatus::Sent(StoredMessageId(9)));
    assert_eq!(w.collision, Some(Collision::Sent));
    assert_eq!(w.begin_save(), None);
    w.keep_both("another".into());
    assert!(
        w.begin_save()
            .is_some_and(|(draft, _)| draft.key == "another")
    );
    let mut refused = Composition::opened(*other("first"));
    refused.send_failed(Problem::AlreadySent(StoredMessageId(9)).into());
    assert_eq!(
        (&refused.phase, &refused.collision),
        (&Phase::Editing, &Some(Collision::Sent))
    );
}

#[test]
fn running_upload_is_not_settled_and_failed_one_blocks_sending() {
    let mut w = Composition::opened(*other("first"));
    assert!(w.is_settled());
    let key = w.upload("boat.jpg", 10);
    assert!(!w.is_settled());
    w.uploaded(key, Err(Failure::ConnectionLost));
    w.edit(|d| d.to.push(contact("", "eve@e.test")));
    assert_eq!(
        w.send_blocker(0),
        Some(SendBlocker::UploadFailed("boat.jpg".into()))
    );
}

#[test]
fn detects_missing_attachment_only_in_own_text() {
    let mut w = Composition::new(vec![], "");
    w.edit(|d| d.text = "请看附件".into());
    assert!(w.promises_attachment());
    w.edit(|d| d.text = "Thanks!\n\n> see the attached file".into());
    assert!(!w.promises_attachment());
    w.edit(|d| d.text = "It is Attached.".into());
    assert!(w.promises_attachment());
    w.upload("a", 1);
    assert!(!w.promises_attachment());
}

#[test]
fn control_characters_are_not_sent() {
    let mut w = Composition::new(vec![], "");
    w.edit(|d| d.text = "a\0b\r\n\tc".into());
    assert_eq!(w.outgoing().text, "ab\n\tc");
    assert_eq!(
        w.begin_save().map(|(draft, _)| draft.text),
        Some("ab\n\tc".into())
    );
}

#[test]
fn a_forward_keeps_its_text_when_its_original_was_deleted() {
    let mut w = Composition::new(vec![contact("", "bob@b.test")], "");
    let id = StoredMessageId(5);
    w.edit(|d| {
        d.text = "See below".into();
        d.forwarded = vec![(id, "2".into())];
        d.original = Some(wire::Original {
            message: id,
            text: "Hello".into(),
            pictures: Vec::new(),
        });
    });
    w.carried.push(Carried {
        part: (id, "2".into()),
        name: "a.pdf".into(),
        bytes: 1,
    });
    let (_, revision) = w.begin_save().unwrap();
    w.save_ended(revision, Err(Problem::OriginalGone.into()));
    assert_eq!(w.draft.text, "See below\n\nHello");
    assert!(w.draft.original.is_none() && w.draft.forwarded.is_empty() && w.carried.is_empty());
    assert_eq!(w.phase, Phase::Rejected(Problem::OriginalGone.into()));
    assert!(
        w.is_unsaved() && w.save_failure.is_none(),
        "it is saved anew"
    );
    // Without anything to remove it is a failure like any other.
    w.send_failed(Problem::OriginalGone.into());
    assert_eq!(w.phase, Phase::Rejected(Problem::OriginalGone.into()));
}

#[test]
fn a_refused_recipient_stays_marked_until_the_message_is_sent_again() {
    let mut w = Composition::new(
        vec![contact("", "bob@b.test"), contact("", "bbo@b.test")],
        "",
    );
    w.send_begun();
    let rejected = |address: &str| wire::RejectedRecipient {
        address: address.into(),
        reason: wire::RecipientProblem::NotFound,
    };
    w.send_failed(Failure::Problem(Problem::Recipients(vec![
        rejected("BBO@b.test"),
        rejected("crol@b.test"),
    ])));
    w.edit(|d| d.subject = "x".into());
    let fault = |w: &Composition, address| w.recipient_fault(address, &[]);
    assert_eq!(fault(&w, "bbo@b.test"), Some(AddressFault::Refused));
    assert_eq!(fault(&w, "crol@b.test"), Some(AddressFault::Refused));
    assert_eq!(fault(&w, "bob@b.test"), None);
    assert_eq!(w.send_blocker(0), None, "the server decides");
    w.send_begun();
    assert_eq!(fault(&w, "bbo@b.test"), None);
}

#[test]
fn files_of_one_name_get_different_names() {
    let mut w = Composition::new(Vec::new(), "");
    for (name, given) in [
        ("image.png", "image.png"),
        ("image.png", "image (2).png"),
        ("image.png", "image (3).png"),
        ("README", "README"),
        ("README", "README (2)"),
        (".env", ".env"),
        (".env", ".env (2)"),
    ] {
        let free = w.free_name(name);
        assert_eq!(free, given);
        w.upload(&free, 1);
    }
}
