//! Logins by every mechanism: passwords, app passwords, SCRAM keys, shared secrets and tokens; and
//! that a refusal reveals nothing about the account.

use crate::{
    Authenticator, FAILED_ATTEMPTS_MAX, LoginError, LoginMethod, TokenError, TokenRejection,
    TokenVerifier,
};
use mail::{Address, Secret, Time};
use sasl::scram::Hash;
use sasl::{Credentials, Mechanism, Proof};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use store::engine::memory::Memory;
use store::{APP_PASSWORDS_MAX, MemoryBlobs, NewAccount, PasswordCost, Store, scram_keys};
use world::{BoxFuture, World};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
// As few iterations as RFC 7677 allows, and Argon2 at the Lab's cost: tests are quick.
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

fn authenticator(store: &Store) -> Authenticator {
    Authenticator::new(store.clone(), world::still::world())
}

fn credentials(mechanism: Mechanism, proof: Proof) -> Credentials {
    Credentials {
        mechanism,
        authorization: None,
        authentication: "alice@a.test".into(),
        proof,
    }
}

fn password(secret: &str) -> Credentials {
    credentials(Mechanism::Plain, Proof::Password(Secret::new(secret)))
}

#[tokio::test]
async fn accepts_an_app_password_until_it_is_removed() {
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
    let authenticator = authenticator(&store);
    for written in [made.clone(), made.replace('-', ""), made.to_uppercase()] {
        let authenticated = authenticator
            .authenticate(&password(&written), Some(&alice()), HERE)
            .await
            .unwrap();
        assert_eq!(
            authenticated.method,
            LoginMethod::AppPassword("phone".into())
        );
        assert_eq!(
            authenticator
                .login(&alice(), &Secret::new(written), HERE)
                .await
                .unwrap()
                .address,
            alice()
        );
    }
    assert_eq!(
        authenticator
            .authenticate(&password("wonder"), Some(&alice()), HERE)
            .await
            .unwrap()
            .method,
        LoginMethod::Password
    );
    // The lookup prefix of one app password with the secret of another.
    let forged = format!("{}{}", &made[..5], &other[5..]);
    assert_eq!(
        authenticator
            .authenticate(&password(&forged), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
    store.remove_app_password(&alice(), "phone").await.unwrap();
    assert_eq!(
        authenticator
            .authenticate(&password(&made), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
    assert!(store.remove_app_password(&alice(), "phone").await.is_err());
    assert!(
        authenticator
            .authenticate(&password(&other), Some(&alice()), HERE)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn refuses_bad_or_duplicate_app_password_names_and_too_many() {
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
    for n in 0..APP_PASSWORDS_MAX {
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
async fn scram_keys_change_with_the_password_and_unknown_names_get_decoys() {
    let store = store(COST).await;
    let authenticator = authenticator(&store);
    for hash in [Hash::Sha1, Hash::Sha256] {
        let keys = authenticator
            .scram_keys(hash, "alice", Some(&alice()))
            .await
            .unwrap();
        let same = scram_keys(&Secret::new("wonder"), [1; 16], COST);
        assert!(same.contains(&keys));
        let nobody: Address = "nobody@a.test".parse().unwrap();
        let fake = authenticator
            .scram_keys(hash, "nobody", Some(&nobody))
            .await
            .unwrap();
        assert_eq!(
            (fake.iterations, fake.salt.len()),
            (keys.iterations, keys.salt.len())
        );
        // The same after a restart.
        let later = Authenticator::new(store.clone(), world::still::world());
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
    let keys = authenticator
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert!(scram_keys(&Secret::new("other"), [2; 16], COST).contains(&keys));
}

#[tokio::test]
async fn adds_scram_keys_to_an_old_account_at_its_next_login() {
    let engine = Arc::new(Memory::default());
    let blobs = Arc::new(MemoryBlobs::default());
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
    let authenticator = authenticator(&new);
    let before = authenticator
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert_eq!(
        authenticator
            .authenticate(&password("wrong"), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
    assert_eq!(
        authenticator
            .scram_keys(Hash::Sha256, "alice", Some(&alice()))
            .await
            .unwrap(),
        before
    );
    authenticator
        .authenticate(&password("wonder"), Some(&alice()), HERE)
        .await
        .unwrap();
    let after = authenticator
        .scram_keys(Hash::Sha256, "alice", Some(&alice()))
        .await
        .unwrap();
    assert_ne!(after, before);
}

#[tokio::test]
async fn accepts_cram_md5_only_for_accounts_with_a_shared_secret() {
    let store = store(COST).await;
    let authenticator = authenticator(&store);
    let challenge = b"<1.2@a.test>".to_vec();
    let answer = |secret: &str| {
        let digest = sasl::cram::digest(&Secret::new(secret), &challenge);
        credentials(
            Mechanism::CramMd5,
            Proof::CramMd5 {
                challenge: challenge.clone(),
                digest,
            },
        )
    };
    for secret in ["wonder", ""] {
        assert_eq!(
            authenticator
                .authenticate(&answer(secret), Some(&alice()), HERE)
                .await,
            Err(LoginError::InvalidCredentials)
        );
    }
    store
        .set_shared_secret(&alice(), Some(&Secret::new("cram")))
        .await
        .unwrap();
    assert_eq!(
        authenticator
            .authenticate(&answer("cram"), Some(&alice()), HERE)
            .await
            .unwrap()
            .method,
        LoginMethod::SharedSecret
    );
    assert_eq!(
        authenticator
            .authenticate(&answer("wonder"), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
    store.set_shared_secret(&alice(), None).await.unwrap();
    assert_eq!(
        authenticator
            .authenticate(&answer("cram"), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
}

struct Issuer;

impl TokenVerifier for Issuer {
    fn owner<'a>(
        &'a self,
        _world: &'a World,
        token: &'a Secret,
    ) -> BoxFuture<'a, Result<String, TokenError>> {
        let owner = match token.reveal() {
            b"owned-by-alice" => Ok("alice".to_owned()),
            b"owned-by-nobody" => Ok("nobody@a.test".to_owned()),
            b"down" => Err(TokenError::Unavailable("no answer".into())),
            _ => Err(TokenError::Rejected(TokenRejection::Inactive)),
        };
        Box::pin(std::future::ready(owner))
    }
}

#[tokio::test]
async fn accepts_a_token_for_its_owner_only() {
    let store = store(COST).await;
    let authenticator =
        Authenticator::with_tokens(store.clone(), world::still::world(), Some(Arc::new(Issuer)));
    let bearer =
        |token: &str| credentials(Mechanism::OAuthBearer, Proof::Token(Secret::new(token)));
    let bob: Address = "bob@a.test".parse().unwrap();
    for who in [None, Some(alice())] {
        assert_eq!(
            authenticator
                .authenticate(&bearer("owned-by-alice"), who.as_ref(), HERE)
                .await
                .unwrap()
                .method,
            LoginMethod::Token
        );
    }
    assert_eq!(
        authenticator
            .authenticate(&bearer("owned-by-alice"), Some(&bob), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
    for token in ["owned-by-nobody", "stolen"] {
        assert_eq!(
            authenticator
                .authenticate(&bearer(token), Some(&alice()), HERE)
                .await,
            Err(LoginError::InvalidCredentials),
            "{token}"
        );
    }
    assert!(matches!(
        authenticator
            .authenticate(&bearer("down"), Some(&alice()), HERE)
            .await,
        Err(LoginError::Unavailable(_))
    ));
    // Without an issuer no token is accepted.
    let without = Authenticator::new(store, world::still::world());
    assert_eq!(
        without
            .authenticate(&bearer("owned-by-alice"), Some(&alice()), HERE)
            .await,
        Err(LoginError::InvalidCredentials)
    );
}

#[tokio::test]
async fn counts_failures_of_all_mechanisms_together() {
    let store = store(COST).await;
    let authenticator = authenticator(&store);
    let wrong = [
        password("x"),
        credentials(Mechanism::ScramSha256, Proof::Scram { proven: false }),
        credentials(Mechanism::XOAuth2, Proof::Token(Secret::new("x"))),
    ];
    for n in 0..FAILED_ATTEMPTS_MAX as usize {
        assert_eq!(
            authenticator
                .authenticate(&wrong[n % 3], Some(&alice()), HERE)
                .await,
            Err(LoginError::InvalidCredentials),
            "{n}"
        );
    }
    let right = credentials(Mechanism::ScramSha256, Proof::Scram { proven: true });
    assert!(matches!(
        authenticator
            .authenticate(&right, Some(&alice()), HERE)
            .await,
        Err(LoginError::Throttled(_))
    ));
    // Other addresses are not refused: nobody can lock another person's account.
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));
    assert!(
        authenticator
            .authenticate(&right, Some(&alice()), elsewhere)
            .await
            .is_ok()
    );
}
