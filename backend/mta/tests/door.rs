//! The door of port 25: each check in a world of its own, and what holds for every client whatever DNS says.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test, in the functions beside the tests as well")]

mod host;

use event::{Kind, Verdict};
use host::{Exchange, Node, Talk, wire, world};
use mail::dns::{Answer, Failure, Question};
use mail::{Duration, JourneyId, Time};
use mta::Inbound;
use mta::door::{Answers, Checks, DnsList, DoorConfig, ListKind, Tarpit, Weigh};
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use store::{GreylistTimes, Rate, RateLimits, Rates};
use tokio::sync::watch;
use world::zone::Zones;
use world::{BoxFuture, Resolver, World};

/// A door and the DNS behind it; the same client may come several times.
struct Ground {
    node: Node,
    inbound: Inbound,
}

/// DNS that takes its time; `None`: it never answers.
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

impl Ground {
    async fn new(door: DoorConfig, zone: &str) -> Ground {
        Ground::over(door, world(Exchange::default(), zone, true)).await
    }

    async fn slow(door: DoorConfig, zone: &str, after: Option<Duration>) -> Ground {
        let mut slow = world(Exchange::default(), zone, true);
        slow.resolver = Arc::new(Slow { zones: Zones::read(zone).unwrap(), after, world: slow.clone() });
        Ground::over(door, slow).await
    }

    async fn over(door: DoorConfig, world: World) -> Ground {
        let node = Node::new(world, "mx.here.test", "here.test", &["alice", "bob"]).await;
        let smtp = Arc::new(Config::new(Listener::Transfer, "mx.here.test".parse().unwrap(), true));
        let rates = Rates::new(door.rates.clone());
        let inbound = Inbound::guarded(node.world.clone(), node.store.clone(), node.queue.clone(), smtp, door, rates);
        Ground { node, inbound }
    }

    fn now(&self) -> Time {
        self.node.world.now()
    }

    /// A client from an address says lines and hears how the replies begin; the first is the greeting. Answers all replies.
    async fn check(&self, from: &str, chat: &[(&str, &str)]) -> Vec<String> {
        let port = if from.contains(':') { format!("[{from}]:4000") } else { format!("{from}:4000") };
        let here = if from.contains(':') { "[2001:db8:ffff::25]:25" } else { "203.0.113.25:25" };
        let (caller, called) = wire(&port, here);
        let (_stop, stopped) = watch::channel(false);
        let talk = async {
            let (mut talk, mut replies) = (Talk::new(caller), Vec::new());
            for (line, expected) in chat {
                if !line.is_empty() {
                    talk.say(&format!("{line}\r\n")).await;
                }
                let reply = talk.reply().await;
                assert!(reply.starts_with(expected), "{from} {line:?}: expected {expected:?}, got {reply:?}");
                replies.push(reply);
            }
            replies
        };
        tokio::join!(self.inbound.serve(called, stopped), talk).1
    }

    /// A whole letter; the last replies are to RCPT and, where that was accepted, to the letter.
    async fn letter(&self, from: &str, hello: &str, sender: &str, rcpt: &str) -> Option<Vec<(String, Verdict, String)>> {
        let hello = format!("EHLO {hello}");
        let sender = format!("MAIL FROM:<{sender}>");
        let mut chat = vec![("", "220"), (hello.as_str(), "250"), (sender.as_str(), "250"), ("RCPT TO:<alice@here.test>", rcpt)];
        if rcpt.starts_with("250") {
            chat.extend([("DATA", "354"), ("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0")]);
        }
        chat.push(("QUIT", "221"));
        let replies = self.check(from, &chat).await;
        let accepted = replies.iter().find(|r| r.contains("Accepted as"))?;
        let journey: JourneyId = accepted.rsplit(' ').next().unwrap().parse().unwrap();
        let events = self.node.store.journeys().read(journey).await.unwrap();
        let check = |kind| if let Kind::Check { name, verdict, why } = kind { Some((name, verdict, why)) } else { None };
        Some(events.into_iter().filter_map(|e| check(e.kind)).collect())
    }

    async fn checks(&self, from: &str, hello: &str) -> String {
        let checks = self.letter(from, hello, "carol@there.test", "250").await.unwrap();
        checks.iter().map(|(name, verdict, _)| format!("{name} {verdict:?}")).collect::<Vec<_>>().join(", ")
    }
}

/// Only what a test switches on.
fn open() -> DoorConfig {
    let off = Weigh::Off;
    DoorConfig {
        checks: Checks {
            ptr_missing: off,
            ptr_unconfirmed: off,
            helo_syntax: off,
            helo_own: off,
            helo_literal: off,
            helo_unresolved: off,
            early_talker: off,
        },
        tarpit: Tarpit { step: Duration::ZERO, ..Tarpit::default() },
        ..DoorConfig::default()
    }
}

const ZONE: &str = "
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

fn list(zone: &str, kind: ListKind, weigh: Weigh) -> DnsList {
    DnsList { zone: zone.into(), kind, weigh, answers: vec![Answers::USUAL] }
}

#[tokio::test(start_paused = true)]
async fn a_refused_address_hears_so_in_place_of_the_greeting() {
    let entry = mta::door::Entry { reason: Some("sends only spam".into()), ..("192.0.2.0/24".parse().unwrap()) };
    let door = DoorConfig { deny: vec![entry], allow: vec!["192.0.2.7".parse().unwrap()], ..open() };
    let ground = Ground::new(door, "").await;
    let replies = ground.check("192.0.2.1", &[("", "554 5.7.1"), ("EHLO c.test", "503"), ("QUIT", "221")]).await;
    assert!(replies[0].contains("sends only spam"), "{replies:?}");
    ground.check("192.0.2.7", &[("", "220"), ("QUIT", "221")]).await;
    ground.check("::ffff:192.0.2.1", &[("", "554 5.7.1"), ("QUIT", "221")]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_domain_is_refused_as_hello_as_sender_and_as_name_of_the_address() {
    let deny = ["helo:ylmf-pc", "sender:spam.test", "dyn.test"].map(|e| e.parse().unwrap()).to_vec();
    let ground = Ground::new(DoorConfig { deny, ..open() }, ZONE).await;
    ground.check("192.0.2.1", &[("", "220"), ("EHLO ylmf-pc", "550 5.7.1"), ("MAIL FROM:<a@b.test>", "503")]).await;
    let chat = [("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<x@sub.spam.test>", "550 5.7.1"), ("MAIL FROM:<x@fine.test>", "250")];
    ground.check("192.0.2.1", &chat).await;
    ground.letter("192.0.2.9", "c.test", "a@b.test", "550 5.7.1").await;
    // Postmaster too.
    let chat = [("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<>", "250"), ("RCPT TO:<postmaster@here.test>", "550 5.7.1")];
    ground.check("192.0.2.9", &chat).await;
    ground.letter("192.0.2.1", "c.test", "a@b.test", "250").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_is_let_through_by_a_name_must_be_proved_by_dns() {
    let mut door = DoorConfig { allow: vec!["good.test".parse().unwrap()], ..open() };
    door.checks.helo_unresolved = Weigh::Refuse;
    door.lists = vec![list("bl.test", ListKind::Block, Weigh::Refuse)];
    let ground = Ground::new(door, ZONE).await;
    ground.letter("192.0.2.1", "unknown.test", "a@b.test", "250").await.unwrap();
    // Its PTR is a mere claim, and so is its HELO; but its sender is on the list.
    ground.letter("192.0.2.2", "good.test", "a@b.test", "550 5.7.1").await;
    ground.letter("192.0.2.2", "unknown.test", "a@good.test", "250").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_name_of_an_address_must_lead_back_to_it() {
    let mut door = open();
    (door.checks.ptr_missing, door.checks.ptr_unconfirmed) = (Weigh::Score(3), Weigh::Refuse);
    let ground = Ground::new(door, ZONE).await;
    let passes = "ptr Pass, helo Neutral, recipient Pass";
    assert_eq!(ground.checks("192.0.2.1", "mailonly.test").await, passes);
    assert_eq!(ground.checks("2001:db8::1", "mailonly.test").await, passes);
    assert_eq!(ground.checks("192.0.2.77", "mailonly.test").await, "ptr Fail, helo Neutral, score Pass, recipient Pass");
    ground.letter("192.0.2.2", "c.test", "a@b.test", "550 5.7.25").await;
}

#[tokio::test(start_paused = true)]
async fn what_hello_says_is_compared_with_who_says_it() {
    let mut door = open();
    let refuse = Weigh::Refuse;
    let checks = &mut door.checks;
    (checks.helo_syntax, checks.helo_own, checks.helo_literal, checks.helo_unresolved) = (refuse, refuse, refuse, refuse);
    let ground = Ground::new(door, ZONE).await;
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
        ground.letter("192.0.2.1", hello, "a@b.test", rcpt).await;
    }
    // The web server of our domain may have its name.
    ground.node.store.add_domain(&"good.test".parse().unwrap()).await.unwrap();
    ground.letter("192.0.2.1", "good.test", "a@b.test", "250").await.unwrap();
    ground.letter("192.0.2.2", "good.test", "a@b.test", "550 5.7.1").await;
    ground.letter("2001:db8::1", "[IPv6:2001:db8:0::1]", "a@b.test", "250").await.unwrap();
    ground.letter("127.0.0.1", "mx.here.test", "a@b.test", "250").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lists_in_dns_weigh_as_they_are_set_and_only_for_the_answers_that_count() {
    let mut door = open();
    door.lists = vec![list("bl.test", ListKind::Block, Weigh::Score(6)), list("rhs.test", ListKind::Domain, Weigh::Score(4))];
    let ground = Ground::new(door.clone(), ZONE).await;
    for (from, sender, score) in [
        ("192.0.2.2", "a@b.test", Some((Verdict::Neutral, "6 points: dnsbl +6"))),
        ("2001:db8::2", "a@b.test", Some((Verdict::Neutral, "6 points: dnsbl +6"))),
        ("192.0.2.3", "a@b.test", None),
        ("192.0.2.4", "a@b.test", None),
        ("192.0.2.5", "a@b.test", None),
        ("192.0.2.6", "a@bad.test", Some((Verdict::Pass, "4 points: rhsbl +4"))),
    ] {
        let checks = ground.letter(from, "good.test", sender, "250").await.unwrap();
        let found = checks.iter().find(|(name, ..)| name == "score");
        assert_eq!(found.map(|(_, verdict, why)| (*verdict, why.split(';').next().unwrap())), score, "{from}");
    }
    // Both together reach ten.
    ground.letter("192.0.2.2", "good.test", "a@bad.test", "550 5.7.1").await;
    let checks = ground.letter("192.0.2.2", "good.test", "a@b.test", "250").await.unwrap();
    let (_, _, why) = checks.iter().find(|(name, verdict, _)| name == "dnsbl" && *verdict == Verdict::Fail).unwrap();
    assert_eq!(why, "192.0.2.2 is on bl.test: 127.0.0.2 (seen sending spam): +6 points");
    door.lists.push(list("wl.test", ListKind::Welcome, Weigh::Score(2)));
    let ground = Ground::new(door, ZONE).await;
    let checks = ground.letter("192.0.2.2", "good.test", "a@b.test", "250").await.unwrap();
    assert!(
        checks.iter().any(|(name, verdict, why)| name == "score" && *verdict == Verdict::Pass && why.starts_with("4 points")),
        "{checks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_greeting_waits_for_no_dns_unless_it_shall_refuse() {
    let mut door = open();
    door.lists = vec![list("bl.test", ListKind::Block, Weigh::Refuse)];
    let ground = Ground::slow(door.clone(), ZONE, Some(Duration::from_secs(2))).await;
    let begun = ground.now();
    ground.check("192.0.2.2", &[("", "220"), ("EHLO good.test", "250"), ("MAIL FROM:<>", "250")]).await;
    assert!(ground.now().since(begun) < Duration::from_secs(1), "{:?}", ground.now().since(begun));
    let refused = [("", "220"), ("EHLO good.test", "250"), ("MAIL FROM:<>", "250"), ("RCPT TO:<bob@here.test>", "550 5.7.1")];
    ground.check("192.0.2.2", &refused).await;
    let ground = Ground::slow(DoorConfig { refuse_at_connect: true, ..door }, ZONE, Some(Duration::from_secs(2))).await;
    ground.check("192.0.2.2", &[("", "554 5.7.1"), ("QUIT", "221")]).await;
    ground.letter("192.0.2.6", "good.test", "a@b.test", "250").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn answers_are_remembered_for_as_long_as_the_records_say() {
    let mut door = open();
    door.lists = vec![list("bl.test", ListKind::Block, Weigh::Note)];
    let ground = Ground::slow(door, "2.2.0.192.bl.test. 60 A 127.0.0.2\n", Some(Duration::from_secs(2))).await;
    for (pause, waits) in [(0, true), (0, false), (50, false), (60, true)] {
        ground.node.world.sleep(Duration::from_secs(pause)).await;
        let begun = ground.now();
        ground.letter("192.0.2.2", "[192.0.2.2]", "a@[192.0.2.2]", "250").await.unwrap();
        assert_eq!(ground.now().since(begun) >= Duration::from_secs(2), waits, "after {pause} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_asked_to_come_back_once() {
    let times = GreylistTimes::default();
    let mut door = DoorConfig { greylist: Some(times), allow: vec!["198.51.100.0/24".parse().unwrap()], ..open() };
    door.lists = vec![list("wl.test", ListKind::Welcome, Weigh::Score(1))];
    let ground = Ground::new(door, ZONE).await;
    ground.letter("192.0.2.1", "good.test", "a@b.test", "451 4.7.1").await;
    ground.node.world.sleep(Duration::from_secs(299)).await;
    ground.letter("192.0.2.77", "good.test", "a@b.test", "451 4.7.1").await;
    ground.node.world.sleep(Duration::from_secs(1)).await;
    ground.letter("192.0.2.77", "good.test", "A@b.test", "250").await.unwrap();
    ground.letter("192.0.2.78", "good.test", "other@b.test", "250").await.unwrap();
    // Not asked: whoever is allowed or trusted, whoever a list speaks for, whoever writes to postmaster.
    ground.letter("198.51.100.1", "good.test", "a@b.test", "250").await.unwrap();
    ground.letter("127.0.0.1", "good.test", "a@b.test", "250").await.unwrap();
    let chat = [("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<>", "250"), ("RCPT TO:<postmaster>", "250"), ("RSET", "250")];
    ground.check("203.0.113.9", &chat).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_a_list_of_good_repute_speaks_for_is_not_greylisted() {
    let mut door = DoorConfig { greylist: Some(GreylistTimes::default()), ..open() };
    door.lists = vec![list("wl.test", ListKind::Welcome, Weigh::Score(1))];
    let ground = Ground::new(door, ZONE).await;
    ground.letter("192.0.2.3", "good.test", "a@b.test", "451 4.7.1").await;
    ground.letter("192.0.2.2", "good.test", "a@b.test", "250").await.unwrap();
}

fn limited(change: impl FnOnce(&mut RateLimits)) -> DoorConfig {
    let mut door = open();
    change(&mut door.rates);
    door
}

#[tokio::test(start_paused = true)]
async fn one_connection_too_many_is_turned_away_until_time_has_passed() {
    let ground = Ground::new(limited(|r| r.connections = Some(Rate::new(3, 60))), "").await;
    for _ in 0..3 {
        ground.check("192.0.2.1", &[("", "220"), ("QUIT", "221")]).await;
    }
    ground.check("192.0.2.1", &[("", "421 4.7.0")]).await;
    ground.check("198.51.100.1", &[("", "220"), ("QUIT", "221")]).await;
    ground.node.world.sleep(Duration::from_secs(20)).await;
    ground.check("192.0.2.1", &[("", "220"), ("QUIT", "221")]).await;
    for _ in 0..20 {
        ground.check("127.0.0.1", &[("", "220"), ("QUIT", "221")]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn letters_recipients_and_octets_are_counted() {
    let ground = Ground::new(limited(|r| r.letters = Some(Rate::new(2, 60))), "").await;
    let mail = ("MAIL FROM:<a@b.test>", "250");
    let chat = [("", "220"), ("EHLO c.test", "250"), mail, ("RSET", "250"), mail, ("RSET", "250"), ("MAIL FROM:<a@b.test>", "450 4.7.1")];
    ground.check("192.0.2.1", &chat).await;
    let ground = Ground::new(limited(|r| r.recipients = Some(Rate::new(1, 60))), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    ground.check("192.0.2.1", &[("", "220"), ("EHLO c.test", "250"), mail, (alice, "250"), (bob, "452 4.5.3")]).await;
    let ground = Ground::new(limited(|r| r.octets = Some(Rate::new(10, 60))), "").await;
    ground.letter("192.0.2.1", "c.test", "a@b.test", "250").await.unwrap();
    ground.check("192.0.2.1", &[("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<a@b.test>", "450 4.7.1")]).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_reads_the_directory_is_stopped_and_so_is_whoever_errs_all_the_time() {
    let ground = Ground::new(limited(|r| r.unknown_recipients = Some(Rate::new(3, 60))), "").await;
    let mut chat = vec![("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<a@b.test>", "250")];
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
    let ground = Ground::new(DoorConfig { tarpit: Tarpit::default(), ..open() }, "").await;
    let mut chat = vec![("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<a@b.test>", "250")];
    chat.extend([("RCPT TO:<x@here.test>", "550 5.1.1"); 6]);
    let begun = ground.now();
    ground.check("192.0.2.1", &chat).await;
    // Three are free; then one and two seconds before the next.
    assert_eq!(ground.now().since(begun).as_secs(), 3);
    let begun = ground.now();
    ground.check("127.0.0.1", &chat).await;
    assert_eq!(ground.now().since(begun).as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_speaks_before_the_greeting_is_noticed_and_still_heard() {
    for (weigh, refused) in [(Weigh::Refuse, true), (Weigh::Score(2), false)] {
        let mut door = DoorConfig { greet_pause: Duration::from_secs(2), ..open() };
        door.checks.early_talker = weigh;
        let ground = Ground::new(door, ZONE).await;
        let (caller, called) = wire("192.0.2.1:4000", "203.0.113.25:25");
        let (_stop, stopped) = watch::channel(false);
        let talk = async {
            let mut talk = Talk::new(caller);
            talk.say("EHLO good.test\r\n").await;
            let greeting = talk.reply().await;
            assert_eq!(greeting.starts_with("554 5.5.1"), refused, "{greeting}");
            let heard = talk.reply().await;
            assert_eq!(heard.starts_with("250"), !refused, "{heard}");
            talk.ask("QUIT", "221").await;
        };
        tokio::join!(ground.inbound.serve(called, stopped), talk);
        // Who waits is greeted after the pause.
        let begun = ground.now();
        ground.check("192.0.2.1", &[("", "220"), ("QUIT", "221")]).await;
        assert_eq!(ground.now().since(begun).as_secs(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_notice_goes_to_one_recipient() {
    let ground = Ground::new(open(), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    let chat = [("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<>", "250"), (alice, "250"), (bob, "550 5.5.3"), (alice, "250")];
    ground.check("192.0.2.1", &chat).await;
}

#[tokio::test(start_paused = true)]
async fn an_alias_is_a_recipient_where_it_leads_to_somebody() {
    let ground = Ground::new(open(), "").await;
    let store = &ground.node.store;
    for (name, target) in [("team", "alice@here.test"), ("away", "carol@there.test"), ("gone", "nobody@here.test")] {
        store.add_targets(&format!("{name}@here.test").parse().unwrap(), &[target.parse().unwrap()]).await.unwrap();
    }
    let mut chat = vec![("", "220"), ("EHLO c.test", "250"), ("MAIL FROM:<a@b.test>", "250")];
    chat.extend([("RCPT TO:<team@here.test>", "250"), ("RCPT TO:<away@here.test>", "250"), ("RCPT TO:<gone@here.test>", "550 5.1.1")]);
    ground.check("192.0.2.1", &chat).await;
    let alice = store.account_of(&"alice@here.test".parse().unwrap()).await.unwrap().unwrap();
    store.set_quota(alice.id, Some(0)).await.unwrap();
    ground.check("192.0.2.1", &[chat[0], chat[1], chat[2], ("RCPT TO:<team@here.test>", "452 4.2.2")]).await;
}

#[tokio::test(start_paused = true)]
async fn each_letter_tells_what_the_door_found_out_and_which_answer_decided() {
    let ground = Ground::new(DoorConfig::default(), ZONE).await;
    let mut chat = vec![("", "220"), ("EHLO unknown.test", "250")];
    let letter = [
        ("MAIL FROM:<a@b.test>", "250"),
        ("RCPT TO:<alice@here.test>", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0"),
    ];
    chat.extend(letter.iter().chain(&letter));
    let replies = ground.check("192.0.2.2", &chat).await;
    for reply in replies.iter().filter(|r| r.contains("Accepted as")) {
        let journey: JourneyId = reply.rsplit(' ').next().unwrap().parse().unwrap();
        let told = ground.node.store.journeys().read(journey).await.unwrap().into_iter().filter_map(|e| match e.kind {
            Kind::Check { name, verdict, why } => Some(format!("{name} {verdict:?}: {why} [{}]", e.explain)),
            Kind::Dns { question, answer, .. } => {
                Some(format!("{question}: {}", answer.map_or_else(|f| f.to_string(), |r| r.len().to_string())))
            }
            Kind::Line { text, .. } if text.starts_with("RCPT") => Some("RCPT".to_owned()),
            _ => None,
        });
        let mut told: Vec<String> = told.collect();
        // In the order of time: in this world all of it happens in the same millisecond.
        told.sort_by_key(|t| t.starts_with("RCPT"));
        let expected = [
            "2.2.0.192.in-addr.arpa Ptr: 1",
            "good.test A: 1",
            "ptr Fail: 192.0.2.2 calls itself good.test, but that name does not lead back to it: +1 points [check.ptr]",
            "unknown.test A: no such domain (NXDOMAIN)",
            "helo Fail: unknown.test is not known to DNS: +1 points [check.helo]",
            "score Pass: 2 points: ptr +1, helo +1; Junk from 5, refused from 10 [check.score]",
            "recipient Pass: alice@here.test [check]",
            "RCPT",
        ];
        assert_eq!(told, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn mail_is_passed_on_for_named_networks_and_for_nobody_else() {
    let ground = Ground::new(DoorConfig { relay: vec!["192.0.2.0/29".parse().unwrap()], ..open() }, ZONE).await;
    for (from, rcpt) in [("192.0.2.1", "250"), ("192.0.2.7", "250"), ("192.0.2.8", "550 5.7.1"), ("2001:db8::1", "550 5.7.1")] {
        let chat = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<dave@elsewhere.test>", rcpt),
            ("RCPT TO:<alice@here.test>", "250"),
            ("RCPT TO:<nobody@here.test>", "550 5.1.1"),
        ];
        ground.check(from, &chat).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_letter_loops_at_one_host_more_than_is_allowed() {
    let ground = Ground::new(DoorConfig { hops_max: 12, ..open() }, ZONE).await;
    for (hops, reply) in [(12, "250 2.0.0"), (13, "554 5.4.6")] {
        let letter = format!("{}Subject: x\r\n\r\nhello\r\n.", "Received: x\r\n".repeat(hops));
        let chat = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<alice@here.test>", "250"),
            ("DATA", "354"),
            (letter.as_str(), reply),
        ];
        ground.check("192.0.2.1", &chat).await;
    }
}

/// A small generator (splitmix64): the same seed, the same doors.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn weigh(&mut self) -> Weigh {
        [Weigh::Off, Weigh::Note, Weigh::Score(3), Weigh::Score(12), Weigh::Refuse][self.below(5) as usize]
    }

    fn door(&mut self) -> DoorConfig {
        let mut door = open();
        let checks = &mut door.checks;
        for check in [
            &mut checks.ptr_missing,
            &mut checks.ptr_unconfirmed,
            &mut checks.helo_syntax,
            &mut checks.helo_own,
            &mut checks.helo_literal,
            &mut checks.helo_unresolved,
        ] {
            *check = self.weigh();
        }
        door.lists = vec![list("bl.test", ListKind::Block, self.weigh()), list("rhs.test", ListKind::Domain, self.weigh())];
        door.refuse_at_connect = self.below(4) == 0;
        door
    }
}

#[tokio::test(start_paused = true)]
async fn the_allowed_are_never_refused_the_denied_always_and_dns_that_fails_refuses_nobody() {
    for seed in 0..60 {
        let mut seeded = Seeded(seed);
        let from = format!("192.0.2.{}", 1 + seeded.below(9));
        let hello = ["good.test", "mx.here.test", "unknown.test", "localhost", "[192.0.2.99]"][seeded.below(5) as usize];
        let sender = ["a@b.test", "a@bad.test", ""][seeded.below(3) as usize];
        let door = seeded.door();
        let allowed = DoorConfig { allow: vec![from.parse().unwrap()], deny: vec!["192.0.2.0/24".parse().unwrap()], ..door.clone() };
        let allowed = Ground::new(allowed, ZONE).await;
        assert!(allowed.letter(&from, hello, sender, "250").await.is_some(), "seed {seed}");
        let denied = DoorConfig { deny: vec![from.parse().unwrap()], allow: vec!["192.0.2.0/24".parse().unwrap()], ..door.clone() };
        Ground::new(denied, ZONE).await.check(&from, &[("", "554 5.7.1"), ("QUIT", "221")]).await;
        // What is wrong without any DNS is still wrong; all else is forgiven.
        let mut silent = door;
        (silent.checks.helo_own, silent.checks.helo_syntax, silent.checks.helo_literal) = (Weigh::Off, Weigh::Off, Weigh::Off);
        let silent = Ground::slow(silent, ZONE, None).await;
        assert!(silent.letter(&from, hello, sender, "250").await.is_some(), "seed {seed}");
    }
}
