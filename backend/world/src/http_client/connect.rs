//! Connects to the server of a request: resolves its name, checks its addresses, tries one after
//! the other, and performs the TLS handshake.

use super::FetchFault;
use crate::{Stream, TlsCheck, World, address_answers};
use mail::Duration;
use mail::dns::{Question, RecordType};
use std::io;
use std::net::{IpAddr, SocketAddr};

// The most addresses that are tried.
const ADDRESSES_MAX: usize = 4;

/// The server of a request.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// Its name, or an IP address as in a URL (RFC 3986 §3.2.2): `[2001:db8::1]`.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// Whether to use TLS, with a certificate that is valid for `host`.
    pub tls: bool,
    /// Which addresses may be connected to. Checked after resolution; a host of which one address
    /// is not permitted is not connected to at all.
    pub permits: fn(IpAddr) -> bool,
}

impl Server<'_> {
    /// `Host = uri-host [ ":" port ]` (RFC 9110 §7.2), without a default port.
    pub(super) fn host_field(&self) -> String {
        if self.port == if self.tls { 443 } else { 80 } {
            self.host.to_owned()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn unbracketed(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }
}

/// Connects to a server. If it has several addresses, each gets an equal share of `time`.
pub(super) async fn connect(
    world: &World,
    server: &Server<'_>,
    time: Duration,
) -> Result<Box<dyn Stream>, FetchFault> {
    let addresses = resolve(world, server).await?;
    let share = time / addresses.len() as u32;
    let mut last = FetchFault::NoAddress;
    for address in addresses {
        let attempt = world.network.connect(SocketAddr::new(address, server.port));
        let connection = match world.within(share, attempt).await {
            Some(Ok(connection)) => connection,
            Some(Err(error)) => {
                last = FetchFault::Connection(error);
                continue;
            }
            None => {
                last = FetchFault::Connection(io::ErrorKind::TimedOut.into());
                continue;
            }
        };
        if !server.tls {
            return Ok(connection.stream);
        }
        let name = server.unbracketed().trim_end_matches('.');
        let handshake = world
            .tls
            .connect(connection.stream, name, TlsCheck::Required);
        return match handshake.await {
            Ok((stream, _)) => Ok(stream),
            Err(error) => Err(FetchFault::Tls(error)),
        };
    }
    Err(last)
}

// The server's addresses: at least one, and all of them permitted.
async fn resolve(world: &World, server: &Server<'_>) -> Result<Vec<IpAddr>, FetchFault> {
    let mut addresses = Vec::new();
    let mut missing = FetchFault::NoAddress;
    if let Ok(literal) = server.unbracketed().parse::<IpAddr>() {
        addresses.push(literal);
    } else {
        let name = server.host.trim_end_matches('.').to_lowercase();
        for record in [RecordType::Aaaa, RecordType::A] {
            match world
                .resolver
                .ask(Question::new(name.as_str(), record))
                .await
            {
                Ok(answer) => addresses.extend(address_answers(&answer.records)),
                Err(failure) => missing = FetchFault::Dns(failure),
            }
        }
    }
    if addresses.is_empty() {
        return Err(missing);
    }
    // Before the list is shortened: one address of a private network among public ones is an
    // attempt to reach that network.
    if !addresses.iter().all(|address| (server.permits)(*address)) {
        return Err(FetchFault::NotPermitted);
    }
    addresses.truncate(ADDRESSES_MAX);
    Ok(addresses)
}
