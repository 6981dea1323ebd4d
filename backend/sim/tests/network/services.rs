//! The services of a host besides connections: DNS, TLS, its clock, its tasks, scripts.

use super::{attempt, b, lab, pair, read};
use mail::dns::{Failure, Question, RecordType};
use mail::{Duration, Time};
use sim::{Act, Certificate, DNS_TIMEOUT, Skew, listen, perform};
use std::io::{self, ErrorKind};
use world::TlsCheck;

#[test]
fn dns_has_latency_and_can_be_unreachable() {
    let (lab, a, _to) = lab();
    let ask = |name: &'static str| {
        let (begun, a) = (lab.now(), a.clone());
        let answer = lab.complete(async move {
            a.resolver
                .ask(Question::new(name, RecordType::Mx))
                .await
                .map(|r| r.records.len())
        });
        (answer.unwrap(), lab.now().since(begun))
    };
    let latency = Duration::from_millis(10);
    assert_eq!(ask("b.test"), (Ok(1), latency));
    assert_eq!(ask("a.test"), (Ok(0), latency));
    assert_eq!(ask("c.test"), (Err(Failure::NoSuchName), latency));
    lab.zones().fail("b.test", Some(Failure::ServerFailure));
    assert_eq!(ask("b.test"), (Err(Failure::ServerFailure), latency));
    lab.set_dns("a.test", false, latency).unwrap();
    assert_eq!(ask("b.test"), (Err(Failure::Timeout), DNS_TIMEOUT));
}

fn handshake(
    certificate: Option<Certificate>,
    check: TlsCheck,
    skew: Skew,
) -> (Result<bool, String>, Result<Option<String>, String>) {
    let (lab, a, to) = lab();
    lab.set_certificate("b.test", certificate).unwrap();
    lab.set_clock("a.test", skew).unwrap();
    let (client, server) = pair(&lab, &a, &to);
    let sides = lab.complete(async move {
        let accept = async {
            to.tls
                .accept(server.stream)
                .await
                .map(|(_, tls)| tls.server_name)
                .map_err(|e| e.to_string())
        };
        let connect = async {
            a.tls
                .connect(client.stream, "b.test", check)
                .await
                .map(|(_, tls)| tls.verified)
                .map_err(|e| e.to_string())
        };
        tokio::join!(connect, accept)
    });
    sides.unwrap()
}

#[test]
fn only_clients_that_verify_check_the_certificate() {
    let good = Certificate::good("b.test");
    let wild = Certificate {
        names: vec!["x.test".into(), "*.test".into()],
        ..good.clone()
    };
    let ends = sim::START + Duration::from_secs(3600);
    let short = Certificate {
        until: ends,
        ..good.clone()
    };
    let other = Certificate::good("c.test");
    let own = Certificate {
        trusted: false,
        ..good.clone()
    };
    let (right, late) = (
        Skew::default(),
        Skew {
            offset_micros: 3_601_000_000,
            drift_ppm: 0,
        },
    );
    let name = Ok(Some("b.test".to_owned()));
    for (certificate, skew, fault) in [
        (&good, right, None),
        (&wild, right, None),
        (&short, right, None),
        (
            &short,
            late,
            Some(("the certificate has expired", "certificate_expired")),
        ),
        (
            &other,
            right,
            Some(("the certificate is for another name", "bad_certificate")),
        ),
        (
            &own,
            right,
            Some((
                "the certificate is not signed by a trusted authority",
                "unknown_ca",
            )),
        ),
    ] {
        let strict = handshake(Some(certificate.clone()), TlsCheck::Required, skew);
        match fault {
            None => assert_eq!(strict, (Ok(true), name.clone())),
            Some((why, alert)) => {
                let alert = format!("the peer ended the handshake with the alert {alert}");
                assert_eq!(strict, (Err(why.into()), Err(alert)));
            }
        }
        assert_eq!(
            handshake(Some(certificate.clone()), TlsCheck::Opportunistic, skew),
            (Ok(false), name.clone())
        );
    }
    assert!(handshake(None, TlsCheck::Opportunistic, right).0.is_err());
}

#[test]
fn rejects_data_other_than_a_handshake() {
    let (lab, a, to) = lab();
    let (client, server) = pair(&lab, &a, &to);
    let refused = lab.complete(async move {
        let script = [Act::line("EHLO a.test"), Act::ReadAll];
        let talk = perform(&a, client, &script);
        let accept = async {
            to.tls
                .accept(server.stream)
                .await
                .map(|_| ())
                .map_err(|e| e.kind())
        };
        tokio::join!(accept, talk).0
    });
    assert_eq!(refused, Ok(Err(ErrorKind::InvalidData)));
}

#[test]
fn each_host_has_its_own_clock_and_sleeps_for_the_true_duration() {
    let (lab, a, to) = lab();
    lab.set_clock(
        "b.test",
        Skew {
            offset_micros: -3_600_000_000,
            drift_ppm: 0,
        },
    )
    .unwrap();
    let seen = lab.complete(async move {
        let (before, then) = (a.now(), to.now());
        to.sleep(Duration::from_secs(10)).await;
        (
            before.since(then),
            a.now().since(before),
            to.now().since(then),
        )
    });
    assert_eq!(
        seen,
        Ok((
            Duration::from_secs(3600),
            Duration::from_secs(10),
            Duration::from_secs(10)
        ))
    );
}

#[test]
fn a_crash_silently_ends_the_tasks_of_a_host() {
    let (lab, a, to) = lab();
    let heard = lab
        .complete(async move {
            listen(
                &to,
                b(25),
                vec![vec![Act::line("220 b.test"), Act::Hang]],
                true,
            )
            .await
            .unwrap()
        })
        .unwrap();
    let world = a.clone();
    let mut client = lab
        .complete(async move { world.network.connect(b(25)).await.unwrap() })
        .unwrap();
    lab.run_for(Duration::from_secs(1)).unwrap();
    lab.crash("b.test").unwrap();
    assert!(heard.lock().unwrap().is_empty());
    let (world, silent) = (a.clone(), lab.now());
    let received = lab
        .complete(async move {
            world
                .within(Duration::from_secs(60), read(&mut client))
                .await
        })
        .unwrap();
    assert_eq!(
        (received, lab.now().since(silent)),
        (None, Duration::from_secs(60))
    );
    lab.set_up("b.test", true).unwrap();
    assert_eq!(
        attempt(&lab, &a, b(25)).0,
        Err(ErrorKind::ConnectionRefused),
        "nobody listens before it is started again"
    );
}

#[test]
fn scripts_run_in_order_and_the_last_one_repeats() {
    let (lab, a, to) = lab();
    let scripts = ["421 busy", "220 b.test"].map(|text| {
        vec![
            Act::line(text),
            Act::wait_for_line(),
            Act::Wait(Duration::from_secs(1)),
        ]
    });
    let seen: io::Result<_> = lab
        .complete(async move {
            let heard = listen(&to, b(25), scripts.to_vec(), true).await?;
            let mut greetings = Vec::new();
            for _ in 0..3 {
                let connection = a.network.connect(b(25)).await?;
                let received = perform(
                    &a,
                    connection,
                    &[Act::wait_for_line(), Act::line("QUIT"), Act::ReadAll],
                )
                .await;
                greetings.push(String::from_utf8_lossy(&received).into_owned());
            }
            let heard = heard.lock().unwrap().clone();
            Ok((greetings, heard))
        })
        .unwrap();
    let (greetings, heard) = seen.unwrap();
    assert_eq!(
        greetings,
        ["421 busy\r\n", "220 b.test\r\n", "220 b.test\r\n"]
    );
    assert_eq!(heard, vec![b"QUIT\r\n".to_vec(); 3]);
}

#[test]
fn the_virtual_world_begins_on_a_monday_morning() {
    assert_eq!(sim::START, Time::from_civil(2026, 3, 2, 8, 0, 0));
}
