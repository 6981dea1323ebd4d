//! What one session sees of another's work, and of an earlier run of the server.

use super::*;
use login::Authenticator;
use mra::imap::Imap;

#[tokio::test]
async fn messages_are_recent_once_also_after_a_restart() {
    let mut host = host().await;
    let mut client = host.alice().await;
    client.append("INBOX", MESSAGE).await;
    let selected = client.send("a SELECT INBOX").await;
    assert!(selected.contains("* 1 RECENT"), "{selected}");
    // The role of a new process over the same store.
    let logins = Authenticator::new(host.store.clone(), host.world.clone());
    host.imap = Imap::new(
        host.world.clone(),
        host.store.clone(),
        logins,
        "mx.glasspost.test",
    );
    let mut client = host.alice().await;
    client.append("INBOX", MESSAGE).await;
    let status = client.send("b STATUS INBOX (RECENT)").await;
    assert!(status.contains("(RECENT 1)"), "{status}");
    let examined = client.send("c EXAMINE INBOX").await;
    assert!(examined.contains("* 1 RECENT"), "{examined}");
    let selected = client.send("d SELECT INBOX").await;
    assert!(selected.contains("* 1 RECENT"), "{selected}");
    let selected = client.send("e SELECT INBOX").await;
    assert!(selected.contains("* 0 RECENT"), "{selected}");
}

#[tokio::test]
async fn a_new_keyword_is_announced_before_its_first_row() {
    let host = host().await;
    let mut client = host.alice().await;
    client.append("INBOX", MESSAGE).await;
    client.send("a SELECT INBOX").await;
    let stored = client.send("b STORE 1 +FLAGS (fresh)").await;
    let lines: Vec<_> = stored.lines().collect();
    assert!(
        lines[0].starts_with("* FLAGS (") && lines[0].contains("fresh"),
        "{stored}"
    );
    assert!(lines[1].starts_with("* 1 FETCH (FLAGS"), "{stored}");
    let again = client.send("c STORE 1 +FLAGS (fresh)").await;
    assert!(!again.contains("* FLAGS"), "{again}");
}

#[tokio::test]
async fn a_message_expunged_elsewhere_is_left_out_with_a_code() {
    let host = host().await;
    let mut one = host.alice().await;
    for _ in 0..2 {
        one.append("INBOX", MESSAGE).await;
    }
    one.send("a SELECT INBOX").await;
    let mut other = host.alice().await;
    other.send("a SELECT INBOX").await;
    other.send("b STORE 1 +FLAGS.SILENT (\\Deleted)").await;
    other.send("c EXPUNGE").await;
    for command in ["FETCH 1:2 FLAGS", "STORE 1:2 +FLAGS (\\Seen)"] {
        let received = one.send(&format!("d {command}")).await;
        assert!(!received.contains("* 1 FETCH"), "{received}");
        assert!(received.contains("* 2 FETCH"), "{received}");
        assert!(received.contains("d OK [EXPUNGEISSUED]"), "{received}");
    }
}

#[test]
fn a_fetch_beside_an_expunge_never_shows_an_empty_message() {
    let large = [MESSAGE, "a line of text\r\n".repeat(10_000).as_bytes()].concat();
    for (message, items) in [
        (MESSAGE.to_vec(), "UID FLAGS BODY.PEEK[]"),
        (large.clone(), "UID FLAGS BODY.PEEK[]"),
        (large, "BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1]"),
    ] {
        fetch_beside_an_expunge(message, items);
    }
}

// One session fetches while another appends and expunges.
fn fetch_beside_an_expunge(message: Vec<u8>, items: &str) {
    let block = |future: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future);
    };
    let host = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(host());
    let host = Arc::new(host);
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (writer, finished) = (host.clone(), done.clone());
    let writing = std::thread::spawn(move || {
        block(Box::pin(async move {
            let mut client = writer.alice().await;
            client.send("a SELECT INBOX").await;
            for _ in 0..100 {
                client.append("INBOX", &message).await;
                client.send("b STORE 1:* +FLAGS.SILENT (\\Deleted)").await;
                client.send("c EXPUNGE").await;
            }
            finished.store(true, std::sync::atomic::Ordering::Relaxed);
        }));
    });
    let fetch = format!("b UID FETCH 1:* ({items})");
    block(Box::pin(async move {
        let mut client = host.alice().await;
        client.send("a SELECT INBOX").await;
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            let rows = client.send(&fetch).await;
            assert!(!rows.contains("NIL"), "{rows}");
            assert!(rows.contains("b OK"), "{rows}");
        }
    }));
    writing.join().unwrap();
}

#[tokio::test]
async fn a_message_that_is_expunged_while_it_is_sent_is_sent_to_its_end() {
    let host = host().await;
    let text = "a line of text\r\n".repeat(200_000);
    let large = [MESSAGE, text.as_bytes()].concat();
    let (mut reader, mut other) = (host.alice().await, host.alice().await);
    other.append("INBOX", &large).await;
    reader.send("a SELECT INBOX").await;
    other.send("a SELECT INBOX").await;
    reader.begin("b FETCH 1 (BODY.PEEK[TEXT])").await;
    other.send("b STORE 1 +FLAGS.SILENT (\\Deleted)").await;
    other.send("c EXPUNGE").await;
    let rows = reader.rest().await;
    assert!(rows.contains("b OK"), "{}", &rows[rows.len() - 200..]);
    assert!(rows.contains(&text));
}

#[tokio::test]
async fn append_refuses_a_nul_and_the_session_goes_on() {
    let host = host().await;
    let mut client = host.alice().await;
    let reply = client.append("INBOX", b"Subject: x\r\n\r\na\0b\r\n").await;
    assert!(reply.contains("ap NO [CANNOT]"), "{reply}");
    assert!(client.append("INBOX", MESSAGE).await.contains("ap OK"));
    assert!(
        client
            .send("a STATUS INBOX (MESSAGES)")
            .await
            .contains("(MESSAGES 1)")
    );
}

#[tokio::test]
async fn search_agrees_with_the_envelope_about_addresses() {
    let host = host().await;
    let mut client = host.alice().await;
    for from in [
        "<bob (x)@ (y) shop.test>",
        "Boss <=?utf-8?q?ceo=40bank.test=3E?=@evil.test>",
    ] {
        let message = format!("From: {from}\r\nSubject: x\r\n\r\nx\r\n");
        client.append("INBOX", message.as_bytes()).await;
    }
    client.send("a SELECT INBOX").await;
    for (text, found) in [
        ("bob@shop.test", " 1"),
        ("ceo=40bank", " 2"),
        ("ceo@bank.test", ""),
        ("boss", " 2"),
    ] {
        let received = client.send(&format!("b SEARCH FROM \"{text}\"")).await;
        let first = received.lines().next().unwrap_or_default();
        assert_eq!(first, format!("* SEARCH{found}"), "{text}");
    }
}
