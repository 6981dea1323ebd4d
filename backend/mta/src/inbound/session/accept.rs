//! The end of DATA: verifies the message and hands it to the queue.

use super::{InboundSession, Transaction};
use crate::inbound::replies;
use crate::inbound::verdict::{self, Authentication};
use event::Role;
use mail::{Address, Envelope, Reply};
use queue::NewMessage;
use queue::intake::{Rejection, Spooled};
use smtp::Summary;
use smtp::received::{Received, TransmissionType};
use smtp::server::Decision;

impl InboundSession {
    /// The message is complete.
    pub(super) async fn end(&mut self, summary: Summary) -> Decision {
        let Some(transaction) = self.transaction.take() else {
            return Decision::Reply(replies::no_transaction());
        };
        self.screening.received_bytes(summary.bytes);
        match self.accept(transaction, summary).await {
            Ok(reply) => Decision::Reply(reply),
            Err(EndError::Rejected(rejection)) => self.reject(rejection),
            Err(EndError::Unauthenticated(reply)) => Decision::Reply(reply),
        }
    }

    // Verifies the message and hands it to the queue.
    async fn accept(
        &mut self,
        transaction: Transaction,
        summary: Summary,
    ) -> Result<Reply, EndError> {
        let Transaction {
            sender,
            parameters,
            recipients,
            has_quota,
            body,
        } = transaction;
        let Some(mut body) = body else {
            return Ok(replies::no_transaction());
        };
        body.end()?;
        body.spooler.check_nul(parameters.body)?;
        if has_quota {
            self.inbound
                .check_quotas(&recipients, summary.bytes)
                .await?;
        }
        let authentication = self
            .authenticate(body.reader, sender.as_ref())
            .await
            .map_err(EndError::Unauthenticated)?;
        let Spooled {
            content,
            header,
            needs_empty_line,
            ..
        } = body.spooler.finish().await.map_err(Rejection::from)?;
        self.inbound
            .keep_report(&header, &content, sender.as_ref(), authentication.verified)
            .await;
        let queue = self.inbound.0.queue.clone();
        let journey = queue.new_journey();
        let mut envelope = parameters.envelope(sender, recipients, &summary);
        envelope.junk = self.screening.score().junk || authentication.junk;
        // RFC 8601 §4: above the trace line that it belongs to.
        let mut prefix = authentication.field + &self.trace_line(&envelope, &journey.to_string());
        if needs_empty_line {
            // The trace line must not swallow the first line of a message without a header.
            prefix.push_str("\r\n");
        }
        let message = NewMessage {
            journey,
            span: self.recorder.span(),
            role: Role::Mta,
            envelope,
            prefix,
            header,
            content,
            account: None,
            events: self.recorder.bind(journey),
        };
        match queue.accept(message).await {
            Ok(accepted) => Ok(replies::accepted(accepted.journey)),
            Err(refusal) => {
                // The journey was not stored.
                self.recorder.begin();
                Err(Rejection::from(refusal).into())
            }
        }
    }

    async fn authenticate(
        &mut self,
        reader: Option<auth::MessageReader>,
        sender: Option<&Address>,
    ) -> Result<Authentication, Reply> {
        let Some(reader) = reader else {
            return Ok(Authentication::default());
        };
        let inbound = self.inbound.clone();
        let helo = self.hello.as_ref().map_or("", |h| &h.name);
        let origin = auth::Origin {
            ip: self.remote.ip(),
            helo,
            sender,
            host: inbound.0.smtp.host.as_str(),
        };
        let observe = |evaluation: &auth::Evaluation| inbound.count(origin.ip, sender, evaluation);
        let judged = verdict::evaluate(
            &inbound.0.world,
            &inbound.0.authentication,
            origin,
            reader,
            &mut self.recorder,
            observe,
        )
        .await;
        judged.inspect_err(|reply| tracing::info!(remote = %self.remote, %reply, "rejected"))
    }

    fn trace_line(&self, envelope: &Envelope, id: &str) -> String {
        let hello = self.hello.as_ref();
        let with = TransmissionType {
            extended: hello.is_some_and(|h| h.extended),
            tls: self.tls.is_some(),
            utf8: envelope.smtputf8,
            ..TransmissionType::default()
        };
        Received {
            from: Some(hello.map_or("", |h| &h.name)),
            address: Some(self.remote.ip()),
            by: self.inbound.0.smtp.host.as_str(),
            with,
            tls: self.tls.as_ref(),
            id,
            recipient: match envelope.recipients.as_slice() {
                [one] => Some(&one.address),
                _ => None,
            },
            at: self.inbound.0.world.now(),
        }
        .to_field()
    }
}

/// Why a complete message is not accepted.
enum EndError {
    Rejected(Rejection),
    /// The reply for a message that fails its authentication; recorded already.
    Unauthenticated(Reply),
}

impl From<Rejection> for EndError {
    fn from(rejection: Rejection) -> EndError {
        EndError::Rejected(rejection)
    }
}
