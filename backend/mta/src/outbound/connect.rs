//! Opens a connection to one address of a host, with the handshake where TLS comes first (RFC
//! 8314). Chooses neither host nor TLS requirement.
//!
//! Failures: no connection 4.4.1; a failed handshake 4.7.5.

use super::Outbound;
use super::routing_error::RoutingError;
use super::tls_requirement::TlsRequirement;
use event::catalogue::delivery::TransportReason;
use event::{Kind, Party, Protocol, Reason, Recorder, Role};
use smtp::client::Login;
use std::io::ErrorKind;
use std::net::SocketAddr;
use world::{Connection, TlsCheck};

/// A host to connect to.
pub(super) struct Target<'t> {
    pub(super) name: &'t str,
    pub(super) at: SocketAddr,
    pub(super) requirement: &'t TlsRequirement,
    /// The login of a relay.
    pub(super) login: Option<&'t Login>,
    pub(super) implicit_tls: bool,
}

impl Outbound {
    pub(super) async fn connect(
        &self,
        target: &Target<'_>,
        check: &TlsCheck,
        recorder: &mut Recorder,
    ) -> Result<Connection, RoutingError> {
        let (world, config) = (&self.0.world, &self.0.config);
        let connecting = world.network.connect(target.at);
        let connection = world
            .within(config.connect_max, connecting)
            .await
            .unwrap_or_else(|| Err(ErrorKind::TimedOut.into()))
            .map_err(|error| {
                let (ip, port) = (target.at.ip(), target.at.port());
                let peer = format!("{} [{ip}]:{port}", target.name);
                let error = world::network_error(&error);
                let reason = Reason::from(error.clone());
                recorder.emit(world.now(), Kind::Unreachable { peer, reason });
                let peer = target.name.to_owned();
                RoutingError::from(TransportReason::Unreachable { peer, error })
            })?;
        let party = |address: SocketAddr, name: String| Party {
            role: Role::Mta,
            address: address.to_string(),
            name: Some(name),
        };
        recorder.emit(
            world.now(),
            Kind::Connect {
                protocol: Protocol::Smtp,
                client: party(connection.local, config.host.to_string()),
                server: party(connection.remote, target.name.to_owned()),
            },
        );
        if target.implicit_tls {
            self.implicit_handshake(target, connection, check, recorder)
                .await
        } else {
            Ok(connection)
        }
    }

    async fn implicit_handshake(
        &self,
        target: &Target<'_>,
        connection: Connection,
        check: &TlsCheck,
        recorder: &mut Recorder,
    ) -> Result<Connection, RoutingError> {
        let world = &self.0.world;
        let handshake = world
            .tls
            .connect(connection.stream, target.name, check.clone());
        let (stream, tls) = world
            .within(world::HANDSHAKE_MAX, handshake)
            .await
            .unwrap_or_else(|| Err(ErrorKind::TimedOut.into()))
            .map_err(|error| TransportReason::HandshakeFailed {
                host: target.name.to_owned(),
                error: world::network_error(&error),
            })?;
        recorder.tls(world.now(), tls.clone());
        Ok(Connection {
            stream,
            local: connection.local,
            remote: connection.remote,
            tls: Some(tls),
        })
    }
}
