//! Allow and deny lists, PTR records and HELO names.

use super::*;

#[tokio::test(start_paused = true)]
async fn rejects_denied_address_in_place_of_the_greeting() {
    let entry = mta::policy::ListEntry {
        reason: Some("sends only spam".into()),
        ..("192.0.2.0/24".parse().unwrap())
    };
    let policy = InboundPolicy {
        deny: vec![entry],
        allow: vec!["192.0.2.7".parse().unwrap()],
        ..open()
    };
    let fixture = Fixture::new(policy, "").await;
    let replies = fixture
        .check(
            "192.0.2.1",
            &[("", "554 5.7.1"), ("EHLO c.test", "503"), ("QUIT", "221")],
        )
        .await;
    assert!(replies[0].contains("sends only spam"), "{replies:?}");
    fixture
        .check("192.0.2.7", &[("", "220"), ("QUIT", "221")])
        .await;
    fixture
        .check("::ffff:192.0.2.1", &[("", "554 5.7.1"), ("QUIT", "221")])
        .await;
}

#[tokio::test(start_paused = true)]
async fn rejects_denied_domain_in_helo_sender_and_ptr() {
    let deny = ["helo:ylmf-pc", "sender:spam.test", "dyn.test"]
        .map(|e| e.parse().unwrap())
        .to_vec();
    let fixture = Fixture::new(InboundPolicy { deny, ..open() }, ZONE).await;
    fixture
        .check(
            "192.0.2.1",
            &[
                ("", "220"),
                ("EHLO ylmf-pc", "550 5.7.1"),
                ("MAIL FROM:<a@b.test>", "503"),
            ],
        )
        .await;
    let dialogue = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<x@sub.spam.test>", "550 5.7.1"),
        ("MAIL FROM:<x@fine.test>", "250"),
    ];
    fixture.check("192.0.2.1", &dialogue).await;
    fixture
        .message("192.0.2.9", "c.test", "a@b.test", "550 5.7.1")
        .await;
    // Postmaster too.
    let dialogue = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<postmaster@here.test>", "550 5.7.1"),
    ];
    fixture.check("192.0.2.9", &dialogue).await;
    fixture
        .message("192.0.2.1", "c.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn allows_by_name_only_where_dns_confirms_it() {
    let mut policy = InboundPolicy {
        allow: vec!["good.test".parse().unwrap()],
        ..open()
    };
    policy.checks.helo_unresolved = Weight::Reject;
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Reject)];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.1", "unknown.test", "a@b.test", "250")
        .await
        .unwrap();
    // Its PTR is a mere claim, and so is its HELO; but its sender is on the list.
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "550 5.7.1")
        .await;
    fixture
        .message("192.0.2.2", "unknown.test", "a@good.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn ptr_name_must_resolve_to_the_address() {
    let mut policy = open();
    (policy.checks.ptr_missing, policy.checks.ptr_unconfirmed) = (Weight::Score(3), Weight::Reject);
    let fixture = Fixture::new(policy, ZONE).await;
    let passes = "ptr Pass, helo Neutral, recipient Pass";
    assert_eq!(fixture.checks("192.0.2.1", "mailonly.test").await, passes);
    assert_eq!(fixture.checks("2001:db8::1", "mailonly.test").await, passes);
    assert_eq!(
        fixture.checks("192.0.2.77", "mailonly.test").await,
        "ptr Fail, helo Neutral, score Pass, recipient Pass"
    );
    fixture
        .message("192.0.2.2", "c.test", "a@b.test", "550 5.7.25")
        .await;
}

#[tokio::test(start_paused = true)]
async fn compares_helo_with_the_client() {
    let mut policy = open();
    let refuse = Weight::Reject;
    let checks = &mut policy.checks;
    (
        checks.helo_syntax,
        checks.helo_own,
        checks.helo_literal,
        checks.helo_unresolved,
    ) = (refuse, refuse, refuse, refuse);
    let fixture = Fixture::new(policy, ZONE).await;
    for (hello, rcpt) in [
        ("good.test", "250"),
        ("mailonly.test", "250"),
        ("[192.0.2.1]", "250"),
        ("[192.0.2.2]", "550 5.7.1"),
        ("mx.here.test", "550 5.7.1"),
        ("HERE.test", "550 5.7.1"),
        ("unknown.test", "550 5.7.1"),
        ("localhost", "550 5.7.1"),
        ("a..b", "550 5.7.1"),
    ] {
        fixture.message("192.0.2.1", hello, "a@b.test", rcpt).await;
    }
    // The web server of our domain may have its name.
    fixture
        .node
        .store
        .add_domain(&"good.test".parse().unwrap())
        .await
        .unwrap();
    fixture
        .message("192.0.2.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "550 5.7.1")
        .await;
    fixture
        .message("2001:db8::1", "[IPv6:2001:db8:0::1]", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("127.0.0.1", "mx.here.test", "a@b.test", "250")
        .await
        .unwrap();
}
