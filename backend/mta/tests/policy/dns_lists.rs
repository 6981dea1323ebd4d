//! DNS lists, and when the greeting waits for DNS.

use super::*;

#[tokio::test(start_paused = true)]
async fn dns_lists_score_as_configured_for_matching_answers_only() {
    let mut policy = open();
    policy.lists = vec![
        list("bl.test", ListKind::Block, Weight::Score(6)),
        list("rhs.test", ListKind::Domain, Weight::Score(4)),
    ];
    let fixture = Fixture::new(policy.clone(), ZONE).await;
    for (from, sender, score) in [
        (
            "192.0.2.2",
            "a@b.test",
            Some((Verdict::Neutral, "6 points (dnsbl +6)")),
        ),
        (
            "2001:db8::2",
            "a@b.test",
            Some((Verdict::Neutral, "6 points (dnsbl +6)")),
        ),
        ("192.0.2.3", "a@b.test", None),
        ("192.0.2.4", "a@b.test", None),
        ("192.0.2.5", "a@b.test", None),
        (
            "192.0.2.6",
            "a@bad.test",
            Some((Verdict::Pass, "4 points (rhsbl +4)")),
        ),
    ] {
        let checks = fixture
            .message(from, "good.test", sender, "250")
            .await
            .unwrap();
        let found = checks.iter().find(|(name, ..)| name == "score");
        assert_eq!(
            found.map(|(_, verdict, why)| (*verdict, why.split(';').next().unwrap())),
            score,
            "{from}"
        );
    }
    // Both together reach ten.
    fixture
        .message("192.0.2.2", "good.test", "a@bad.test", "550 5.7.1")
        .await;
    let checks = fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    let (_, _, why) = checks
        .iter()
        .find(|(name, verdict, _)| name == "dnsbl" && *verdict == Verdict::Fail)
        .unwrap();
    assert_eq!(
        why,
        "192.0.2.2 is on bl.test: 127.0.0.2 (seen sending spam) (+6 points)"
    );
    policy
        .lists
        .push(list("wl.test", ListKind::Welcome, Weight::Score(2)));
    let fixture = Fixture::new(policy, ZONE).await;
    let checks = fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    assert!(
        checks.iter().any(|(name, verdict, why)| name == "score"
            && *verdict == Verdict::Pass
            && why.starts_with("4 points")),
        "{checks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn greeting_waits_for_dns_only_where_it_may_reject() {
    let mut policy = open();
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Reject)];
    let fixture = Fixture::slow(policy.clone(), ZONE, Some(Duration::from_secs(2))).await;
    let begun = fixture.now();
    fixture
        .check(
            "192.0.2.2",
            &[
                ("", "220"),
                ("EHLO good.test", "250"),
                ("MAIL FROM:<>", "250"),
            ],
        )
        .await;
    assert!(
        fixture.now().since(begun) < Duration::from_secs(1),
        "{:?}",
        fixture.now().since(begun)
    );
    let refused = [
        ("", "220"),
        ("EHLO good.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<bob@here.test>", "550 5.7.1"),
    ];
    fixture.check("192.0.2.2", &refused).await;
    let fixture = Fixture::slow(
        InboundPolicy {
            refuse_at_connect: true,
            ..policy
        },
        ZONE,
        Some(Duration::from_secs(2)),
    )
    .await;
    fixture
        .check("192.0.2.2", &[("", "554 5.7.1"), ("QUIT", "221")])
        .await;
    fixture
        .message("192.0.2.6", "good.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn caches_dns_answers_for_their_ttl() {
    let mut policy = open();
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Note)];
    let fixture = Fixture::slow(
        policy,
        "2.2.0.192.bl.test. 60 A 127.0.0.2\n",
        Some(Duration::from_secs(2)),
    )
    .await;
    for (pause, waits) in [(0, true), (0, false), (50, false), (60, true)] {
        fixture.node.world.sleep(Duration::from_secs(pause)).await;
        let begun = fixture.now();
        fixture
            .message("192.0.2.2", "[192.0.2.2]", "a@[192.0.2.2]", "250")
            .await
            .unwrap();
        assert_eq!(
            fixture.now().since(begun) >= Duration::from_secs(2),
            waits,
            "after {pause} s"
        );
    }
}
