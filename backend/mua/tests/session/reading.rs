//! What the open message holds for its reader and for a reply.

use super::*;

#[tokio::test(start_paused = true)]
async fn an_open_message_names_the_addresses_that_are_the_readers_own() {
    let host = TestHost::new().await;
    let store = &host.store;
    store
        .add_alias(host.alice.id, host::address("al@here.test"))
        .await
        .unwrap();
    let alias = |name: &str| name.parse::<store::AliasName>().unwrap();
    let [alice, bob] = ["alice@here.test", "bob@here.test"].map(host::address);
    for (name, targets) in [
        ("shop@here.test", vec![alice.clone()]),
        ("team@here.test", vec![alice.clone(), bob]),
    ] {
        store.add_targets(&alias(name), &targets).await.unwrap();
    }
    let id = host
        .put(
            &host.alice,
            b"From: bob@here.test\r\nReply-To: Al@here.test\r\n\
              To: alice+x@here.test, team@here.test, nobody@here.test\r\n\
              Cc: ALICE@HERE.TEST, shop@here.test, alice@there.test\r\n\r\nx\r\n",
        )
        .await;
    let view = writing::read(&mut host.tab(&host.alice).await, id).await;
    assert_eq!(
        view.own,
        [
            "ALICE@HERE.TEST",
            "Al@here.test",
            "alice+x@here.test",
            "shop@here.test"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_listed_under_its_recipient_and_never_under_its_author() {
    let host = TestHost::new().await;
    let drafts = host.special(host.alice.id, SpecialUse::Drafts).await;
    let trash = host.special(host.alice.id, SpecialUse::Trash).await;
    let sent = host.special(host.alice.id, SpecialUse::Sent).await;
    let (draft, seen) = (flags::DRAFT, flags::SEEN);
    for (folder, flags, fields, who) in [
        (&drafts, draft, "Subject: x\r\n", ""),
        (
            &drafts,
            draft,
            "To: bob@b.test, carol@c.test\r\n",
            "bob@b.test",
        ),
        (&drafts, draft, "Cc: carol@c.test\r\n", "carol@c.test"),
        (&trash, draft, "To: bob@b.test\r\n", "bob@b.test"),
        (&sent, seen, "Bcc: bob@b.test\r\n", ""),
        (&trash, seen, "To: bob@b.test\r\n", "alice@here.test"),
    ] {
        let message = format!("From: alice@here.test\r\n{fields}\r\nx\r\n");
        let flags = Flags::of(flags);
        host.put_into(folder, message.as_bytes(), flags, host.world.now())
            .await;
        let rows = host.tab(&host.alice).await.list(folder.id).await;
        let newest = rows.iter().max_by_key(|row| row.uid).unwrap();
        assert_eq!(newest.who.address, who, "{fields}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_too_long_is_marked_as_cut() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    for (lines, is_cut) in [(50_000, false), (250_000, true)] {
        let text = "nine byte\r\n".repeat(lines);
        let message = format!("From: bob@here.test\r\nTo: alice@here.test\r\n\r\n{text}");
        let id = host.put(&host.alice, message.as_bytes()).await;
        let view = writing::read(&mut tab, id).await;
        assert_eq!(view.text_is_cut, is_cut, "{lines} lines");
        assert_eq!(view.text.ends_with('…'), is_cut);
    }
}
