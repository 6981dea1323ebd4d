//! Why a message could not be offered to a host: a reason of the event catalogue with its reply
//! codes. Replies of outbound transfer that come neither from the remote host nor from
//! `smtp::client` are made here.

use event::catalogue::delivery::{RouteReason, SecurityReason, TransportReason};
use event::{Diagnostic, Reason};

/// What prevented a host, or all hosts of a domain, from being tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RoutingError {
    Route(RouteReason),
    Transport(TransportReason),
    Security(SecurityReason),
}

impl RoutingError {
    /// The diagnostic recorded for each recipient. 4yz is retried, 5yz is final.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let (code, enhanced) = self.codes();
        Diagnostic::own(code, enhanced, self.reason())
    }

    /// The diagnostic where the host is a relay of our own configuration: always temporary, because
    /// the postmaster of this host can repair it.
    pub(super) fn relay_diagnostic(&self) -> Diagnostic {
        let (_, (_, subject, detail)) = self.codes();
        Diagnostic::own(451, (4, subject, detail), self.reason())
    }

    fn reason(&self) -> Reason {
        match self {
            RoutingError::Route(reason) => reason.clone().into(),
            RoutingError::Transport(reason) => reason.clone().into(),
            RoutingError::Security(reason) => reason.clone().into(),
        }
    }

    // RFC 3463 §3, RFC 7504, RFC 7505 §4.1, RFC 8689 §5
    fn codes(&self) -> (u16, (u8, u16, u16)) {
        match self {
            RoutingError::Route(reason) => match reason {
                RouteReason::NoDomain | RouteReason::NoSuchDomain { .. } => (550, (5, 1, 2)),
                RouteReason::NullMx { .. } => (556, (5, 1, 10)),
                RouteReason::NoAddress { .. } | RouteReason::NoTransport { .. } => (550, (5, 4, 4)),
                RouteReason::LoopsBack { .. } => (554, (5, 4, 6)),
                RouteReason::Dns { .. } => (451, (4, 4, 3)),
                RouteReason::NoHostTried
                | RouteReason::Hosts { .. }
                | RouteReason::SmartHost { .. }
                | RouteReason::ConnectionReused { .. }
                | RouteReason::DestinationBusy { .. } => (451, (4, 4, 1)),
            },
            RoutingError::Transport(reason) => match reason {
                TransportReason::Unreachable { .. } => (451, (4, 4, 1)),
                TransportReason::HandshakeFailed { .. } => (450, (4, 7, 5)),
                _ => (451, (4, 4, 2)),
            },
            RoutingError::Security(reason) => match reason {
                SecurityReason::RequireTlsNoRoute { .. } => (550, (5, 7, 30)),
                _ => (451, (4, 7, 5)),
            },
        }
    }
}

impl From<RouteReason> for RoutingError {
    fn from(reason: RouteReason) -> RoutingError {
        RoutingError::Route(reason)
    }
}

impl From<TransportReason> for RoutingError {
    fn from(reason: TransportReason) -> RoutingError {
        RoutingError::Transport(reason)
    }
}

impl From<SecurityReason> for RoutingError {
    fn from(reason: SecurityReason) -> RoutingError {
        RoutingError::Security(reason)
    }
}
