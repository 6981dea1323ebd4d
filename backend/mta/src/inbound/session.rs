//! The role behind one connection to port 25: answers the queries of `smtp::server`.

mod accept;
mod body;

use super::recipient::AcceptedRecipient;
use super::{Inbound, replies};
use crate::policy::ClientScreening;
use body::Body;
use event::catalogue::inbound::PolicyReason;
use event::catalogue::submission::SubmissionReason;
use event::{Check, Reason, Verdict};
use mail::session::{Line, LineKind, TlsInfo};
use mail::{Address, Duration, Path, Recipient};
use queue::intake::{Rejection, RejectionKind, SessionRecorder};
use smtp::server::{Decision, Hello, MailParameters, Notice, Query, RcptParameters, Server};
use std::net::SocketAddr;
use store::Account;
use tokio::sync::watch;
use world::{Connection, Decide};

/// One client's connection.
pub(super) struct InboundSession {
    inbound: Inbound,
    recorder: SessionRecorder,
    remote: SocketAddr,
    shutdown: watch::Receiver<bool>,
    screening: ClientScreening,
    /// What the client sent before the greeting.
    early: Option<String>,
    hello: Option<Hello>,
    tls: Option<TlsInfo>,
    /// A user of this host who types the session in the Lab's console.
    console_user: Option<Box<Account>>,
    transaction: Option<Transaction>,
}

/// The message in transfer.
struct Transaction {
    sender: Option<Address>,
    parameters: MailParameters,
    recipients: Vec<Recipient>,
    /// A recipient has a quota: it is checked again when the message is complete.
    has_quota: bool,
    body: Option<Body>,
}

impl InboundSession {
    pub(super) fn new(
        inbound: Inbound,
        recorder: SessionRecorder,
        connection: &Connection,
        screening: ClientScreening,
        early: Option<String>,
        shutdown: watch::Receiver<bool>,
    ) -> InboundSession {
        InboundSession {
            inbound,
            recorder,
            remote: connection.remote,
            shutdown,
            screening,
            early,
            hello: None,
            tls: connection.tls.clone(),
            console_user: None,
            transaction: None,
        }
    }

    /// The client is a user of this host in the Lab's console.
    pub(super) fn for_console_user(mut self, user: Option<Account>) -> InboundSession {
        self.console_user = user.map(Box::new);
        self
    }

    /// The connection has ended.
    pub(super) fn closed(&mut self, after: Duration) {
        self.recorder.closed(after);
    }

    // Findings of the policy are recorded with the time at which they were made.
    fn record_findings(&mut self) {
        for (at, kind) in self.screening.take_events() {
            self.recorder.emit_at(at, kind);
        }
    }

    fn reject(&mut self, rejection: Rejection) -> Decision {
        self.recorder.rejected(&rejection);
        let Rejection {
            reply,
            check,
            reason,
            close,
            ..
        } = rejection;
        tracing::info!(remote = %self.remote, %check, %reply, reason = reason.english(), "rejected");
        if close {
            Decision::Close(reply)
        } else {
            Decision::Reply(reply)
        }
    }

    fn decision(&mut self, result: Result<(), Rejection>) -> Decision {
        self.record_findings();
        match result {
            Ok(()) => Decision::Go,
            Err(rejection) => self.reject(rejection),
        }
    }

    // Delays a client that made errors, longer each time; ends at once when the program stops.
    async fn delay_after_errors(&mut self) -> Result<(), Rejection> {
        self.screening.check_errors()?;
        let delay = self.screening.tarpit_delay();
        if !delay.is_zero() {
            self.record_findings();
            let world = self.inbound.0.world.clone();
            let stopped = self.shutdown.wait_for(|stop| *stop);
            let stopped = async {
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let _ = world.within(delay, stopped).await;
        }
        Ok(())
    }

    fn mail(&mut self, sender: Path, parameters: MailParameters) -> Decision {
        let sender = match sender {
            Path::Address(address) => Some(address),
            Path::Null => None,
            Path::Postmaster => {
                let kind = RejectionKind::SenderWithoutDomain;
                let reason = Reason::subject("postmaster");
                return self.reject(Rejection::new(kind, Check::SenderRight, reason));
            }
        };
        let result = self
            .check_console_sender(sender.as_ref())
            .and_then(|()| self.screening.mail(sender.as_ref()))
            .and_then(|()| Ok(self.inbound.0.store.check_space()?));
        if result.is_ok() {
            self.transaction = Some(Transaction {
                sender,
                parameters,
                recipients: Vec::new(),
                has_quota: false,
                body: None,
            });
        }
        self.decision(result)
    }

    // A console user is known by name, so only the user's own addresses are accepted.
    fn check_console_sender(&self, sender: Option<&Address>) -> Result<(), Rejection> {
        match (&self.console_user, sender) {
            (Some(user), Some(sender)) if !user.owns(sender) => {
                let address = sender.to_string();
                let kind = RejectionKind::ConsoleSender {
                    address: address.clone(),
                };
                let account = user.address.to_string();
                let reason = SubmissionReason::NotOwnAddress { address, account };
                Err(Rejection::new(kind, Check::SenderRight, reason))
            }
            _ => Ok(()),
        }
    }

    async fn rcpt(&mut self, recipient: Path, parameters: RcptParameters) -> Decision {
        let result = self.add_recipient(recipient, parameters).await;
        self.decision(result)
    }

    async fn add_recipient(
        &mut self,
        recipient: Path,
        parameters: RcptParameters,
    ) -> Result<(), Rejection> {
        self.screening.recipient_named()?;
        let announced = self
            .transaction
            .as_ref()
            .and_then(|t| t.parameters.size)
            .unwrap_or_default();
        let found = self
            .inbound
            .recipient(recipient, announced, self.remote.ip())
            .await;
        let AcceptedRecipient {
            address,
            has_quota,
            relayed,
        } = match found {
            Ok(found) => found,
            Err(rejection) => {
                if is_unknown_mailbox(&rejection.kind) {
                    self.screening.unknown_recipient()?;
                }
                return Err(rejection);
            }
        };
        let known = self.check_bounce_recipients(&address)?;
        self.screening.recipient(&address).await?;
        self.record_findings();
        if let Some(network) = relayed {
            let reason = PolicyReason::RelayPermitted {
                address: self.remote.ip(),
                network: network.to_string(),
                domain: address.host().to_string(),
            };
            self.recorder.check(Check::Relay, Verdict::Pass, reason);
        } else {
            let reason = Reason::subject(&address);
            self.recorder.check(Check::Recipient, Verdict::Pass, reason);
        }
        // A recipient that is named twice gets one copy.
        if let Some(transaction) = self.transaction.as_mut().filter(|_| !known) {
            transaction.has_quota |= has_quota;
            transaction.recipients.push(parameters.recipient(address));
        }
        Ok(())
    }

    // A bounce answers one message, so it has one recipient (RFC 5321 §4.5.5). Answers whether the
    // recipient was named before.
    fn check_bounce_recipients(&self, address: &Address) -> Result<bool, Rejection> {
        let Some(transaction) = &self.transaction else {
            return Ok(false);
        };
        let known = transaction
            .recipients
            .iter()
            .any(|r| r.address.key() == address.key());
        if !known && transaction.sender.is_none() && !transaction.recipients.is_empty() {
            let reason = Reason::subject(address);
            let kind = RejectionKind::BounceRecipients;
            return Err(Rejection::new(kind, Check::NullSender, reason));
        }
        Ok(known)
    }

    fn data(&mut self) -> Decision {
        let Some(transaction) = &mut self.transaction else {
            return Decision::Reply(replies::no_transaction());
        };
        let inner = &self.inbound.0;
        let verified = !inner.authentication.all_off()
            && (self.console_user.is_some() || !self.screening.is_trusted());
        transaction.body = Some(Body::new(
            inner.store.writer(),
            verified,
            inner.smtp.host.to_string(),
            inner.policy.hops_max(),
        ));
        Decision::Go
    }

    fn chunk(&mut self, piece: &[u8]) -> Decision {
        let body = self.transaction.as_mut().and_then(|t| t.body.as_mut());
        let Some(body) = body else {
            return Decision::Reply(replies::no_transaction());
        };
        match body.write(piece) {
            Ok(()) => Decision::Go,
            Err(rejection) => self.reject(rejection),
        }
    }
}

fn is_unknown_mailbox(kind: &RejectionKind) -> bool {
    use RejectionKind::{BadRecipient, NoDomainHere, NoSuchMailbox};
    matches!(
        kind,
        NoSuchMailbox { .. } | BadRecipient { .. } | NoDomainHere
    )
}

impl Decide<Server> for InboundSession {
    async fn decide(&mut self, query: Query) -> Decision {
        if let Err(rejection) = self.delay_after_errors().await {
            return self.reject(rejection);
        }
        match query {
            Query::Connected => {
                let early = self.early.take();
                let result = self.screening.connected(early).await;
                self.decision(result)
            }
            Query::Hello(hello) => {
                self.transaction = None;
                let result = self.screening.hello(&hello).await;
                if result.is_ok() {
                    self.hello = Some(hello);
                }
                self.decision(result)
            }
            Query::TlsStarted(tls) => {
                self.screening.tls_started();
                self.transaction = None;
                self.hello = None;
                self.tls = Some(tls);
                Decision::Go
            }
            // Not offered on this port, so never asked.
            Query::Auth(_) | Query::Keys { .. } => Decision::Reply(replies::no_authentication()),
            Query::Mail { sender, parameters } => self.mail(sender, parameters),
            Query::Rcpt {
                recipient,
                parameters,
            } => self.rcpt(recipient, parameters).await,
            Query::Data => self.data(),
            Query::Chunk(piece) => self.chunk(&piece),
            Query::End(summary) => self.end(summary).await,
            Query::Abandoned(_) => {
                self.transaction = None;
                Decision::Go
            }
            // Existing addresses are not disclosed (RFC 5321 §7.3).
            Query::Verify(_) | Query::Expand(_) => Decision::Go,
        }
    }

    async fn notice(&mut self) -> Notice {
        if self.shutdown.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
        Notice::Shutdown
    }

    fn trace(&mut self, line: Line) {
        match line.kind {
            LineKind::Reply(code) => self.screening.replied(code),
            // A rejection in the greeting is the policy's own.
            LineKind::Greeting(_) => self.screening.replied(0),
            LineKind::BeginsMessage | LineKind::ResetsSession | LineKind::Other => {}
        }
        self.recorder.line(line);
    }

    fn tls_started(&mut self, tls: &TlsInfo) {
        self.recorder.tls(tls);
    }
}
