//! One stored version per draft, several windows.

use super::writing::{save, send};
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
    let mut w = TwoWindows::new(&host).await;
    w.two.text = "We leave at ten.\n".into();
    w.two.stored = Some(save(&mut w.tab, &w.two).await);
    w.one.text = "We leave at nine, by the bridge.\n".into();
    let Err(Problem::DraftConflict(other)) = try_save(&mut w.tab, &w.one).await else {
        panic!()
    };
    assert_eq!(
        (other.text.as_str(), other.stored),
        ("We leave at ten.\n", w.two.stored)
    );
    assert_eq!(count(&w.drafts), 1);
    assert_eq!(
        open(&mut w.tab, w.two.stored.unwrap()).await.text,
        "We leave at ten.\n"
    );
    // Having seen it, the window may replace it.
    w.one.stored = other.stored;
    w.one.stored = Some(save(&mut w.tab, &w.one).await);
    assert_eq!(count(&w.drafts), 1);
    assert_eq!(
        open(&mut w.tab, w.one.stored.unwrap()).await.text,
        w.one.text
    );
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
    let mut w = TwoWindows::new(&host).await;
    save(&mut w.tab, &w.two).await;
    assert!(try_save(&mut w.tab, &w.one).await.is_ok());
    assert_eq!(count(&w.drafts), 1);
}

#[tokio::test(start_paused = true)]
async fn a_sent_message_leaves_no_draft_in_another_window() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    let sent = send(&mut w.tab, w.one).await;
    w.two.text = "We leave at ten.\n".into();
    assert_eq!(
        try_save(&mut w.tab, &w.two).await,
        Err(Problem::AlreadySent(sent.id.unwrap()))
    );
    assert_eq!(count(&w.drafts), 0);
    // What was not sent can be found in Trash.
    assert!(discard(&mut w.tab, &w.two).await.is_some());
    assert_eq!(count(&w.drafts), 0);
    // As a message of its own it can be kept.
    w.two.key = "k0123456789abcdeg".into();
    w.two.stored = None;
    assert!(try_save(&mut w.tab, &w.two).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_old_version_is_not_sent_in_place_of_a_newer_one() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    w.two.text = "We leave at ten.\n".into();
    w.two.stored = Some(save(&mut w.tab, &w.two).await);
    let Err(Problem::DraftConflict(other)) = w.tab.call(Request::Send { draft: w.one }).await
    else {
        panic!()
    };
    assert_eq!((other.stored, count(&w.drafts)), (w.two.stored, 1));
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    assert_eq!(count(&sent), 0);
}

#[tokio::test(start_paused = true)]
async fn discard_keeps_the_last_text_in_trash_and_can_be_undone() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    w.one.text = "We leave at nine. Bring\n".into();
    let id = discard(&mut w.tab, &w.one).await.unwrap();
    assert_eq!((count(&w.drafts), count(&w.trash)), (0, 1));
    assert_eq!(open(&mut w.tab, id).await.text, w.one.text);
    // Repeated after a lost response, it makes no second copy.
    assert_eq!(discard(&mut w.tab, &w.one).await, Some(id));
    assert_eq!(count(&w.trash), 1);
    // Undo saves it again, and the copy in Trash is gone.
    w.one.stored = Some(save(&mut w.tab, &w.one).await);
    assert_eq!((count(&w.drafts), count(&w.trash)), (1, 0));
    assert_eq!(check(&mut w.tab, &w.one).await, DraftStatus::Current);
}

#[tokio::test(start_paused = true)]
async fn discard_leaves_what_another_window_has_written() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    w.two.text = "We leave at ten.\n".into();
    let id = save(&mut w.tab, &w.two).await;
    assert!(discard(&mut w.tab, &w.one).await.is_some());
    assert_eq!((count(&w.drafts), count(&w.trash)), (1, 1));
    assert_eq!(open(&mut w.tab, id).await.text, w.two.text);
}

#[tokio::test(start_paused = true)]
async fn check_reports_what_became_of_a_draft() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    assert_eq!(check(&mut w.tab, &w.one).await, DraftStatus::Current);
    w.two.text = "We leave at ten.\n".into();
    w.two.stored = Some(save(&mut w.tab, &w.two).await);
    let DraftStatus::Changed(other) = check(&mut w.tab, &w.one).await else {
        panic!()
    };
    assert_eq!(other.text, w.two.text);
    assert_eq!(check(&mut w.tab, &w.two).await, DraftStatus::Current);
    let sent = send(&mut w.tab, w.two.clone()).await;
    assert_eq!(
        check(&mut w.tab, &w.one).await,
        DraftStatus::Sent(sent.id.unwrap())
    );
    let unknown = Draft {
        key: "k0123456789abcdeg".into(),
        ..w.one
    };
    assert_eq!(check(&mut w.tab, &unknown).await, DraftStatus::Gone);
}

#[tokio::test(start_paused = true)]
async fn a_version_of_another_mail_program_is_a_conflict() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    // Other programs replace a draft by appending the new version and deleting the old one.
    let text = format!(
        "From: alice@here.test\r\nTo: bob@here.test\r\nSubject: Boat trip\r\n\
         Message-ID: <{KEY}@here.test>\r\n\r\nWe leave at eleven.\r\n"
    );
    let flags = Flags::of(flags::DRAFT);
    host.put_into(&w.drafts, text.as_bytes(), flags, host.world.now())
        .await;
    let ids = vec![w.one.stored.unwrap()];
    w.tab.call(Request::Delete { ids }).await.unwrap();
    w.one.text = "We leave at nine, by the bridge.\n".into();
    let Err(Problem::DraftConflict(other)) = try_save(&mut w.tab, &w.one).await else {
        panic!()
    };
    assert_eq!(other.text.trim(), "We leave at eleven.");
    assert_eq!(count(&w.drafts), 1);
}

#[tokio::test(start_paused = true)]
async fn windows_that_save_at_the_same_time_leave_one_version() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    let mut other = host.tab(&host.alice).await;
    for round in 0..20 {
        w.one.text = format!("first {round}");
        w.two.text = format!("second {round}");
        let (a, b) = tokio::join!(try_save(&mut w.tab, &w.one), try_save(&mut other, &w.two));
        assert_eq!(count(&w.drafts), 1, "{round}");
        let saved = match (a, b) {
            (Ok(Response::Draft(saved)), Err(Problem::DraftConflict(_)))
            | (Err(Problem::DraftConflict(_)), Ok(Response::Draft(saved))) => saved.id,
            other => panic!("{other:?}"),
        };
        (w.one.stored, w.two.stored) = (Some(saved), Some(saved));
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
async fn discarding_keeps_what_an_older_version_in_trash_does_not_have() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    // Another program moves the stored version to Trash; the window has more text by now.
    let ids = vec![w.one.stored.unwrap()];
    let to = w.trash.id;
    w.tab.call(Request::Move { ids, to }).await.unwrap();
    w.one.text.push_str("And bring a coat.\n");
    let id = discard(&mut w.tab, &w.one).await.unwrap();
    assert_eq!((count(&w.drafts), count(&w.trash)), (0, 1));
    assert_eq!(open(&mut w.tab, id).await.text, w.one.text);
    assert_eq!(discard(&mut w.tab, &w.one).await, Some(id), "repeated");
}

#[tokio::test(start_paused = true)]
async fn discarding_keeps_what_was_written_after_sending() {
    let host = TestHost::new().await;
    let mut w = TwoWindows::new(&host).await;
    send(&mut w.tab, w.one.clone()).await;
    w.two.text.push_str("One thing more.\n");
    let id = discard(&mut w.tab, &w.two).await.unwrap();
    assert_eq!(open(&mut w.tab, id).await.text, w.two.text);
    // What was sent as it is has its copy in Sent.
    assert_eq!(discard(&mut w.tab, &w.one).await, None);
    assert_eq!(count(&w.trash), 1);
}
