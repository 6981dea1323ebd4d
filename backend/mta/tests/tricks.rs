//! Attacks of unknown clients: relaying through this host (RFC 5321 §7.9 forbids an open relay),
//! and smuggling a second message in the first. Each is rejected, and nothing is stored.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod host;

use host::{Exchange, Messages, Node, Talk, wire, world};
use mta::{Inbound, InboundConfig};
use smtp::server::{Config, Kind};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// A client sends lines, each with the beginning of its reply; answers the messages that were
/// accepted.
async fn check(dialogue: &[(&str, &str)]) -> Messages {
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

#[tokio::test(start_paused = true)]
async fn no_address_form_causes_relaying() {
    let refused = "550 5.7.1";
    for (recipient, reply) in [
        ("victim@there.test", refused),
        ("victim@[198.51.100.1]", refused),
        ("victim@[203.0.113.25]", refused),
        ("victim@[IPv6:2001:db8::1]", refused),
        // The %-hack, also twice, and in quotes.
        ("victim%there.test@here.test", refused),
        ("victim%there.test%b.test@here.test", refused),
        ("\"victim%there.test\"@here.test", refused),
        ("victim%there.test@[203.0.113.25]", refused),
        // An address in the local part.
        ("\"victim@there.test\"@here.test", refused),
        ("\"victim\\@there.test\"@here.test", refused),
        // Bang paths, and mixed ones.
        ("there.test!victim@here.test", refused),
        ("here.test!there.test!victim@here.test", refused),
        ("there.test!victim", "501 5.1.3"),
        ("there.test!victim%b.test@here.test", refused),
        // Source routes (RFC 5321 appendix C).
        ("@here.test:victim@there.test", "501 5.1.3"),
        ("@here.test,@b.test:victim@there.test", "501 5.1.3"),
        ("@mx.here.test:victim@here.test", "501 5.1.3"),
        // A domain of ours somewhere in a foreign one.
        ("victim@here.test.there.test", refused),
        ("victim@nothere.test", refused),
        ("victim@sub.here.test", refused),
        ("victim@there.test@here.test", "501 5.1.3"),
        ("victim@here.test@there.test", "501 5.1.3"),
        ("victim", "501 5.1.3"),
        ("victim@", "501 5.1.3"),
        ("\"victim@there.test\"", "501 5.1.3"),
        ("<victim@there.test>", "501 5.1.3"),
        ("victim@there.test\0@here.test", "500"),
        ("victim@here.test,victim@there.test", "501 5.1.3"),
    ] {
        for sender in [
            "",
            "alice@here.test",
            "postmaster@[203.0.113.25]",
            "eve@there.test",
        ] {
            let (mail, rcpt) = (
                format!("MAIL FROM:<{sender}>"),
                format!("RCPT TO:<{recipient}>"),
            );
            let messages = check(&[
                ("EHLO c.test", "250"),
                (&mail, "250"),
                (&rcpt, reply),
                ("DATA", "503"),
            ])
            .await;
            assert!(messages.is_empty(), "{recipient}");
        }
    }
}

/// Where texts of others lie; they are not part of this tree.
fn corpus(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/smtp")
        .join(folder);
    if !path.is_dir() {
        #[expect(
            clippy::print_stderr,
            reason = "the output must show what was not tested"
        )]
        {
            eprintln!("skipped: {} is not there", path.display());
        }
        return None;
    }
    Some(path)
}

#[tokio::test(start_paused = true)]
async fn no_line_end_sequence_smuggles_a_second_message() {
    let Some(folder) = corpus("smuggling") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("smuggling.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let sequences = all["end_of_data_sequences"].as_array().unwrap();
    assert!(!sequences.is_empty());
    for sequence in sequences {
        let fake = sequence["sequence"].as_str().unwrap();
        let template = all["message_template"].as_str().unwrap();
        let message = template
            .replace("{inject}", fake)
            .replace("{sender_address_smuggled}", "alice@here.test");
        let message = message
            .strip_suffix("\r\n.\r\n")
            .unwrap_or(&message)
            .to_owned()
            + "\r\n.";
        let dialogue = [
            ("EHLO c.test", "250"),
            ("MAIL FROM:<a@b.test>", "250"),
            ("RCPT TO:<alice@here.test>", "250"),
            ("DATA", "354"),
            (message.as_str(), "554 5.6.0"),
            ("NOOP", "250"),
            ("QUIT", "221"),
        ];
        assert!(check(&dialogue).await.is_empty(), "{fake:?}");
    }
}
