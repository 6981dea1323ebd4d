//! Message authentication: a.test publishes SPF, a DKIM key and `p=reject`. Its own messages pass
//! at b; forged ones are rejected.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use auth::dkim::{Algorithm, PrivateKey};
use event::{Check, Kind, Locale, Localize, Role, Verdict};
use journeys::{A, B, LAPTOP, PHONE, TwoHosts, send_unauthenticated, submit};
use mail::dns::{Failure, Record};
use node::Service;
use store::{SigningKey, SigningState};

const MESSAGE: &str = "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: the first\r\n\r\nDear Bob,\r\nyours, Alice\r\n\r\n\r\n";

// A world where a.test publishes SPF, DKIM and DMARC records and its host signs with the key.
fn published(seed: u64, policy: &str) -> TwoHosts {
    let hosts = TwoHosts::new(seed);
    let der = PrivateKey::ed25519_der(&[9; 32]);
    let key = PrivateKey::from_der(Algorithm::Ed25519Sha256, &der).unwrap();
    let zones = hosts.lab.zones();
    zones.add("a.test", Record::Txt("v=spf1 mx -all".into()));
    zones.add("_dmarc.a.test", Record::Txt(policy.into()));
    zones.add("one._domainkey.a.test", Record::Txt(key.record()));
    let kept = SigningKey {
        domain: "a.test".parse().unwrap(),
        selector: "one".into(),
        algorithm: "ed25519-sha256".into(),
        private: der,
        record: key.record(),
        state: SigningState::Active,
        created: mail::Time(0),
        since: mail::Time(0),
    };
    let store = hosts.node(A).store().clone();
    hosts
        .talk(async move { store.keep_signing_keys(&[kept]).await })
        .unwrap();
    hosts
}

fn send(hosts: &TwoHosts) {
    let laptop = hosts.world(LAPTOP);
    let sent = hosts.talk(async move {
        submit(
            laptop,
            Service::Submission,
            "alice@a.test",
            "alice@a.test",
            &["bob@b.test"],
            MESSAGE.into(),
        )
        .await
    });
    assert!(sent.all_accepted(), "{sent:?}");
    hosts.rest();
}

fn forge(hosts: &TwoHosts, message: &str) -> mail::Reply {
    let (phone, message) = (hosts.world(PHONE), message.to_owned());
    let reply = hosts.talk(async move {
        send_unauthenticated(
            phone,
            "198.51.100.25",
            "phone.b.test",
            "alice@a.test",
            "bob@b.test",
            message,
        )
        .await
    });
    hosts.rest();
    reply
}

fn checks(hosts: &TwoHosts, host: &'static str, role: Role) -> Vec<(String, Verdict)> {
    let names = ["spf", "dkim", "arc", "dmarc", "dkim-sign"];
    let all = hosts.lab.timeline();
    let of = all
        .iter()
        .filter(|e| e.host == host && e.role == role)
        .filter_map(|e| match &e.kind {
            Kind::Check { check, verdict, .. } if names.contains(&check.name()) => {
                Some((check.to_string(), *verdict))
            }
            _ => None,
        });
    of.collect()
}

#[test]
fn a_signed_message_passes_and_its_results_are_recorded() {
    let hosts = published(1, "v=DMARC1; p=reject");
    send(&hosts);
    let messages = hosts.inbox(B, "bob@b.test");
    assert_eq!(messages.len(), 1);
    assert_eq!(
        checks(&hosts, A, Role::Msa),
        [("dkim-sign".to_owned(), Verdict::Pass)]
    );
    let pass = |name: &str| (name.to_owned(), Verdict::Pass);
    assert_eq!(
        checks(&hosts, B, Role::Mta),
        [pass("spf"), pass("dkim"), pass("dmarc")]
    );
    let head = messages[0].split_once("\r\n\r\n").unwrap().0;
    assert!(
        head.contains("Authentication-Results: mx.b.test;\r\n\tspf=pass smtp.mailfrom=a.test;\r\n\tdkim=pass header.d=a.test"),
        "{head}"
    );
    assert!(
        head.contains("dmarc=pass policy.dmarc=reject header.from=a.test"),
        "{head}"
    );
    // The proof contains the record and the deciding term.
    let why = hosts.story(|e| match &e.kind {
        Kind::Check {
            check: Check::Spf,
            reason,
            proof,
            ..
        } => {
            let steps = proof.iter().map(|step| step.sentence(Locale::English));
            let all: Vec<String> = std::iter::once(reason.english()).chain(steps).collect();
            Some(all.join("\n"))
        }
        _ => None,
    });
    let proof =
        "MAIL FROM a.test: pass – “mx” of a.test names mx.a.test [192.0.2.25], which covers 192.0.2.25; its record: v=spf1 mx -all
the client's address is 192.0.2.25
a.test TXT: v=spf1 mx -all
mx names mx.a.test [192.0.2.25], which covers 192.0.2.25 (lookups 1, without an answer 0)
mx removed from the record of a.test";
    assert_eq!(why, [proof]);
}

#[test]
fn a_forged_message_is_rejected_by_the_domains_policy() {
    let hosts = published(2, "v=DMARC1; p=reject");
    let reply = forge(&hosts, MESSAGE);
    assert_eq!(
        reply.to_string(),
        "550 5.7.1 the message fails DMARC, and a.test asks for such messages to be rejected"
    );
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(B)), (0, 0));
}

#[test]
fn a_forged_message_goes_to_junk_under_quarantine() {
    for (seed, policy) in [
        (3, "v=DMARC1; p=quarantine"),
        (4, "v=DMARC1; p=reject; t=y"),
    ] {
        let hosts = published(seed, policy);
        let reply = forge(&hosts, MESSAGE);
        assert!(reply.is_positive(), "{policy}: {reply}");
        assert_eq!(hosts.count(B, "bob@b.test"), 0, "{policy}");
        let delivered = hosts
            .decisions()
            .into_iter()
            .find(|d| d.contains("delivered"));
        assert_eq!(
            delivered.as_deref(),
            Some("mx.b.test: delivered bob@b.test Junk"),
            "{policy}"
        );
    }
}

#[test]
fn removes_forged_results_of_this_host_and_keeps_others() {
    let hosts = published(5, "v=DMARC1; p=none");
    let forged = "Authentication-Results: mx.b.test; dmarc=pass header.from=a.test\r\nAuthentication-Results: mx.c.test; spf=pass\r\n";
    assert!(forge(&hosts, &format!("{forged}{MESSAGE}")).is_positive());
    let message = hosts.inbox(B, "bob@b.test").remove(0);
    assert!(
        message.contains("Authentication-Results: mx.c.test; spf=pass\r\n"),
        "{message}"
    );
    assert!(
        !message.contains("dmarc=pass")
            && message.contains("dmarc=fail policy.dmarc=none header.from=a.test"),
        "{message}"
    );
}

#[test]
fn a_failing_name_server_rejects_nothing() {
    let hosts = published(6, "v=DMARC1; p=reject");
    hosts
        .lab
        .zones()
        .fail("_dmarc.a.test", Some(Failure::ServerFailure));
    assert!(forge(&hosts, MESSAGE).is_positive());
    let message = hosts.inbox(B, "bob@b.test").remove(0);
    assert!(
        message.contains("dmarc=temperror header.from=a.test"),
        "{message}"
    );
}
