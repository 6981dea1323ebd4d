//! Expansion and changes of aliases.

use super::*;
use crate::{NewAccount, PasswordCost};
use mail::{Secret, Time};

async fn store(aliases: &[(&str, &[&str])]) -> Store {
    let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
    store
        .add_domain(&"here.test".parse().unwrap())
        .await
        .unwrap();
    for name in ["alice", "bob"] {
        let address = format!("{name}@here.test").parse().unwrap();
        store
            .add_account(
                NewAccount {
                    address,
                    name: name.into(),
                    password: Secret::new("x"),
                },
                [0; 16],
                Time(1),
            )
            .await
            .unwrap();
    }
    for (name, targets) in aliases {
        let targets: Vec<Address> = targets.iter().map(|t| t.parse().unwrap()).collect();
        store
            .add_targets(&name.parse().unwrap(), &targets)
            .await
            .unwrap();
    }
    store
}

async fn expand(store: &Store, address: &str) -> String {
    let targets = store.targets(&address.parse().unwrap()).await.unwrap();
    let describe = |t: &Target| match t {
        Target::Local(address, resolved) => format!("{address}={}", resolved.account.name),
        Target::Remote(address) => format!("{address}>"),
        Target::Unknown(address) => format!("{address}?"),
    };
    targets.iter().map(describe).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn expands_an_alias_to_local_and_remote_targets_once_each() {
    let store = store(&[
        (
            "team@here.test",
            &["alice@here.test", "all@here.test", "carol@there.test"],
        ),
        ("all@here.test", &["alice@here.test", "Bob+team@here.test"]),
        ("gone@here.test", &["nobody@here.test"]),
    ])
    .await;
    assert_eq!(
        expand(&store, "Team@here.test").await,
        "alice@here.test=alice carol@there.test> Bob+team@here.test=bob"
    );
    assert_eq!(
        expand(&store, "all+x@here.test").await,
        "alice@here.test=alice Bob+team@here.test=bob"
    );
    assert_eq!(expand(&store, "gone@here.test").await, "nobody@here.test?");
    assert_eq!(
        expand(&store, "carol@there.test").await,
        "carol@there.test>"
    );
    assert_eq!(
        expand(&store, "nobody@here.test").await,
        "nobody@here.test?"
    );
}

#[tokio::test]
async fn a_catch_all_receives_what_does_not_exist_otherwise() {
    let store = store(&[
        ("@here.test", &["bob@here.test"]),
        ("info@here.test", &["alice@here.test"]),
    ])
    .await;
    for (address, expected) in [
        ("x", "bob@here.test=bob"),
        ("info", "alice@here.test=alice"),
        ("alice", "alice@here.test=alice"),
    ] {
        assert_eq!(
            expand(&store, &format!("{address}@here.test")).await,
            expected
        );
    }
    assert_eq!(
        expand(&store, "postmaster@here.test").await,
        "postmaster@here.test=alice",
        "postmaster always exists, RFC 5321 §4.5.1"
    );
}

#[tokio::test]
async fn truncates_circular_and_long_chains() {
    let store = store(&[
        ("a@here.test", &["b@here.test"]),
        ("b@here.test", &["a@here.test", "bob@here.test"]),
    ])
    .await;
    assert_eq!(expand(&store, "a@here.test").await, "bob@here.test=bob");
    for n in 0..20 {
        let next = [format!("c{}@here.test", n + 1).parse().unwrap()];
        store
            .add_targets(&format!("c{n}@here.test").parse().unwrap(), &next)
            .await
            .unwrap();
    }
    assert_eq!(expand(&store, "c11@here.test").await, "c20@here.test?");
    assert_eq!(
        expand(&store, "c0@here.test").await,
        "",
        "cut off after {ALIAS_DEPTH_MAX} steps"
    );
}

#[tokio::test]
async fn adds_lists_and_removes_targets() {
    let store = store(&[("team@here.test", &["alice@here.test", "bob@here.test"])]).await;
    let (team, bob): (AliasName, Address) = (
        "team@here.test".parse().unwrap(),
        "bob@here.test".parse().unwrap(),
    );
    assert_eq!(
        store
            .add_targets(
                &"bob@here.test".parse().unwrap(),
                std::slice::from_ref(&bob)
            )
            .await,
        Err(AccountError::Exists(bob.to_string()))
    );
    let foreign = store
        .add_targets(&"@there.test".parse().unwrap(), std::slice::from_ref(&bob))
        .await;
    assert_eq!(
        foreign,
        Err(AccountError::ForeignDomain("there.test".into()))
    );
    // An account cannot take the address of an alias.
    let new = NewAccount {
        address: "team@here.test".parse().unwrap(),
        name: String::new(),
        password: Secret::new("x"),
    };
    assert_eq!(
        store.add_account(new, [0; 16], Time(1)).await.err(),
        Some(AccountError::Exists("team@here.test".into()))
    );
    store
        .remove_targets(&team, std::slice::from_ref(&bob))
        .await
        .unwrap();
    assert_eq!(store.aliases().await.unwrap().len(), 1);
    assert_eq!(
        expand(&store, "team@here.test").await,
        "alice@here.test=alice"
    );
    assert!(store.remove_targets(&team, &[bob]).await.is_err());
    store.remove_targets(&team, &[]).await.unwrap();
    assert!(store.aliases().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_account_may_write_under_aliases_that_lead_to_it_alone() {
    let store = store(&[
        ("shop@here.test", &["alice@here.test"]),
        ("orders@here.test", &["shop@here.test"]),
        ("team@here.test", &["alice@here.test", "bob@here.test"]),
        ("copy@here.test", &["alice@here.test", "x@there.test"]),
        ("bobs@here.test", &["bob@here.test"]),
        ("@here.test", &["alice@here.test"]),
    ])
    .await;
    let alice = store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let alice = store.with_aliases(alice).await.unwrap();
    let own: Vec<String> = alice.addresses().map(Address::to_string).collect();
    assert_eq!(
        own,
        ["alice@here.test", "orders@here.test", "shop@here.test"]
    );
    assert!(alice.owns(&"shop+x@here.test".parse().unwrap()));
}
