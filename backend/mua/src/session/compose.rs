//! Sending: the message goes through the MSA like every other, and its copy into Sent.

use super::draft::{name_addr, own_text};
use super::{Answered, Session, Trouble};
use event::{Event, Kind, Party, Protocol, Role, Sink};
use mail::{Address, Envelope, Flags, Reply, SpecialUse, Time, flags};
use msa::Submission;
use store::FlagChange;
use wire::{Contact, Draft, Problem, Response, Sent};

/// Journeys of sent messages that a tab remembers.
const SENT_MAX: usize = 256;

impl Session {
    pub(super) async fn send(&mut self, mut draft: Draft) -> Answered {
        let begun = self.mua.world().now();
        let from = self
            .identity(&draft.from)
            .ok_or_else(|| Problem::Address(draft.from.clone()))?;
        let (to, cc, bcc) = (
            recipients(&draft.to)?,
            recipients(&draft.cc)?,
            recipients(&draft.bcc)?,
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
        match self.sent_before(&draft).await? {
            Before::Never => {}
            Before::This(sent) => return Ok(Response::Sent(sent)),
            // Written on from a copy of that message: another one, which needs a name of its own.
            Before::Another => draft.key.clear(),
        }
        let mut parsed = self.compose(&draft, from.clone()).await?;
        let names =
            |list: Vec<(_, Address)>| list.into_iter().map(|(who, _)| who).collect::<Vec<_>>();
        (parsed.to, parsed.cc, parsed.bcc) = (names(to), names(cc), names(bcc));
        // One's own copy names the hidden recipients; submission takes the field out of what
        // travels.
        let message = self.build(&parsed)?;
        drop(parsed);
        let envelope = Envelope::new(Some(from), recipients);
        let origin = self.origin(begun);
        let mut recorder = self.mua.recorder(Role::Msa, self.span);
        recorder.begin();
        let submission = Submission {
            account: &self.account,
            envelope: envelope.clone(),
            message: &message,
        };
        let accepted = Box::pin(self.mua.parts().msa.submit(submission, &mut recorder)).await;
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(reply) => return Err(self.refused(reply, &envelope).await),
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
        // The message is on its way: what fails from here on is not told as if it were not.
        let id = self.keep_copy(&message, accepted.journey, &draft).await;
        self.mark(&draft).await;
        Ok(Response::Sent(Sent {
            journey: accepted.journey,
            id,
        }))
    }

    // The answer to the first try may have been lost on its way: the same message does not go twice.
    async fn sent_before(&self, draft: &Draft) -> Result<Before, Trouble> {
        let Some(sent) = self.special_mailbox(SpecialUse::Sent).await? else {
            return Ok(Before::Never);
        };
        let Some(uid) = self.find_by_key(draft, &sent).await? else {
            return Ok(Before::Never);
        };
        let Some(journey) = sent.read(|s| s.entry(uid).and_then(|e| e.journey)) else {
            return Ok(Before::Another);
        };
        let message = self.mua.store().read_message(&sent, uid).await?;
        let same = message.is_some_and(|message| says_the_same(&message, draft));
        Ok(if same {
            Before::This(Sent {
                journey,
                id: Some(sent.message_id(uid)),
            })
        } else {
            Before::Another
        })
    }

    // The journey begins where the message was written: in the browser. Told once there is a
    // journey, but numbered before all else in it.
    fn origin(&self, at: Time) -> Event {
        let client = Party {
            role: Role::Mua,
            address: self.browser.clone(),
            name: None,
        };
        let host = self.mua.parts().host.clone();
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
        journey: mail::JourneyId,
        draft: &Draft,
    ) -> Option<mail::StoredMessageId> {
        let copied = async {
            let sent = self
                .special_mailbox(SpecialUse::Sent)
                .await?
                .ok_or_else(Session::gone)?;
            let drafts = self.special_mailbox(SpecialUse::Drafts).await?;
            let former = match drafts {
                Some(drafts) => self.former(draft, &drafts).await?,
                None => None,
            };
            self.place(
                &sent,
                message,
                Flags::of(flags::SEEN),
                Some(journey),
                former,
            )
            .await
        };
        match Box::pin(copied).await {
            Ok(id) => Some(id),
            Err(trouble) => {
                tracing::warn!(%journey, problem = ?self.problem(trouble), "a sent message has no copy in Sent");
                None
            }
        }
    }

    // The answered message is marked as such, the forwarded one too (RFC 9051 §2.3.2).
    async fn mark(&self, draft: &Draft) {
        let mut forwarded = Flags::default();
        forwarded.add("$Forwarded");
        for (id, flags) in [
            (draft.answers, Flags::of(flags::ANSWERED)),
            (draft.forwards, forwarded),
        ] {
            let Some(id) = id else { continue };
            let marked = async {
                let (mailbox, uid) = self.locate(id).await?;
                self.mua
                    .store()
                    .change_flags(&mailbox, &[uid], &FlagChange::Add(flags))
                    .await?;
                Ok::<_, Trouble>(())
            };
            if let Err(Trouble::Fault(fault)) = marked.await {
                tracing::warn!(error = %fault, "an answered message could not be marked");
            }
        }
    }

    /// What a refusal means to the writer.
    async fn refused(&self, reply: Reply, envelope: &Envelope) -> Trouble {
        let code = reply.enhanced.map(|e| (e.1, e.2));
        match (reply.code, code) {
            (552, Some((3, 4))) => {
                return Problem::TooLarge(self.mua.parts().message_bytes_max).into();
            }
            (452, Some((3, 1))) | (552, Some((2, 2))) => return Problem::Quota.into(),
            (553, Some((7, 1))) => {
                return Problem::Address(
                    envelope
                        .sender
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                )
                .into();
            }
            (554, Some((5, 1))) => return Problem::NoRecipient.into(),
            (451, _) => {
                tracing::error!(%reply, "a message from the browser was not taken");
                return Problem::Server(reply.to_string()).into();
            }
            _ => {}
        }
        // The reply names the address in words only; ours are asked again, so that the browser can
        // point at the right one.
        for recipient in &envelope.recipients {
            let address = &recipient.address;
            let local = match address.domain() {
                Some(domain) => self.mua.store().is_local(domain).await.unwrap_or(false),
                None => false,
            };
            let missing = local && matches!(self.mua.store().whose(address).await, Ok(None));
            if missing
                || reply
                    .lines
                    .iter()
                    .any(|line| line.contains(&format!("<{address}>")))
            {
                return Problem::Recipient(address.to_string(), reply.to_string()).into();
            }
        }
        match envelope
            .recipients
            .iter()
            .find(|r| r.address.domain().is_none())
            .or(envelope.recipients.first())
        {
            Some(recipient) => {
                Problem::Recipient(recipient.address.to_string(), reply.to_string()).into()
            }
            None => Problem::NoRecipient.into(),
        }
    }
}

/// What Sent holds under a draft's key.
enum Before {
    Never,
    This(Sent),
    Another,
}

// Whether a sent message is this draft: in doubt it is not, and the message goes.
fn says_the_same(message: &[u8], draft: &Draft) -> bool {
    let parsed = mime::read(message);
    let sent = [&parsed.to, &parsed.cc, &parsed.bcc]
        .map(|list| list.iter().map(|c| c.address.as_str()).collect::<Vec<_>>());
    let wanted = [&draft.to, &draft.cc, &draft.bcc]
        .map(|list| list.iter().map(|c| c.address.trim()).collect::<Vec<_>>());
    sent == wanted
        && parsed.subject.trim() == draft.subject.trim()
        && own_text(message).is_some_and(|text| text.trim_end() == draft.text.trim_end())
        && parsed.attachments.len() + parsed.inline.len()
            == draft.attachments.len() + draft.forwarded.len()
}

fn recipients(list: &[Contact]) -> Result<Vec<(mime::NameAddr, Address)>, Trouble> {
    list.iter()
        .filter(|c| !c.address.trim().is_empty() || !c.name.trim().is_empty())
        .map(name_addr)
        .collect()
}
