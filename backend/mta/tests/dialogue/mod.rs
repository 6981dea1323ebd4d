//! One dialogue of an unknown client with the inbound role.

use crate::host::{Exchange, Messages, Node, Talk, wire, world};
use mta::{Inbound, InboundConfig};
use smtp::server::{Config, Kind};
use std::sync::Arc;
use tokio::sync::watch;

/// A client sends lines, each with the beginning of its reply; answers the messages that were
/// accepted.
pub async fn check(dialogue: &[(&str, &str)]) -> Messages {
    let node = Node::new(
        world(Exchange::default(), "", true),
        "mx.here.test",
        "here.test",
        &["alice"],
    )
    .await;
    let smtp = Arc::new(Config::new(
        Kind::Transfer,
        "mx.here.test".parse().unwrap(),
        true,
    ));
    let inbound = Inbound::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        InboundConfig::new(smtp),
    );
    let (caller, called) = wire("192.0.2.1:4000", "203.0.113.25:25");
    let (_stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        assert!(talk.reply().await.starts_with("220"));
        for (line, expected) in dialogue {
            talk.ask(line, expected).await;
        }
    };
    tokio::join!(inbound.serve(called, stopped), talk);
    assert!(
        node.store.spool_after(None, 10).await.unwrap().is_empty(),
        "nothing is relayed"
    );
    node.messages()
}
