//! Runs a host until it is told to stop: opens the store, makes the world, listens, serves the web,
//! and ends in order.

use crate::config::{Config, Listen};
use crate::{host, logging, queue, web};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use mail::Secret;
use node::outbound::{OutboundConfig, Srs};
use node::{Node, Service};
use std::net::SocketAddr;
use std::path::Path;
use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use world::{Connection, HANDSHAKE_MAX, Stream, World};

/// `glasspost serve`.
///
/// # Errors
/// A sentence.
pub(crate) fn serve(file: &Path) -> Result<(), String> {
    let config = Config::read(file)?;
    run(config, async |_| Ok(()))
}

/// A host that stands.
pub(crate) struct Running {
    node: Node,
    listening: Vec<(String, SocketAddr)>,
}

impl Running {
    /// Its store.
    pub(crate) fn store(&self) -> &Store {
        self.node.store()
    }

    /// Its world.
    pub(crate) fn world(&self) -> &World {
        self.node.world()
    }

    /// What listens where.
    pub(crate) fn listening(&self) -> &[(String, SocketAddr)] {
        &self.listening
    }

    /// Where a service listens.
    pub(crate) fn address(&self, service: &str) -> Option<SocketAddr> {
        self.listening
            .iter()
            .find(|(name, _)| name == service)
            .map(|(_, address)| *address)
    }
}

/// Runs a host; `standing` is called once it listens.
///
/// # Errors
/// A sentence: what could not be opened or listened on.
pub(crate) fn run(
    config: Config,
    standing: impl AsyncFnOnce(&Running) -> Result<(), String>,
) -> Result<(), String> {
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let held = host::lock(&config.server.data)?;
    let done = runtime.block_on(stand(&config, standing));
    // Tasks that did not end in time are dropped here; what they had promised is durable.
    runtime.shutdown_timeout(mail::Duration::from_secs(1));
    drop(held);
    done
}

async fn stand(
    config: &Config,
    standing: impl AsyncFnOnce(&Running) -> Result<(), String>,
) -> Result<(), String> {
    // Signals first: whoever starts us may end us at once.
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let store = host::open_for_long(&config.server.data, config.login.scram_iterations).await?;
    let swept = store.sweep().await.map_err(|e| e.to_string())?;
    if swept > 0 {
        tracing::info!(swept, "removed contents whose messages were never accepted");
    }
    let world = host::world(config)?;
    let mut node_config = config
        .settings()
        .node(&config.server.hostname, &read_password)?;
    node_config.demo_addresses = config.demo_addresses.clone();
    send_from_here(&mut node_config.outbound, config, &store, &world).await?;
    let node = Node::new(world, store, node_config);
    // The lock on the folder says that nobody else is trying them.
    let taken_back = node.queue().take_back().await.map_err(|e| e.to_string())?;
    if taken_back > 0 {
        tracing::info!(
            taken_back,
            "messages were being tried when the server ended; they are due again"
        );
    }
    let mut listening = listen_mail(&node, config).await?;
    node.start();
    tokio::runtime::Handle::current().spawn(queue::follow_orders(
        node.queue().clone(),
        node.world().clone(),
    ));
    let closing = node.closing();
    let lab = mua::http::lab(
        node.mua().clone(),
        std::sync::Arc::new(node.clone()),
        switched_on(config),
    );
    let api = mua::http::router(node.mua().clone()).merge(lab);
    let router = web::router(
        api,
        config.outbound.mta_sts_mode.policy(&config.server.hostname),
    );
    for (listen, tls) in [(&config.listen.http, false), (&config.listen.https, true)] {
        for address in listen.addresses() {
            let bound = serve_web(&node, *address, tls, router.clone(), closing.clone()).await?;
            listening.push(((if tls { "https" } else { "web" }).to_owned(), bound));
        }
    }
    for (service, address) in &listening {
        tracing::info!(service, %address, "listening");
    }
    let running = Running { node, listening };
    let asked_to_stop = async {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    tokio::pin!(asked_to_stop);
    tokio::select! {
        told = standing(&running) => {
            told?;
            let signal = asked_to_stop.await;
            tracing::info!(signal, "stopping");
        }
        signal = &mut asked_to_stop => tracing::info!(signal, "stopping"),
    }
    running.node.close(host::CLOSING_MAX).await;
    Ok(())
}

fn read_password(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}

// What sending must know of this very host: where it listens, and the secret of rewritten senders.
// They are in the first of its domains, unless another is named.
async fn send_from_here(
    outbound: &mut OutboundConfig,
    config: &Config,
    store: &Store,
    world: &World,
) -> Result<(), String> {
    outbound.own = config.listen.smtp.addresses().to_vec();
    if config.outbound.srs {
        let mut fresh = [0; 32];
        world.rng.fill(&mut fresh);
        let secret = store
            .sending_secret(fresh)
            .await
            .map_err(|e| e.to_string())?;
        let first = store
            .domains()
            .await
            .map_err(|e| e.to_string())?
            .into_iter()
            .next();
        let domain = config.outbound.srs_domain.clone().or(first);
        outbound.srs = domain.map(|domain| Srs::new(Secret::new(secret), domain));
    }
    Ok(())
}

fn listens(config: &Config) -> [(Service, &Listen); 7] {
    let l = &config.listen;
    [
        (Service::Smtp, &l.smtp),
        (Service::Submission, &l.submission),
        (Service::Submissions, &l.submissions),
        (Service::Imap, &l.imap),
        (Service::Imaps, &l.imaps),
        (Service::Pop3, &l.pop3),
        (Service::Pop3s, &l.pop3s),
    ]
}

/// What one can connect to here.
fn switched_on(config: &Config) -> Vec<Service> {
    listens(config)
        .into_iter()
        .filter(|(_, listen)| !listen.addresses().is_empty())
        .map(|(service, _)| service)
        .collect()
}

async fn listen_mail(node: &Node, config: &Config) -> Result<Vec<(String, SocketAddr)>, String> {
    let mut listening = Vec::new();
    for (service, listen) in listens(config) {
        for address in listen.addresses() {
            let bound = node
                .listen(service, *address)
                .await
                .map_err(|e| cannot_listen(service.name(), *address, &e))?;
            listening.push((service.name().to_owned(), bound));
        }
    }
    Ok(listening)
}

fn cannot_listen(service: &str, address: SocketAddr, e: &std::io::Error) -> String {
    let hint = match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need a right: run as root, or grant CAP_NET_BIND_SERVICE, or move the listener"
        }
        std::io::ErrorKind::AddrInUse => "; another program listens there",
        _ => "",
    };
    format!("cannot listen on {address} for {service}: {e}{hint}")
}

async fn serve_web(
    node: &Node,
    address: SocketAddr,
    tls: bool,
    router: axum::Router,
    closing: watch::Receiver<bool>,
) -> Result<SocketAddr, String> {
    let world = node.world().clone();
    let mut listener = world
        .network
        .listen(address)
        .await
        .map_err(|e| cannot_listen("web", address, &e))?;
    let bound = listener.local();
    let (hand_on, connections) = tokio::sync::mpsc::channel(64);
    tokio::runtime::Handle::current().spawn(async move {
        loop {
            match listener.accept().await {
                Ok(connection) if tls => {
                    let (world, hand_on) = (world.clone(), hand_on.clone());
                    // A handshake that hangs holds up nobody else.
                    tokio::runtime::Handle::current().spawn(async move {
                        let Connection {
                            stream,
                            local,
                            remote,
                            ..
                        } = connection;
                        if let Some(Ok((stream, tls))) =
                            world.within(HANDSHAKE_MAX, world.tls.accept(stream)).await
                        {
                            drop(
                                hand_on
                                    .send(Connection {
                                        stream,
                                        local,
                                        remote,
                                        tls: Some(tls),
                                    })
                                    .await,
                            );
                        }
                    });
                }
                Ok(connection) => drop(hand_on.send(connection).await),
                Err(e) => {
                    tracing::warn!(error = %e, "a web connection could not be taken");
                    world.sleep(mail::Duration::from_millis(100)).await;
                }
            }
        }
    });
    let listener = WebListener { connections, bound };
    let service = router
        .layer(middleware::from_fn(introduce))
        .into_make_service_with_connect_info::<Remote>();
    tokio::runtime::Handle::current().spawn(async move {
        let mut closing = closing;
        let stopped = async move {
            let _ = closing.wait_for(|closed| *closed).await;
        };
        if let Err(e) = axum::serve(listener, service)
            .with_graceful_shutdown(stopped)
            .await
        {
            tracing::error!(error = %e, "the web has ended");
        }
    });
    Ok(bound)
}

struct WebListener {
    connections: tokio::sync::mpsc::Receiver<Connection>,
    bound: SocketAddr,
}

impl Listener for WebListener {
    type Io = Box<dyn Stream>;
    type Addr = Remote;

    async fn accept(&mut self) -> (Box<dyn Stream>, Remote) {
        match self.connections.recv().await {
            Some(connection) => (
                connection.stream,
                Remote {
                    address: connection.remote,
                    tls: connection.tls.is_some(),
                },
            ),
            // The accepting task has ended; so does the program.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Remote> {
        Ok(Remote {
            address: self.bound,
            tls: false,
        })
    }
}

/// Who speaks HTTP with us, and whether in TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote {
    /// The other end.
    pub(crate) address: SocketAddr,
    /// The connection is in TLS.
    pub(crate) tls: bool,
}

// Tells the webmail who speaks, in its own terms.
async fn introduce(
    ConnectInfo(remote): ConnectInfo<Remote>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(mua::http::Peer {
        address: remote.address,
        tls: remote.tls,
    });
    next.run(request).await
}

impl Connected<IncomingStream<'_, WebListener>> for Remote {
    fn connect_info(stream: IncomingStream<'_, WebListener>) -> Remote {
        *stream.remote_addr()
    }
}
