//! A store of version 0.1 (`data/v0.1`, made by its `make.py`) is read by the current program:
//! every account, login, mailbox, message and journey, and the rows of the queue. The command line
//! on the same folder is tested in `backend/server/tests/upgrade.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::Kind;
use login::Authenticator;
use mail::{Address, Flags, MailboxName, Secret, Time};
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use store::engine::sqlite::Sqlite;
use store::{AliasName, Files, Mailbox, OutlineView, PasswordCost, Store};

const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/v0.1");

// Opens a copy, because opening a store writes to it.
async fn open(data: &Path) -> Store {
    let large = "0a/000000090000000a";
    fs::copy(Path::new(OLD).join("mail.db"), data.join("mail.db")).unwrap();
    let blobs = Files::open(&data.join("messages")).unwrap();
    fs::copy(
        Path::new(OLD).join("letters").join(large),
        data.join("messages").join(large),
    )
    .unwrap();
    let engine = Sqlite::open(&data.join("mail.db")).unwrap();
    Store::open(Arc::new(engine), Arc::new(blobs), PasswordCost::USUAL)
        .await
        .unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

async fn mailbox(store: &Store, owner: &str, name: &str) -> Arc<Mailbox> {
    let account = store.account_of(&address(owner)).await.unwrap().unwrap();
    let folder = store
        .folder(account.id, &MailboxName::new(name).unwrap())
        .await
        .unwrap()
        .unwrap();
    store.open_mailbox(account.id, &folder).await.unwrap()
}

// The messages of a mailbox: UID, subject and flags. Reads each of them and its journey.
async fn messages(store: &Store, owner: &str, name: &str) -> Vec<(u32, String, Flags)> {
    let mailbox = mailbox(store, owner, name).await;
    let entries = mailbox.read(|state| state.entries.clone());
    let mut found = Vec::new();
    for entry in entries {
        let row = store.outline(&mailbox, entry.uid).await.unwrap().unwrap();
        let subject = OutlineView::read(&row).unwrap().summary().unwrap().subject;
        let bytes = store.read_message(&mailbox, entry.uid).await.unwrap();
        let bytes = bytes.unwrap();
        assert_eq!(bytes.len() as u64, entry.bytes, "{name} {subject}");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(&format!("Subject: {subject}\r\n")), "{text}");
        if let Some(journey) = entry.journey {
            let events = store.journeys().read(journey).await.unwrap();
            let delivered = |kind: &Kind| matches!(kind, Kind::Delivered { .. });
            assert!(
                events.iter().any(|event| delivered(&event.kind)),
                "{name} {subject}: {events:?}"
            );
            assert!(events.iter().all(|event| event.journey == Some(journey)));
        }
        found.push((entry.uid, subject, entry.all_flags()));
    }
    found
}

fn subjects(messages: &[(u32, String, Flags)]) -> Vec<&str> {
    messages.iter().map(|(_, subject, _)| &**subject).collect()
}

#[tokio::test]
async fn finds_every_account_message_journey_and_queue_row_of_version_0_1() {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path()).await;
    check_accounts(&store).await;
    check_logins(&store).await;
    check_messages(&store).await;
    check_queue(&store).await;
}

async fn check_accounts(store: &Store) {
    let accounts = store.accounts().await.unwrap();
    let shown: Vec<_> = accounts
        .iter()
        .map(|a| (a.address.to_string(), a.name.as_str(), a.quota_bytes))
        .collect();
    assert_eq!(
        shown,
        [
            ("alice@here.test".to_owned(), "Alice", None),
            ("bob@here.test".to_owned(), "Bob 鲍勃", Some(500 << 20)),
        ]
    );
    let aliases = store.aliases().await.unwrap();
    let catch_all: AliasName = "@here.test".parse().unwrap();
    assert_eq!(aliases.len(), 2);
    assert!(aliases.iter().any(|alias| alias.name == catch_all));
    assert_eq!(
        store
            .targets(&address("team@here.test"))
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(store.all_signing_keys().await.unwrap().len(), 2);
    let subscriptions = store.subscriptions(accounts[0].id).await.unwrap();
    assert!(subscriptions.contains(&MailboxName::new("Projects").unwrap()));
}

async fn check_logins(store: &Store) {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let alice = address("alice@here.test");
    let app_password = fs::read_to_string(Path::new(OLD).join("app-password")).unwrap();
    let authenticator = Authenticator::new(store.clone(), world::still::world());
    for password in ["wonder", app_password.trim()] {
        let password = Secret::new(password);
        let login = authenticator.login(&alice, &password, here).await;
        assert_eq!(login.unwrap().address, alice);
    }
    let wrong = Secret::new("other");
    assert!(authenticator.login(&alice, &wrong, here).await.is_err());
    let secrets = store
        .secrets(store.account_of(&alice).await.unwrap().unwrap().id)
        .await
        .unwrap();
    assert!(secrets.has_scram());
    assert_eq!(secrets.shared().unwrap().reveal(), b"cram");
}

async fn check_messages(store: &Store) {
    let inbox = messages(store, "alice@here.test", "INBOX").await;
    assert_eq!(
        subjects(&inbox),
        [
            "Message 1",
            "Message 2",
            "Message 5",
            "Message 20",
            "Message 10",
            "Message 11",
            "Message 12",
            "Message 14",
        ]
    );
    let flags = &inbox[0].2;
    assert_eq!(flags.system, mail::flags::SEEN | mail::flags::FLAGGED);
    assert_eq!(flags.keywords, ["$Forwarded"]);
    let inbox = messages(store, "bob@here.test", "INBOX").await;
    assert_eq!(
        subjects(&inbox),
        [
            "Message 1",
            "Message 2",
            "Message 3",
            "Message 4",
            "Message 10",
            "Message 11",
            "Message 12",
            "Message 13",
        ]
    );
    let projects = messages(store, "alice@here.test", "Projects").await;
    assert_eq!(subjects(&projects).len(), 1);
    let drafts = messages(store, "alice@here.test", "Drafts").await;
    assert_eq!(subjects(&drafts), ["Message 30"]);
    assert_eq!(drafts[0].2.system, mail::flags::SEEN | mail::flags::DRAFT);
}

async fn check_queue(store: &Store) {
    let rows = store.spool_after(None, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    let (due, _) = store.due(Time(i64::MAX - 1), 10).await.unwrap();
    assert_eq!(due.len(), 2);
    for row in rows {
        let value: serde_json::Value = serde_json::from_slice(&row.row).unwrap();
        let recipient = &value["envelope"]["recipients"][0]["address"];
        assert_eq!(recipient, "friend@slow.test");
        let journey = value["journey"].as_str().unwrap();
        let journey = mail::JourneyId(u64::from_str_radix(journey, 16).unwrap());
        let events = store.journeys().read(journey).await.unwrap();
        assert!(events.len() > 5, "{events:?}");
    }
}
