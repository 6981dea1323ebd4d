//! Notices to the sender (RFC 3464): given up, or taking long. A notice has the null sender and is never answered (RFC 5321 §4.5.5);
//! whoever has nobody to be told is only recorded.

use crate::Queue;
use crate::accept::Letter;
use crate::entry::Entry;
use event::{Kind, Role};
use mail::{Address, EnhancedCode, Envelope, Recipient, Reply, ReturnMode, Time};
use mime::Correspondent;
use mime::build::{Action, RecipientReport, Report, Returned, report};
use store::{Content, Fault, Tx};

// How much of a returned letter is read: its header fits.
const RETURNED_BYTES_MAX: usize = 64 * 1024;

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
        let told: Vec<_> = failed.iter().filter(|(r, ..)| r.notify.is_none_or(|n| n.failure)).collect();
        let notice = match &entry.envelope.sender {
            Some(sender) if !told.is_empty() => {
                let reports = told.iter().map(|(r, reply, host)| self.describe(r, reply, host.as_deref(), Action::Failed, now, None));
                let text = text_of_failure(&told);
                let returned = self.returned(entry, fresh).await?;
                self.notice(tx, entry, sender, "Undelivered mail / 退信：邮件未能送达", text, reports.collect(), &returned).await?
            }
            _ => None,
        };
        for (recipient, reply, _) in failed {
            let recipient = recipient.address.to_string();
            tracing::info!(letter = %entry.id, journey = %entry.journey, %recipient, %reply, told = notice.is_some(), "bounced");
            let kind = Kind::Bounced { recipient, reply: reply.clone(), notice };
            tx.tell([self.event(entry.journey, entry.span, None, Role::Mta, now, kind)]);
        }
        Ok(())
    }

    /// Tells the sender that it takes long.
    pub(crate) async fn warn(&self, tx: &mut Tx, entry: &Entry, deferred: &[(Recipient, Reply)]) -> Result<(), Fault> {
        let Some(sender) = &entry.envelope.sender else { return Ok(()) };
        let now = self.0.world.now();
        let until = entry.arrived + self.0.retry.give_up_after;
        let told: Vec<_> = deferred.iter().filter(|(r, _)| r.notify.is_none_or(|n| n.delay)).collect();
        if told.is_empty() {
            return Ok(());
        }
        let reports = told.iter().map(|(r, reply)| self.describe(r, reply, None, Action::Delayed, now, Some(until))).collect();
        let mut text = String::from(
            "Your letter has not been delivered yet. It is still being tried; you need do nothing.\n您的邮件尚未送达，系统仍在继续尝试，您无需操作。\n\n",
        );
        for (recipient, reply) in told {
            text.push_str(&format!("<{}>\n    {reply}\n", recipient.address));
        }
        text.push_str(&format!("\nIt will be given up at {} UTC. 届时仍未送达将退回。\n", until.rfc3339()));
        let returned = self.returned(entry, None).await?;
        self.notice(tx, entry, sender, "Delayed mail / 邮件延迟送达", text, reports, &returned).await?;
        Ok(())
    }

    fn describe(
        &self,
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
            diagnostic: Some(reply.to_string()),
            last_attempt: Some(now),
            will_retry_until: until,
        }
    }

    // The header of the letter, as far as it can be read.
    async fn returned(&self, entry: &Entry, fresh: Option<&Content>) -> Result<Vec<u8>, Fault> {
        let body = crate::Body { blob: entry.blob, fresh };
        let mut bytes = entry.prefix.clone().into_bytes();
        let full = entry.envelope.return_mode == Some(ReturnMode::Full) && entry.octets <= RETURNED_BYTES_MAX as u64;
        bytes.extend(body.read(&self.0.store, 0, RETURNED_BYTES_MAX).await?);
        if !full {
            bytes.truncate(mime::header_end(&bytes));
        }
        Ok(bytes)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a notice, each given once")]
    async fn notice(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        sender: &Address,
        subject: &str,
        text: String,
        recipients: Vec<RecipientReport>,
        returned: &[u8],
    ) -> Result<Option<mail::JourneyId>, Fault> {
        let now = self.0.world.now();
        let journey = self.new_journey();
        let of = |address: String, name: &str| Correspondent { name: name.to_owned(), address };
        let full = entry.envelope.return_mode == Some(ReturnMode::Full);
        let built = report(&Report {
            from: of(format!("mailer-daemon@{}", self.0.host), "Mail Delivery System"),
            to: of(sender.to_string(), ""),
            subject: subject.to_owned(),
            date: now,
            message_id: format!("{journey}@{}", self.0.host),
            about: mime::header_text(returned, "Message-ID").map(|id| id.trim_matches(['<', '>']).to_owned()),
            text,
            reporting_mta: self.0.host.clone(),
            envelope_id: entry.envelope.envelope_id.clone(),
            arrival: Some(entry.arrived),
            recipients,
            returned: if full { Returned::Full(returned) } else { Returned::Headers(returned) },
        });
        let bytes = match built {
            Ok(bytes) => bytes,
            Err(e) => {
                tracing::error!(letter = %entry.id, error = ?e, "a notice could not be written");
                return Ok(None);
            }
        };
        let letter = Letter {
            journey,
            span: self.0.world.span(),
            role: Role::Mta,
            envelope: Envelope::new(None, [sender.clone()]),
            prefix: String::new(),
            content: Content::Small(bytes),
            account: None,
            events: Vec::new(),
        };
        // A notice is a letter like any other, through the same door; it has no sender, so it causes none itself.
        Box::pin(self.accept_in(tx, letter)).await?;
        Ok(Some(journey))
    }
}

fn text_of_failure(failed: &[&(Recipient, Reply, Option<String>)]) -> String {
    let mut text =
        String::from("Your letter could not be delivered to everybody. These receivers will not get it:\n您的邮件未能送达以下收件人：\n\n");
    for (recipient, reply, host) in failed {
        text.push_str(&format!("<{}>\n    {reply}\n", recipient.address));
        if let Some(host) = host {
            text.push_str(&format!("    (said by {host})\n"));
        }
    }
    text.push_str("\nCheck the address, or ask the receiver in another way.\n请核对收件地址，或通过其他方式联系对方。\n");
    text
}
