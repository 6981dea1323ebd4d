//! What it costs to know who sent a letter: SPF, DKIM and DMARC of 50 KB with DNS in memory. A measurement, run by hand:
//! `cargo test --release -p auth --test speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement takes the time and tells it")]

use auth::dkim::{Algorithm, Hashing, PrivateKey, sign};
use auth::{Action, Arrival, Policies, Reading, judge};
use mail::dns::Record;
use std::sync::Arc;
use std::time::Instant;
use world::zone::Zones;

const ROUNDS: u32 = 500;
const MILLISECOND_MICROS: u128 = 1000;

#[tokio::test]
#[ignore = "a measurement, and meaningless without --release"]
async fn fifty_kilobytes_are_verified_within_a_millisecond() {
    let rsa = PrivateKey::from_der(Algorithm::RsaSha256, &PrivateKey::new_rsa_der().unwrap()).unwrap();
    let ed25519 = PrivateKey::from_der(Algorithm::Ed25519Sha256, &PrivateKey::ed25519_der(&[7; 32])).unwrap();
    let zones = Zones::default();
    zones.add("a.test", Record::Txt("v=spf1 ip4:198.51.100.0/24 include:_spf.a.test -all".into()));
    zones.add("_spf.a.test", Record::Txt("v=spf1 ip4:192.0.2.0/24 -all".into()));
    zones.add("_dmarc.a.test", Record::Txt("v=DMARC1; p=reject".into()));
    let head = "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: fifty\r\nDate: Sat, 21 Nov 2026 09:33:05 +0000\r\nMessage-ID: <1@a.test>\r\n\r\n";
    let body = "A line of a letter that is neither short nor long, as letters have them.\r\n".repeat(700);
    let mut fields = String::new();
    for (selector, key) in [("r", &rsa), ("e", &ed25519)] {
        zones.add(&format!("{selector}._domainkey.a.test"), Record::Txt(key.record()));
        let mut hashing = Hashing::default();
        hashing.write(body.as_bytes());
        fields += &sign(key, "a.test", selector, head.as_bytes(), &hashing.finish(), mail::Time(0)).unwrap().field;
    }
    let letter = format!("{fields}{head}{body}").into_bytes();
    let mut world = world::still::world();
    world.resolver = Arc::new(zones);
    let sender = "alice@a.test".parse().unwrap();
    let arrival = Arrival { ip: "192.0.2.25".parse().unwrap(), helo: "mx.a.test", sender: Some(&sender), host: "mx.b.test" };
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let mut reading = Reading::default();
        letter.chunks(16 * 1024).for_each(|piece| reading.write(piece));
        let judged = judge(&world, &Policies::default(), arrival, &reading.finish()).await;
        assert_eq!(judged.action, Action::Accept);
        assert!(judged.field.contains("dmarc=pass") && judged.field.matches("dkim=pass").count() == 2, "{}", judged.field);
    }
    let micros = begun.elapsed().as_micros() / u128::from(ROUNDS);
    println!("{} octets, two signatures: {micros} µs", letter.len());
    assert!(micros <= MILLISECOND_MICROS, "{micros} µs");
}
