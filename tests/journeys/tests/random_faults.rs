//! Many messages under random faults drawn from a seed: hosts go down, crash or run out of disk
//! space, connections break, DNS fails, clocks jump, and messages are held. After all faults end,
//! each accepted recipient has the message or is in a bounce to alice, never neither and never
//! both, and the queues are empty.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{A, B, LAPTOP, TwoHosts, submit};
use mail::Duration;
use mail::dns::Failure;
use node::Service;
use queue::QueueCommand;
use sim::{Break, Cut, Direction, Seeded, Skew};
use world::Rng;

const MESSAGES: u64 = 12;

// Sends one message to `to`; `true` if a accepted it for every recipient.
fn send(hosts: &TwoHosts, number: u64, to: &'static [&'static str]) -> bool {
    let laptop = hosts.world(LAPTOP);
    let message = format!(
        "From: alice@a.test\r\nSubject: message-{number}-\r\nMessage-ID: <{number}@laptop.a.test>\r\n\r\nhello\r\n"
    );
    hosts
        .talk(async move {
            submit(
                laptop,
                Service::Submission,
                "alice@a.test",
                "alice@a.test",
                to,
                message,
            )
            .await
        })
        .all_accepted()
}

// Starts or ends a random fault.
fn random_fault(hosts: &mut TwoHosts, rng: &Seeded, a_runs: &mut bool) {
    let how = [Break::Reset, Break::Silent, Break::OneWay][rng.below(3) as usize];
    let direction = [Direction::ToServer, Direction::ToClient][rng.below(2) as usize];
    match rng.below(15) {
        9 => hosts
            .lab
            .zones()
            .fail("b.test", Some(Failure::ServerFailure)),
        10 => hosts.lab.zones().fail("mx.b.test", Some(Failure::Timeout)),
        11 => repair_dns(hosts),
        12 => {
            let hours = i64::try_from(rng.below(13)).unwrap() - 6;
            hosts
                .lab
                .set_clock(
                    A,
                    Skew {
                        offset_micros: hours * 3_600_000_000,
                        drift_ppm: 0,
                    },
                )
                .unwrap();
        }
        13 if *a_runs => command_all(hosts, QueueCommand::Hold),
        14 if *a_runs => command_all(hosts, QueueCommand::Release),
        0 | 1 => {
            let after_bytes = rng.below(800);
            hosts.cut_between(Cut {
                from: None,
                to: None,
                port: None,
                direction,
                after_bytes,
                how,
                connections: 2,
            });
        }
        2 => hosts.lab.set_up(B, false).unwrap(),
        3 => hosts.lab.set_up(B, true).unwrap(),
        4 => hosts.lab.disk(B).unwrap().set_full(true),
        5 => hosts.lab.disk(B).unwrap().set_full(false),
        6 => hosts
            .lab
            .edit_link(A, B, |link| link.held = !link.held)
            .unwrap(),
        7 if *a_runs => {
            hosts.crash(A);
            *a_runs = false;
        }
        7 | 8 if !*a_runs => {
            hosts.lab.set_up(A, true).unwrap();
            hosts.start(A);
            *a_runs = true;
        }
        _ => {}
    }
}

fn repair_dns(hosts: &TwoHosts) {
    for name in ["b.test", "mx.b.test"] {
        hosts.lab.zones().fail(name, None);
    }
}

// Executes a queue command for every message in a's queue.
fn command_all(hosts: &TwoHosts, order: QueueCommand) {
    let queue = hosts.node(A).queue().clone();
    hosts.talk(async move {
        for row in queue.store().spool_after(None, 100).await.unwrap() {
            // On a full disk the command fails.
            let _ = queue.command(row.id, order).await;
        }
    });
}

// Returns the fingerprint of the run and the number of accepted messages.
fn check(seed: u64) -> (u64, usize) {
    let mut hosts = TwoHosts::new(seed);
    let rng = Seeded::new(seed, "weather");
    let (mut a_runs, mut accepted) = (true, Vec::new());
    for number in 0..MESSAGES {
        random_fault(&mut hosts, &rng, &mut a_runs);
        let to: &'static [&'static str] = [
            &["bob@b.test"][..],
            &["bob@b.test"],
            &["nobody@b.test"],
            &["bob@b.test", "nobody@b.test"],
        ][rng.below(4) as usize];
        if a_runs && send(&hosts, number, to) {
            accepted.push((number, to));
        }
        // Waits for part of a session, or for hours.
        hosts.pass(
            [
                Duration::from_millis(rng.below(900)),
                Duration::from_secs(rng.below(6 * 3600)),
            ][rng.below(2) as usize],
        );
    }
    hosts.lab.disk(B).unwrap().set_full(false);
    hosts.lab.edit_link(A, B, |link| link.held = false).unwrap();
    hosts.lab.set_up(B, true).unwrap();
    if !a_runs {
        hosts.lab.set_up(A, true).unwrap();
        hosts.start(A);
    }
    repair_dns(&hosts);
    command_all(&hosts, QueueCommand::Release);
    // Messages that were being sent may become held only now.
    hosts.pass(Duration::from_secs(3600));
    command_all(&hosts, QueueCommand::Release);
    hosts.rest();
    assert_eq!(
        (hosts.queued(A), hosts.queued(B)),
        (0, 0),
        "seed {seed}: something waits for ever"
    );
    let (arrived, notified) = (
        hosts.inbox(B, "bob@b.test").join("\n"),
        hosts.inbox(A, "alice@a.test"),
    );
    for (number, to) in &accepted {
        let subject = format!("Subject: message-{number}-");
        let failed = |who: &str| {
            let about = |n: &&String| {
                n.contains(&subject)
                    && n.contains(&format!("Final-Recipient: rfc822; {who}"))
                    && n.contains("Action: failed")
            };
            notified.iter().filter(about).count()
        };
        let copies = arrived.matches(&subject).count();
        for who in *to {
            match *who {
                "bob@b.test" => {
                    assert!(
                        copies >= 1 && failed(who) == 0,
                        "seed {seed}: {number} came {copies} times, {} notices",
                        failed(who)
                    );
                }
                _ => assert!(
                    failed(who) == 1,
                    "seed {seed}: message {number} to nobody: {} notices",
                    failed(who)
                ),
            }
        }
        assert!(
            copies == 0 || to.contains(&"bob@b.test"),
            "seed {seed}: message {number} was not for bob"
        );
    }
    (hosts.lab.fingerprint(), accepted.len())
}

#[test]
fn every_accepted_message_is_delivered_or_bounces_under_faults() {
    let accepted: usize = (0..60).map(|seed| check(seed).1).sum();
    assert!(
        accepted > 300,
        "only {accepted}: the storm is too strong to tell anything"
    );
}

#[test]
fn the_same_seed_gives_the_same_faults_and_events() {
    for seed in [100, 101, 102] {
        assert_eq!(check(seed), check(seed), "seed {seed}");
    }
}
