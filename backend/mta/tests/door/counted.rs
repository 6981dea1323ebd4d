//! What is counted: connections, messages, recipients, errors; and how long the next answer waits.

use super::*;

fn limited(change: impl FnOnce(&mut RateLimits)) -> InboundPolicy {
    let mut door = open();
    change(&mut door.rates);
    door
}

#[tokio::test(start_paused = true)]
async fn one_connection_too_many_is_turned_away_until_time_has_passed() {
    let ground = Ground::new(limited(|r| r.connections = Some(Rate::new(3, 60))), "").await;
    for _ in 0..3 {
        ground
            .check("192.0.2.1", &[("", "220"), ("QUIT", "221")])
            .await;
    }
    ground.check("192.0.2.1", &[("", "421 4.7.0")]).await;
    ground
        .check("198.51.100.1", &[("", "220"), ("QUIT", "221")])
        .await;
    ground.node.world.sleep(Duration::from_secs(20)).await;
    ground
        .check("192.0.2.1", &[("", "220"), ("QUIT", "221")])
        .await;
    for _ in 0..20 {
        ground
            .check("127.0.0.1", &[("", "220"), ("QUIT", "221")])
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn messages_recipients_and_bytes_are_counted() {
    let ground = Ground::new(limited(|r| r.messages = Some(Rate::new(2, 60))), "").await;
    let mail = ("MAIL FROM:<a@b.test>", "250");
    let chat = [
        ("", "220"),
        ("EHLO c.test", "250"),
        mail,
        ("RSET", "250"),
        mail,
        ("RSET", "250"),
        ("MAIL FROM:<a@b.test>", "450 4.7.1"),
    ];
    ground.check("192.0.2.1", &chat).await;
    let ground = Ground::new(limited(|r| r.recipients = Some(Rate::new(1, 60))), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    ground
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
    let ground = Ground::new(limited(|r| r.bytes = Some(Rate::new(10, 60))), "").await;
    ground
        .message("192.0.2.1", "c.test", "a@b.test", "250")
        .await
        .unwrap();
    ground
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
async fn whoever_reads_the_directory_is_stopped_and_so_is_whoever_errs_all_the_time() {
    let ground = Ground::new(
        limited(|r| r.unknown_recipients = Some(Rate::new(3, 60))),
        "",
    )
    .await;
    let mut chat = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    chat.extend([("RCPT TO:<x@here.test>", "550 5.1.1"); 2]);
    chat.push(("RCPT TO:<x@here.test>", "421 4.7.0"));
    ground.check("192.0.2.1", &chat).await;
    ground.check("192.0.2.1", &[("", "421 4.7.0")]).await;
    let ground = Ground::new(limited(|r| r.errors = Some(Rate::new(5, 60))), "").await;
    let mut chat = vec![("", "220"), ("EHLO c.test", "250")];
    chat.extend([("XYZZY", "500"); 5]);
    chat.push(("MAIL FROM:<a@b.test>", "421 4.7.0"));
    ground.check("192.0.2.1", &chat).await;
    ground.check("192.0.2.1", &[("", "421 4.7.0")]).await;
}

#[tokio::test(start_paused = true)]
async fn errors_make_the_answers_slower_and_nobody_else_waits() {
    let ground = Ground::new(
        InboundPolicy {
            tarpit: Tarpit::default(),
            ..open()
        },
        "",
    )
    .await;
    let mut chat = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    chat.extend([("RCPT TO:<x@here.test>", "550 5.1.1"); 6]);
    let begun = ground.now();
    ground.check("192.0.2.1", &chat).await;
    // Three are free; then one and two seconds before the next.
    assert_eq!(ground.now().since(begun).as_secs(), 3);
    let begun = ground.now();
    ground.check("127.0.0.1", &chat).await;
    assert_eq!(ground.now().since(begun).as_secs(), 0);
}
