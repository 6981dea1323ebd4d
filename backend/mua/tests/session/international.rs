//! International domains in addresses that users write.

use super::writing::{read, send};
use super::*;

#[tokio::test(start_paused = true)]
async fn international_domains_are_sent_as_a_labels() {
    let host = TestHost::new().await;
    let mut tab = host.tab(&host.alice).await;
    for (typed, expected) in [
        ("wei@书店.test", "wei@xn--1jqq80b.test"),
        ("KASSE@BÄCKEREI.test", "KASSE@xn--bckerei-5wa.test"),
        ("王@bücher.test", "王@xn--bcher-kva.test"),
        ("wei@xn--1jqq80b.test", "wei@xn--1jqq80b.test"),
    ] {
        let message = Draft {
            to: to(typed),
            ..Draft::default()
        };
        let sent = send(&mut tab, message).await;
        let copy = read(&mut tab, sent.id.unwrap()).await;
        assert_eq!(copy.to[0].address, expected, "{typed}");
    }
    // An invisible character is not dropped silently: it is another address.
    let hidden = "wei@书\u{200b}店.test";
    let bad = Draft {
        to: to(hidden),
        ..Draft::default()
    };
    assert_eq!(
        tab.call(Request::Send { draft: bad }).await,
        Err(Problem::Address(hidden.into()))
    );
}

#[tokio::test(start_paused = true)]
async fn an_international_domain_of_this_host_is_delivered_here() {
    let host = TestHost::new().await;
    host.store
        .add_domain(&"书店.test".parse().unwrap())
        .await
        .unwrap();
    host.store
        .add_alias(host.bob.id, host::address("wei@书店.test"))
        .await
        .unwrap();
    let (mut alice, mut bob) = (host.tab(&host.alice).await, host.tab(&host.bob).await);
    let message = Draft {
        to: to("wei@书店.test"),
        subject: "here".into(),
        ..Draft::default()
    };
    send(&mut alice, message).await;
    let inbox = host.folder(host.bob.id, "INBOX").await;
    assert_eq!(bob.list(inbox.id).await[0].subject, "here");
}
