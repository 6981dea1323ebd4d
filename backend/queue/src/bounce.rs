//! Notices to the sender (RFC 3464): given up, taking long, or arrived as it was wanted (RFC 3461).
//! A notice has the null sender and is never answered (RFC 5321 §4.5.5); whoever has nobody to be
//! told is only recorded.

use crate::Queue;
use crate::accept::NewMessage;
use crate::entry::Entry;
use crate::language::language_of;
use crate::words::{self, Told};
use event::{Kind, Role};
use mail::{Address, Domain, EnhancedCode, Envelope, Notify, Recipient, Reply, ReturnMode, Time};
use mime::NameAddr;
use mime::build::{Action, RecipientReport, Report, Returned, report};
use store::{Content, Fault, Tx};

/// The largest message that goes back as a whole; of a larger one only the header does (RFC 3461
/// §6.2 leaves it to us).
pub(crate) const RETURNED_BYTES_MAX: usize = 64 * 1024;

/// A recipient of whom the sender wants to hear that all went well.
pub(crate) struct Success {
    pub(crate) recipient: Recipient,
    /// The host that took it and tells nobody, with its reply; none: it lies in a mailbox here.
    pub(crate) relayed_to: Option<(String, Reply)>,
}

// A notice to be written.
struct Notice<'a> {
    told: Told<'a>,
    reports: Vec<RecipientReport>,
    // The beginning of the message, for its header, and the message where it goes back whole.
    original: Vec<u8>,
    whole: bool,
}

impl Queue {
    /// Tells the sender who will not get it, and why, in the same write.
    pub(crate) async fn bounce(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        failed: &[(Recipient, Reply, Option<String>)],
        fresh: Option<&Content>,
    ) -> Result<(), Fault> {
        let now = self.0.world.now();
        // RFC 3461 §4.1: failures are told unless NOTIFY says otherwise.
        let told: Vec<_> = failed
            .iter()
            .filter(|(r, ..)| r.notify.is_none_or(|n| n.failure))
            .collect();
        let notice = match &entry.envelope.sender {
            Some(sender) if !told.is_empty() => {
                let reports = told
                    .iter()
                    .map(|(r, reply, host)| {
                        describe(r, reply, host.as_deref(), Action::Failed, now, None)
                    })
                    .collect();
                // RFC 3461 §4.3: RET concerns only failures.
                let whole = entry.envelope.return_mode != Some(ReturnMode::Headers)
                    && entry.bytes <= RETURNED_BYTES_MAX as u64;
                let original = self.original(entry, fresh).await?;
                self.notice(
                    tx,
                    entry,
                    sender,
                    Notice {
                        told: Told::Failed(&told),
                        reports,
                        original,
                        whole,
                    },
                )
                .await?
            }
            _ => None,
        };
        for (recipient, reply, _) in failed {
            let recipient = recipient.address.to_string();
            tracing::info!(message = %entry.id, journey = %entry.journey, %recipient, %reply, told = notice.is_some(), "bounced");
            let kind = Kind::Bounced {
                recipient,
                reply: reply.clone(),
                notice,
            };
            tx.tell([self.event(entry.journey, entry.span, None, Role::Mta, now, kind)]);
        }
        Ok(())
    }

    /// Tells the sender that it takes long.
    pub(crate) async fn warn(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        deferred: &[(Recipient, Reply)],
    ) -> Result<(), Fault> {
        let Some(sender) = &entry.envelope.sender else {
            return Ok(());
        };
        let now = self.0.world.now();
        let until = entry.begun() + self.0.retry.give_up_after;
        let told: Vec<_> = deferred
            .iter()
            .filter(|(r, _)| r.notify.is_none_or(|n| n.delay))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        let reports = told
            .iter()
            .map(|(r, reply)| describe(r, reply, None, Action::Delayed, now, Some(until)))
            .collect();
        let original = self.original(entry, None).await?;
        self.notice(
            tx,
            entry,
            sender,
            Notice {
                told: Told::Delayed(&told, until),
                reports,
                original,
                whole: false,
            },
        )
        .await?;
        Ok(())
    }

    /// Tells the sender what went well, where that was asked for.
    pub(crate) async fn confirm(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        all: &[Success],
        fresh: Option<&Content>,
    ) -> Result<(), Fault> {
        let Some(sender) = &entry.envelope.sender else {
            return Ok(());
        };
        let now = self.0.world.now();
        let report = |one: &Success| match &one.relayed_to {
            // RFC 3461 §5.2.2: a host without DSN took it; nobody will hear of the delivery itself.
            Some((host, reply)) => describe(
                &one.recipient,
                reply,
                Some(host),
                Action::Relayed,
                now,
                None,
            ),
            None => describe(
                &one.recipient,
                &Reply::new(250, (2, 1, 5), "delivered"),
                None,
                Action::Delivered,
                now,
                None,
            ),
        };
        let reports = all.iter().map(report).collect();
        let original = self.original(entry, fresh).await?;
        self.notice(
            tx,
            entry,
            sender,
            Notice {
                told: Told::Succeeded(all),
                reports,
                original,
                whole: false,
            },
        )
        .await?;
        Ok(())
    }

    // The message's beginning: its header fits, and all of a small one.
    async fn original(&self, entry: &Entry, fresh: Option<&Content>) -> Result<Vec<u8>, Fault> {
        let body = fresh.map_or(crate::Body::kept(entry.blob), |content| {
            crate::Body::fresh(entry.blob, content)
        });
        let mut bytes = entry.prefix.clone().into_bytes();
        bytes.extend(body.read(&self.0.store, 0, RETURNED_BYTES_MAX).await?);
        Ok(bytes)
    }

    async fn notice(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        sender: &Address,
        notice: Notice<'_>,
    ) -> Result<Option<mail::JourneyId>, Fault> {
        let Notice {
            told,
            reports,
            original,
            whole,
        } = notice;
        let now = self.0.world.now();
        let journey = self.new_journey();
        let language = language_of(&original);
        let about = mime::header_text(&original, "Subject").unwrap_or_default();
        let of = |address: String, name: &str| NameAddr {
            name: name.to_owned(),
            address,
        };
        let built = report(&Report {
            from: of(
                format!("mailer-daemon@{}", self.0.host),
                "Mail Delivery System",
            ),
            to: of(sender.to_string(), ""),
            subject: words::subject(&told, language, &about),
            date: now,
            message_id: format!("{journey}@{}", self.0.host),
            about: mime::header_text(&original, "Message-ID")
                .map(|id| id.trim_matches(['<', '>']).to_owned()),
            text: words::text(&told, language, &self.0.host),
            reporting_mta: self.0.host.clone(),
            envelope_id: entry.envelope.envelope_id.clone(),
            arrival: Some(entry.arrived),
            recipients: reports,
            returned: if whole {
                Returned::Full(&original)
            } else {
                Returned::Headers(&original)
            },
        });
        let bytes = match built {
            Ok(bytes) => bytes,
            Err(e) => {
                tracing::error!(message = %entry.id, error = ?e, "a notice could not be written");
                return Ok(None);
            }
        };
        let mut envelope = Envelope::new(None, [sender.clone()]);
        // RFC 3461 §5.1: a notice asks for no notices of its own.
        envelope
            .recipients
            .iter_mut()
            .for_each(|r| r.notify = Some(Notify::NEVER));
        envelope.smtputf8 = sender.is_international();
        // RFC 8689 §5: what is said of a protected message is protected as well.
        envelope.require_tls = entry.envelope.require_tls;
        let mut message = NewMessage {
            journey,
            span: self.0.world.span(),
            role: Role::Mta,
            envelope,
            prefix: String::new(),
            content: Content::Small(Vec::new()),
            account: None,
            events: Vec::new(),
        };
        if let Ok(domain) = Domain::new(&self.0.host) {
            let end = mime::header_end(&bytes);
            let mut hashing = auth::dkim::Hashing::default();
            hashing.write(&bytes[end..]);
            self.sign(&mut message, &domain, &bytes[..end], &hashing.finish())
                .await;
        }
        message.content = Content::Small(bytes);
        // A notice is a message like any other, through the same door; it has no sender, so it
        // causes none itself.
        Box::pin(self.accept_in(tx, message, false)).await?;
        Ok(Some(journey))
    }
}

fn describe(
    recipient: &Recipient,
    reply: &Reply,
    host: Option<&str>,
    action: Action,
    now: Time,
    until: Option<Time>,
) -> RecipientReport {
    let class = (reply.code / 100) as u8;
    // RFC 3464 §2.3.4 demands a status even where the other host gave none: X.0.0.
    let mut status = reply.enhanced.unwrap_or(EnhancedCode(class, 0, 0));
    if matches!(action, Action::Failed) && status.0 == 4 {
        // Waited too long: 5.4.7 delivery time expired, unless the subject says more.
        status = EnhancedCode(5, 4, 7);
    }
    RecipientReport {
        original: recipient.original.clone(),
        address: recipient.address.to_string(),
        action,
        status,
        remote_mta: host.map(str::to_owned),
        diagnostic: (!matches!(action, Action::Delivered)).then(|| reply.to_string()),
        last_attempt: Some(now),
        will_retry_until: until,
    }
}
