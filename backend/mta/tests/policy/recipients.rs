//! Bounces, aliases, relaying and loops.

use super::*;

#[tokio::test(start_paused = true)]
async fn bounce_has_one_recipient() {
    let fixture = Fixture::new(open(), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    let dialogue = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        (alice, "250"),
        (bob, "550 5.5.3"),
        (alice, "250"),
    ];
    fixture.check("192.0.2.1", &dialogue).await;
}

#[tokio::test(start_paused = true)]
async fn accepts_alias_that_leads_to_a_mailbox() {
    let fixture = Fixture::new(open(), "").await;
    let store = &fixture.node.store;
    for (name, target) in [
        ("team", "alice@here.test"),
        ("away", "carol@there.test"),
        ("gone", "nobody@here.test"),
    ] {
        store
            .add_targets(
                &format!("{name}@here.test").parse().unwrap(),
                &[target.parse().unwrap()],
            )
            .await
            .unwrap();
    }
    let mut dialogue = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    dialogue.extend([
        ("RCPT TO:<team@here.test>", "250"),
        ("RCPT TO:<away@here.test>", "250"),
        ("RCPT TO:<gone@here.test>", "550 5.1.1"),
    ]);
    fixture.check("192.0.2.1", &dialogue).await;
    let alice = store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    store.set_quota(alice.id, Some(0)).await.unwrap();
    fixture
        .check(
            "192.0.2.1",
            &[
                dialogue[0],
                dialogue[1],
                dialogue[2],
                ("RCPT TO:<team@here.test>", "452 4.2.2"),
            ],
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn relays_for_listed_networks_only() {
    let fixture = Fixture::new(
        InboundPolicy {
            relay: vec!["192.0.2.0/29".parse().unwrap()],
            ..open()
        },
        ZONE,
    )
    .await;
    for (from, rcpt) in [
        ("192.0.2.1", "250"),
        ("192.0.2.7", "250"),
        ("192.0.2.8", "550 5.7.1"),
        ("2001:db8::1", "550 5.7.1"),
    ] {
        let dialogue = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<dave@elsewhere.test>", rcpt),
            ("RCPT TO:<alice@here.test>", "250"),
            ("RCPT TO:<nobody@here.test>", "550 5.1.1"),
        ];
        fixture.check(from, &dialogue).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rejects_one_hop_more_than_allowed() {
    let fixture = Fixture::new(
        InboundPolicy {
            hops_max: 12,
            ..open()
        },
        ZONE,
    )
    .await;
    for (hops, reply) in [(12, "250 2.0.0"), (13, "554 5.4.6")] {
        let message = format!(
            "{}Subject: x\r\n\r\nhello\r\n.",
            "Received: x\r\n".repeat(hops)
        );
        let dialogue = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<alice@here.test>", "250"),
            ("DATA", "354"),
            (message.as_str(), reply),
        ];
        fixture.check("192.0.2.1", &dialogue).await;
    }
}
