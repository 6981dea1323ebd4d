//! Submission by the webmail: a complete message with its envelope, from a user who is signed in
//! already. The same checks and the same completion as over SMTP.

use crate::authorization::{NO_ACCOUNT, check_sender};
use crate::complete::HeaderCompletion;
use crate::{Msa, recoded};
use event::catalogue::inbound::PolicyReason;
use event::{Check, Event, Reason, Recorder, Role, Verdict};
use mail::{Address, BodyKind, Domain, Envelope, JourneyId, Path, Reply, SpanId};
use queue::intake::{Rejection, RejectionKind, SessionRecorder, Spooled, Spooler};
use queue::{Accepted, NewMessage};
use smtp::received::{Received, TransmissionType};
use std::fmt;
use store::Account;

/// A message from a signed-in user.
pub struct Submission<'a> {
    /// The account that submits it.
    pub account: &'a Account,
    /// Sender and recipients.
    pub envelope: Envelope,
    /// The message with CRLF line ends.
    pub message: &'a [u8],
}

/// A recipient that is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecipient {
    /// Its address.
    pub address: Address,
    /// Why.
    pub rejection: Rejection,
}

/// Why a submission is not accepted. Nothing of the message is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// The account may not send under the envelope's sender.
    Sender(Rejection),
    /// The envelope has no recipient.
    NoRecipients(Rejection),
    /// The message or its header is larger than allowed.
    TooLarge(Rejection),
    /// Recipients are rejected, in the order of the envelope.
    Recipients {
        /// The first one.
        first: RejectedRecipient,
        /// The others, if any.
        others: Vec<RejectedRecipient>,
    },
    /// No disk space is left, or the sender's quota is exceeded.
    NoSpace(Rejection),
    /// The store fails.
    StoreFailure(Rejection),
    /// A limit, or a loop.
    Other(Rejection),
}

impl SubmitError {
    /// What SMTP would have replied; of several recipients, to the first.
    pub fn reply(&self) -> &Reply {
        match self {
            SubmitError::Recipients { first, .. } => &first.rejection.reply,
            SubmitError::Sender(rejection)
            | SubmitError::NoRecipients(rejection)
            | SubmitError::TooLarge(rejection)
            | SubmitError::NoSpace(rejection)
            | SubmitError::StoreFailure(rejection)
            | SubmitError::Other(rejection) => &rejection.reply,
        }
    }
}

impl From<Rejection> for SubmitError {
    fn from(rejection: Rejection) -> SubmitError {
        use RejectionKind as K;
        match &*rejection.kind {
            K::NotYourAddress { .. } | K::NotYourAuthor { .. } => SubmitError::Sender(rejection),
            K::NoRecipients => SubmitError::NoRecipients(rejection),
            K::HeaderTooLarge { .. } | K::MessageTooLarge { .. } => {
                SubmitError::TooLarge(rejection)
            }
            K::NoSpace | K::MailboxTooSmall { .. } => SubmitError::NoSpace(rejection),
            K::StoreFailure => SubmitError::StoreFailure(rejection),
            _ => SubmitError::Other(rejection),
        }
    }
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reply().fmt(f)
    }
}

impl std::error::Error for SubmitError {}

/// How a message was submitted.
pub(crate) struct SubmissionTrace<'a> {
    pub journey: JourneyId,
    pub span: SpanId,
    pub received: Received<'a>,
    /// Header fields that complete the message.
    pub added: String,
    pub events: Vec<Event>,
}

impl Msa {
    /// Accepts a message that was written in the browser. When this returns `Ok`, it is durable.
    /// `recorder` is that of the user's connection, with [`Recorder::begin`] called for this
    /// message: its events become part of the message's journey.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub async fn submit(
        &self,
        submission: Submission<'_>,
        recorder: &mut Recorder,
    ) -> Result<Accepted, SubmitError> {
        // Events of submission have the MSA's role, under the user's connection.
        let mut own = self.recorder(Some(recorder.span()));
        own.begin();
        let accepted = self.check_and_accept(submission, recorder, &mut own).await;
        if accepted.is_err() {
            recorder.begin();
        }
        accepted
    }

    async fn check_and_accept(
        &self,
        submission: Submission<'_>,
        recorder: &mut Recorder,
        own: &mut SessionRecorder,
    ) -> Result<Accepted, SubmitError> {
        let Submission {
            account,
            mut envelope,
            message,
        } = submission;
        let sender = check_sender(account, envelope.sender.as_ref());
        record(own, Check::SenderRight, sender)?;
        self.check_limits(&envelope, message)?;
        let rates = self
            .check_message_rate(account.id)
            .and_then(|()| self.check_recipient_rate(account.id, envelope.recipients.len()));
        if let Err(rejection) = rates {
            own.rejected(&rejection);
            return Err(rejection.into());
        }
        self.record_bytes(account.id, message.len() as u64);
        self.check_recipients(account, &envelope, own).await?;
        envelope.smtputf8 |= envelope
            .sender
            .iter()
            .chain(envelope.recipients.iter().map(|r| &r.address))
            .any(|a| a.is_international());
        let local_domains = match envelope.smtputf8 {
            true => self.0.store.domains().await.map_err(Rejection::from)?,
            false => Vec::new(),
        };
        let (journey, host) = (self.0.queue.new_journey(), self.host());
        let completion = HeaderCompletion {
            account,
            identity: self.0.config.sender_identity,
            smtputf8: envelope.smtputf8,
            local_domains: &local_domains,
            host: &host,
            journey,
            at: self.0.world.now(),
        };
        let mut added = String::new();
        let mut spooler = Spooler::new(self.0.store.writer()).for_submission();
        spooler.write(message, |header| completion.edit(header, &mut added))?;
        spooler.end(|header| completion.edit(header, &mut added))?;
        spooler.check_nul(BodyKind::EightBit)?;
        let spooled = spooler.finish_submission(&self.0.store).await?;
        recoded::record(own, &spooled);
        let received = Received {
            from: None,
            address: None,
            by: &host,
            with: TransmissionType {
                web: true,
                ..TransmissionType::default()
            },
            tls: None,
            id: &journey.to_string(),
            recipient: None,
            at: completion.at,
        };
        let mut events = recorder.bind(journey);
        events.extend(own.bind(journey));
        let trace = SubmissionTrace {
            journey,
            span: own.span(),
            received,
            added,
            events,
        };
        let accepted = self.enqueue(account, envelope, trace, spooled).await?;
        Ok(accepted)
    }

    /// Checks every recipient, so that the error names all that are rejected.
    async fn check_recipients(
        &self,
        account: &Account,
        envelope: &Envelope,
        own: &mut SessionRecorder,
    ) -> Result<(), SubmitError> {
        let mut rejected = Vec::new();
        for recipient in &envelope.recipients {
            let address = recipient.address.clone();
            let checked = match self.recipient(Path::Address(address.clone())).await {
                Ok(found) => self.recipient_check(account, &found).await,
                Err(rejection) => {
                    own.rejected(&rejection);
                    Err(rejection)
                }
            };
            match checked.map_err(SubmitError::from) {
                Ok((check, reason)) => own.check(check, Verdict::Pass, reason),
                Err(SubmitError::Other(rejection)) => {
                    rejected.push(RejectedRecipient { address, rejection });
                }
                // It does not concern this recipient alone.
                Err(other) => return Err(other),
            }
        }
        let mut rejected = rejected.into_iter();
        match rejected.next() {
            None => Ok(()),
            Some(first) => Err(SubmitError::Recipients {
                first,
                others: rejected.collect(),
            }),
        }
    }

    // The limits that the SMTP session checks itself.
    fn check_limits(&self, envelope: &Envelope, message: &[u8]) -> Result<(), Rejection> {
        let limits = &self.0.config.smtp.limits;
        if envelope.recipients.is_empty() {
            let kind = RejectionKind::NoRecipients;
            return Err(Rejection::new(kind, Check::Recipient, Reason::None));
        }
        if envelope.recipients.len() > limits.recipients_max as usize {
            let limit = limits.recipients_max.into();
            let kind = RejectionKind::TooManyRecipients { limit };
            let reason = PolicyReason::TooManyRecipients { limit };
            return Err(Rejection::new(kind, Check::Recipient, reason));
        }
        if message.len() as u64 > limits.message_bytes_max {
            let limit = limits.message_bytes_max;
            let kind = RejectionKind::MessageTooLarge { limit };
            let reason = PolicyReason::MessageTooLarge { limit };
            return Err(Rejection::new(kind, Check::Size, reason));
        }
        Ok(())
    }

    /// Puts the trace line on top, signs the message and hands it to the queue.
    pub(crate) async fn enqueue(
        &self,
        account: &Account,
        mut envelope: Envelope,
        trace: SubmissionTrace<'_>,
        spooled: Spooled,
    ) -> Result<Accepted, Rejection> {
        let SubmissionTrace {
            journey,
            span,
            received,
            added,
            events,
        } = trace;
        // What the message holds now, not what it was declared as; only the session can tell that
        // it is binary.
        envelope.body = match envelope.body {
            BodyKind::Binary if spooled.unfit.binary => BodyKind::Binary,
            _ if spooled.unfit.eight_bit => BodyKind::EightBit,
            _ => BodyKind::SevenBit,
        };
        let recipient = match envelope.recipients.as_slice() {
            [one] => Some(&one.address),
            _ => None,
        };
        let received = Received {
            recipient,
            ..received
        };
        let prefix = received.to_field() + &added;
        let Spooled {
            content,
            header,
            body_hash,
            ..
        } = spooled;
        let signed_header = [added.as_bytes(), &header].concat();
        let mut message = NewMessage {
            journey,
            span,
            role: Role::Msa,
            envelope,
            prefix,
            header,
            content,
            account: (account.id != NO_ACCOUNT).then_some(account.id),
            events,
        };
        if let (Some(domain), Some(body_hash)) =
            (signing_domain(account, &signed_header), body_hash)
        {
            self.0
                .queue
                .sign(&mut message, &domain, &signed_header, &body_hash)
                .await;
        }
        Ok(self.0.queue.accept(message).await?)
    }
}

fn record(
    recorder: &mut SessionRecorder,
    check: Check,
    result: Result<(), Rejection>,
) -> Result<(), Rejection> {
    match result {
        Ok(()) => recorder.check(check, Verdict::Pass, Reason::None),
        Err(rejection) => {
            recorder.rejected(&rejection);
            return Err(rejection);
        }
    }
    Ok(())
}

// The domain that signs a message: that of the author where it is the only author and belongs to
// the account, else that of the account. Never a domain in whose name the account may not send.
fn signing_domain(account: &Account, header: &[u8]) -> Option<Domain> {
    let mut authors = mime::fields(header)
        .filter(|f| f.is("From"))
        .flat_map(|f| mime::addresses(f.value));
    let first = authors
        .next()
        .and_then(|a| Address::parse(&a.address).ok())
        .filter(|a| account.owns(a));
    let alone = authors.next().is_none();
    first
        .filter(|_| alone)
        .as_ref()
        .unwrap_or(&account.address)
        .domain()
        .cloned()
}
