//! Signing in by every way: passwords, app passwords, keys, shared secrets, tokens; and what nobody
//! may learn from a refusal.

use crate::secrets::scram_keys;
use crate::{By, LoginError, Logins, NewAccount, PasswordCost, Store, TokenFault, Tokens};
use mail::{Address, Secret, Time};
use sasl::scram::Hash;
use sasl::{Credentials, Mechanism, Proof};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use world::{BoxFuture, World};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
// Few iterations: a test's time is short. Argon2 as the Lab has it.
const COST: PasswordCost = PasswordCost {
    scram_iterations: 4096,
    ..PasswordCost::NONE
};

fn alice() -> Address {
    "alice@a.test".parse().unwrap()
}

async fn store(cost: PasswordCost) -> Store {
    let store = Store::in_memory(cost).await.unwrap();
    store.add_domain(&"a.test".parse().unwrap()).await.unwrap();
    let new = NewAccount {
        address: alice(),
        name: "Alice".into(),
        password: Secret::new("wonder"),
    };
    store.add_account(new, [1; 16], Time(1)).await.unwrap();
    store
}

fn logins(store: &Store) -> Logins {
    Logins::new(store.clone(), world::still::world())
}

fn by(mechanism: Mechanism, proof: Proof) -> Credentials {
    Credentials {
        mechanism,
        authorization: None,
        authentication: "alice@a.test".into(),
        proof,
    }
}

fn password(secret: &str) -> Credentials {
    by(Mechanism::Plain, Proof::Password(Secret::new(secret)))
}

#[tokio::test]
async fn an_app_password_opens_the_account_until_it_is_taken_back() {
    let store = store(COST).await;
    let made = store
        .add_app_password(&alice(), "phone", [9; 36], Time(2))
        .await
        .unwrap();
    assert_eq!((made.len(), made.matches('-').count()), (24, 4));
    let other = store
        .add_app_password(&alice(), "laptop", [5; 36], Time(3))
        .await
        .unwrap();
    let names: Vec<_> = store
        .app_passwords(&alice())
        .await
        .unwrap()
        .into_iter()
        .map(|a| a.name)
        .collect();
    assert_eq!(names, ["phone", "laptop"]);
    let logins = logins(&store);
    for written in [made.clone(), made.replace('-', ""), made.to_uppercase()] {
        let signed_in = logins
            .judge(&password(&written), Some(&alice()), HERE)
            .await
            .unwrap();
        assert_eq!(signed_in.by, By::App("phone".into()));
        assert_eq!(
            logins
                .login(&alice(), &Secret::new(written), HERE)
                .await
                .unwrap()
                .address,
            alice()
        );
    }
    assert_eq!(
        logins
            .judge(&password("wonder"), Some(&alice()), HERE)
            .await
            .unwrap()
            .by,
        By::Password
    );
    // The right mark with another secret is wrong.
    let forged = format!("{}{}", &made[..5], &other[5..]);
    assert_eq!(
        logins.judge(&password(&forged), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
    store.remove_app_password(&alice(), "phone").await.unwrap();
    assert_eq!(
        logins.judge(&password(&made), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
    assert!(store.remove_app_password(&alice(), "phone").await.is_err());
    assert!(
        logins
            .judge(&password(&other), Some(&alice()), HERE)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn app_passwords_have_names_of_their_own_and_an_end_to_their_number() {
    let store = store(PasswordCost::NONE).await;
    let long = "x".repeat(81);
    for bad in ["", "  ", "a\nb", &long] {
        assert!(
            store
                .add_app_password(&alice(), bad, [1; 36], Time(1))
                .await
                .is_err(),
            "{bad:?}"
        );
    }
    let rng = |n: usize| {
        let mut bytes = [0; 36];
        (bytes[0], bytes[1]) = ((n % 32) as u8, (n / 32) as u8);
        bytes
    };
    for n in 0..crate::APP_PASSWORDS_MAX {
        store
            .add_app_password(&alice(), &format!("n{n}"), rng(n), Time(1))
            .await
            .unwrap();
    }
    assert!(
        store
            .add_app_password(&alice(), "one more", rng(99), Time(1))
            .await
            .is_err()
    );
    store.remove_app_password(&alice(), "n0").await.unwrap();
    assert!(
        store
            .add_app_password(&alice(), "n1", rng(99), Time(1))
            .await
            .is_err(),
        "a name twice"
    );
    assert!(
        store
            .add_app_password(&alice(), &"x".repeat(80), rng(99), Time(1))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn keys_follow_the_password_and_nobody_has_keys_that_look_the_same() {
    let store = store(COST).await;
    let logins = logins(&store);
    for hash in [Hash::Sha1, Hash::Sha256] {
        let keys = logins
            .scram_keys(hash, "alice", Some(&alice()))
            .await
            .unwrap();
        let same = scram_keys(&Secret::new("wonder"), [1; 16], COST);
        assert!(same.contains(&keys));
        let nobody: Address = "nobody@a.test".parse().unwrap();
        let fake = logins
            .scram_keys(hash, "nobody", Some(&nobody))
            .await
            .unwrap();
        assert_eq!(
            (fake.iterations, fake.salt.len()),
            (keys.iterations, keys.salt.len())
        );
        // The same for ever, also after a new start.
        let later = Logins::new(store.clone(), world::still::world());
        assert_eq!(
            later
                .scram_keys(hash, "NOBODY", Some(&nobody))
                .await
                .unwrap(),
            fake
        );
    }
    store
        .set_password(&alice(), &Secret::new("other"), [2; 16])
        .await
        .unwrap();
    let keys = logins
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert!(scram_keys(&Secret::new("other"), [2; 16], COST).contains(&keys));
}

#[tokio::test]
async fn an_account_from_before_gets_its_keys_when_its_password_is_seen() {
    let engine = Arc::new(crate::engine::memory::Memory::default());
    let blobs = Arc::new(crate::MemoryBlobs::default());
    let old = Store::open(engine.clone(), blobs.clone(), PasswordCost::NONE)
        .await
        .unwrap();
    old.add_domain(&"a.test".parse().unwrap()).await.unwrap();
    old.add_account(
        NewAccount {
            address: alice(),
            name: String::new(),
            password: Secret::new("wonder"),
        },
        [1; 16],
        Time(1),
    )
    .await
    .unwrap();
    let new = Store::open(engine, blobs, COST).await.unwrap();
    let logins = logins(&new);
    let before = logins
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert_eq!(
        logins.judge(&password("wrong"), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
    assert_eq!(
        logins
            .scram_keys(Hash::Sha256, "alice", Some(&alice()))
            .await
            .unwrap(),
        before
    );
    logins
        .judge(&password("wonder"), Some(&alice()), HERE)
        .await
        .unwrap();
    let after = logins
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert_ne!(after, before);
}

#[tokio::test]
async fn a_shared_secret_is_for_those_who_were_given_one() {
    let store = store(COST).await;
    let logins = logins(&store);
    let challenge = b"<1.2@a.test>".to_vec();
    let answer = |secret: &str| {
        let digest = sasl::cram::digest(&Secret::new(secret), &challenge);
        by(
            Mechanism::CramMd5,
            Proof::CramMd5 {
                challenge: challenge.clone(),
                digest,
            },
        )
    };
    for secret in ["wonder", ""] {
        assert_eq!(
            logins.judge(&answer(secret), Some(&alice()), HERE).await,
            Err(LoginError::Wrong)
        );
    }
    store
        .set_shared_secret(&alice(), Some(&Secret::new("cram")))
        .await
        .unwrap();
    assert_eq!(
        logins
            .judge(&answer("cram"), Some(&alice()), HERE)
            .await
            .unwrap()
            .by,
        By::Shared
    );
    assert_eq!(
        logins.judge(&answer("wonder"), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
    store.set_shared_secret(&alice(), None).await.unwrap();
    assert_eq!(
        logins.judge(&answer("cram"), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
}

struct Issuer;

impl Tokens for Issuer {
    fn owner<'a>(
        &'a self,
        _world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenFault>> {
        let told = match token.reveal() {
            b"alices" => Ok("alice".to_owned()),
            b"nobodys" => Ok("nobody@a.test".to_owned()),
            b"down" => Err(TokenFault::Unavailable("no answer".into())),
            _ => Err(TokenFault::Refused("the token is not active")),
        };
        Box::pin(std::future::ready(told))
    }
}

#[tokio::test]
async fn a_token_lets_its_owner_in_and_nobody_else() {
    let store = store(COST).await;
    let logins = Logins::with_tokens(store.clone(), world::still::world(), Some(Arc::new(Issuer)));
    let bearer = |token: &str| by(Mechanism::OAuthBearer, Proof::Token(Secret::new(token)));
    let bob: Address = "bob@a.test".parse().unwrap();
    for who in [None, Some(alice())] {
        assert_eq!(
            logins
                .judge(&bearer("alices"), who.as_ref(), HERE)
                .await
                .unwrap()
                .by,
            By::Token
        );
    }
    assert_eq!(
        logins.judge(&bearer("alices"), Some(&bob), HERE).await,
        Err(LoginError::Wrong)
    );
    for token in ["nobodys", "stolen"] {
        assert_eq!(
            logins.judge(&bearer(token), Some(&alice()), HERE).await,
            Err(LoginError::Wrong),
            "{token}"
        );
    }
    assert!(matches!(
        logins.judge(&bearer("down"), Some(&alice()), HERE).await,
        Err(LoginError::Fault(_))
    ));
    // Where no issuer is known, no token is good.
    let without = Logins::new(store, world::still::world());
    assert_eq!(
        without.judge(&bearer("alices"), Some(&alice()), HERE).await,
        Err(LoginError::Wrong)
    );
}

#[tokio::test]
async fn guesses_by_every_mechanism_are_counted_together() {
    let store = store(COST).await;
    let logins = logins(&store);
    let wrong = [
        password("x"),
        by(Mechanism::ScramSha256, Proof::Scram { proven: false }),
        by(Mechanism::XOAuth2, Proof::Token(Secret::new("x"))),
    ];
    for n in 0..crate::login::GUESSES_MAX as usize {
        assert_eq!(
            logins.judge(&wrong[n % 3], Some(&alice()), HERE).await,
            Err(LoginError::Wrong),
            "{n}"
        );
    }
    let right = by(Mechanism::ScramSha256, Proof::Scram { proven: true });
    assert!(matches!(
        logins.judge(&right, Some(&alice()), HERE).await,
        Err(LoginError::Wait(_))
    ));
    // Another address is not shut out: nobody can lock another's account.
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));
    assert!(
        logins
            .judge(&right, Some(&alice()), elsewhere)
            .await
            .is_ok()
    );
}
