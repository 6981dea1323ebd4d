//! Requests through a world: names, addresses, TLS, time, and what is sent.

use super::*;
use crate::zone::Zones;
use crate::{Clock, Connection, Listener, Network, Tls, TlsCheck, still};
use mail::Time;
use mail::session::TlsInfo;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

/// The clock of the runtime, which is paused and advances when nothing else is to be done.
struct RuntimeClock(tokio::time::Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Time {
        // tidy-allow: this is the clock
        still::STILL + self.0.elapsed()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        // tidy-allow: this is the clock
        let sleep = tokio::time::sleep(at.since(self.now()));
        Box::pin(sleep)
    }
}

/// What a host does with connections.
#[derive(Clone, Copy)]
enum Host {
    Responds(&'static str),
    /// One byte of an endless body each second.
    Drips,
    Refuses,
    Silent,
}

/// Hosts, and the requests that they received.
#[derive(Clone, Default)]
struct Hosts {
    hosts: BTreeMap<IpAddr, Host>,
    connected: Arc<Mutex<Vec<SocketAddr>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Network for Hosts {
    fn connect(&self, to: SocketAddr) -> BoxFuture<'_, io::Result<Connection>> {
        self.connected.lock().unwrap().push(to);
        let host = self.hosts.get(&to.ip()).copied().unwrap_or(Host::Refuses);
        let (ours, theirs) = tokio::io::duplex(4096);
        let requests = self.requests.clone();
        Box::pin(async move {
            match host {
                Host::Refuses => return Err(io::ErrorKind::ConnectionRefused.into()),
                Host::Silent => std::future::pending().await,
                Host::Responds(_) | Host::Drips => {}
            }
            #[expect(clippy::disallowed_methods, reason = "the test's own host")]
            tokio::spawn(serve(host, theirs, requests));
            Ok(Connection {
                stream: Box::new(ours),
                local: to,
                remote: to,
                tls: None,
            })
        })
    }

    fn listen(&self, _at: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Listener>>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }
}

async fn serve(host: Host, mut stream: DuplexStream, requests: Arc<Mutex<Vec<String>>>) {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request).await.unwrap();
    let request = String::from_utf8(request[..length].to_vec()).unwrap();
    requests.lock().unwrap().push(request);
    if let Host::Responds(response) = host {
        stream.write_all(response.as_bytes()).await.unwrap();
        return;
    }
    stream
        .write_all(format!("{OK}\r\n").as_bytes())
        .await
        .unwrap();
    while stream.write_all(b"x").await.is_ok() {
        #[expect(clippy::disallowed_methods, reason = "the test's own host")]
        // tidy-allow: the clock is paused
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// TLS without encryption, which is refused for names that begin with `bad`.
struct PlainTls;

impl Tls for PlainTls {
    fn accept(
        &self,
        _stream: Box<dyn Stream>,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }

    fn connect(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        check: TlsCheck,
    ) -> BoxFuture<'static, io::Result<(Box<dyn Stream>, TlsInfo)>> {
        assert_eq!(check, TlsCheck::Required);
        let result = if name.starts_with("bad") {
            Err(crate::HandshakeFault::from(crate::CertificateFault::OtherName).into())
        } else {
            let info = TlsInfo {
                version: "TLS 1.3".into(),
                cipher: "none".into(),
                server_name: Some(name.into()),
                verified: true,
                exporter: None,
            };
            Ok((stream, info))
        };
        Box::pin(std::future::ready(result))
    }
}

fn world(zone: &str, hosts: &[(&str, Host)]) -> (World, Hosts) {
    let hosts = Hosts {
        hosts: hosts
            .iter()
            .map(|(address, host)| (address.parse().unwrap(), *host))
            .collect(),
        ..Hosts::default()
    };
    let world = World {
        clock: Arc::new(RuntimeClock(tokio::time::Instant::now())),
        network: Arc::new(hosts.clone()),
        resolver: Arc::new(Zones::read(zone).unwrap()),
        tls: Arc::new(PlainTls),
        ..still::world()
    };
    (world, hosts)
}

const HELLO: Host = Host::Responds(
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
);

// Fetching from this host of the zone gives this body or fault.
async fn check(world: &World, host: &str, expected: Result<&str, &str>) {
    let host = host.parse().unwrap();
    let body = fetch(world, &host, 443, "/policy.txt", "text/plain").await;
    let body = body
        .map(|b| String::from_utf8(b).unwrap())
        .map_err(|fault| fault.to_string());
    let expected = expected.map(str::to_owned).map_err(str::to_owned);
    assert_eq!(body, expected, "{host}");
}

#[tokio::test(start_paused = true)]
async fn sends_what_was_given_and_nothing_else() {
    let json = Host::Responds(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    );
    let zone = "a.test. A 192.0.2.1\nb.test. A 192.0.2.2\n";
    let (world, hosts) = world(zone, &[("192.0.2.1", HELLO), ("192.0.2.2", json)]);
    check(&world, "a.test", Ok("hello")).await;
    let form = Form {
        authorization: Some("Basic YTpi"),
        body: "token=x",
    };
    let host = "b.test".parse().unwrap();
    let answer = post(&world, &host, 8443, "/i?a=b", form, "application/json").await;
    assert_eq!(answer.unwrap(), b"{}");
    assert_eq!(
        *hosts.requests.lock().unwrap(),
        [
            "GET /policy.txt HTTP/1.1\r\nHost: a.test\r\nAccept: text/plain\r\nUser-Agent: glasspost\r\nConnection: close\r\n\r\n",
            "POST /i?a=b HTTP/1.1\r\nHost: b.test:8443\r\nAccept: application/json\r\nUser-Agent: glasspost\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic YTpi\r\nContent-Length: 7\r\n\r\ntoken=x",
        ]
    );
    // Line breaks cannot add fields, and a path cannot add a line.
    let smuggled = Form {
        authorization: Some("x\r\nCookie: a"),
        body: "",
    };
    let answer = post(&world, &host, 443, "/", smuggled, "text/plain").await;
    assert!(
        matches!(answer, Err(FetchFault::Connection(e)) if e.kind() == io::ErrorKind::InvalidInput)
    );
    let answer = fetch(&world, &host, 443, "/a b", "text/plain").await;
    assert!(
        matches!(answer, Err(FetchFault::Connection(e)) if e.kind() == io::ErrorKind::InvalidInput)
    );
    assert_eq!(hosts.connected.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn tries_up_to_four_addresses_each_for_its_share_of_the_time() {
    let zone = "a.test. AAAA 2001:db8::1\na.test. A 192.0.2.1\na.test. A 192.0.2.2\n\
                five.test. A 192.0.2.5\nfive.test. A 192.0.2.6\nfive.test. A 192.0.2.7\nfive.test. A 192.0.2.8\nfive.test. A 192.0.2.9\n";
    let silent = [
        ("2001:db8::1", Host::Silent),
        ("192.0.2.2", HELLO),
        ("192.0.2.9", HELLO),
    ];
    let (world, hosts) = world(zone, &silent);
    let begun = world.now();
    check(&world, "a.test", Ok("hello")).await;
    assert_eq!(world.now().since(begun), FETCH_MAX / 3);
    assert_eq!(hosts.connected.lock().unwrap().len(), 3);
    let refused = "no connection: connection refused";
    check(&world, "five.test", Err(refused)).await;
    assert_eq!(hosts.connected.lock().unwrap().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn names_the_step_that_failed() {
    let zone = "empty.test. TXT \"x\"\nbad.test. A 192.0.2.1\nsilent.test. A 192.0.2.2\n";
    let hosts = [("192.0.2.1", HELLO), ("192.0.2.2", Host::Silent)];
    let (world, _) = world(zone, &hosts);
    let begun = world.now();
    for (host, fault) in [
        ("none.test", "no address: no such domain (NXDOMAIN)"),
        ("empty.test", "no A or AAAA record"),
        ("bad.test", "TLS: the certificate is for another name"),
    ] {
        check(&world, host, Err(fault)).await;
    }
    assert_eq!(world.now(), begun);
    let timed_out = "no connection: timed out";
    check(&world, "silent.test", Err(timed_out)).await;
    assert_eq!(world.now().since(begun), FETCH_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_slowly_dripping_body_ends_at_the_time_limit() {
    let (world, _) = world("a.test. A 192.0.2.1\n", &[("192.0.2.1", Host::Drips)]);
    let begun = world.now();
    let timed_out = "no connection: timed out";
    check(&world, "a.test", Err(timed_out)).await;
    assert_eq!(world.now().since(begun), FETCH_MAX);
}

#[tokio::test(start_paused = true)]
async fn one_address_that_is_not_permitted_excludes_the_host() {
    let zone = "mixed.test. A 192.0.2.1\nmixed.test. AAAA ::1\nwhole.test. A 192.0.2.1\n";
    let (world, hosts) = world(zone, &[("192.0.2.1", HELLO)]);
    let ask = async |host: &str| {
        let server = Server {
            host,
            port: 80,
            tls: false,
            permits: |address| !address.is_loopback(),
        };
        let request = Request {
            path: "/",
            fields: &[],
            form: None,
        };
        send(&world, &server, request, FETCH_MAX).await
    };
    for host in ["mixed.test", "127.0.0.1", "[::1]"] {
        assert!(
            matches!(ask(host).await, Err(FetchFault::NotPermitted)),
            "{host}"
        );
    }
    assert!(hosts.connected.lock().unwrap().is_empty());
    for host in ["whole.test", "Whole.Test.", "192.0.2.1"] {
        let response = ask(host).await.unwrap();
        assert_eq!(response.field(CONNECTION), Some("close"));
        assert_eq!(response.body(5).await.unwrap(), b"hello");
    }
}
