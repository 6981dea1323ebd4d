//! SASL exchanges with a peer that does not know the password, and with a network that changes the
//! messages. Only what a role has accepted succeeds on the server's side; a SCRAM client trusts
//! only a server that proved itself.
//!
//! The first byte chooses the mechanism, the second what is played; the lines that follow are the
//! peer's messages, or what is added to the messages of a real peer.

use mail::Secret;
use sasl::client::{self, Identity};
use sasl::scram::Keys;
use sasl::server::{Exchange, Setup, Step};
use sasl::{Mechanism, Proof};

const CLIENT: u8 = 1;
const TAMPERING: u8 = 2;
const BINDING: u8 = 4;
/// The role accepts what it is asked to verify.
const ACCEPTING: u8 = 8;
/// The server speaks first.
const NO_INITIAL_RESPONSE: u8 = 16;

/// No mechanism has more messages.
const MESSAGES_MAX: usize = 8;
/// A client computes up to a million iterations, which is too slow to be tried often. Challenges
/// that ask for as many digits are left out.
const ITERATION_DIGITS_MAX: usize = 4;

const USER: &str = "user";
const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";
const ITERATIONS: u32 = 4096;

/// Messages in the order of each exchange (RFC 5802 §5, RFC 7677 §3, RFC 2195 §2, RFC 7628 §4).
const SERVER_SEEDS: [&str; 7] = [
    "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL\nc=biws,r=fyko+d2lbbFgONRv9qkxdawLBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "y,a=boss,n=us=2Cer,r=rOprNGfwEbeRWgbNEkqO\nc=eSws,r=x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "p=tls-exporter,,n=user,r=abc\nc=cD10bHMtZXhwb3J0ZXIsLGJiYmI=,r=abc,p=AAAA",
    "boss\0user\0pencil",
    "user\npencil",
    "user b913a602c7eda7a495b4e6e7334d3890",
    "n,a=user,\u{1}host=mx.here.test\u{1}port=587\u{1}auth=Bearer token\u{1}\u{1}\n\u{1}",
];
const CLIENT_SEEDS: [&str; 3] = [
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096\nv=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    "<1896.697170952@postoffice.reston.mci.net>\n",
    "Username:\nPassword:\n",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for mechanism in 0..Mechanism::ALL.len() as u8 {
        for seed in SERVER_SEEDS {
            for flags in [0, ACCEPTING | BINDING] {
                seeds.push([&[mechanism, flags], seed.as_bytes()].concat());
            }
        }
        for seed in CLIENT_SEEDS {
            seeds.push([&[mechanism, CLIENT | BINDING], seed.as_bytes()].concat());
        }
        for seed in ["", "\0\0\0\u{1}", "\n\0\u{1}"] {
            seeds.push([&[mechanism, TAMPERING | ACCEPTING], seed.as_bytes()].concat());
        }
    }
    seeds
}

pub(crate) fn check(data: &[u8]) {
    let [choice, flags, input @ ..] = data else {
        return;
    };
    let mechanism = Mechanism::ALL[usize::from(*choice) % Mechanism::ALL.len()];
    let lines = input.split(|byte| *byte == b'\n');
    if flags & TAMPERING != 0 {
        both_sides(mechanism, *flags, lines);
    } else if flags & CLIENT != 0 {
        client_side(mechanism, *flags, lines);
    } else {
        server_side(mechanism, *flags, lines);
    }
}

fn setup(flags: u8) -> Setup {
    Setup {
        rng: [7; sasl::server::RANDOM_BYTES],
        host: "mx.here.test".to_owned(),
        binding: (flags & BINDING != 0).then(|| b"bbbb".to_vec()),
    }
}

fn identity(flags: u8) -> Identity {
    Identity {
        user: USER.to_owned(),
        secret: Secret::new("not the pencil"),
        nonce: Some(NONCE.to_owned()),
        binding: (flags & BINDING != 0).then(|| b"bbbb".to_vec()),
    }
}

// The server, for a peer that does not know the keys.
fn server_side<'a>(mechanism: Mechanism, flags: u8, lines: impl Iterator<Item = &'a [u8]>) {
    let accepts = flags & ACCEPTING != 0;
    let exchange = Exchange::begin(mechanism, setup(flags));
    let mut step = if flags & NO_INITIAL_RESPONSE != 0 {
        exchange.respond(None)
    } else {
        Step::Challenge(exchange, Vec::new())
    };
    let (mut is_verified, mut messages) = (false, 0);
    let mut lines = lines.map(<[u8]>::to_vec);
    loop {
        step = match step {
            Step::Challenge(exchange, _) => {
                let Some(line) = lines.next() else { return };
                messages += 1;
                assert!(messages <= MESSAGES_MAX, "{mechanism} does not end");
                exchange.respond(Some(line))
            }
            Step::Keys(exchange, hash, user) => {
                exchange.keys(Keys::for_unknown_user(hash, b"k", &user, ITERATIONS))
            }
            Step::Verify(exchange, credentials) => {
                assert_eq!(credentials.mechanism.hash(), mechanism.hash());
                assert_ne!(
                    credentials.proof,
                    Proof::Scram { proven: true },
                    "proven without the keys"
                );
                is_verified = true;
                exchange.conclude(accepts)
            }
            Step::Succeeded => {
                assert!(is_verified && accepts, "{mechanism} succeeded by itself");
                return;
            }
            Step::Failed => {
                assert!(is_verified && !accepts, "{mechanism} failed by itself");
                return;
            }
            Step::Malformed => return,
        };
    }
}

// The client, with a server that does not know its password.
fn client_side<'a>(mechanism: Mechanism, flags: u8, lines: impl Iterator<Item = &'a [u8]>) {
    if matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2) {
        return;
    }
    let identity = identity(flags);
    let (mut client, _) = client::Exchange::begin(mechanism, &identity);
    for line in lines {
        if asks_for_many_iterations(line) {
            return;
        }
        let Some((next, _)) = client.challenge(line, &identity) else {
            return;
        };
        client = next;
        assert!(
            mechanism.hash().is_none() || !client.may_succeed(),
            "a server without the password is trusted"
        );
    }
}

fn asks_for_many_iterations(challenge: &[u8]) -> bool {
    challenge.split(|byte| *byte == b',').any(|part| {
        let digits = part.strip_prefix(b"i=").unwrap_or_default();
        digits.len() > ITERATION_DIGITS_MAX
    })
}

// Both sides; each line is combined by XOR with one message. The server has the client's keys.
fn both_sides<'a>(mechanism: Mechanism, flags: u8, changes: impl Iterator<Item = &'a [u8]>) {
    if matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2) {
        return;
    }
    let accepts = flags & ACCEPTING != 0;
    let identity = identity(flags);
    let mut changes = changes.fuse();
    let mut change = |mut message: Vec<u8>| {
        let mask = changes.next().unwrap_or_default();
        message
            .iter_mut()
            .zip(mask)
            .for_each(|(byte, m)| *byte ^= m);
        message
    };
    let (mut client, initial) = client::Exchange::begin(mechanism, &identity);
    let mut step = Exchange::begin(mechanism, setup(flags)).respond(initial.map(&mut change));
    let mut is_proven = false;
    for _ in 0..2 * MESSAGES_MAX {
        step = match step {
            Step::Challenge(exchange, challenge) => {
                let challenge = change(challenge);
                if asks_for_many_iterations(&challenge) {
                    return;
                }
                let Some((next, response)) = client.challenge(&challenge, &identity) else {
                    return;
                };
                client = next;
                assert!(
                    mechanism.hash().is_none() || !client.may_succeed() || is_proven,
                    "the client trusts a server that did not believe it"
                );
                exchange.respond(Some(change(response)))
            }
            Step::Keys(exchange, hash, _) => {
                let keys = Keys::make(hash, &identity.secret, b"salt", ITERATIONS);
                exchange.keys(keys.expect("a password of allowed characters"))
            }
            Step::Verify(exchange, credentials) => {
                is_proven = credentials.proof == Proof::Scram { proven: true };
                exchange.conclude(accepts)
            }
            Step::Succeeded | Step::Failed | Step::Malformed => return,
        };
    }
    panic!("{mechanism} does not end");
}
