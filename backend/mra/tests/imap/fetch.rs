//! FETCH and SEARCH: sections, large messages, missing content, what is found.

use super::*;

#[tokio::test]
async fn fetches_requested_sections() {
    let host = host().await;
    host.deliver(MESSAGE, 1).await;
    let mut client = host.alice().await;
    client.send("s SELECT INBOX").await;
    check(
        &mut client,
        "FETCH 1 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[3])",
        &[
            "* 1 FETCH (BODY[1] {9}",
            "hello one BODY[2.MIME] {80}",
            "Content-Type: text/plain; charset=gb18030",
            "Content-Transfer-Encoding: base64",
            "",
            " BODY[3] NIL)",
            "c OK Completed",
        ],
    )
    .await;
    check(
        &mut client,
        "FETCH 1 BODY.PEEK[HEADER.FIELDS (from x)]",
        &[
            "* 1 FETCH (BODY[HEADER.FIELDS (from x)] {20}",
            "From: bob@b.test",
            "",
            ")",
            "c OK Completed",
        ],
    )
    .await;
    let received = client
        .send("c FETCH 1 (ENVELOPE BODYSTRUCTURE RFC822.SIZE)")
        .await;
    assert!(
        received.contains("ENVELOPE (\"Fri, 20 Nov 2026 23:30:00 -0800\" \"=?utf-8?B?5L2c5Lia?=\""),
        "{received}"
    );
    assert!(
        received.contains("BODYSTRUCTURE ((\"text\" \"plain\""),
        "{received}"
    );
    let whole = [b"Return-Path: <bob@b.test>\r\n".as_slice(), MESSAGE].concat();
    assert!(
        received.contains(&format!("RFC822.SIZE {})", whole.len())),
        "{received}"
    );
    let received = client
        .send("c FETCH 1 (BODY[] RFC822.HEADER BODY.PEEK[TEXT]<2.4>)")
        .await;
    let text = String::from_utf8_lossy(&whole).into_owned();
    let header = &text[..text.find("\r\n\r\n").unwrap() + 4];
    assert_eq!(
        received,
        format!(
            "* 1 FETCH (BODY[] {{{}}}\r\n{text} RFC822.HEADER {{{}}}\r\n{header} BODY[TEXT]<2> {{4}}\r\nb\r\nC FLAGS (\\Seen \\Recent))\r\nc OK Completed\r\n",
            text.len(),
            header.len()
        )
    );
}

#[tokio::test]
async fn streams_a_large_message_both_ways_unchanged() {
    let host = host().await;
    let mut client = host.alice().await;
    let large = [
        b"Subject: large\r\n\r\n".as_slice(),
        &b"0123456789abcdef\r\n".repeat(200_000),
    ]
    .concat();
    assert!(client.append("INBOX", &large).await.contains("[APPENDUID"));
    client.send("s SELECT INBOX").await;
    client.sends.clear();
    let received = client.send("c FETCH 1 (UID BODY.PEEK[])").await;
    let expected = format!(
        "* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{})\r\nc OK Completed\r\n",
        large.len(),
        String::from_utf8_lossy(&large)
    );
    assert!(received == expected);
    assert!(
        client.sends.iter().all(|n| *n <= 200_000),
        "{:?}",
        client.sends.iter().max()
    );
    let received = client.send("c FETCH 1 BODY.PEEK[TEXT]<1000000.20>").await;
    let text = &large[18..];
    assert!(
        received.starts_with(&format!(
            "* 1 FETCH (BODY[TEXT]<1000000> {{20}}\r\n{})",
            String::from_utf8_lossy(&text[1_000_000..1_000_020])
        )),
        "{received}"
    );
    let received = client.send("c FETCH 1 BODY.PEEK[]<9999999.5>").await;
    assert!(
        received.starts_with("* 1 FETCH (BODY[]<9999999> {0}\r\n)"),
        "{received}"
    );
}

#[tokio::test]
async fn search_finds_by_index_header_and_text() {
    let host = host().await;
    host.deliver(MESSAGE, 1).await;
    let mut client = host.alice().await;
    client
        .append(
            "INBOX (\\Seen $Work)",
            b"From: carol@c.test\r\nSubject: plain\r\nDate: Mon, 2 Feb 2026 01:00:00 +0900\r\nX-A: b c\r\n\r\nnothing here\r\n",
        )
        .await;
    client.send("s SELECT INBOX").await;
    for (query, expected) in [
        ("ALL", "1 2"),
        ("UNSEEN", "1"),
        ("KEYWORD $work", "2"),
        ("SUBJECT {6+}\r\n作业", "1"),
        ("BODY {6+}\r\n你好", "1"),
        ("TEXT HELLO", "1"),
        ("TEXT nothing SEEN", "2"),
        ("OR FROM bob FROM carol", "1 2"),
        ("NOT FROM bob", "2"),
        ("HEADER X-A \"B C\"", "2"),
        ("HEADER Subject \"\"", "1 2"),
        ("SENTON 20-Nov-2026", "1"),
        ("SENTBEFORE 3-Feb-2026", "2"),
        ("ON 21-Nov-2026", "1 2"),
        ("BEFORE 21-Nov-2026", ""),
        ("LARGER 50 SMALLER 300", "2"),
        ("2 NOT 1", "2"),
        ("UID 2:*", "2"),
        ("OR (BODY hello UNSEEN) (BODY nothing)", "1 2"),
        ("BODY subject", ""),
    ] {
        let received = client.send(&format!("c SEARCH {query}")).await;
        let found = received
            .lines()
            .next()
            .unwrap()
            .strip_prefix("* SEARCH")
            .unwrap()
            .trim();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn missing_content_does_not_hide_other_messages() {
    let blobs = Arc::new(MemoryBlobs::default());
    let store = Store::open(
        Arc::new(store::engine::memory::Memory::default()),
        blobs.clone(),
        PasswordCost::NONE,
    )
    .await
    .unwrap();
    let host = host_over(store).await;
    let mut client = host.alice().await;
    let large = [MESSAGE, &b"x\r\n".repeat(50_000)].concat();
    client.append("INBOX", &large).await;
    client.append("INBOX", MESSAGE).await;
    for file in store::Blobs::list(blobs.as_ref()).unwrap() {
        store::Blobs::remove(blobs.as_ref(), file);
    }
    client.send("s SELECT INBOX").await;
    let received = client.send("c FETCH 1:2 (UID BODY.PEEK[])").await;
    assert!(
        received.starts_with("* 1 FETCH (UID 1 BODY[] NIL)\r\n* 2 FETCH (UID 2 BODY[] {"),
        "{received}"
    );
    assert!(received.ends_with("c OK Completed\r\n"));
    assert!(
        client
            .send("c SEARCH BODY hello")
            .await
            .starts_with("* SEARCH 2\r\n")
    );
}
