//! Runs a host until it receives SIGTERM or SIGINT: opens the store, starts the node, the mail
//! listeners and HTTP, and shuts down in order.

use crate::config::{Config, Listen};
use crate::{host, http_listener, logging, queue, web};
use mail::Secret;
use node::outbound::{OutboundConfig, Srs};
use node::{Node, Service};
use std::net::SocketAddr;
use std::path::Path;
use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use world::World;

/// Runs `glasspost serve`.
///
/// # Errors
/// A message for the user.
pub(crate) fn serve(file: &Path) -> Result<(), String> {
    let config = Config::read(file)?;
    run(config, async |_| Ok(()))
}

/// A host that is listening.
pub(crate) struct RunningHost {
    node: Node,
    listening: Vec<(String, SocketAddr)>,
}

impl RunningHost {
    /// The store.
    pub(crate) fn store(&self) -> &Store {
        self.node.store()
    }

    /// The world.
    pub(crate) fn world(&self) -> &World {
        self.node.world()
    }

    /// Services and their bound addresses.
    pub(crate) fn listening(&self) -> &[(String, SocketAddr)] {
        &self.listening
    }

    /// The first bound address of a service.
    pub(crate) fn address(&self, service: &str) -> Option<SocketAddr> {
        self.listening
            .iter()
            .find(|(name, _)| name == service)
            .map(|(_, address)| *address)
    }
}

/// Runs a host; `on_ready` is called once it is listening.
///
/// # Errors
/// A message: what could not be opened or bound.
pub(crate) fn run(
    config: Config,
    on_ready: impl AsyncFnOnce(&RunningHost) -> Result<(), String>,
) -> Result<(), String> {
    logging::start(&config.log)?;
    for warning in &config.renamed_keys {
        tracing::warn!(position = %warning.position, "configuration: {warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let lock = host::lock(&config.server.data)?;
    let result = runtime.block_on(run_host(&config, on_ready));
    // Tasks that have not ended are dropped; every acknowledged message is durable.
    runtime.shutdown_timeout(mail::Duration::from_secs(1));
    drop(lock);
    result
}

async fn run_host(
    config: &Config,
    on_ready: impl AsyncFnOnce(&RunningHost) -> Result<(), String>,
) -> Result<(), String> {
    // Install signal handlers first: the parent process may stop us at once.
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    let store = host::open_store_for_server(
        &config.server.data,
        config.login.scram_iterations,
        config.storage.reserve,
    )
    .await?;
    let swept = store.sweep().await.map_err(|e| e.to_string())?;
    if swept > 0 {
        tracing::info!(
            swept,
            "removed content of messages that were never accepted"
        );
    }
    let world = host::world(config)?;
    let mut node_config = config
        .settings()
        .node(&config.server.hostname, &read_password)
        .map_err(|e| e.to_string())?;
    node_config.demo_addresses = config.demo_addresses.clone();
    add_outbound_context(&mut node_config.outbound, config, &store, &world).await?;
    let node = Node::new(world, store, node_config);
    // The data folder is locked, so no other process is delivering these messages.
    let interrupted = node.queue().take_back().await.map_err(|e| e.to_string())?;
    if interrupted > 0 {
        tracing::info!(
            interrupted,
            "deliveries were interrupted by the last shutdown; they will be attempted again"
        );
    }
    let mut listening = listen_mail(&node, config).await?;
    node.start();
    tokio::runtime::Handle::current().spawn(queue::watch_commands(
        node.queue().clone(),
        node.world().clone(),
    ));
    let closing = node.closing();
    let lab = mua::http::lab(
        node.mua().clone(),
        std::sync::Arc::new(node.clone()),
        enabled_services(config),
    );
    let api = mua::http::router(node.mua().clone()).merge(lab);
    let router = web::router(
        api,
        config.outbound.mta_sts_mode.policy(&config.server.hostname),
    );
    for (listen, tls) in [(&config.listen.http, false), (&config.listen.https, true)] {
        for address in listen.addresses() {
            let bound = http_listener::serve(&node, *address, tls, router.clone(), closing.clone())
                .await
                .map_err(|e| cannot_listen("web", *address, &e))?;
            listening.push(((if tls { "https" } else { "web" }).to_owned(), bound));
        }
    }
    for (service, address) in &listening {
        tracing::info!(service, %address, "listening");
    }
    let running = RunningHost { node, listening };
    let stop_signal = async {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    };
    tokio::pin!(stop_signal);
    tokio::select! {
        ready = on_ready(&running) => {
            ready?;
            let signal = stop_signal.await;
            tracing::info!(signal, "shutting down");
        }
        signal = &mut stop_signal => tracing::info!(signal, "shutting down"),
    }
    running.node.close(host::SHUTDOWN_TIMEOUT).await;
    Ok(())
}

fn read_password(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))
}

// Adds what delivery needs from the store and the listeners: this host's own addresses, and the
// secret and domain of rewritten senders (the first local domain unless configured).
async fn add_outbound_context(
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

/// The mail services that are enabled.
fn enabled_services(config: &Config) -> Vec<Service> {
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
            "; ports below 1024 require root or CAP_NET_BIND_SERVICE"
        }
        std::io::ErrorKind::AddrInUse => "; the address is in use by another program",
        _ => "",
    };
    format!("cannot listen on {address} for {service}: {e}{hint}")
}
