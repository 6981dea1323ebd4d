//! Notices to the sender (RFC 3464): of failure, of delay, and of success where that was asked for
//! (RFC 3461). A notice has the null reverse-path and causes no further notice (RFC 5321 §4.5.5). A
//! message without a sender gets none; its failures are only recorded.
//!
//! Failures: a notice that cannot be built is logged, and the message is settled without it.

mod advice;
mod dsn;
mod language;
mod text;

use crate::handle::Queue;
use crate::new_message::NewMessage;
use crate::outcomes::{DeferredRecipient, FailedRecipient, Success};
use crate::queued_message::QueuedMessage;
use crate::transport::QueuedContent;
use event::{Kind, Role};
use language::language_of;
use mail::{Address, Domain, Envelope, Notify, ReturnMode};
use mime::NameAddr;
use mime::build::{RecipientReport, Report, Returned, report};
use store::{Content, Fault, Tx};
use text::Subject;

/// The largest message that a failure notice returns whole; of a larger one it returns the header
/// (RFC 3461 §6.2 leaves this to the implementation).
const RETURNED_BYTES_MAX: usize = 64 * 1024;

// A notice to be written.
struct Notice<'a> {
    about: Subject<'a>,
    reports: Vec<RecipientReport>,
    /// The message from its beginning, at least its header.
    original: Vec<u8>,
    /// Return the whole message, not only its header.
    returns_content: bool,
}

impl Queue {
    /// Records permanent failures, and returns a failure notice where the sender wants one.
    /// `content` is that of a message that is being accepted.
    pub(crate) async fn bounce(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        failed: &[FailedRecipient],
        content: Option<&Content>,
    ) -> Result<Option<NewMessage>, Fault> {
        let notice = self.failure_notice(message, failed, content).await?;
        let (id, journey) = (message.id, message.journey);
        let now = self.0.world.now();
        for one in failed {
            let recipient = one.recipient.address.to_string();
            let reply = &one.diagnostic.reply;
            tracing::info!(message = %id, %journey, %recipient, %reply, notice = notice.is_some(), "bounced");
            let kind = Kind::Bounced {
                recipient,
                reply: reply.clone(),
                cause: one.diagnostic.cause.clone(),
                notice: notice.as_ref().map(|notice| notice.journey),
            };
            tx.record([self.event(journey, message.span, None, Role::Mta, now, kind)]);
        }
        Ok(notice)
    }

    async fn failure_notice(
        &self,
        message: &QueuedMessage,
        failed: &[FailedRecipient],
        content: Option<&Content>,
    ) -> Result<Option<NewMessage>, Fault> {
        // RFC 3461 §4.1: failures are reported unless NOTIFY says otherwise.
        let failed: Vec<&FailedRecipient> = failed
            .iter()
            .filter(|one| one.recipient.notify.is_none_or(|n| n.failure))
            .collect();
        let Some(sender) = message
            .envelope
            .sender
            .as_ref()
            .filter(|_| !failed.is_empty())
        else {
            return Ok(None);
        };
        let now = self.0.world.now();
        let original = self.original(message, content).await?;
        // RFC 3461 §4.3: RET applies to failures only. Binary content cannot stand in a notice.
        let returns_content = message.envelope.return_mode != Some(ReturnMode::Headers)
            && message.bytes <= RETURNED_BYTES_MAX as u64
            && !original.contains(&0);
        let notice = Notice {
            about: Subject::Failed(&failed),
            reports: failed.iter().map(|one| dsn::failed(one, now)).collect(),
            original,
            returns_content,
        };
        Ok(self.write(message, sender, notice).await)
    }

    /// A delay notice, where the sender wants one.
    pub(crate) async fn delay_notice(
        &self,
        message: &QueuedMessage,
        deferred: &[DeferredRecipient],
    ) -> Result<Option<NewMessage>, Fault> {
        let delayed: Vec<&DeferredRecipient> = deferred
            .iter()
            .filter(|one| one.recipient.notify.is_none_or(|n| n.delay))
            .collect();
        let Some(sender) = message
            .envelope
            .sender
            .as_ref()
            .filter(|_| !delayed.is_empty())
        else {
            return Ok(None);
        };
        let now = self.0.world.now();
        let until = message.begun() + self.0.retry.give_up_after;
        let notice = Notice {
            about: Subject::Delayed(&delayed, until),
            reports: delayed
                .iter()
                .map(|one| dsn::delayed(one, now, until))
                .collect(),
            original: self.original(message, None).await?,
            returns_content: false,
        };
        Ok(self.write(message, sender, notice).await)
    }

    /// A success notice.
    pub(crate) async fn success_notice(
        &self,
        message: &QueuedMessage,
        successes: &[Success],
        content: Option<&Content>,
    ) -> Result<Option<NewMessage>, Fault> {
        let Some(sender) = &message.envelope.sender else {
            return Ok(None);
        };
        let now = self.0.world.now();
        let notice = Notice {
            about: Subject::Succeeded(successes),
            reports: successes
                .iter()
                .map(|one| dsn::succeeded(one, now))
                .collect(),
            original: self.original(message, content).await?,
            returns_content: false,
        };
        Ok(self.write(message, sender, notice).await)
    }

    // The beginning of the message: its header fits in, and so does the whole of a small one.
    async fn original(
        &self,
        message: &QueuedMessage,
        content: Option<&Content>,
    ) -> Result<Vec<u8>, Fault> {
        let body = content.map_or(QueuedContent::stored(message.blob), |content| {
            QueuedContent::incoming(message.blob, content)
        });
        let mut bytes = message.prefix.clone().into_bytes();
        bytes.extend(body.read(&self.0.store, 0, RETURNED_BYTES_MAX).await?);
        Ok(bytes)
    }

    async fn write(
        &self,
        message: &QueuedMessage,
        sender: &Address,
        mut notice: Notice<'_>,
    ) -> Option<NewMessage> {
        let journey = self.new_journey();
        // Not even a header may hold a NUL (RFC 5322 §2.2).
        for nul in notice.original.iter_mut().filter(|b| **b == 0) {
            *nul = b' ';
        }
        let header = &notice.original;
        let language = language_of(header);
        let about = mime::header_text(header, "Subject").unwrap_or_default();
        let host = &self.0.host;
        let mailbox = |address: String, name: &str| NameAddr {
            name: name.to_owned(),
            address,
        };
        let built = report(&Report {
            from: mailbox(format!("mailer-daemon@{host}"), "Mail Delivery System"),
            to: mailbox(sender.to_string(), ""),
            subject: text::subject(&notice.about, language, &about),
            date: self.0.world.now(),
            message_id: format!("{journey}@{host}"),
            about: mime::header_text(header, "Message-ID")
                .map(|id| id.trim_matches(['<', '>']).to_owned()),
            text: text::text(&notice.about, language, host),
            reporting_mta: host.clone(),
            envelope_id: message.envelope.envelope_id.clone(),
            arrival: Some(message.arrived),
            recipients: notice.reports,
            returned: if notice.returns_content {
                Returned::Full(&notice.original)
            } else {
                Returned::Headers(&notice.original)
            },
        });
        let bytes = match built {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(message = %message.id, ?error, "cannot build a notice");
                return None;
            }
        };
        let mut new = NewMessage {
            journey,
            span: self.0.world.span(),
            role: Role::Mta,
            envelope: envelope(message, sender),
            prefix: String::new(),
            header: Vec::new(),
            content: Content::Small(Vec::new()),
            account: None,
            events: Vec::new(),
        };
        if let Ok(domain) = Domain::new(host) {
            let end = mime::header_end(&bytes);
            let mut hashing = auth::dkim::Hashing::default();
            hashing.write(&bytes[end..]);
            self.sign(&mut new, &domain, &bytes[..end], &hashing.finish())
                .await;
        }
        new.content = Content::Small(bytes);
        Some(new)
    }
}

// The envelope of a notice about `message`.
fn envelope(message: &QueuedMessage, sender: &Address) -> Envelope {
    let mut envelope = Envelope::new(None, [sender.clone()]);
    // RFC 3461 §5.1: a notice asks for no notices of its own.
    envelope
        .recipients
        .iter_mut()
        .for_each(|r| r.notify = Some(Notify::NEVER));
    envelope.smtputf8 = sender.is_international();
    // RFC 8689 §5: a notice about a message that requires TLS requires it as well.
    envelope.require_tls = message.envelope.require_tls;
    envelope
}
