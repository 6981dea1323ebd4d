//! The two hosts, their users, and queries about their messages and events.

use event::{Event, Kind, Role};
use mail::{Address, Domain, Duration, Envelope, Reply, Secret};
use node::{Node, NodeConfig, Service};
use queue::intake::Rejection;
use queue::{NewMessage, Retry};
use sim::{Cut, Idle, Lab, Link};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use store::{Content, NewAccount, Store};
use world::World;
use world::zone::Zones;

/// The host of a.test.
pub const A: &str = "mx.a.test";
/// The host of b.test.
pub const B: &str = "mx.b.test";
/// Alice's computer.
pub const LAPTOP: &str = "laptop.a.test";
/// Bob's computer.
pub const PHONE: &str = "phone.b.test";
/// The password of every user.
pub const PASSWORD: &str = "open sesame";

const ZONE: &str = "
a.test.         MX 10 mx.a.test.
mx.a.test.      A 192.0.2.25
b.test.         MX 10 mx.b.test.
mx.b.test.      A 198.51.100.25
; Its mail is sent to a, which does not know it: a misconfigured domain.
loop.test.      MX 10 mx.a.test.
null.test.      MX 0 .
";

/// The intervals between delivery attempts of the hosts.
pub const RETRY: Retry = Retry {
    first: Duration::from_secs(15 * 60),
    longest: Duration::from_secs(4 * 3600),
    warn_after: Duration::from_secs(4 * 3600),
    give_up_after: Duration::from_secs(5 * 86_400),
};

/// A virtual world with two mail hosts and the computers of two users.
pub struct TwoHosts {
    /// The world.
    pub lab: Lab,
    /// The seed of all random values; printed when a test fails.
    pub seed: u64,
    nodes: BTreeMap<&'static str, Node>,
}

impl TwoHosts {
    /// Creates the world with both hosts running.
    pub fn new(seed: u64) -> TwoHosts {
        let mut hosts = TwoHosts::without_hosts(seed);
        hosts.start(A);
        hosts.start(B);
        hosts
    }

    /// Creates the world with nothing running.
    pub fn without_hosts(seed: u64) -> TwoHosts {
        let mut lab = Lab::new(seed, Zones::read(ZONE).expect("the zone is well written"));
        lab.set_usual_link(Link::slow(Duration::from_millis(20)));
        for (name, address) in [
            (A, "192.0.2.25"),
            (B, "198.51.100.25"),
            (LAPTOP, "192.0.2.100"),
            (PHONE, "198.51.100.100"),
        ] {
            lab.host(name, address)
                .expect("names and addresses fit the Lab");
        }
        TwoHosts {
            lab,
            seed,
            nodes: BTreeMap::new(),
        }
    }

    /// Starts the mail server of a host, on its existing disk.
    pub fn start(&mut self, host: &'static str) {
        self.start_with(host, |_| {});
    }

    /// Starts the mail server of a host with changed settings.
    pub fn start_with(&mut self, host: &'static str, change: impl FnOnce(&mut NodeConfig)) {
        let store = self.lab.store(host).expect("the disk can be opened");
        let world = self.world(host);
        let (domain, user) = if host == A {
            ("a.test", "alice")
        } else {
            ("b.test", "bob")
        };
        let (people, beside) = (store.clone(), world.clone());
        self.lab
            .complete(async move { add_user(&people, &beside, domain, user).await })
            .expect("users are made at once");
        let mut config = NodeConfig {
            retry: RETRY,
            journeys_written: store::JourneyWrites::WithMessage,
            ..NodeConfig::new(domain_of(host))
        };
        change(&mut config);
        let node = Node::new(world, store, config);
        let queue = node.queue().clone();
        // No other process uses this disk: messages that a crashed host was sending are due again.
        self.lab
            .complete(async move { queue.take_back().await })
            .expect("the disk answers at once")
            .expect("the disk has room");
        node.start();
        for service in Service::ALL {
            let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), service.port());
            let listening = node.clone();
            self.lab
                .complete(async move { listening.listen(service, at).await })
                .expect("listening takes no time")
                .expect("the port is free");
        }
        self.nodes.insert(host, node);
    }

    /// Adds a message to a's queue as if it had been submitted, and returns the reply.
    pub fn post(&self, envelope: Envelope, text: &str) -> Reply {
        let queue = self.node(A).queue().clone();
        let message = NewMessage {
            journey: queue.new_journey(),
            span: self.world(A).span(),
            role: Role::Msa,
            envelope,
            prefix: String::new(),
            header: Vec::new(),
            content: Content::Small(text.replace('\n', "\r\n").into_bytes()),
            account: None,
            events: Vec::new(),
        };
        match self.talk(async move { queue.accept(message).await }) {
            Ok(_) => Reply::new(250, (2, 0, 0), "accepted"),
            Err(refusal) => Rejection::from(refusal).reply,
        }
    }

    /// Crashes the host.
    pub fn crash(&mut self, host: &'static str) {
        self.lab.crash(host).expect("the host is known");
        self.nodes.remove(host);
    }

    /// The world of a host.
    pub fn world(&self, host: &str) -> World {
        self.lab.world(host).expect("the host is known")
    }

    /// The node of a running host.
    pub fn node(&self, host: &str) -> &Node {
        &self.nodes[host]
    }

    /// Advances virtual time.
    pub fn pass(&self, length: Duration) -> Idle {
        self.lab
            .run_for(length)
            .unwrap_or_else(|overrun| panic!("seed {}: {overrun}", self.seed))
    }

    /// Runs until no task is ready and no timer is set, so that all queues are empty.
    pub fn rest(&self) -> Idle {
        self.lab
            .run()
            .unwrap_or_else(|overrun| panic!("seed {}: {overrun}", self.seed))
    }

    /// Runs a client to completion.
    pub fn talk<T: Send + 'static>(
        &self,
        conversation: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.lab
            .complete(conversation)
            .unwrap_or_else(|stuck| panic!("seed {}: {stuck}", self.seed))
    }

    /// Breaks the next connections from a to port 25 of b.
    pub fn cut_between(&self, cut: Cut) {
        self.lab.cut(Cut {
            from: Some(A.into()),
            to: Some(B.into()),
            port: Some(25),
            ..cut
        });
    }

    /// The messages in a user's INBOX, oldest first.
    pub fn inbox(&self, host: &str, user: &str) -> Vec<String> {
        let (store, address) = (self.node(host).store().clone(), address(user));
        self.talk(async move {
            let account = store
                .account_of(&address)
                .await
                .expect("the store answers")
                .expect("the user is known");
            let mailbox = store.inbox(account.id).await.expect("everybody has one");
            let mut messages = Vec::new();
            for uid in mailbox.read(|s| s.entries.iter().map(|e| e.uid).collect::<Vec<_>>()) {
                let bytes = store
                    .read_message(&mailbox, uid)
                    .await
                    .expect("the store answers")
                    .expect("it is there");
                messages.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            messages
        })
    }

    /// The number of messages in a user's INBOX.
    pub fn count(&self, host: &str, user: &str) -> usize {
        let (store, address) = (self.node(host).store().clone(), address(user));
        self.talk(async move {
            let account = store
                .account_of(&address)
                .await
                .expect("the store answers")
                .expect("the user is known");
            store
                .inbox(account.id)
                .await
                .expect("everybody has one")
                .read(|s| s.entries.len())
        })
    }

    /// The number of messages in a host's queue.
    pub fn queued(&self, host: &str) -> usize {
        let store = self.node(host).store().clone();
        self.talk(async move {
            store
                .spool_after(None, usize::MAX - 1)
                .await
                .expect("the store answers")
                .len()
        })
    }

    /// The events that `choose` selects, as short texts in their true order.
    pub fn story(&self, choose: impl Fn(&Event) -> Option<String>) -> Vec<String> {
        self.lab.timeline().iter().filter_map(choose).collect()
    }

    /// The decisions about messages, as `host: decision recipient`.
    pub fn decisions(&self) -> Vec<String> {
        self.story(|e| {
            let what = match &e.kind {
                Kind::Accepted { recipients, .. } => {
                    format!("accepted for {}", recipients.join(" "))
                }
                Kind::Attempt { number, domain, .. } => format!("attempt {number} to {domain}"),
                Kind::Deferred {
                    recipient, reply, ..
                } => format!("deferred {recipient} {}", reply.code),
                Kind::Relayed {
                    recipient, host, ..
                } => format!("relayed {recipient} to {host}"),
                Kind::Delivered {
                    recipient, mailbox, ..
                } => format!("delivered {recipient} {mailbox}"),
                Kind::Bounced {
                    recipient,
                    reply,
                    notice,
                    ..
                } => {
                    let notified = if notice.is_some() {
                        "sender notified"
                    } else {
                        "nobody notified"
                    };
                    format!("bounced {recipient} {} {notified}", reply.code)
                }
                Kind::Unreachable { reason, .. } => format!("unreachable: {}", reason.english()),
                Kind::Fetched { by, what, .. } => format!("fetched {what} by {by}"),
                _ => return None,
            };
            Some(format!("{}: {what}", e.host))
        })
    }
}

fn address(user: &str) -> Address {
    user.parse().expect("an address")
}

fn domain_of(host: &str) -> Domain {
    Domain::new(host).expect("a domain")
}

// Adds the domain and the user if they do not exist yet.
async fn add_user(store: &Store, world: &World, domain: &str, user: &str) {
    store
        .add_domain(&domain_of(domain))
        .await
        .expect("the disk has room");
    let person = address(&format!("{user}@{domain}"));
    if store
        .account_of(&person)
        .await
        .expect("the store answers")
        .is_none()
    {
        let mut salt = [0; 16];
        world.rng.fill(&mut salt);
        let new = NewAccount {
            address: person,
            name: user.to_owned(),
            password: Secret::new(PASSWORD),
        };
        store
            .add_account(new, salt, world.now())
            .await
            .expect("the user can be made");
    }
}
