//! The view that clients build from the responses agrees with the mailbox after any interleaving of
//! two sessions.

use super::*;

/// The view of a careful client, built from the untagged responses alone.
#[derive(Default)]
struct ClientView {
    messages: Vec<(Option<u32>, Option<String>)>,
}

impl ClientView {
    fn apply(&mut self, received: &str) {
        let received = &without_literals(received);
        for line in received.lines().filter_map(|l| l.strip_prefix("* ")) {
            let mut words = line.split(' ');
            let Some(n) = words.next().and_then(|w| w.parse::<usize>().ok()) else {
                continue;
            };
            match words.next() {
                Some("EXISTS") => {
                    assert!(
                        n >= self.messages.len(),
                        "EXISTS never goes down by itself: {received}"
                    );
                    self.messages.resize(n, (None, None));
                }
                Some("EXPUNGE") => drop(self.messages.remove(n - 1)),
                Some("FETCH") => {
                    let message = &mut self.messages[n - 1];
                    if let Some((_, rest)) = line.split_once("UID ") {
                        let uid = rest.split([' ', ')']).next().unwrap().parse().unwrap();
                        assert!(
                            message.0.is_none_or(|u| u == uid),
                            "a number changed its UID: {received}"
                        );
                        message.0 = Some(uid);
                    }
                    if let Some((_, rest)) = line.split_once("FLAGS (") {
                        message.1 = Some(
                            rest.split_once(')')
                                .unwrap()
                                .0
                                .replace("\\Recent", "")
                                .trim()
                                .replace("  ", " ")
                                .to_owned(),
                        );
                    }
                }
                _ => {}
            }
        }
    }
}

fn without_literals(received: &str) -> String {
    let Some((head, rest)) = received.split_once("}\r\n") else {
        return received.to_owned();
    };
    let Some((before, bytes)) = head
        .rsplit_once('{')
        .and_then(|(b, n)| Some((b, n.parse::<usize>().ok()?)))
    else {
        return format!("{head}}}\r\n{}", without_literals(rest));
    };
    format!("{before}{}", without_literals(&rest[bytes..]))
}

const COMMANDS: [&str; 14] = [
    "NOOP",
    "UID FETCH 1:* (UID FLAGS)",
    "STORE 1:2 +FLAGS (\\Seen)",
    "STORE * -FLAGS (\\Seen)",
    "UID STORE 1:4 +FLAGS (\\Deleted)",
    "UID STORE 3:* FLAGS (\\Flagged)",
    "EXPUNGE",
    "UID EXPUNGE 2:5",
    "COPY 1 INBOX",
    "MOVE 1 INBOX",
    "SEARCH SEEN",
    "FETCH 1:* BODY[]",
    "FETCH 1:* FLAGS",
    "APPEND INBOX {5+}\r\nabcde",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    // Two clients and direct changes of the store; at the end all agree.
    #[test]
    fn concurrent_sessions_agree_on_a_mailbox(steps in proptest::collection::vec((0usize..3, 0usize..COMMANDS.len()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let host = host().await;
            for journey in 1..=4 {
                host.deliver(MESSAGE, journey).await;
            }
            let inbox = host.store.inbox(host.alice.id).await.unwrap();
            let mut clients = [host.alice().await, host.alice().await];
            let mut views = [ClientView::default(), ClientView::default()];
            for (client, view) in clients.iter_mut().zip(&mut views) {
                view.apply(&client.send("s SELECT INBOX").await);
                view.apply(&client.send("s FETCH 1:* (UID FLAGS)").await);
            }
            for (who, command) in steps {
                let Some(client) = clients.get_mut(who) else {
                    let first: Vec<u32> = inbox.read(|s| s.entries.iter().take(2).map(|e| e.uid).collect());
                    if command % 2 == 0 {
                        host.store.delete_permanently(&inbox, &first[..first.len().min(1)]).await.unwrap();
                    } else {
                        host.store.change_flags(&inbox, &first, &FlagChange::Add(Flags::of(mail::flags::ANSWERED))).await.unwrap();
                    }
                    continue;
                };
                let command = COMMANDS[command];
                let received = client.send(&format!("c {command}")).await;
                let kept = ["FETCH", "STORE", "SEARCH"].iter().any(|v| command.starts_with(v));
                prop_assert!(!kept || !received.contains(" EXPUNGE\r\n"), "{command}: {received}");
                views[who].apply(&received);
            }
            let truth: BTreeMap<u32, String> = inbox.read(|s| {
                s.entries.iter().map(|e| (e.uid, e.all_flags().names().collect::<Vec<_>>().join(" "))).collect()
            });
            for (client, view) in clients.iter_mut().zip(&mut views) {
                view.apply(&client.send("n NOOP").await);
                prop_assert_eq!(view.messages.len(), truth.len());
                for (message, (uid, flags)) in view.messages.iter().zip(&truth) {
                    prop_assert!(message.0.is_none_or(|u| u == *uid));
                    prop_assert!(message.1.as_ref().is_none_or(|f| f == flags), "{message:?} {uid} {flags}");
                }
                prop_assert_eq!(client.send("n UID SEARCH ALL").await.lines().next().unwrap().split(' ').skip(2).map(|n| n.parse().unwrap()).collect::<Vec<u32>>(), truth.keys().copied().collect::<Vec<_>>());
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn a_whole_id_is_taken_before_login() {
    let host = host().await;
    let pairs = |value: usize| {
        let pair = format!("\"{}\" \"{}\"", "n".repeat(30), "v".repeat(value));
        vec![pair; 30].join(" ")
    };
    let mut client = host.connect().await;
    let reply = client.send(&format!("a ID ({})", pairs(1024))).await;
    assert!(reply.ends_with("a OK ID completed\r\n"), "{reply}");
    let reply = client.send(&format!("b ID ({})", pairs(1025))).await;
    assert!(reply.starts_with("b BAD"), "{reply}");
    let literals = vec![format!("\"name\" {{1024+}}\r\n{}", "v".repeat(1024)); 30].join(" ");
    let reply = client.send(&format!("c ID ({literals})")).await;
    assert!(reply.ends_with("c OK ID completed\r\n"), "{reply}");
}
