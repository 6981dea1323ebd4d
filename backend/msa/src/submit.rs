//! The webmail's way in: a whole message and its envelope, for a user who is signed in already. The
//! same checks and the same completion as over SMTP.

use crate::Msa;
use crate::complete::Completing;
use crate::intake::{Intake, Taken};
use crate::login::NOBODY;
use crate::rights::{No, may_send};
use event::{Event, Kind, Recorder, Role, Verdict};
use mail::{Address, BodyKind, Domain, Envelope, JourneyId, Path, Reply, SpanId};
use queue::{Accepted, NewMessage};
use smtp::received::{Received, With};
use store::Account;

/// A message from a signed-in user.
pub struct Submission<'a> {
    /// Whose it is.
    pub account: &'a Account,
    /// Sender and recipients.
    pub envelope: Envelope,
    /// The message with CRLF line ends.
    pub message: &'a [u8],
}

/// How a message came.
pub(crate) struct Way<'a> {
    pub journey: JourneyId,
    pub span: SpanId,
    pub received: Received<'a>,
    pub events: Vec<Event>,
}

impl Msa {
    /// Takes a message that was written in the browser. When this returns `Ok`, it is durable.
    /// `recorder` is that of the user's connection, with [`Recorder::begin`] called for this
    /// message: what was told in it goes with the message, and what is told later too.
    ///
    /// # Errors
    /// The reply that SMTP would have given.
    pub async fn submit(
        &self,
        submission: Submission<'_>,
        recorder: &mut Recorder,
    ) -> Result<Accepted, Reply> {
        let Submission {
            account,
            mut envelope,
            message,
        } = submission;
        // What the MSA does is told in its own role, under the user's connection.
        let mut own = self.recorder(Some(recorder.span()));
        own.begin();
        let limits = &self.0.smtp.limits;
        self.judge(
            &mut own,
            "sender-right",
            may_send(account, envelope.sender.as_ref()),
        )?;
        if envelope.recipients.is_empty() {
            return Err(Reply::new(554, (5, 5, 1), "the message has no recipient"));
        }
        if envelope.recipients.len() > limits.recipients_max as usize {
            let text = format!(
                "a message may have {} recipients here",
                limits.recipients_max
            );
            return Err(Reply::new(452, (4, 5, 3), text));
        }
        if message.len() as u64 > limits.message_bytes_max {
            return Err(Reply::new(
                552,
                (5, 3, 4),
                format!(
                    "a message may have {} octets here",
                    limits.message_bytes_max
                ),
            ));
        }
        for allowed in [
            self.may_begin(account.id),
            self.may_name(account.id, envelope.recipients.len()),
        ] {
            if allowed.is_err() {
                self.judge(&mut own, "rate", allowed)?;
            }
        }
        self.brought(account.id, message.len() as u64);
        for recipient in &envelope.recipients {
            let found = self
                .recipient(Path::Address(recipient.address.clone()))
                .await
                .map(|_| ());
            self.judge(&mut own, "recipient", found)?;
        }
        envelope.smtputf8 |= envelope
            .sender
            .iter()
            .chain(envelope.recipients.iter().map(|r| &r.address))
            .any(|a| a.is_international());
        let (journey, host) = (self.0.queue.new_journey(), self.host());
        let completing = Completing {
            account,
            host: &host,
            journey,
            at: self.0.world.now(),
        };
        let mut intake = Intake::new(self.0.store.writer());
        intake.take(message, &completing)?;
        let taken = intake.finish(&completing).await?;
        let received = Received {
            from: None,
            address: None,
            by: &host,
            with: With {
                web: true,
                ..With::default()
            },
            tls: None,
            id: &journey.to_string(),
            recipient: None,
            at: completing.at,
        };
        let mut events = recorder.bind(journey);
        events.extend(own.bind(journey));
        let accepted = self
            .hand_on(
                account,
                envelope,
                Way {
                    journey,
                    span: own.span(),
                    received,
                    events,
                },
                taken,
            )
            .await;
        if accepted.is_err() {
            recorder.begin();
        }
        accepted
    }

    /// Puts the trace line on top and hands the message to the queue.
    pub(crate) async fn hand_on(
        &self,
        account: &Account,
        mut envelope: Envelope,
        way: Way<'_>,
        taken: Taken,
    ) -> Result<Accepted, Reply> {
        let Way {
            journey,
            span,
            received,
            events,
        } = way;
        // What it is, not what it was called; that it is binary only the session has seen.
        envelope.body = match envelope.body {
            BodyKind::Binary => BodyKind::Binary,
            _ if taken.eight_bit => BodyKind::EightBit,
            _ => BodyKind::SevenBit,
        };
        let sole = match envelope.recipients.as_slice() {
            [one] => Some(&one.address),
            _ => None,
        };
        let prefix = Received {
            recipient: sole,
            ..received
        }
        .to_field()
            + &taken.added;
        let domain = speaks_for(account, &taken.head);
        let mut message = NewMessage {
            journey,
            span,
            role: Role::Msa,
            envelope,
            prefix,
            content: taken.content,
            account: (account.id != NOBODY).then_some(account.id),
            events,
        };
        if let Some(domain) = domain {
            self.0
                .queue
                .sign(&mut message, &domain, &taken.head, &taken.body_hash)
                .await;
        }
        self.0
            .queue
            .accept(message)
            .await
            .map_err(|refusal| refusal.reply)
    }

    /// Tells a check in the journey; gives its refusal on.
    pub(crate) fn judge(
        &self,
        recorder: &mut Recorder,
        name: &str,
        outcome: Result<(), No>,
    ) -> Result<(), Reply> {
        let (verdict, why, result) = match outcome {
            Ok(()) => (Verdict::Pass, String::new(), Ok(())),
            Err(No { reply, why }) => (Verdict::Fail, why, Err(reply)),
        };
        recorder.emit(self.0.world.now(), Kind::text_check(name, verdict, &why));
        result
    }
}

// For which domain a message is signed: the author's where the author is its sender himself, or else
// the sender's own. Never for a domain in whose name the sender may not write, though it is ours
// too.
fn speaks_for(account: &Account, head: &[u8]) -> Option<Domain> {
    let mut authors = mime::fields(head)
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
