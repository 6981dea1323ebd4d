//! What is counted: connections, messages, recipients, errors; and how long the next answer waits.

use super::*;

fn limited(change: impl FnOnce(&mut RateLimits)) -> InboundPolicy {
    let mut policy = open();
    change(&mut policy.rates);
    policy
}

#[tokio::test(start_paused = true)]
async fn rejects_connections_over_the_limit_until_time_has_passed() {
    let fixture = Fixture::new(limited(|r| r.connections = Some(Rate::new(3, 60))), "").await;
    for _ in 0..3 {
        fixture
            .check("192.0.2.1", &[("", "220"), ("QUIT", "221")])
            .await;
    }
    fixture.check("192.0.2.1", &[("", "421 4.7.0")]).await;
    fixture
        .check("198.51.100.1", &[("", "220"), ("QUIT", "221")])
        .await;
    fixture.node.world.sleep(Duration::from_secs(20)).await;
    fixture
        .check("192.0.2.1", &[("", "220"), ("QUIT", "221")])
        .await;
    for _ in 0..20 {
        fixture
            .check("127.0.0.1", &[("", "220"), ("QUIT", "221")])
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn limits_messages_recipients_and_bytes() {
    let fixture = Fixture::new(limited(|r| r.messages = Some(Rate::new(2, 60))), "").await;
    let mail = ("MAIL FROM:<a@b.test>", "250");
    let dialogue = [
        ("", "220"),
        ("EHLO c.test", "250"),
        mail,
        ("RSET", "250"),
        mail,
        ("RSET", "250"),
        ("MAIL FROM:<a@b.test>", "450 4.7.1"),
    ];
    fixture.check("192.0.2.1", &dialogue).await;
    let fixture = Fixture::new(limited(|r| r.recipients = Some(Rate::new(1, 60))), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    fixture
        .check(
            "192.0.2.1",
            &[
                ("", "220"),
                ("EHLO c.test", "250"),
                mail,
                (alice, "250"),
                (bob, "452 4.5.3"),
            ],
        )
        .await;
    let fixture = Fixture::new(limited(|r| r.bytes = Some(Rate::new(10, 60))), "").await;
    fixture
        .message("192.0.2.1", "c.test", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .check(
            "192.0.2.1",
            &[
                ("", "220"),
                ("EHLO c.test", "250"),
                ("MAIL FROM:<a@b.test>", "450 4.7.1"),
            ],
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn stops_directory_harvesting_and_repeated_errors() {
    let fixture = Fixture::new(
        limited(|r| r.unknown_recipients = Some(Rate::new(3, 60))),
        "",
    )
    .await;
    let mut dialogue = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    dialogue.extend([("RCPT TO:<x@here.test>", "550 5.1.1"); 2]);
    dialogue.push(("RCPT TO:<x@here.test>", "421 4.7.0"));
    fixture.check("192.0.2.1", &dialogue).await;
    fixture.check("192.0.2.1", &[("", "421 4.7.0")]).await;
    let fixture = Fixture::new(limited(|r| r.errors = Some(Rate::new(5, 60))), "").await;
    let mut dialogue = vec![("", "220"), ("EHLO c.test", "250")];
    dialogue.extend([("XYZZY", "500"); 5]);
    dialogue.push(("MAIL FROM:<a@b.test>", "421 4.7.0"));
    fixture.check("192.0.2.1", &dialogue).await;
    fixture.check("192.0.2.1", &[("", "421 4.7.0")]).await;
}

#[tokio::test(start_paused = true)]
async fn tarpit_delays_only_the_client_that_errs() {
    let fixture = Fixture::new(
        InboundPolicy {
            tarpit: Tarpit::default(),
            ..open()
        },
        "",
    )
    .await;
    let mut dialogue = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    dialogue.extend([("RCPT TO:<x@here.test>", "550 5.1.1"); 6]);
    let begun = fixture.now();
    fixture.check("192.0.2.1", &dialogue).await;
    // Three are free; then one and two seconds before the next.
    assert_eq!(fixture.now().since(begun).as_secs(), 3);
    let begun = fixture.now();
    fixture.check("127.0.0.1", &dialogue).await;
    assert_eq!(fixture.now().since(begun).as_secs(), 0);
}
