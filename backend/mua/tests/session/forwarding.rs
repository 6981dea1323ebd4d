//! Forwards that keep the formatting of their original, and drafts that lose theirs.

use super::writing::{read, save, send};
use super::*;
use wire::Original;

const NEWSLETTER: &[u8] = b"From: b@b.test\r\nTo: alice@here.test\r\nSubject: news\r\n\
    Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
    --r\r\nContent-Type: text/html\r\n\r\n<style>p{color:red}</style><p onclick=\"x()\">Hi</p><script>x()</script>\
    <img src=\"cid:chart 1\"><img src=\"https://t.test/p.gif\"><a href=\"https://t.test/\">t.test</a>\r\n\
    --r\r\nContent-Type: image/png; name=chart.png\r\nContent-ID: <chart 1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBO\r\n--r--\r\n\
    --m\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n\r\nPDF\r\n--m--\r\n";

async fn forward_of(tab: &mut host::Tab, id: StoredMessageId) -> Draft {
    let view = read(tab, id).await;
    assert_eq!(view.pictures.len(), 1);
    assert_eq!(view.attachments.len(), 1);
    Draft {
        to: to("bob@here.test"),
        subject: "Fwd: news".into(),
        text: "See <below> \n\n----- Forwarded -----".into(),
        forwards: Some(id),
        forwarded: vec![(id, view.attachments[0].path.clone())],
        original: Some(Original {
            message: id,
            text: view.text.trim_end().into(),
            pictures: view.pictures,
        }),
        ..Draft::default()
    }
}

async fn received(host: &TestHost, account: &store::Account) -> Vec<u8> {
    let inbox = host.store.inbox(account.id).await.unwrap();
    let uid = inbox.read(|s| s.entries.last().unwrap().uid);
    host.store.read_message(&inbox, uid).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_forward_keeps_html_inline_pictures_and_attachments() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, NEWSLETTER).await;
    let mut tab = host.tab(&host.alice).await;
    let draft = forward_of(&mut tab, id).await;
    send(&mut tab, draft).await;
    let message = received(&host, &host.bob).await;
    let parsed = mime::read(&message);
    let html = parsed.html.unwrap();
    for part in [
        "See &lt;below&gt;",
        "<p>Hi</p>",
        "https://t.test/p.gif",
        "href=\"https://t.test/\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("script") && !html.contains("onclick"));
    let text =
        String::from_utf8_lossy(&mime::attachment(&message, "1.1").unwrap().bytes).into_owned();
    assert!(
        text.starts_with("See <below>") && text.contains("Hi"),
        "{text}"
    );
    assert_eq!(parsed.attachments.len(), 1, "{:?}", parsed.attachments);
    let picture = &parsed.inline[0];
    assert_eq!((picture.name.as_str(), picture.bytes), ("chart.png", 3));
    let cid = format!("cid:{}", picture.content_id.clone().unwrap());
    assert!(html.contains(&cid), "{html}");
    // Bob sees the picture, and nothing remote.
    let mut bob = host.tab(&host.bob).await;
    let inbox = host.store.inbox(host.bob.id).await.unwrap().id;
    let row = bob.list(inbox).await.remove(0);
    let view = read(&mut bob, row.id).await;
    assert!(view.has_html && view.has_remote);
    assert_eq!((view.attachments.len(), view.pictures.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stored_forward_opens_with_its_original() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, NEWSLETTER).await;
    let mut tab = host.tab(&host.alice).await;
    let draft = Draft {
        key: "a2345678901234567".into(),
        ..forward_of(&mut tab, id).await
    };
    let stored = save(&mut tab, &draft).await;
    let open = async |tab: &mut host::Tab| match tab.call(Request::Open { id: stored }).await {
        Ok(Response::Opened(opened)) => *opened,
        other => panic!("{other:?}"),
    };
    let opened = open(&mut tab).await;
    assert_eq!(
        (&opened.text, &opened.original),
        (&draft.text, &draft.original)
    );
    assert_eq!(
        (opened.attachments.len(), opened.loses_formatting),
        (1, false)
    );
    // Sent twice, since the response was lost: one message.
    let first = send(&mut tab, opened.clone()).await;
    assert_eq!(send(&mut tab, opened).await.id, first.id);
}

#[tokio::test(start_paused = true)]
async fn a_stored_forward_without_its_original_opens_as_text_with_its_pictures() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, NEWSLETTER).await;
    let mut tab = host.tab(&host.alice).await;
    let draft = forward_of(&mut tab, id).await;
    let stored = save(&mut tab, &draft).await;
    tab.call(Request::Delete { ids: vec![id] }).await.unwrap();
    let Ok(Response::Opened(opened)) = tab.call(Request::Open { id: stored }).await else {
        panic!()
    };
    assert!(opened.loses_formatting && opened.original.is_none());
    assert!(opened.text.starts_with(&draft.text) && opened.text.contains("Hi"));
    assert_eq!(opened.attachments.len(), 2);
    send(&mut tab, *opened).await;
}

#[tokio::test(start_paused = true)]
async fn a_forward_is_saved_and_sent_although_its_original_was_moved_meanwhile() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, NEWSLETTER).await;
    let mut tab = host.tab(&host.alice).await;
    let mut draft = forward_of(&mut tab, id).await;
    for folder in ["Archive", "Trash"] {
        let to = host.folder(host.alice.id, folder).await.id;
        let id = host.store.moved_to(id).unwrap_or(id);
        let ids = vec![id];
        tab.call(Request::Move { ids, to }).await.unwrap();
        draft.stored = Some(save(&mut tab, &draft).await);
    }
    send(&mut tab, draft).await;
    let parsed_message = received(&host, &host.bob).await;
    let parsed = mime::read(&parsed_message);
    assert_eq!((parsed.inline.len(), parsed.attachments.len()), (1, 1));
    let original = host.store.moved_to(id).unwrap();
    let flags = read(&mut tab, original).await.row.flags;
    assert!(flags.has_keyword("$Forwarded"), "{flags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_forward_of_a_deleted_message_is_neither_saved_nor_sent_incomplete() {
    let host = TestHost::new().await;
    let id = host.put(&host.alice, NEWSLETTER).await;
    let mut tab = host.tab(&host.alice).await;
    let draft = forward_of(&mut tab, id).await;
    tab.call(Request::Delete { ids: vec![id] }).await.unwrap();
    for request in [
        Request::Save {
            draft: draft.clone(),
        },
        Request::Send { draft },
    ] {
        assert_eq!(tab.call(request).await, Err(Problem::OriginalGone));
    }
}

#[tokio::test(start_paused = true)]
async fn a_draft_of_another_program_says_that_its_formatting_is_lost() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let mut tab = host.tab(&host.alice).await;
    for (body, lost) in [
        ("Content-Type: text/html\r\n\r\n<p>Hi</p>\r\n", true),
        (
            "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>Hi</b>\r\n--b--\r\n",
            true,
        ),
        ("\r\nHi\r\n", false),
    ] {
        let message = format!("From: alice@here.test\r\nTo: b@b.test\r\nSubject: x\r\n{body}");
        let now = host.world.now();
        let id = host
            .put_into(&drafts, message.as_bytes(), Flags::of(flags::DRAFT), now)
            .await;
        let Ok(Response::Opened(opened)) = tab.call(Request::Open { id }).await else {
            panic!()
        };
        assert_eq!(
            (opened.loses_formatting, opened.text.trim_end()),
            (lost, "Hi"),
            "{body}"
        );
    }
}
