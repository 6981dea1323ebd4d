//! Routes and envelopes: notifications, shared connections, smart hosts, sender rewriting.

use super::{HOUR, MESSAGE, checks, envelope, is_verified, post};
use journeys::{A, B, TwoHosts};
use mail::dns::{Record, RecordType};
use mail::{Duration, Envelope, Notify, Secret};
use node::outbound::{Relay, RelayTls, Srs};
use sim::{Act, listen};
use std::net::{Ipv4Addr, SocketAddr};

#[test]
fn the_sender_gets_only_the_requested_notifications() {
    let wanted = |notify| {
        let mut envelope = envelope(&["bob@b.test"]);
        envelope.recipients[0].notify = Some(notify);
        envelope.recipients[0].original = Some("rfc822;bob@b.test".into());
        envelope.envelope_id = Some("QQ314159".into());
        envelope
    };
    // Host b sends the notification itself.
    let hosts = TwoHosts::new(38);
    hosts.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    hosts.rest();
    let notices = hosts.inbox(A, "alice@a.test");
    assert_eq!(notices.len(), 1);
    for part in [
        "Action: delivered",
        "Original-Envelope-Id: QQ314159",
        "Original-Recipient: rfc822;bob@b.test",
        "Reporting-MTA: dns; mx.b.test",
    ] {
        assert!(notices[0].contains(part), "{part}: {}", notices[0]);
    }
    // The next host does not support DSN, so the last host that does reports the relay.
    let mut hosts = TwoHosts::without_hosts(39);
    hosts.start(A);
    let world = hosts.world(B);
    let mut script = vec![
        Act::line("220 mx.b.test"),
        Act::wait_for_line(),
        Act::line("250 mx.b.test"),
    ];
    for reply in ["250 ok", "250 ok", "354 go on"] {
        script.extend([Act::wait_for_line(), Act::line(reply)]);
    }
    script.extend([
        Act::WaitFor("\r\n.\r\n".into()),
        Act::line("250 2.0.0 taken"),
        Act::ReadAll,
    ]);
    hosts.talk(async move {
        listen(
            &world,
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25),
            vec![script],
            true,
        )
        .await
        .unwrap()
    });
    hosts.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    hosts.rest();
    let notices = hosts.inbox(A, "alice@a.test");
    assert!(
        notices.len() == 1
            && notices[0].contains("Action: relayed")
            && notices[0].contains("Remote-MTA: dns; mx.b.test"),
        "{notices:?}"
    );
    // NOTIFY=NEVER: no notification.
    let hosts = TwoHosts::new(40);
    hosts.lab.zones().add("b.test", Record::Mx(0, None));
    hosts.lab.zones().remove("b.test", RecordType::Mx);
    hosts.lab.zones().add("b.test", Record::Mx(0, None));
    hosts.post(wanted(Notify::NEVER), MESSAGE);
    hosts.rest();
    assert_eq!((hosts.count(A, "alice@a.test"), hosts.queued(A)), (0, 0));
}

#[test]
fn consecutive_messages_share_a_connection() {
    let hosts = TwoHosts::new(41);
    for _ in 0..5 {
        post(&hosts);
        hosts.pass(Duration::from_secs(1));
    }
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 5);
    assert_eq!(
        hosts
            .lab
            .traffic()
            .iter()
            .filter(|t| t.server.port() == 25)
            .count(),
        1
    );
    assert_eq!(checks(&hosts, "connection-reused").len(), 4);
    // Idle connections are closed eventually, and a connection that broke while idle does not delay
    // mail.
    post(&hosts);
    hosts.pass(Duration::from_secs(1));
    hosts.lab.set_up(B, false).unwrap();
    hosts.lab.set_up(B, true).unwrap();
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (7, 0));
}

#[test]
fn a_smart_host_takes_all_mail_and_its_failure_bounces_none() {
    let mut hosts = TwoHosts::without_hosts(42);
    hosts.start(B);
    let relay = |host: &str| Relay {
        domain: None,
        host: mail::Host::new(host).unwrap(),
        port: 25,
        tls: RelayTls::Required,
        login: None,
    };
    hosts.start_with(A, |config| {
        config.outbound.relays = vec![relay("mx.b.test")];
    });
    // c.test has no MX record; the relay is asked and rejects the recipient.
    hosts.post(envelope(&["bob@b.test", "carol@c.test"]), MESSAGE);
    hosts.rest();
    assert_eq!(
        (hosts.count(B, "bob@b.test"), is_verified(&hosts)),
        (1, true)
    );
    assert!(hosts.inbox(A, "alice@a.test")[0].contains("Final-Recipient: rfc822; carol@c.test"));
    hosts.crash(A);
    hosts.lab.set_up(A, true).unwrap();
    hosts.start_with(A, |config| {
        config.outbound.relays = vec![relay("gone.b.test")];
    });
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!(
        hosts.queued(A),
        1,
        "a relay without an address is ours to mend"
    );
}

#[test]
fn forwarded_mail_has_our_sender_domain_and_bounces_go_back() {
    let mut hosts = TwoHosts::without_hosts(43);
    hosts.start(B);
    let srs = || Srs::new(Secret::new("of a"), "a.test".parse().unwrap());
    hosts.start_with(A, |config| config.outbound.srs = Some(srs()));
    let forwarded = Envelope::new("carol@c.test".parse().ok(), ["bob@b.test".parse().unwrap()]);
    hosts.post(forwarded, MESSAGE);
    hosts.rest();
    let message = &hosts.inbox(B, "bob@b.test")[0];
    let path = message
        .lines()
        .next()
        .unwrap()
        .strip_prefix("Return-Path: <")
        .unwrap()
        .trim_end_matches('>')
        .to_owned();
    assert!(
        path.starts_with("SRS0=") && path.ends_with("=c.test=carol@a.test"),
        "{path}"
    );
    assert_eq!(
        srs()
            .reverse(&path.parse().unwrap(), hosts.lab.now())
            .unwrap()
            .to_string(),
        "carol@c.test"
    );
    // b bounces to this address: a accepts the bounce and forwards it to carol's domain, which does
    // not exist.
    let bounce = hosts.world(B);
    let to = path.clone();
    let transcript = hosts.talk(async move {
        let connection = bounce
            .network
            .connect("192.0.2.25:25".parse().unwrap())
            .await
            .unwrap();
        let mut script = vec![Act::wait_for_line()];
        for line in [
            "HELO mx.b.test".to_owned(),
            "MAIL FROM:<>".into(),
            format!("RCPT TO:<{to}>"),
            format!("RCPT TO:<{}>", to.replace("carol", "eve")),
        ] {
            script.extend([Act::line(&line), Act::wait_for_line()]);
        }
        script.extend([Act::line("QUIT"), Act::ReadAll]);
        String::from_utf8(sim::perform(&bounce, connection, &script).await).unwrap()
    });
    let replies: Vec<&str> = transcript.lines().collect();
    assert!(
        replies[3].starts_with("250") && replies[4].starts_with("550 5.1.1"),
        "{transcript}"
    );
}

#[test]
fn a_held_message_waits_until_it_is_released() {
    let hosts = TwoHosts::new(45);
    hosts.lab.set_up(B, false).unwrap();
    post(&hosts);
    hosts.pass(HOUR);
    let queue = hosts.node(A).queue().clone();
    let order = |order| {
        let queue = queue.clone();
        hosts.talk(async move {
            let row = queue.store().spool_after(None, 1).await.unwrap().remove(0);
            queue.command(row.id, order).await.unwrap()
        })
    };
    assert_eq!(order(queue::QueueCommand::Hold), queue::CommandResult::Done);
    hosts.lab.set_up(B, true).unwrap();
    hosts.pass(200 * HOUR);
    assert_eq!(
        (hosts.count(B, "bob@b.test"), hosts.queued(A)),
        (0, 1),
        "not even given up"
    );
    assert_eq!(
        order(queue::QueueCommand::Release),
        queue::CommandResult::Done
    );
    hosts.rest();
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 0));
    assert_eq!(
        (
            checks(&hosts, "queue-hold").len(),
            checks(&hosts, "queue-release").len()
        ),
        (1, 1)
    );
}
