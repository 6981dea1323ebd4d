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
