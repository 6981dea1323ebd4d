//! One stored version per draft, several windows.

use super::writing::{read, save, send};
use super::*;
use host::Tab;
use store::Mailbox;
use wire::DraftStatus;

const KEY: &str = "k0123456789abcdef";

fn draft(window: &str, text: &str) -> Draft {
    Draft {
        key: KEY.into(),
        window: window.into(),
        to: to("bob@here.test"),
        subject: "Boat trip".into(),
        text: text.into(),
        ..Draft::default()
    }
}

async fn try_save(tab: &mut Tab, draft: &Draft) -> Result<Response, Problem> {
    let draft = draft.clone();
    tab.call(Request::Save { draft }).await
}

async fn discard(tab: &mut Tab, draft: &Draft) -> Option<StoredMessageId> {
    let draft = draft.clone();
    match tab.call(Request::Discard { draft }).await {
        Ok(Response::Discarded(id)) => id,
        other => panic!("{other:?}"),
    }
}

async fn open(tab: &mut Tab, id: StoredMessageId) -> Draft {
    match tab.call(Request::Open { id }).await {
        Ok(Response::Opened(draft)) => *draft,
        other => panic!("{other:?}"),
    }
}

async fn check(tab: &mut Tab, draft: &Draft) -> DraftStatus {
    let request = Request::Check {
        key: draft.key.clone(),
        window: draft.window.clone(),
        stored: draft.stored,
    };
    match tab.call(request).await {
        Ok(Response::Checked(status)) => status,
        other => panic!("{other:?}"),
    }
}

fn count(mailbox: &Mailbox) -> usize {
    mailbox.read(|s| s.entries.len())
}

/// Alice with one draft in two windows, both of which know its first version.
struct TwoWindows {
    drafts: std::sync::Arc<Mailbox>,
    trash: std::sync::Arc<Mailbox>,
    tab: Tab,
    one: Draft,
    two: Draft,
}

impl TwoWindows {
    async fn new(host: &TestHost) -> TwoWindows {
        let mut tab = host.tab(&host.alice).await;
        let mut one = draft("first", "We leave at nine.\n");
        one.stored = Some(save(&mut tab, &one).await);
        let mut two = open(&mut tab, one.stored.unwrap()).await;
        assert_eq!((two.key.as_str(), two.stored), (KEY, one.stored));
        two.window = "second".into();
        TwoWindows {
            drafts: host.special(host.alice.id, SpecialUse::Drafts).await,
            trash: host.special(host.alice.id, SpecialUse::Trash).await,
            tab,
            one,
            two,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn save_from_an_old_version_is_refused_with_the_newer_text() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        mut one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    two.text = "We leave at ten.\n".into();
    two.stored = Some(save(&mut tab, &two).await);
    one.text = "We leave at nine, by the bridge.\n".into();
    let Err(Problem::DraftConflict(other)) = try_save(&mut tab, &one).await else {
        panic!()
    };
    assert_eq!(
        (other.text.as_str(), other.stored),
        ("We leave at ten.\n", two.stored)
    );
    assert_eq!(count(&drafts), 1);
    assert_eq!(
        open(&mut tab, two.stored.unwrap()).await.text,
        "We leave at ten.\n"
    );
    // Having seen it, the window may replace it.
    one.stored = other.stored;
    one.stored = Some(save(&mut tab, &one).await);
    assert_eq!(count(&drafts), 1);
    assert_eq!(open(&mut tab, one.stored.unwrap()).await.text, one.text);
}

#[tokio::test(start_paused = true)]
async fn a_window_replaces_its_own_version_although_the_response_was_lost() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let mut tab = host.tab(&host.alice).await;
    let mut one = draft("first", "We leave");
    save(&mut tab, &one).await;
    one.text = "We leave at nine.\n".into();
    let id = save(&mut tab, &one).await;
    assert_eq!(
        (count(&drafts), open(&mut tab, id).await.text),
        (1, one.text)
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_with_the_same_content_is_no_conflict() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        one,
        two,
        ..
    } = TwoWindows::new(&host).await;
    save(&mut tab, &two).await;
    assert!(try_save(&mut tab, &one).await.is_ok());
    assert_eq!(count(&drafts), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sent_message_leaves_no_draft_in_another_window() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    let sent = send(&mut tab, one).await;
    two.text = "We leave at ten.\n".into();
    assert_eq!(
        try_save(&mut tab, &two).await,
        Err(Problem::AlreadySent(sent.id.unwrap()))
    );
    assert_eq!(count(&drafts), 0);
    // What was not sent can be found in Trash.
    assert!(discard(&mut tab, &two).await.is_some());
    assert_eq!(count(&drafts), 0);
    // As a message of its own it can be kept.
    two.key = "k0123456789abcdeg".into();
    two.stored = None;
    assert!(try_save(&mut tab, &two).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_old_version_is_not_sent_in_place_of_a_newer_one() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    two.text = "We leave at ten.\n".into();
    two.stored = Some(save(&mut tab, &two).await);
    let Err(Problem::DraftConflict(other)) = tab.call(Request::Send { draft: one }).await else {
        panic!()
    };
    assert_eq!((other.stored, count(&drafts)), (two.stored, 1));
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    assert_eq!(count(&sent), 0);
}

#[tokio::test(start_paused = true)]
async fn discard_keeps_the_last_text_in_trash_and_can_be_undone() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        trash,
        mut tab,
        mut one,
        ..
    } = TwoWindows::new(&host).await;
    one.text = "We leave at nine. Bring\n".into();
    let id = discard(&mut tab, &one).await.unwrap();
    assert_eq!((count(&drafts), count(&trash)), (0, 1));
    assert_eq!(open(&mut tab, id).await.text, one.text);
    // Repeated after a lost response, it makes no second copy.
    assert_eq!(discard(&mut tab, &one).await, Some(id));
    assert_eq!(count(&trash), 1);
    // Undo saves it again, and the copy in Trash is gone.
    one.stored = Some(save(&mut tab, &one).await);
    assert_eq!((count(&drafts), count(&trash)), (1, 0));
    assert_eq!(check(&mut tab, &one).await, DraftStatus::Current);
}

#[tokio::test(start_paused = true)]
async fn discard_leaves_what_another_window_has_written() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        trash,
        mut tab,
        one,
        mut two,
    } = TwoWindows::new(&host).await;
    two.text = "We leave at ten.\n".into();
    let id = save(&mut tab, &two).await;
    assert!(discard(&mut tab, &one).await.is_some());
    assert_eq!((count(&drafts), count(&trash)), (1, 1));
    assert_eq!(open(&mut tab, id).await.text, two.text);
}

#[tokio::test(start_paused = true)]
async fn check_reports_what_became_of_a_draft() {
    let host = TestHost::new().await;
    let TwoWindows {
        mut tab,
        one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    assert_eq!(check(&mut tab, &one).await, DraftStatus::Current);
    two.text = "We leave at ten.\n".into();
    two.stored = Some(save(&mut tab, &two).await);
    let DraftStatus::Changed(other) = check(&mut tab, &one).await else {
        panic!()
    };
    assert_eq!(other.text, two.text);
    assert_eq!(check(&mut tab, &two).await, DraftStatus::Current);
    let sent = send(&mut tab, two.clone()).await;
    assert_eq!(
        check(&mut tab, &one).await,
        DraftStatus::Sent(sent.id.unwrap())
    );
    let unknown = Draft {
        key: "k0123456789abcdeg".into(),
        ..one
    };
    assert_eq!(check(&mut tab, &unknown).await, DraftStatus::Gone);
}

#[tokio::test(start_paused = true)]
async fn a_version_of_another_mail_program_is_a_conflict() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        mut one,
        ..
    } = TwoWindows::new(&host).await;
    // Other programs replace a draft by appending the new version and deleting the old one.
    let text = format!(
        "From: alice@here.test\r\nTo: bob@here.test\r\nSubject: Boat trip\r\n\
         Message-ID: <{KEY}@here.test>\r\n\r\nWe leave at eleven.\r\n"
    );
    let flags = Flags::of(flags::DRAFT);
    host.put_into(&drafts, text.as_bytes(), flags, host.world.now())
        .await;
    let ids = vec![one.stored.unwrap()];
    tab.call(Request::Delete { ids }).await.unwrap();
    one.text = "We leave at nine, by the bridge.\n".into();
    let Err(Problem::DraftConflict(other)) = try_save(&mut tab, &one).await else {
        panic!()
    };
    assert_eq!(other.text.trim(), "We leave at eleven.");
    assert_eq!(count(&drafts), 1);
}

#[tokio::test(start_paused = true)]
async fn windows_that_save_at_the_same_time_leave_one_version() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        mut tab,
        mut one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    let mut other = host.tab(&host.alice).await;
    for round in 0..20 {
        one.text = format!("first {round}");
        two.text = format!("second {round}");
        let (a, b) = tokio::join!(try_save(&mut tab, &one), try_save(&mut other, &two));
        assert_eq!(count(&drafts), 1, "{round}");
        let saved = match (a, b) {
            (Ok(Response::Draft(saved)), Err(Problem::DraftConflict(_)))
            | (Err(Problem::DraftConflict(_)), Ok(Response::Draft(saved))) => saved.id,
            other => panic!("{other:?}"),
        };
        (one.stored, two.stored) = (Some(saved), Some(saved));
    }
}

#[tokio::test(start_paused = true)]
async fn opens_a_draft_of_an_earlier_version() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    // {"key":"k0123456789abcdef","from":"","to":[{"name":"","address":"bob"}],"cc":[],"bcc":[],
    //  "subject":"Boat","answers":null,"forwards":null,"references":[]}
    let field = "eyJrZXkiOiJrMDEyMzQ1Njc4OWFiY2RlZiIsImZyb20iOiIiLCJ0byI6W3sibmFtZSI6IiIsImFk\r\n \
                 ZHJlc3MiOiJib2IifV0sImNjIjpbXSwiYmNjIjpbXSwic3ViamVjdCI6IkJvYXQiLCJhbnN3ZXJz\r\n \
                 IjpudWxsLCJmb3J3YXJkcyI6bnVsbCwicmVmZXJlbmNlcyI6W119";
    let text = format!(
        "From: alice@here.test\r\nSubject: Boat\r\nMessage-ID: <{KEY}@here.test>\r\n\
         X-Glasspost-Draft: {field}\r\n\r\nWe leave\r\n"
    );
    let flags = Flags::of(flags::DRAFT);
    let id = host
        .put_into(&drafts, text.as_bytes(), flags, host.world.now())
        .await;
    let mut tab = host.tab(&host.alice).await;
    let mut draft = open(&mut tab, id).await;
    assert_eq!((draft.key.as_str(), draft.window.as_str()), (KEY, ""));
    assert_eq!(
        (draft.to[0].address.as_str(), draft.stored),
        ("bob", Some(id))
    );
    draft.window = "first".into();
    assert!(try_save(&mut tab, &draft).await.is_ok());
    assert_eq!(count(&drafts), 1);
}

#[tokio::test(start_paused = true)]
async fn international_domains_are_sent_as_a_labels() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    for (typed, expected) in [
        ("wei@书店.test", "wei@xn--1jqq80b.test"),
        ("KASSE@BÄCKEREI.test", "KASSE@xn--bckerei-5wa.test"),
        ("王@bücher.test", "王@xn--bcher-kva.test"),
        ("wei@xn--1jqq80b.test", "wei@xn--1jqq80b.test"),
    ] {
        let message = Draft {
            to: to(typed),
            ..Draft::default()
        };
        let sent = send(&mut tab, message).await;
        let copy = read(&mut tab, sent.id.unwrap()).await;
        assert_eq!(copy.to[0].address, expected, "{typed}");
    }
    // An invisible character is not dropped silently: it is another address.
    let hidden = "wei@书\u{200b}店.test";
    let bad = Draft {
        to: to(hidden),
        ..Draft::default()
    };
    assert_eq!(
        tab.call(Request::Send { draft: bad }).await,
        Err(Problem::Address(hidden.into()))
    );
}

#[tokio::test(start_paused = true)]
async fn an_international_domain_of_this_host_is_delivered_here() {
    let host = TestHost::new().await;
    host.store
        .add_domain(&"书店.test".parse().unwrap())
        .await
        .unwrap();
    host.store
        .add_alias(host.bob.id, host::address("wei@书店.test"))
        .await
        .unwrap();
    let (mut alice, mut bob) = (host.tab(&host.alice).await, host.tab(&host.bob).await);
    let message = Draft {
        to: to("wei@书店.test"),
        subject: "here".into(),
        ..Draft::default()
    };
    send(&mut alice, message).await;
    let inbox = host.folder(host.bob.id, "INBOX").await;
    assert_eq!(bob.list(inbox.id).await[0].subject, "here");
}

#[tokio::test(start_paused = true)]
async fn discarding_keeps_what_an_older_version_in_trash_does_not_have() {
    let host = TestHost::new().await;
    let TwoWindows {
        drafts,
        trash,
        mut tab,
        mut one,
        ..
    } = TwoWindows::new(&host).await;
    // Another program moves the stored version to Trash; the window has more text by now.
    let ids = vec![one.stored.unwrap()];
    let to = trash.id;
    tab.call(Request::Move { ids, to }).await.unwrap();
    one.text.push_str("And bring a coat.\n");
    let id = discard(&mut tab, &one).await.unwrap();
    assert_eq!((count(&drafts), count(&trash)), (0, 1));
    assert_eq!(open(&mut tab, id).await.text, one.text);
    assert_eq!(discard(&mut tab, &one).await, Some(id), "repeated");
}

#[tokio::test(start_paused = true)]
async fn discarding_keeps_what_was_written_after_sending() {
    let host = TestHost::new().await;
    let TwoWindows {
        trash,
        mut tab,
        one,
        mut two,
        ..
    } = TwoWindows::new(&host).await;
    send(&mut tab, one.clone()).await;
    two.text.push_str("One thing more.\n");
    let id = discard(&mut tab, &two).await.unwrap();
    assert_eq!(open(&mut tab, id).await.text, two.text);
    // What was sent as it is has its copy in Sent.
    assert_eq!(discard(&mut tab, &one).await, None);
    assert_eq!(count(&trash), 1);
}
