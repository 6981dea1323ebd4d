//! A policy on its fixture: a host, its DNS, and clients who come to it.

use super::*;

/// A policy and the DNS behind it; the same client may come several times.
pub(super) struct Fixture {
    pub(super) node: Node,
    pub(super) inbound: Inbound,
}

/// Slow DNS; `None`: it never answers.
struct Slow {
    zones: Zones,
    after: Option<Duration>,
    world: World,
}

impl Resolver for Slow {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(async move {
            match self.after {
                Some(after) => self.world.sleep(after).await,
                None => std::future::pending().await,
            }
            self.zones.ask(question).await
        })
    }
}

impl Fixture {
    pub(super) async fn new(policy: InboundPolicy, zone: &str) -> Fixture {
        Fixture::over(policy, world(Exchange::default(), zone, true)).await
    }

    pub(super) async fn slow(
        policy: InboundPolicy,
        zone: &str,
        after: Option<Duration>,
    ) -> Fixture {
        let mut slow = world(Exchange::default(), zone, true);
        slow.resolver = Arc::new(Slow {
            zones: Zones::read(zone).unwrap(),
            after,
            world: slow.clone(),
        });
        Fixture::over(policy, slow).await
    }

    pub(super) async fn over(policy: InboundPolicy, world: World) -> Fixture {
        let node = Node::new(world, "mx.here.test", "here.test", &["alice", "bob"]).await;
        let smtp = Arc::new(Config::new(
            Listener::Transfer,
            "mx.here.test".parse().unwrap(),
            true,
        ));
        let inbound = Inbound::new(
            node.world.clone(),
            node.store.clone(),
            node.queue.clone(),
            InboundConfig::with_policy(smtp, policy),
        );
        Fixture { node, inbound }
    }

    pub(super) fn now(&self) -> Time {
        self.node.world.now()
    }

    /// A client from an address says lines and hears how the replies begin; the first is the
    /// greeting. Returns all replies.
    pub(super) async fn check(&self, from: &str, dialogue: &[(&str, &str)]) -> Vec<String> {
        let port = if from.contains(':') {
            format!("[{from}]:4000")
        } else {
            format!("{from}:4000")
        };
        let here = if from.contains(':') {
            "[2001:db8:ffff::25]:25"
        } else {
            "203.0.113.25:25"
        };
        let (caller, called) = wire(&port, here);
        let (_stop, stopped) = watch::channel(false);
        let talk = async {
            let (mut talk, mut replies) = (Talk::new(caller), Vec::new());
            for (line, expected) in dialogue {
                if !line.is_empty() {
                    talk.say(&format!("{line}\r\n")).await;
                }
                let reply = talk.reply().await;
                assert!(
                    reply.starts_with(expected),
                    "{from} {line:?}: expected {expected:?}, got {reply:?}"
                );
                replies.push(reply);
            }
            replies
        };
        tokio::join!(self.inbound.serve(called, stopped), talk).1
    }

    /// Sends a whole message; answers its checks where it was accepted.
    pub(super) async fn message(
        &self,
        from: &str,
        hello: &str,
        sender: &str,
        rcpt: &str,
    ) -> Option<Vec<(String, Verdict, String)>> {
        let hello = format!("EHLO {hello}");
        let sender = format!("MAIL FROM:<{sender}>");
        let mut dialogue = vec![
            ("", "220"),
            (hello.as_str(), "250"),
            (sender.as_str(), "250"),
            ("RCPT TO:<alice@here.test>", rcpt),
        ];
        if rcpt.starts_with("250") {
            dialogue.extend([
                ("DATA", "354"),
                ("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0"),
            ]);
        }
        dialogue.push(("QUIT", "221"));
        let replies = self.check(from, &dialogue).await;
        let accepted = replies.iter().find(|r| r.contains("Accepted as"))?;
        let journey: JourneyId = accepted.rsplit(' ').next().unwrap().parse().unwrap();
        let events = self.node.store.journeys().read(journey).await.unwrap();
        let check = |kind| {
            if let Kind::Check {
                check,
                verdict,
                reason,
                ..
            } = kind
            {
                Some((check.to_string(), verdict, reason.english()))
            } else {
                None
            }
        };
        Some(events.into_iter().filter_map(|e| check(e.kind)).collect())
    }

    pub(super) async fn checks(&self, from: &str, hello: &str) -> String {
        let checks = self
            .message(from, hello, "carol@there.test", "250")
            .await
            .unwrap();
        checks
            .iter()
            .map(|(name, verdict, _)| format!("{name} {verdict:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A policy with all checks off.
pub(super) fn open() -> InboundPolicy {
    let off = Weight::Off;
    InboundPolicy {
        checks: Checks {
            ptr_missing: off,
            ptr_unconfirmed: off,
            helo_syntax: off,
            helo_own: off,
            helo_literal: off,
            helo_unresolved: off,
            early_talker: off,
        },
        tarpit: Tarpit {
            step: Duration::ZERO,
            ..Tarpit::default()
        },
        ..InboundPolicy::default()
    }
}

pub(super) const ZONE: &str = "
good.test. A 192.0.2.1
good.test. AAAA 2001:db8::1
1.2.0.192.in-addr.arpa. PTR good.test.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR good.test.
; Says that it is good.test, and is not.
2.2.0.192.in-addr.arpa. PTR good.test.
9.2.0.192.in-addr.arpa. PTR x.dyn.test.
x.dyn.test. A 192.0.2.9
mailonly.test. MX 10 good.test.
; Lists: an address, an error of the list, an address of IPv6, a domain.
2.2.0.192.bl.test. A 127.0.0.2
2.2.0.192.bl.test. TXT \"seen sending spam\"
3.2.0.192.bl.test. A 127.255.255.254
4.2.0.192.bl.test. A 127.0.0.1
5.2.0.192.bl.test. A 203.0.113.1
2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test. A 127.0.0.4
2.2.0.192.wl.test. A 127.0.0.3
bad.test.rhs.test. A 127.0.0.2
";

pub(super) fn list(zone: &str, kind: ListKind, weight: Weight) -> DnsList {
    DnsList {
        zone: zone.into(),
        kind,
        weight,
        answers: vec![AnswerRange::DEFAULT],
    }
}
