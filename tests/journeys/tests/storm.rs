//! Many letters while hosts go down, crash, run out of disk and connections break, all drawn from a seed. When the weather is fine again, every
//! letter that was accepted has reached bob or is told of to alice, and nothing waits any more.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test, in the functions beside the tests as well")]

use journeys::{A, B, Country, LAPTOP, submit};
use mail::Duration;
use node::Service;
use sim::{Break, Cut, Direction, Seeded};
use world::Chance;

const LETTERS: u64 = 12;

// One letter, to bob or to nobody; true where a took it.
fn send(country: &Country, number: u64, known: bool) -> bool {
    let laptop = country.world(LAPTOP);
    let letter = format!("From: alice@a.test\r\nSubject: letter-{number}-\r\nMessage-ID: <{number}@laptop.a.test>\r\n\r\nhello\r\n");
    let to: &'static [&'static str] = if known { &["bob@b.test"] } else { &["nobody@b.test"] };
    country.talk(async move { submit(laptop, Service::Submission, "alice@a.test", "alice@a.test", to, letter).await }).all_taken()
}

// Something breaks, or is mended.
fn weather(country: &mut Country, chance: &Seeded, a_runs: &mut bool) {
    let how = [Break::Reset, Break::Silent, Break::OneWay][chance.below(3) as usize];
    let direction = [Direction::ToServer, Direction::ToClient][chance.below(2) as usize];
    match chance.below(9) {
        0 | 1 => {
            let after_octets = chance.below(800);
            country.cut_between(Cut { from: None, to: None, port: None, direction, after_octets, how, connections: 2 });
        }
        2 => country.lab.set_up(B, false).unwrap(),
        3 => country.lab.set_up(B, true).unwrap(),
        4 => country.lab.disk(B).unwrap().set_full(true),
        5 => country.lab.disk(B).unwrap().set_full(false),
        6 => country.lab.edit_link(A, B, |link| link.held = !link.held).unwrap(),
        7 if *a_runs => {
            country.crash(A);
            *a_runs = false;
        }
        7 | 8 if !*a_runs => {
            country.lab.set_up(A, true).unwrap();
            country.start(A);
            *a_runs = true;
        }
        _ => {}
    }
}

// The run's fingerprint, and how many letters were accepted.
fn check(seed: u64) -> (u64, usize) {
    let mut country = Country::new(seed);
    let chance = Seeded::new(seed, "weather");
    let (mut a_runs, mut accepted) = (true, Vec::new());
    for number in 0..LETTERS {
        weather(&mut country, &chance, &mut a_runs);
        let known = chance.below(4) > 0;
        if a_runs && send(&country, number, known) {
            accepted.push((number, known));
        }
        // Part of an exchange, or hours.
        country.pass([Duration::from_millis(chance.below(900)), Duration::from_secs(chance.below(6 * 3600))][chance.below(2) as usize]);
    }
    country.lab.disk(B).unwrap().set_full(false);
    country.lab.edit_link(A, B, |link| link.held = false).unwrap();
    country.lab.set_up(B, true).unwrap();
    if !a_runs {
        country.lab.set_up(A, true).unwrap();
        country.start(A);
    }
    country.rest();
    assert_eq!((country.queued(A), country.queued(B)), (0, 0), "seed {seed}: something waits for ever");
    let (arrived, told) = (country.inbox(B, "bob@b.test").join("\n"), country.inbox(A, "alice@a.test"));
    for (number, known) in &accepted {
        let subject = format!("Subject: letter-{number}-");
        let failed = told.iter().filter(|n| n.contains(&subject) && n.contains("Action: failed")).count();
        let copies = arrived.matches(&subject).count();
        match known {
            true => assert!(copies >= 1 && failed == 0, "seed {seed}: letter {number} came {copies} times, {failed} notices"),
            false => assert!(copies == 0 && failed == 1, "seed {seed}: letter {number} to nobody: {failed} notices"),
        }
    }
    (country.lab.fingerprint(), accepted.len())
}

#[test]
fn every_accepted_letter_arrives_or_is_told_of_whatever_the_weather() {
    let accepted: usize = (0..60).map(|seed| check(seed).1).sum();
    assert!(accepted > 300, "only {accepted}: the storm is too strong to tell anything");
}

#[test]
fn the_same_storm_is_the_same_to_the_byte() {
    for seed in [100, 101, 102] {
        assert_eq!(check(seed), check(seed), "seed {seed}");
    }
}
