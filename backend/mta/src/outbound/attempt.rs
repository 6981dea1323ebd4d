//! One delivery attempt of one message to one domain: tries hosts until every recipient has a
//! result that no other host could improve. Results are kept in `results`, connecting is in
//! `connect`.

use super::Outbound;
use super::connect::Target;
use super::pool::{Acquired, DestinationPool};
use super::results::Results;
use super::routing_error::RoutingError;
use super::session::{OpenConnection, run};
use super::tally::{SessionResult, certificate_result};
use super::transaction::{
    Conclusion, MessageSource, OutboundTransaction, PooledConnection, TransactionResult,
};
use event::catalogue::delivery::{RouteReason, SecurityReason, TransportReason};
use event::{Check, Diagnostic, Recorder, Verdict};
use mail::{BodyKind, Domain, Path};
use queue::{DeliveryAttempt, DeliveryOutcome};
use smtp::client::{LocalFailure, OutgoingMessage, Phase, TlsPolicy};
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Content, Fault};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use world::{Side, TlsCheck};

/// How much of a message is read to look at its header.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// The attempt in progress.
pub(super) struct Attempt<'a> {
    outbound: &'a Outbound,
    delivery: &'a DeliveryAttempt<'a>,
    domain: Domain,
    pool: Arc<DestinationPool>,
    /// Permission to open connections, one at a time.
    permit: Option<Arc<OwnedSemaphorePermit>>,
    results: Results,
    sender: Path,
    smtputf8: bool,
    body: BodyKind,
    prefix: Arc<[u8]>,
    content: MessageSource,
}

impl<'a> Attempt<'a> {
    pub(super) async fn begin(
        outbound: &'a Outbound,
        delivery: &'a DeliveryAttempt<'a>,
        domain: &Domain,
        pool: Arc<DestinationPool>,
    ) -> Result<Attempt<'a>, Fault> {
        // SMTPUTF8 may have been declared for a message that does not need it: hosts without the
        // extension delay only messages that do.
        let smtputf8 = delivery.envelope.smtputf8 && {
            let head = delivery
                .content
                .read(&outbound.0.store, 0, HEADER_BYTES_MAX)
                .await?;
            !head[..mime::header_end(&head)].is_ascii() || !delivery.prefix.is_ascii()
        };
        let body = match delivery.envelope.body {
            BodyKind::SevenBit if !delivery.prefix.is_ascii() => BodyKind::EightBit,
            other => other,
        };
        let content = match (delivery.content.incoming, delivery.content.cached) {
            (Some(Content::Small(bytes)), _) => MessageSource::Memory(bytes.as_slice().into()),
            (_, Some(bytes)) => MessageSource::Memory(bytes.clone()),
            (_, None) => MessageSource::Stored(delivery.content.blob),
        };
        Ok(Attempt {
            outbound,
            delivery,
            domain: domain.clone(),
            pool,
            permit: None,
            results: Results::new(delivery.recipients),
            sender: outbound.reverse_path(delivery).await?,
            smtputf8,
            body,
            prefix: delivery.prefix.into(),
            content,
        })
    }

    /// Every recipient has a final result.
    pub(super) fn is_finished(&self) -> bool {
        self.results.are_final()
    }

    /// One outcome for each recipient, in their order.
    pub(super) fn outcomes(self) -> Vec<DeliveryOutcome> {
        let untried = RoutingError::from(RouteReason::NoHostTried).diagnostic();
        self.results
            .into_outcomes(&DeliveryOutcome::Deferred(untried, None))
    }

    /// As [`Attempt::outcomes`], where no connection was available.
    pub(super) fn outcomes_when_busy(self) -> Vec<DeliveryOutcome> {
        self.results.into_outcomes(&DeliveryOutcome::Busy)
    }

    /// A host could not be offered the message.
    pub(super) fn host_failed(&mut self, diagnostic: Diagnostic) {
        self.results.host_failed(diagnostic);
    }

    /// A host, or the whole domain, could not be reached.
    pub(super) fn routing_failed(&mut self, error: &RoutingError) {
        self.results.routing_failed(error);
    }

    pub(super) fn set_permit(&mut self, permit: Arc<OwnedSemaphorePermit>) {
        self.permit = Some(permit);
    }

    /// Only hosts that are proven may be used (REQUIRETLS).
    pub(super) fn requires_tls(&self) -> bool {
        self.delivery.envelope.require_tls
    }

    /// The message is delivered even where TLS fails (RFC 8460 §3).
    pub(super) fn ignores_tls_failures(&self) -> bool {
        self.delivery.envelope.despite_tls
    }

    /// The message may not share a connection: with REQUIRETLS the host is proven anew for each
    /// message (RFC 8689 §4.2), and where TLS failures are ignored the connection proves nothing
    /// for others.
    pub(super) fn needs_own_connection(&self) -> bool {
        self.requires_tls() || self.ignores_tls_failures()
    }

    /// Calls one address; where only the handshake fails, again in the next mode that the TLS
    /// requirement allows.
    pub(super) async fn call(&mut self, target: &Target<'_>, recorder: &mut Recorder) {
        for (turn, (policy, check)) in target.requirement.modes.iter().enumerate() {
            if turn > 0 {
                let reason = SecurityReason::TlsFallback {
                    host: target.name.to_owned(),
                };
                self.outbound
                    .check(recorder, Check::TlsFallback, Verdict::Neutral, reason);
            }
            let pending = self.results.pending();
            let called = self
                .transfer_on_new(target, *policy, check.clone(), &pending)
                .await;
            let Some((result, local)) = called else {
                return;
            };
            if turn == 0
                && let Some(reason) = self.count(target, *policy, local, &result)
            {
                self.outbound
                    .check(recorder, Check::TlsReport, Verdict::Fail, reason);
            }
            let handshake_failed = self.record(target.name, &pending, result);
            if !handshake_failed || self.is_finished() {
                break;
            }
        }
        self.send_further_copies().await;
    }

    /// Transfers over an idle connection. Where it turns out to be dead, the attempt is as before.
    pub(super) async fn transfer_on_idle(&mut self, connection: PooledConnection) {
        let pending = self.results.pending();
        let mut recorder = self.recorder();
        let host = connection.host.clone();
        let reason = RouteReason::ConnectionReused { host: host.clone() };
        self.outbound.check(
            &mut recorder,
            Check::ConnectionReused,
            Verdict::Pass,
            reason,
        );
        let transactions = connection.transactions.clone();
        let (transaction, result) = self.transaction(&pending, recorder, connection);
        if transactions.try_send(transaction).is_err() {
            return;
        }
        drop(transactions);
        if let Ok(result) = result.await
            && !connection_was_dead(&result)
        {
            self.record(&host, &pending, result);
        }
    }

    // RFC 5321 §4.5.3.1.10: recipients beyond the host's limit go at once with another copy, as
    // long as each copy reduces their number.
    async fn send_further_copies(&mut self) {
        let mut left = self.results.too_many();
        while left > 0 && left < self.results.len() {
            let acquired = self.pool.acquire(&self.outbound.0.world, false).await;
            let Acquired::Idle(connection) = acquired else {
                return;
            };
            self.transfer_on_idle(connection).await;
            let still_left = self.results.too_many();
            if still_left >= left {
                return;
            }
            left = still_left;
        }
    }

    fn recorder(&self) -> Recorder {
        self.outbound.recorder(
            self.delivery,
            self.outbound.0.world.span(),
            self.delivery.span,
        )
    }

    fn transaction(
        &self,
        pending: &[usize],
        recorder: Recorder,
        connection: PooledConnection,
    ) -> (OutboundTransaction, oneshot::Receiver<TransactionResult>) {
        let recipients = self.results.recipients(pending);
        let message = OutgoingMessage {
            sender: self.sender.clone(),
            bytes: Some(self.delivery.bytes),
            body: self.body,
            smtputf8: self.smtputf8,
            ..OutgoingMessage::of(self.delivery.envelope, recipients)
        };
        let (sender, receiver) = oneshot::channel();
        let transaction = OutboundTransaction {
            id: self.delivery.message,
            message,
            prefix: self.prefix.clone(),
            content: self.content.clone(),
            bytes: self.delivery.bytes,
            recorder,
            result: sender,
            connection,
        };
        (transaction, receiver)
    }

    async fn transfer_on_new(
        &mut self,
        target: &Target<'_>,
        policy: TlsPolicy,
        check: TlsCheck,
        pending: &[usize],
    ) -> Option<(TransactionResult, SocketAddr)> {
        let outbound = self.outbound;
        let world = &outbound.0.world;
        let mut recorder = self.recorder();
        let connection = match outbound.connect(target, &check, &mut recorder).await {
            Ok(connection) => connection,
            Err(error) => {
                self.routing_failed(&error);
                return None;
            }
        };
        let local = connection.local;
        let config = Arc::new(smtp::client::Config {
            tls: policy,
            login: target.login.cloned(),
            ..outbound.0.config.smtp.clone()
        });
        let (transactions, received) = mpsc::channel(1);
        let pooled = PooledConnection {
            transactions: transactions.clone(),
            host: target.name.to_owned(),
        };
        let (transaction, result) = self.transaction(pending, recorder, pooled);
        // The channel is new and has room for one.
        let _ = transactions.try_send(transaction);
        drop(transactions);
        let opened = OpenConnection {
            connection,
            config,
            side: Side::Client(target.name.to_owned(), check),
            permit: self.permit.clone()?,
            transactions: received,
            pool: self.pool.clone(),
            messages_max: if self.needs_own_connection() {
                1
            } else {
                outbound.0.config.messages_per_connection_max
            },
        };
        let session = run(world.clone(), outbound.0.store.clone(), opened);
        world.tasks.spawn(Box::pin(session));
        let result = result.await.ok();
        if result.is_none() {
            self.routing_failed(&TransportReason::ConnectionLost.into());
        }
        result.map(|result| (result, local))
    }

    // Counts the session for the daily TLS report (RFC 8460 §4.3); answers the failure that was
    // counted, in the report's terms.
    fn count(
        &self,
        target: &Target<'_>,
        policy: TlsPolicy,
        local: SocketAddr,
        result: &TransactionResult,
    ) -> Option<SecurityReason> {
        // RFC 8460 §3: sessions that carry a report are not counted for the next one.
        if policy == TlsPolicy::Never || self.ignores_tls_failures() {
            return None;
        }
        let failure = match &result.conclusion {
            // RFC 8460 §4.3.1: there was no handshake that could have failed.
            Conclusion::Failed(failed) if failed.failure == Some(LocalFailure::StartTlsMissing) => {
                Some("starttls-not-supported")
            }
            Conclusion::Failed(failed) if failed.phase == Phase::Tls && !failed.is_remote() => {
                Some(certificate_result(result.certificate))
            }
            _ if result.tls.is_some() => target.requirement.fault,
            Conclusion::Recipients(_) => Some("starttls-not-supported"),
            // The conversation ended before STARTTLS.
            Conclusion::Failed(_) => return None,
        };
        let source = &target.requirement.source;
        let counted = self.outbound.count(
            &self.domain,
            &SessionResult {
                source,
                mx: target.name,
                from: Some(local.ip()),
                to: Some(target.at.ip()),
                failure,
            },
        );
        failure
            .filter(|_| counted)
            .map(|failure| SecurityReason::TlsReport {
                host: target.name.to_owned(),
                result: failure.to_owned(),
                policy: source.policy_type().to_owned(),
            })
    }

    // Records a result for the pending recipients; true where only the handshake failed.
    fn record(&mut self, host: &str, pending: &[usize], result: TransactionResult) -> bool {
        match result.conclusion {
            Conclusion::Recipients(results) => {
                self.results.record(host, pending, results, result.dsn);
                false
            }
            Conclusion::Failed(failed) => {
                let handshake = failed.phase == Phase::Tls && !failed.is_remote();
                self.results.conversation_failed(host, failed);
                handshake
            }
        }
    }
}

// A connection that ended while it was idle says nothing about the host.
fn connection_was_dead(result: &TransactionResult) -> bool {
    match &result.conclusion {
        Conclusion::Failed(_) => true,
        Conclusion::Recipients(results) => results
            .iter()
            .all(|r| !r.is_remote() && !r.uncertain && r.is_temporary()),
    }
}
