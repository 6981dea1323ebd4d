//! Greylisting.

use super::*;

#[tokio::test(start_paused = true)]
async fn greylists_an_unknown_client_once() {
    let times = GreylistTimes::default();
    let mut policy = InboundPolicy {
        greylist: Some(times),
        allow: vec!["198.51.100.0/24".parse().unwrap()],
        ..open()
    };
    policy.lists = vec![list("wl.test", ListKind::Welcome, Weight::Score(1))];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.1", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture.node.world.sleep(Duration::from_secs(299)).await;
    fixture
        .message("192.0.2.77", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture.node.world.sleep(Duration::from_secs(1)).await;
    fixture
        .message("192.0.2.77", "good.test", "A@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("192.0.2.78", "good.test", "other@b.test", "250")
        .await
        .unwrap();
    // Not greylisted: allowed and trusted clients, clients on a welcome list, and mail to
    // postmaster.
    fixture
        .message("198.51.100.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("127.0.0.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    let dialogue = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<postmaster>", "250"),
        ("RSET", "250"),
    ];
    fixture.check("203.0.113.9", &dialogue).await;
}

#[tokio::test(start_paused = true)]
async fn does_not_greylist_clients_on_a_welcome_list() {
    let mut policy = InboundPolicy {
        greylist: Some(GreylistTimes::default()),
        ..open()
    };
    policy.lists = vec![list("wl.test", ListKind::Welcome, Weight::Score(1))];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.3", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
}
