//! The one door: a message is accepted, and delivered to our own mailboxes, in one durable write.

use crate::Queue;
use crate::deliver::{Body, Job, Outcome, Transport};
use crate::entry::Entry;
use crate::expand::Expanded;
use crate::run::LEASE;
use crate::settle::{Settled, Settling};
use crate::straight::Straight;
use event::{Event, Kind, Role, Verdict};
use mail::{AccountId, Envelope, Host, JourneyId, QueueId, Recipient, Reply, SpanId};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Content, Fault, Lease, Tx};

/// A message at the door. The role that brings it has checked that it may come in.
pub struct NewMessage {
    /// From [`Queue::new_journey`].
    pub journey: JourneyId,
    /// The connection that brought it.
    pub span: SpanId,
    /// Who takes it: MSA or MTA; MDA for notices that this host writes.
    pub role: Role,
    /// Sender and recipients.
    pub envelope: Envelope,
    /// Fields to put before the content: Received and what else was added, each with CRLF.
    pub prefix: String,
    /// The content as it came, with CRLF line ends.
    pub content: Content,
    /// Who submitted it.
    pub account: Option<AccountId>,
    /// What was recorded so far, from `Recorder::bind`.
    pub events: Vec<Event>,
}

/// The message is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its number.
    pub message: QueueId,
    /// Its journey.
    pub journey: JourneyId,
}

/// The message was not taken; nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What to answer.
    pub reply: Reply,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        let reply = match fault {
            // RFC 5321 §4.2.2: 452 insufficient system storage.
            Fault::Full => Reply::new(452, (4, 3, 1), "no space is left here; try again later"),
            _ => Reply::new(
                451,
                (4, 3, 0),
                "this host cannot keep the message now; try again later",
            ),
        };
        Refusal { reply }
    }
}

/// A message in a write.
pub(crate) struct Taken {
    accepted: Accepted,
    /// Something of it waits for [`Queue::run`].
    waits: bool,
    straight: Option<Box<Straight>>,
}

pub(crate) type Way = Option<Arc<dyn Transport>>;

impl Queue {
    /// Takes responsibility. When this returns `Ok`, the message survives a power cut, and lies in
    /// every mailbox of ours that it is for.
    ///
    /// # Errors
    /// [`Refusal`] with the reply to give; nothing is kept then.
    pub async fn accept(&self, message: NewMessage) -> Result<Accepted, Refusal> {
        let mut tx = self.0.store.begin();
        let content = message.content_handle();
        match self.accept_in(&mut tx, message, true).await {
            Ok(Taken {
                accepted,
                waits,
                straight,
            }) => {
                tx.commit()
                    .await
                    .inspect_err(|_| self.0.store.discard(&content))?;
                tracing::info!(message = %accepted.message, journey = %accepted.journey, "accepted");
                match straight {
                    Some(straight) => self.begin_straight(*straight),
                    None if waits => self.0.woken.notify_one(),
                    None => {}
                }
                Ok(accepted)
            }
            Err(fault) => {
                tracing::error!(error = %fault, "a message could not be accepted");
                self.0.store.discard(&content);
                Err(fault.into())
            }
        }
    }

    /// Puts a message into a write; `may_go_straight` where the write is this message's own, so that
    /// it can be tried as soon as that is durable.
    pub(crate) async fn accept_in(
        &self,
        tx: &mut Tx,
        message: NewMessage,
        may_go_straight: bool,
    ) -> Result<Taken, Fault> {
        let now = self.0.world.now();
        let NewMessage {
            journey,
            span,
            role,
            envelope,
            mut prefix,
            content,
            account,
            events,
        } = message;
        let id = self.0.store.next_message();
        let blob = tx.content(&content);
        let head = self.head_of(&content, blob).await;
        let Expanded {
            envelope,
            added,
            looping,
            told,
        } = self.expand(envelope, &head).await?;
        prefix.insert_str(0, &added);
        let length = prefix.len() as u64 + content.bytes();
        let accepted = Kind::Accepted {
            message: id.0,
            sender: envelope
                .sender
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            recipients: envelope
                .recipients
                .iter()
                .chain(&looping)
                .map(|r| r.address.to_string())
                .collect(),
            bytes: length,
            added: header_as_it_stands(&prefix, &head),
        };
        tx.tell(events);
        let alias = |why| Kind::Check {
            name: "alias".into(),
            verdict: Verdict::Pass,
            why,
        };
        tx.tell(
            told.into_iter()
                .map(|why| self.event(journey, span, None, role, now, alias(why))),
        );
        tx.tell([self.event(journey, span, None, role, now, accepted)]);
        let mut entry = Entry {
            id,
            journey,
            span,
            envelope,
            prefix,
            blob,
            bytes: length,
            arrived: now,
            attempts: 0,
            due: now,
            account,
            last: BTreeMap::new(),
            warned: false,
            held: false,
        };
        let mut settled = Settled::default();
        let loops = looping
            .iter()
            .map(|_| Outcome::Failed(Expanded::loop_reply(), None))
            .collect();
        settled.add(looping, loops);
        for (host, recipients) in by_host(&entry.envelope.recipients) {
            match self.way(&host).await? {
                // RFC 4865 §4: it waits here, also for our own mailboxes.
                Some(_) if entry.begun() > now => settled.wait(recipients),
                Some(way) if way.at_once() => {
                    let outcomes = self
                        .attempt(
                            tx,
                            &entry,
                            &way,
                            &host,
                            &recipients,
                            Body::fresh(blob, &content),
                        )
                        .await;
                    settled.add(recipients, outcomes);
                }
                Some(_) => settled.wait(recipients),
                // No way leads there: only a misconfiguration lets such a message come this far.
                None => {
                    let reply = Reply::new(550, (5, 4, 4), format!("no way leads to {host}"));
                    let outcomes = recipients
                        .iter()
                        .map(|_| Outcome::Failed(reply.clone(), None))
                        .collect();
                    settled.add(recipients, outcomes);
                }
            }
        }
        let waits = settled.concerns_the_queue();
        let place = if may_go_straight && entry.begun() <= now && settled.only_untried() {
            self.place_straight(id)
        } else {
            None
        };
        let lease = place.is_some().then(|| Lease {
            at: now + LEASE,
            id,
            owner: Some(self.0.store.opening()),
        });
        let settling = Settling {
            turn: None,
            lease,
            fresh: Some(&content),
            order: None,
        };
        self.settle(tx, &mut entry, settled, settling).await?;
        let at_hand = match content {
            Content::Small(bytes) => Some(bytes.into()),
            Content::Large { .. } => None,
        };
        let straight = place.zip(lease).map(|(place, turn)| {
            Box::new(Straight {
                turn,
                entry,
                at_hand,
                place: Some(place),
            })
        });
        Ok(Taken {
            accepted: Accepted {
                message: id,
                journey,
            },
            waits,
            straight,
        })
    }

    // The beginning of a content, for its header; empty where it cannot be read, since a picture is
    // not worth refusing a message.
    async fn head_of(&self, content: &Content, blob: store::BlobRef) -> Vec<u8> {
        Body::fresh(blob, content)
            .read(&self.0.store, 0, HEAD_BYTES_MAX)
            .await
            .unwrap_or_default()
    }

    pub(crate) async fn way(&self, host: &Host) -> Result<Way, Fault> {
        for way in &self.0.ways {
            if way.takes(host).await? {
                return Ok(Some(way.clone()));
            }
        }
        Ok(None)
    }

    // One attempt for the recipients of one host, told in the journey.
    pub(crate) async fn attempt(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        way: &Arc<dyn Transport>,
        host: &Host,
        recipients: &[Recipient],
        body: Body<'_>,
    ) -> Vec<Outcome> {
        let (now, span) = (self.0.world.now(), self.0.world.span());
        let number = entry.attempts + 1;
        let names = recipients.iter().map(|r| r.address.to_string()).collect();
        let kind = Kind::Attempt {
            number,
            domain: host.to_string(),
            recipients: names,
        };
        let begun = self.event(entry.journey, span, Some(entry.span), Role::Mta, now, kind);
        if body.fresh.is_some() {
            tx.tell([begun]);
        } else {
            // Told at once: an attempt may take minutes, and whoever follows the message sees it
            // begin.
            event::Sink::emit(self.0.store.journeys(), begun);
        }
        let job = Job {
            message: entry.id,
            journey: entry.journey,
            parent: entry.span,
            span,
            attempt: number,
            envelope: &entry.envelope,
            recipients,
            prefix: entry.prefix.as_bytes(),
            body,
            bytes: entry.bytes,
            arrived: entry.arrived,
            now,
        };
        let mut outcomes = way.deliver(&job, tx).await;
        // A way that answers too little is a bug of ours; the message waits rather than being lost.
        let missing = Reply::new(451, (4, 3, 0), "the delivery gave no answer");
        outcomes.resize(recipients.len(), Outcome::Deferred(missing, None));
        outcomes
    }
}

impl NewMessage {
    // What must be thrown away if the message is not taken: only a file outlives the attempt.
    fn content_handle(&self) -> Content {
        match &self.content {
            Content::Small(_) => Content::Small(Vec::new()),
            Content::Large {
                file,
                bytes: length,
            } => Content::Large {
                file: *file,
                bytes: *length,
            },
        }
    }
}

/// Recipients in groups of one host, hosts in their order of appearance.
pub(crate) fn by_host(recipients: &[Recipient]) -> Vec<(Host, Vec<Recipient>)> {
    let mut groups: Vec<(Host, Vec<Recipient>)> = Vec::new();
    for recipient in recipients {
        match groups
            .iter_mut()
            .find(|(host, _)| host == recipient.address.host())
        {
            Some((_, group)) => group.push(recipient.clone()),
            None => groups.push((recipient.address.host().clone(), vec![recipient.clone()])),
        }
    }
    groups
}

// How much of a header the picture shows: octets read, fields, characters of each.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = 40;
const FIELD_CHARS_MAX: usize = 300;

// Header fields one by one, each on one line, those of this host first.
fn header_as_it_stands(prefix: &str, head: &[u8]) -> Vec<String> {
    let ours = mime::fields(prefix.as_bytes());
    let theirs = mime::fields(head);
    let line = |f: mime::Field<'_>| {
        let mut line = format!("{}: {}", f.name, f.text().trim());
        // Most have fewer octets already.
        if line.len() > FIELD_CHARS_MAX
            && let Some((end, _)) = line.char_indices().nth(FIELD_CHARS_MAX)
        {
            line.truncate(end);
        }
        line
    };
    // A hidden receiver stays hidden, whatever a message's header says.
    ours.chain(theirs)
        .filter(|f| !f.is("Bcc"))
        .take(FIELDS_MAX)
        .map(line)
        .collect()
}
