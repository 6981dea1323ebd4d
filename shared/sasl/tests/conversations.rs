//! Both sides against the examples of the RFCs, against each other, and against random input.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

use mail::Secret;
use proptest::prelude::*;
use sasl::client::Identity;
use sasl::scram::{Hash, Keys, server::Start};
use sasl::server::{Exchange, Setup, Step};
use sasl::{Mechanism, Mechanisms, Proof};

struct Example {
    mechanism: Mechanism,
    hash: Hash,
    server_nonce: &'static str,
    salt: &'static str,
    messages: [&'static str; 4],
}

// RFC 5802 §5
const SHA1: Example = Example {
    mechanism: Mechanism::ScramSha1,
    hash: Hash::Sha1,
    server_nonce: "3rfcNHYJY1ZVvWVs7j",
    salt: "QSXCR+Q6sek8bf92",
    messages: [
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ],
};

// RFC 7677 §3
const SHA256: Example = Example {
    mechanism: Mechanism::ScramSha256,
    hash: Hash::Sha256,
    server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    messages: [
        "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ],
};

#[test]
fn both_sides_of_scram_match_the_rfc_examples() {
    for example in [SHA1, SHA256] {
        let password = Secret::new("pencil");
        let salt = sasl::decode(example.salt).unwrap();
        let start = Start {
            mechanism: example.mechanism,
            nonce: example.server_nonce.into(),
            binding: None,
        };
        let named = start.first(example.messages[0].as_bytes()).unwrap();
        assert_eq!(named.user(), "user");
        let (asked, received) =
            named.keys(Keys::make(example.hash, &password, &salt, 4096).unwrap());
        assert_eq!(String::from_utf8(received).unwrap(), example.messages[1]);
        let looked = asked.last(example.messages[2].as_bytes()).unwrap();
        assert!(looked.proven);
        assert_eq!(
            String::from_utf8(looked.server_final).unwrap(),
            example.messages[3]
        );

        let nonce = example.messages[0].rsplit("r=").next().unwrap();
        let (first, received) = sasl::scram::client::begin(example.hash, "user", nonce, None);
        assert_eq!(String::from_utf8(received).unwrap(), example.messages[0]);
        let (last, received) = first
            .challenge(example.messages[1].as_bytes(), &password)
            .unwrap();
        assert_eq!(String::from_utf8(received).unwrap(), example.messages[2]);
        assert!(last.check(example.messages[3].as_bytes()));
        assert!(!last.check(b"v=AAAA") && !last.check(b"e=other-error") && !last.check(b""));
    }
}

fn setup(binding: Option<&[u8]>) -> Setup {
    Setup {
        rng: [7; 24],
        host: "mx.here.test".into(),
        binding: binding.map(<[u8]>::to_vec),
    }
}

fn identity(secret: &str, binding: Option<&[u8]>) -> Identity {
    let nonce = Some("fyko+d2lbbFgONRv9qkxdawL".to_owned());
    Identity {
        user: "alice".into(),
        secret: Secret::new(secret),
        nonce,
        binding: binding.map(<[u8]>::to_vec),
    }
}

// Plays a whole exchange with the password `wonder` on the server's side; returns whether the
// server and the client consider it a success.
fn play(
    mechanism: Mechanism,
    secret: &str,
    client_binding: Option<&[u8]>,
    server_binding: Option<&[u8]>,
) -> (bool, bool) {
    let who = identity(secret, client_binding);
    let (mut client, mut received) = sasl::client::Exchange::begin(mechanism, &who);
    let mut step = Exchange::begin(mechanism, setup(server_binding)).respond(received.take());
    for _ in 0..10 {
        step = match step {
            Step::Challenge(exchange, challenge) => {
                let Some((next, response)) = client.challenge(&challenge, &who) else {
                    return (false, false);
                };
                client = next;
                exchange.respond(Some(response))
            }
            Step::Keys(exchange, hash, user) => {
                assert_eq!(user, "alice");
                exchange.keys(Keys::make(hash, &Secret::new("wonder"), b"salt", 4096).unwrap())
            }
            Step::Verify(exchange, credentials) => {
                assert_eq!(
                    (credentials.mechanism, credentials.authentication.as_str()),
                    (mechanism, "alice")
                );
                let good = match credentials.proof {
                    Proof::Password(secret) => secret.reveal() == b"wonder",
                    Proof::CramMd5 { challenge, digest } => {
                        sasl::cram::verify(&Secret::new("wonder"), &challenge, &digest)
                    }
                    Proof::Scram { proven } => proven,
                    Proof::Token(_) => false,
                };
                exchange.conclude(good)
            }
            Step::Succeeded => return (true, client.may_succeed()),
            Step::Failed | Step::Malformed => return (false, false),
        };
    }
    panic!("an exchange without an end");
}

#[test]
fn every_mechanism_accepts_only_the_right_password() {
    let exported = b"exported value of this connection".as_slice();
    for mechanism in Mechanism::ALL
        .into_iter()
        .filter(|m| !matches!(m, Mechanism::OAuthBearer | Mechanism::XOAuth2))
    {
        let binding = mechanism.is_plus().then_some(exported);
        assert_eq!(
            play(mechanism, "wonder", binding, binding),
            (true, true),
            "{mechanism}"
        );
        assert_eq!(
            play(mechanism, "wonders", binding, binding),
            (false, false),
            "{mechanism}"
        );
    }
}

#[test]
fn channel_binding_detects_a_man_in_the_middle() {
    for mechanism in [Mechanism::ScramSha1Plus, Mechanism::ScramSha256Plus] {
        assert_eq!(
            play(mechanism, "wonder", Some(b"mine"), Some(b"another")),
            (false, false)
        );
        assert_eq!(
            play(mechanism, "wonder", Some(b"mine"), None),
            (false, false)
        );
    }
    // With -PLUS on offer, `y` means that the list of mechanisms was modified on the way; `n` is an
    // honest client without channel binding.
    let first = |received: &[u8], binding| {
        Exchange::begin(Mechanism::ScramSha256, setup(binding)).respond(Some(received.to_vec()))
    };
    assert!(matches!(
        first(b"y,,n=alice,r=abc", Some(b"x")),
        Step::Malformed
    ));
    assert!(matches!(first(b"y,,n=alice,r=abc", None), Step::Keys(..)));
    assert!(matches!(
        first(b"n,,n=alice,r=abc", Some(b"x")),
        Step::Keys(..)
    ));
    assert!(matches!(
        first(b"p=tls-exporter,,n=alice,r=abc", Some(b"x")),
        Step::Malformed
    ));
    assert!(matches!(
        first(b"p=tls-unique,,n=alice,r=abc", None),
        Step::Malformed
    ));
}

#[test]
fn unknown_name_has_a_stable_salt_and_no_matching_password() {
    let keys = |secret: &[u8], name: &str, hash| Keys::for_unknown_user(hash, secret, name, 4096);
    for hash in [Hash::Sha1, Hash::Sha256] {
        assert_eq!(keys(b"k", "nobody", hash), keys(b"k", "nobody", hash));
        assert_ne!(
            keys(b"k", "nobody", hash).salt,
            keys(b"k", "nobody2", hash).salt
        );
        assert_ne!(
            keys(b"k", "nobody", hash).salt,
            keys(b"l", "nobody", hash).salt
        );
        assert_eq!(
            keys(b"k", "nobody", hash).salt.len(),
            sasl::scram::SALT_BYTES
        );
    }
}

#[test]
fn client_picks_the_best_possible_mechanism() {
    let all = Mechanisms::of(Mechanism::ALL);
    let pick = |offered, nonce: bool, binding: bool| {
        let mut who = identity("x", binding.then_some(b"x".as_slice()));
        who.nonce = who.nonce.filter(|_| nonce);
        sasl::client::best(offered, &who)
    };
    assert_eq!(pick(all, true, true), Some(Mechanism::ScramSha256Plus));
    assert_eq!(pick(all, true, false), Some(Mechanism::ScramSha256));
    assert_eq!(pick(all, false, true), Some(Mechanism::CramMd5));
    assert_eq!(
        pick(Mechanisms::passwords(), true, true),
        Some(Mechanism::Plain)
    );
    assert_eq!(pick(Mechanisms::of([Mechanism::XOAuth2]), true, true), None);
}

#[test]
fn client_limits_iterations_and_requires_the_server_proof() {
    let password = Secret::new("pencil");
    let first = || sasl::scram::client::begin(Hash::Sha1, "user", "abc", None).0;
    for bad in [
        "r=abcd,s=QSXC,i=4095",
        "r=abcd,s=QSXC,i=1000001",
        "r=abc,s=QSXC,i=4096",
        "r=xabcd,s=QSXC,i=4096",
        "r=abcd,s=,i=4096",
        "r=abcd,s=QSXC,i=-1",
        "m=x,r=abcd,s=QSXC,i=4096",
        "e=x",
    ] {
        assert!(
            first().challenge(bad.as_bytes(), &password).is_none(),
            "{bad}"
        );
    }
    assert!(
        first()
            .challenge(b"r=abcd,s=QSXC,i=4096", &password)
            .is_some()
    );
    let who = identity("wonder", None);
    let (exchange, _) = sasl::client::Exchange::begin(Mechanism::ScramSha256, &who);
    assert!(!exchange.may_succeed());
}

#[test]
fn token_failure_sends_a_reason_and_expects_a_dummy() {
    for (mechanism, message) in [
        (
            Mechanism::OAuthBearer,
            sasl::bearer::oauthbearer("alice", &Secret::new("t"), "h.test", 587),
        ),
        (
            Mechanism::XOAuth2,
            sasl::bearer::xoauth2("alice", &Secret::new("t")),
        ),
    ] {
        let Step::Challenge(exchange, empty) =
            Exchange::begin(mechanism, setup(None)).respond(None)
        else {
            panic!("{mechanism}")
        };
        assert!(empty.is_empty());
        let Step::Verify(exchange, credentials) = exchange.respond(Some(message.clone())) else {
            panic!("{mechanism}")
        };
        assert_eq!(credentials.proof, Proof::Token(Secret::new("t")));
        let Step::Challenge(exchange, reason) = exchange.conclude(false) else {
            panic!("{mechanism}")
        };
        assert_eq!(reason, sasl::bearer::failure());
        assert!(matches!(
            exchange.respond(Some(sasl::bearer::DUMMY.to_vec())),
            Step::Failed
        ));
        let Step::Verify(exchange, _) =
            Exchange::begin(mechanism, setup(None)).respond(Some(message))
        else {
            panic!("{mechanism}")
        };
        assert!(matches!(exchange.conclude(true), Step::Succeeded));
    }
}

proptest! {
    #[test]
    fn random_messages_prove_nothing(noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..5), which in 0..Mechanism::ALL.len()) {
        let mut step = Step::Challenge(Exchange::begin(Mechanism::ALL[which], setup(None)), vec![]);
        for response in noise {
            step = match step {
                Step::Challenge(exchange, _) => exchange.respond(Some(response)),
                Step::Keys(exchange, hash, user) => exchange.keys(Keys::for_unknown_user(hash, b"k", &user, 4096)),
                Step::Verify(_, credentials) => {
                    let is_proven = matches!(credentials.proof, Proof::Scram { proven: true });
                    prop_assert!(!is_proven);
                    break;
                }
                Step::Succeeded => return Err(TestCaseError::fail("noise was let in")),
                Step::Failed | Step::Malformed => break,
            };
        }
    }

    #[test]
    fn modified_proof_is_rejected(at in 0usize..28, bit in 0u8..8) {
        let keys = Keys::make(Hash::Sha1, &Secret::new("pencil"), &sasl::decode(SHA1.salt).unwrap(), 4096).unwrap();
        let start = Start { mechanism: Mechanism::ScramSha1, nonce: SHA1.server_nonce.into(), binding: None };
        let (asked, _) = start.first(SHA1.messages[0].as_bytes()).unwrap().keys(keys);
        let mut message = SHA1.messages[2].as_bytes().to_vec();
        let from = message.len() - 28;
        message[from + at] ^= 1 << bit;
        prop_assert!(asked.last(&message).is_none_or(|l| !l.proven));
    }
}
