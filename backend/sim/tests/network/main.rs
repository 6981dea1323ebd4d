//! Links, listeners, DNS, TLS and clocks of the virtual world, as seen by a host.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod services;

use mail::Duration;
use sim::{Break, Cut, Direction, Lab, LabError, Link, WINDOW_BYTES};
use std::io::ErrorKind;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::zone::Zones;
use world::{Connection, World};

const ONE_WAY: Duration = Duration::from_millis(30);

fn lab() -> (Lab, World, World) {
    let zones =
        Zones::read("a.test. A 192.0.2.1\nb.test. A 192.0.2.2\nb.test. MX 10 b.test.").unwrap();
    let mut lab = Lab::new(1, zones);
    lab.set_usual_link(Link::slow(ONE_WAY));
    let (a, b) = (
        lab.host("a.test", "192.0.2.1").unwrap(),
        lab.host("b.test", "192.0.2.2").unwrap(),
    );
    (lab, a, b)
}

fn b(port: u16) -> SocketAddr {
    SocketAddr::new("192.0.2.2".parse().unwrap(), port)
}

// Opens a connection from a to b and returns both ends.
fn pair(lab: &Lab, a: &World, to: &World) -> (Connection, Connection) {
    let (a, to) = (a.clone(), to.clone());
    lab.complete(async move {
        let mut listener = to.network.listen(b(25)).await.unwrap();
        let (client, server) = tokio::join!(a.network.connect(b(25)), listener.accept());
        (client.unwrap(), server.unwrap())
    })
    .unwrap()
}

// The result of an attempt to connect, and how long it took.
fn attempt(lab: &Lab, from: &World, to: SocketAddr) -> (Result<(), ErrorKind>, Duration) {
    let (begun, from) = (lab.now(), from.clone());
    let result = lab
        .complete(async move {
            from.network
                .connect(to)
                .await
                .map(drop)
                .map_err(|e| e.kind())
        })
        .unwrap();
    (result, lab.now().since(begun))
}

type Read = Result<Vec<u8>, ErrorKind>;

async fn read(connection: &mut Connection) -> Read {
    let mut bytes = Vec::new();
    connection
        .stream
        .read_buf(&mut bytes)
        .await
        .map(|_| bytes)
        .map_err(|e| e.kind())
}

#[test]
fn rejects_names_and_addresses_of_the_real_network() {
    let (mut lab, ..) = lab();
    assert_eq!(
        lab.host("mx.example.com", "192.0.2.9").err(),
        Some(LabError::Name("mx.example.com".into()))
    );
    for outside in [
        "8.8.8.8",
        "127.0.0.1",
        "10.0.0.1",
        "192.0.3.1",
        "2001:db9::1",
        "3fff:1000::1",
        "::1",
    ] {
        assert_eq!(
            lab.host("c.test", outside).err(),
            Some(LabError::Address(outside.parse().unwrap())),
            "{outside}"
        );
    }
    assert_eq!(
        lab.host("a.test", "192.0.2.9").err(),
        Some(LabError::Taken("a.test".into()))
    );
    assert_eq!(
        lab.host("c.test", "192.0.2.1").err(),
        Some(LabError::Taken("192.0.2.1".into()))
    );
    lab.host("c.example", "3fff:fff::1").unwrap();
}

#[test]
fn connecting_takes_a_round_trip_and_a_write_half_of_it() {
    let (lab, a, to) = lab();
    let begun = lab.now();
    let (mut client, mut server) = pair(&lab, &a, &to);
    assert_eq!(lab.now().since(begun), 2 * ONE_WAY);
    assert_eq!(
        (client.remote, server.local, client.local, server.remote),
        (b(25), b(25), server.remote, client.local)
    );
    let heard = lab.complete(async move {
        client.stream.write_all(b"hello").await.unwrap();
        let first = read(&mut server).await;
        // Half-closed: a has finished sending, and b still answers.
        client.stream.shutdown().await.unwrap();
        let end = read(&mut server).await;
        server.stream.write_all(b"good day").await.unwrap();
        drop(server);
        let answer = read(&mut client).await;
        (first, end, answer, read(&mut client).await)
    });
    assert_eq!(
        heard,
        Ok((
            Ok(b"hello".to_vec()),
            Ok(vec![]),
            Ok(b"good day".to_vec()),
            Ok(vec![])
        ))
    );
    // Two one-way latencies to connect, one each for the data, its end and the answer.
    assert_eq!(lab.now().since(begun), 5 * ONE_WAY);
    let traffic = lab.traffic();
    assert_eq!(
        (
            traffic[0].written,
            traffic[0].read,
            traffic[0].bytes(Direction::ToClient)
        ),
        ([5, 8], [5, 8], 8)
    );
}

#[test]
fn connections_to_missing_hosts_are_refused_or_time_out() {
    let (lab, a, _to) = lab();
    let silence = Duration::from_secs(127);
    let timed_out = (Err(ErrorKind::TimedOut), silence);
    assert_eq!(
        attempt(&lab, &a, b(25)),
        (Err(ErrorKind::ConnectionRefused), 2 * ONE_WAY)
    );
    assert_eq!(
        attempt(&lab, &a, "192.0.2.77:25".parse().unwrap()),
        timed_out,
        "nobody has the address"
    );
    assert_eq!(
        attempt(&lab, &a, "[2001:db8::1]:25".parse().unwrap()).0,
        Err(ErrorKind::NetworkUnreachable),
        "a has no such address"
    );
    lab.set_up("b.test", false).unwrap();
    assert_eq!(attempt(&lab, &a, b(25)), timed_out, "b is down");
    lab.set_up("b.test", true).unwrap();
    lab.edit_path("a.test", "b.test", |link| link.blocked_ports.extend([25]))
        .unwrap();
    assert_eq!(attempt(&lab, &a, b(25)), timed_out, "port 25 is blocked");
    assert_eq!(
        attempt(&lab, &a, b(587)).0,
        Err(ErrorKind::ConnectionRefused),
        "another port is not"
    );
    lab.edit_path("b.test", "a.test", |link| link.severed = true)
        .unwrap();
    assert_eq!(
        attempt(&lab, &a, b(587)),
        timed_out,
        "the answer does not come back"
    );
}

#[test]
fn a_held_direction_delivers_when_released() {
    let (lab, a, to) = lab();
    let (mut client, mut server) = pair(&lab, &a, &to);
    lab.edit_path("a.test", "b.test", |link| link.held = true)
        .unwrap();
    let begun = lab.now();
    let (clock, tasks) = (a.clock.clone(), a.tasks.clone());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tasks.spawn(Box::pin(async move {
        client.stream.write_all(b"late").await.unwrap();
        let heard = read(&mut client).await;
        let _ = sender.send((heard, clock.now()));
    }));
    let at = lab.complete({
        let clock = to.clock.clone();
        async move {
            server.stream.write_all(b"early").await.unwrap();
            let at = receiver.await.unwrap();
            assert_eq!(at.0, Ok(b"early".to_vec()));
            (server, at.1, clock)
        }
    });
    let (mut server, early, clock) = at.unwrap();
    assert_eq!(early.since(begun), ONE_WAY);
    lab.run_for(Duration::from_secs(100)).unwrap();
    lab.edit_path("a.test", "b.test", |link| link.held = false)
        .unwrap();
    let (heard, at) = lab
        .complete(async move { (read(&mut server).await, clock.now()) })
        .unwrap();
    assert_eq!(
        (heard, at.since(early)),
        (Ok(b"late".to_vec()), Duration::from_secs(100))
    );
}

#[test]
fn bandwidth_and_loss_only_delay_data() {
    let (lab, a, to) = lab();
    lab.edit_path("a.test", "b.test", |link| {
        link.bytes_per_second = Some(1000);
    })
    .unwrap();
    let (mut client, mut server) = pair(&lab, &a, &to);
    let begun = lab.now();
    let (client, server) = lab
        .complete(async move {
            client.stream.write_all(&[7; 2000]).await.unwrap();
            let mut all = vec![0; 2000];
            server.stream.read_exact(&mut all).await.unwrap();
            (client, server)
        })
        .unwrap();
    assert_eq!(lab.now().since(begun), Duration::from_secs(2) + ONE_WAY);
    lab.edit_path("a.test", "b.test", |way| {
        *way = Link {
            lost_per_mille: 500,
            ..Link::slow(ONE_WAY)
        }
    })
    .unwrap();
    let begun = lab.now();
    let (mut client, mut server) = (client, server);
    let heard = lab.complete(async move {
        for n in 0..50u8 {
            client.stream.write_all(&[n]).await.unwrap();
        }
        drop(client);
        let mut all = Vec::new();
        server.stream.read_to_end(&mut all).await.unwrap();
        all
    });
    assert_eq!(heard, Ok((0..50).collect::<Vec<u8>>()), "in order, whole");
    assert!(lab.now().since(begun) > Duration::from_millis(200));
}

#[test]
fn the_window_blocks_the_writer_until_data_is_read() {
    let (lab, a, to) = lab();
    let (mut client, mut server) = pair(&lab, &a, &to);
    let written = lab.complete(async move {
        let mut all = 0;
        let big = vec![0; WINDOW_BYTES + 1];
        let first = client.stream.write(&big).await.unwrap();
        let stalled = a
            .within(Duration::from_secs(1), client.stream.write(b"x"))
            .await
            .is_none();
        all += read(&mut server).await.unwrap().len();
        let more = client.stream.write(b"x").await.unwrap();
        (first, stalled, more, all > 0)
    });
    assert_eq!(written, Ok((WINDOW_BYTES, true, 1, true)));
}

// The result of each side after a break behind the second byte of the client.
fn after_break(how: Break) -> (Vec<Read>, Option<Read>) {
    let (lab, a, to) = lab();
    lab.cut(Cut {
        from: Some("a.test".into()),
        to: None,
        port: Some(25),
        direction: Direction::ToServer,
        after_bytes: 2,
        how,
        connections: 1,
    });
    let (mut client, mut server) = pair(&lab, &a, &to);
    lab.complete(async move {
        client.stream.write_all(b"four").await.unwrap();
        server.stream.write_all(b"back").await.unwrap();
        let patience = Duration::from_secs(60);
        let mut heard = vec![read(&mut server).await];
        heard.extend(to.within(patience, read(&mut server)).await);
        (heard, to.within(patience, read(&mut client)).await)
    })
    .unwrap()
}

#[test]
fn a_cut_passes_its_bytes_and_then_breaks() {
    let two = Ok(b"fo".to_vec());
    let reset = Err(ErrorKind::ConnectionReset);
    assert_eq!(
        after_break(Break::Reset),
        (vec![two.clone(), reset.clone()], Some(reset))
    );
    assert_eq!(after_break(Break::Silent), (vec![two.clone()], None));
    assert_eq!(
        after_break(Break::OneWay),
        (vec![two], Some(Ok(b"back".to_vec())))
    );
}

#[test]
fn a_write_to_a_closed_end_is_reset() {
    let (lab, a, to) = lab();
    let (mut client, server) = pair(&lab, &a, &to);
    let errors = lab.complete(async move {
        drop(server);
        let end = read(&mut client).await;
        client.stream.write_all(b"anyone?").await.unwrap();
        a.sleep(3 * ONE_WAY).await;
        (
            end,
            client
                .stream
                .write_all(b"anyone?")
                .await
                .map_err(|e| e.kind()),
        )
    });
    assert_eq!(errors, Ok((Ok(vec![]), Err(ErrorKind::ConnectionReset))));
}
