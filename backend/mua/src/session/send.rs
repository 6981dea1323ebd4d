//! Sending: submits a message through the MSA and stores a copy in Sent.

use super::draft_message::{name_addr, own_text};
use super::original::whole_text;
use super::{Answer, Error, Session};
use event::{Event, Kind, Party, Protocol, Role, Sink};
use mail::{Address, Domain, Envelope, Flags, JourneyId, SpecialUse, StoredMessageId, Time, flags};
use mime::NameAddr;
use msa::{RejectionKind, Submission, SubmitError};
use std::sync::Arc;
use store::{FlagChange, Mailbox};
use wire::{Contact, Draft, Problem, RecipientProblem, RejectedRecipient, Response, Sent};

/// Number of sent messages whose journey a tab may follow by [`wire::Request::FollowSent`]
/// directly.
const SENT_MAX: usize = 256;

impl Session {
    pub(super) async fn send(&mut self, draft: Draft) -> Answer {
        let started = self.mua.world().now();
        let lock = self.drafts.clone();
        let _guard = lock.lock().await;
        let from = self
            .identity(&draft.from)
            .ok_or_else(|| Problem::Address(draft.from.clone()))?;
        let (to, cc, bcc) = (
            self.recipients(&draft.to).await?,
            self.recipients(&draft.cc).await?,
            self.recipients(&draft.bcc).await?,
        );
        let mut recipients: Vec<Address> = Vec::new();
        for (_, address) in to.iter().chain(&cc).chain(&bcc) {
            if recipients.iter().all(|r| r.key() != address.key()) {
                recipients.push(address.clone());
            }
        }
        if recipients.is_empty() {
            return Err(Problem::NoRecipient.into());
        }
        match self.earlier_send(&draft).await? {
            EarlierSend::None => {}
            EarlierSend::Same(sent) => return Ok(Response::Sent(sent)),
            // Whether to send what was edited since as a message of its own is for the user to say.
            EarlierSend::Different(id) => return Err(Problem::AlreadySent(id).into()),
        }
        let drafts = self.special_mailbox(SpecialUse::Drafts).await?;
        let replaced = match &drafts {
            Some(drafts) => self.replaceable(&draft, drafts).await?,
            None => None,
        };
        let mut parsed = self.compose(&draft, from.clone()).await?;
        let names =
            |list: Vec<(_, Address)>| list.into_iter().map(|(who, _)| who).collect::<Vec<_>>();
        (parsed.to, parsed.cc, parsed.bcc) = (names(to), names(cc), names(bcc));
        // The sender's copy lists the Bcc recipients; submission removes the field from what is
        // sent.
        let message = self.build(&parsed)?;
        drop(parsed);
        let envelope = Envelope::new(Some(from), recipients);
        let origin = self.origin(started);
        let mut recorder = self.mua.recorder(Role::Msa, self.span);
        recorder.begin();
        let submission = Submission {
            account: &self.account,
            envelope: envelope.clone(),
            message: &message,
        };
        let accepted = Box::pin(self.mua.config().msa.submit(submission, &mut recorder)).await;
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => return Err(self.submit_problem(error, &envelope).into()),
        };
        Sink::emit(
            self.mua.store().journeys(),
            Event {
                journey: Some(accepted.journey),
                ..origin
            },
        );
        self.sent.push(accepted.journey);
        if self.sent.len() > SENT_MAX {
            self.sent.remove(0);
        }
        // The message is accepted: later failures are only logged.
        let id = self.keep_copy(&message, accepted.journey, replaced).await;
        self.flag_originals(&draft).await;
        Ok(Response::Sent(Sent {
            journey: accepted.journey,
            id,
        }))
    }

    // Makes `Send` idempotent: the response to the first attempt may have been lost.
    pub(super) async fn earlier_send(&self, draft: &Draft) -> Result<EarlierSend, Error> {
        let Some(sent) = self.special_mailbox(SpecialUse::Sent).await? else {
            return Ok(EarlierSend::None);
        };
        let Some(uid) = self.find_by_key(draft, &sent).await? else {
            return Ok(EarlierSend::None);
        };
        let id = sent.message_id(uid);
        let Some(journey) = sent.read(|s| s.entry(uid).and_then(|e| e.journey)) else {
            return Ok(EarlierSend::Different(id));
        };
        let message = self.mua.store().read_message(&sent, uid).await?;
        let same = message.is_some_and(|message| is_same_message(&message, draft));
        Ok(if same {
            EarlierSend::Same(Sent {
                journey,
                id: Some(id),
            })
        } else {
            EarlierSend::Different(id)
        })
    }

    // The first event of the journey: the browser's connection. Recorded once the journey is known,
    // but numbered before all its other events.
    fn origin(&self, at: Time) -> Event {
        let client = Party {
            role: Role::Mua,
            address: self.browser.clone(),
            name: None,
        };
        let host = self.mua.config().host.clone();
        let server = Party {
            role: Role::Msa,
            address: host.clone(),
            name: Some(host),
        };
        let kind = Kind::Connect {
            protocol: Protocol::Web,
            client,
            server,
        };
        self.mua.recorder(Role::Mua, self.span).event(at, kind)
    }

    async fn keep_copy(
        &self,
        message: &[u8],
        journey: JourneyId,
        replaced: Option<(Arc<Mailbox>, u32)>,
    ) -> Option<StoredMessageId> {
        let copied = async {
            let sent = self
                .special_mailbox(SpecialUse::Sent)
                .await?
                .ok_or_else(Session::not_found)?;
            self.store_message(
                &sent,
                message,
                Flags::of(flags::SEEN),
                Some(journey),
                replaced,
            )
            .await
        };
        match Box::pin(copied).await {
            Ok(id) => Some(id),
            Err(error) => {
                tracing::warn!(%journey, problem = ?self.problem(error), "cannot store the copy of a sent message");
                None
            }
        }
    }

    // Sets `\Answered` or `$Forwarded` on the original messages (RFC 9051 §2.3.2).
    async fn flag_originals(&self, draft: &Draft) {
        let mut forwarded = Flags::default();
        forwarded.add("$Forwarded");
        for (id, flags) in [
            (draft.answers, Flags::of(flags::ANSWERED)),
            (draft.forwards, forwarded),
        ] {
            let Some(id) = id else { continue };
            let marked = async {
                let (mailbox, uid) = self.locate_original(id).await?;
                self.mua
                    .store()
                    .change_flags(&mailbox, &[uid], &FlagChange::Add(flags))
                    .await?;
                Ok::<_, Error>(())
            };
            if let Err(Error::Fault(fault)) = marked.await {
                tracing::warn!(error = %fault, "cannot flag the original message");
            }
        }
    }

    /// The recipients of a header field, with the domains as they are sent.
    async fn recipients(&self, list: &[Contact]) -> Result<Vec<(NameAddr, Address)>, Error> {
        let mut all = Vec::new();
        for contact in list {
            if contact.address.trim().is_empty() && contact.name.trim().is_empty() {
                continue;
            }
            all.push(name_addr(&self.in_dns_form(contact).await?)?);
        }
        Ok(all)
    }

    // RFC 5890 §2.3.2.1: other hosts are reached by A-labels; the local part is never encoded (RFC
    // 6531 §3.3). A domain of this host keeps the form in which it was set up.
    async fn in_dns_form(&self, contact: &Contact) -> Result<Contact, Error> {
        let address = contact.address.trim();
        // The conversion would drop them, and the message would go to another address than shown.
        if address.contains(is_invisible) {
            return Err(Problem::Address(contact.address.clone()).into());
        }
        let Some((local, domain)) = address.rsplit_once('@').filter(|(_, d)| !d.is_ascii()) else {
            return Ok(contact.clone());
        };
        if let Ok(own) = Domain::new(domain)
            && self.mua.store().is_local(&own).await?
        {
            return Ok(contact.clone());
        }
        let encoded =
            idna::domain_to_ascii(domain).map_err(|_| Problem::Address(contact.address.clone()))?;
        Ok(Contact {
            name: contact.name.clone(),
            address: format!("{local}@{encoded}"),
        })
    }

    /// Converts an error of the MSA into the problem to show.
    fn submit_problem(&self, error: SubmitError, envelope: &Envelope) -> Problem {
        let reply = error.reply().to_string();
        match error {
            SubmitError::TooLarge(_) => Problem::TooLarge(self.mua.config().message_bytes_max),
            SubmitError::NoSpace(_) => Problem::Quota,
            SubmitError::Sender(_) => {
                let sender = envelope.sender.as_ref().map(ToString::to_string);
                Problem::Sender(sender.unwrap_or_default())
            }
            SubmitError::NoRecipients(_) => Problem::NoRecipient,
            SubmitError::Recipients { first, others } => {
                let all = std::iter::once(first).chain(others);
                Problem::Recipients(all.map(recipient_problem).collect())
            }
            SubmitError::StoreFailure(_) => {
                tracing::error!(%reply, "submission of a message from the browser failed");
                Problem::Server(reply)
            }
            // Limits and loops concern the whole message.
            SubmitError::Other(_) => Problem::Rejected(reply),
        }
    }
}

fn recipient_problem(rejected: msa::RejectedRecipient) -> RejectedRecipient {
    let msa::RejectedRecipient { address, rejection } = rejected;
    RejectedRecipient {
        address: address.to_string(),
        reason: match *rejection.kind {
            RejectionKind::NoSuchMailbox { .. } => RecipientProblem::NotFound,
            _ => RecipientProblem::Rejected(rejection.reply.to_string()),
        },
    }
}

/// The message in Sent that has the draft's key.
pub(super) enum EarlierSend {
    None,
    Same(Sent),
    Different(StoredMessageId),
}

// Whether a sent message has the content of this draft. When in doubt, returns false, so that the
// draft is sent.
fn is_same_message(message: &[u8], draft: &Draft) -> bool {
    let parsed = mime::read(message);
    let sent = [&parsed.to, &parsed.cc, &parsed.bcc]
        .map(|list| list.iter().map(|c| c.address.as_str()).collect::<Vec<_>>());
    let wanted = [&draft.to, &draft.cc, &draft.bcc]
        .map(|list| list.iter().map(|c| c.address.trim()).collect::<Vec<_>>());
    // The inline pictures of a forward with formatting are not attachments of the draft.
    let stray = if draft.original.is_some() {
        0
    } else {
        parsed.inline.len()
    };
    sent == wanted
        && parsed.subject.trim() == draft.subject.trim()
        && own_text(message).is_some_and(|text| text.trim_end() == whole_text(draft).trim_end())
        && parsed.html.is_some() == draft.original.is_some()
        && parsed.attachments.len() + stray == draft.attachments.len() + draft.forwarded.len()
}

// Characters without a glyph: soft hyphen, zero-width spaces and joiners, direction marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}
