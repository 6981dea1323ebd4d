//! What becomes of a message, step by step: where each receiver's copy is, who is responsible for
//! it, the envelope as it is spoken, the header as it grows. A fold over the steps; does not know
//! how any of it looks.

mod spoken;
mod ways;

use super::message;
use super::places::{HostId, RoomId};
use super::timeline::{Timeline, What};
use event::Kind;
use mail::{JourneyId, Reply, Time};
use std::collections::VecDeque;

pub(super) use spoken::path_in;
pub use spoken::refuses;
pub(super) use ways::{mailbox_room, wires, writer};

/// Copies of one message that are told apart; what is doubled beyond them is not drawn twice. More
/// than any message may have recipients.
pub const COPIES_MAX: usize = 2000;

/// Where a copy of the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// Nowhere that we know.
    Unknown,
    /// In a room.
    In(RoomId),
    /// On the wire from one room to another: the one still has it, the other has not said 250.
    Between(RoomId, RoomId),
}

/// What has become of it for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// On its way.
    UnderWay,
    /// In the queue until then.
    Waiting(Time),
    /// Another host answers for it now.
    Relayed(String),
    /// In this mailbox.
    Delivered(String),
    /// Given up, with the final word and the journey of the notice.
    Returned(Reply, Option<JourneyId>),
    /// Its reader took it.
    Read,
}

/// One receiver's copy. There may be two for one receiver: where a host took the message and its
/// client never heard the 250 (RFC 1047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// For whom.
    pub recipient: String,
    /// Where.
    pub spot: Spot,
    /// Who answers for it; nobody once it was given up.
    pub baton: Option<RoomId>,
    /// What became of it.
    pub fate: Fate,
    /// How often its present host has tried to hand it on.
    pub tries: u32,
    /// When its present host took it.
    pub since: Option<Time>,
    /// Why it waits: what was said at the last try.
    pub word: Option<Reply>,
    /// The conversation in which its content was announced (354) and not yet answered for.
    carried: Option<usize>,
}

/// A postmark put on in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postmark {
    /// Which.
    pub stamp: Stamp,
    /// Where.
    pub room: RoomId,
    /// When.
    pub at: Time,
}

/// The four postmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// Responsibility was taken.
    Accepted,
    /// In the queue.
    Waiting,
    /// In the mailbox, or with the next host.
    Delivered,
    /// Given up.
    Returned,
}

/// A field of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `Name: value`, folded as on the wire.
    pub text: String,
    /// The step that added it, if it was added on the way.
    pub added: Option<usize>,
}

/// The message after some steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// A copy for each receiver, in the order in which the message's [`super::post::Post`] names
    /// them; later come doubles.
    pub copies: Vec<Copy>,
    /// MAIL FROM as last spoken, without brackets; none before it was.
    pub sender: Option<String>,
    /// RCPT TO as spoken in the conversation that was last heard: taken, refused, or not answered
    /// yet.
    pub asked: Vec<(String, Option<bool>)>,
    /// The header as far as anybody has shown it.
    pub header: Vec<Field>,
    /// Postmarks, the newest last.
    pub postmarks: Vec<Postmark>,
    /// The wire over which content was announced (354) and not yet answered for.
    content: Option<usize>,
    /// Whose MAIL and RCPT `asked` tells.
    envelope_of: Option<usize>,
    /// Commands that wait for their replies, oldest first (RFC 2920 §3.1).
    pending: VecDeque<Pending>,
}

/// A command that waits for its reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pending {
    /// For RCPT: which receiver.
    rcpt: Option<usize>,
    /// For BDAT (RFC 3030 §2): whether it is the last chunk.
    last_chunk: Option<bool>,
}

impl Course {
    /// A message before its first step.
    pub(super) fn new(timeline: &Timeline, message: usize) -> Course {
        let Some(post) = timeline.messages.get(message) else {
            return Course::default();
        };
        let copy = |(i, recipient): (usize, &String)| {
            // Who comes by an alias or by forwarding is not there from the beginning.
            let there = post.origin.filter(|_| i < post.addressed);
            Copy {
                recipient: recipient.clone(),
                spot: there.map_or(Spot::Unknown, Spot::In),
                baton: there,
                fate: Fate::UnderWay,
                tries: 0,
                since: None,
                word: None,
                carried: None,
            }
        };
        Course {
            copies: post.recipients.iter().enumerate().map(copy).collect(),
            ..Course::default()
        }
    }

    /// The first message at a position: everything up to and with that step has happened.
    pub fn at(timeline: &Timeline, position: usize) -> Course {
        timeline
            .state(position)
            .courses
            .first()
            .map(|c| Course::clone(c))
            .unwrap_or_default()
    }

    /// Makes a step of this message.
    pub(super) fn step(&mut self, timeline: &Timeline, i: usize) {
        let step = timeline.steps[i];
        let What::Event(number) = step.what else {
            return;
        };
        let event = &timeline.events[number];
        let here = step.room.map(|r| timeline.places.rooms[r].host);
        match &event.kind {
            Kind::Line { speaker, text, .. } => self.line(timeline, i, *speaker, text),
            Kind::Accepted {
                sender,
                recipients,
                added,
                ..
            } => {
                self.sender = Some(sender.clone());
                // RFC 5321 §4.2.5: who took it answers for it once it has said so. Where a
                // conversation brought it, that is the reply to the content.
                let owed = self.content.is_some() && self.content == step.talk;
                if let Some(room) = step.room {
                    let carried = owed && self.copies.iter().any(|c| c.carried == step.talk);
                    self.each(timeline, None, recipients, |copy| {
                        if carried && copy.carried != step.talk {
                            return;
                        }
                        copy.spot = Spot::In(room);
                        (copy.since, copy.tries, copy.word) = (Some(step.at), 0, None);
                        copy.fate = Fate::UnderWay;
                        if !owed {
                            copy.baton = Some(room);
                        }
                    });
                    self.stamp(Stamp::Accepted, room, step.at);
                }
                self.grow(added, i);
            }
            Kind::Attempt {
                recipients, number, ..
            } => self.each(timeline, here, recipients, |copy| {
                copy.fate = Fate::UnderWay;
                copy.tries = *number;
                if let Some(room) = step.room {
                    copy.spot = Spot::In(room);
                    copy.baton = copy.baton.or(Some(room));
                }
            }),
            Kind::Deferred {
                recipient,
                next,
                reply,
            } => {
                self.fork(timeline, recipient, step.room);
                self.settle(
                    timeline,
                    recipient,
                    step.room,
                    step.at,
                    Stamp::Waiting,
                    |copy| {
                        copy.fate = Fate::Waiting(*next);
                        copy.word = Some(reply.clone());
                        copy.tries = copy.tries.max(1);
                    },
                );
            }
            Kind::Relayed {
                recipient, host, ..
            } => self.relayed(timeline, i, recipient, host),
            Kind::Delivered {
                recipient, mailbox, ..
            } => {
                let owed = self.content.is_some();
                self.settle(
                    timeline,
                    recipient,
                    step.room,
                    step.at,
                    Stamp::Delivered,
                    |copy| {
                        copy.fate = Fate::Delivered(mailbox.clone());
                        if !owed {
                            copy.baton = step.room;
                        }
                    },
                );
            }
            Kind::Bounced {
                recipient,
                reply,
                notice,
            } => {
                self.settle(
                    timeline,
                    recipient,
                    step.room,
                    step.at,
                    Stamp::Returned,
                    |copy| {
                        copy.fate = Fate::Returned(reply.clone(), *notice);
                        copy.baton = None;
                    },
                );
            }
            Kind::Fetched { by, .. } => {
                if let Some(reader) = step.room {
                    self.readers_copy(by, |copy| {
                        copy.spot = Spot::In(reader);
                        copy.fate = Fate::Read;
                    });
                }
            }
            _ => {}
        }
    }

    /// The client tells that the next host took it. Where that host tells its own story, that is
    /// the truer one.
    fn relayed(&mut self, timeline: &Timeline, i: usize, recipient: &str, host: &str) {
        let step = timeline.steps[i];
        let there = timeline
            .places
            .room_at(host, event::Role::Mta)
            .or_else(|| step.talk.map(|t| timeline.talks[t].server_room));
        let known =
            there.is_some_and(|r| timeline.places.hosts[timeline.places.rooms[r].host].recorded);
        let gone = self.copies.iter().any(|c| {
            c.is_of(recipient)
                && c.baton.is_some()
                && c.at_host(timeline) != host_of(timeline, step.room)
        });
        if known && gone {
            return;
        }
        self.settle(
            timeline,
            recipient,
            there,
            step.at,
            Stamp::Delivered,
            |copy| {
                copy.fate = Fate::Relayed(host.to_owned());
                copy.baton = there;
            },
        );
    }

    /// Its next host has it, but the client never heard so and keeps its own: from now on there are
    /// two (RFC 1047).
    fn fork(&mut self, timeline: &Timeline, recipient: &str, room: Option<RoomId>) {
        let Some(here) = host_of(timeline, room) else {
            return;
        };
        let far = |c: &Copy| {
            c.is_of(recipient)
                && c.since.is_some()
                && c.at_host(timeline).is_some_and(|h| h != here)
        };
        let held = |c: &Copy| c.baton.map(|r| timeline.places.rooms[r].host) == Some(here);
        if self.copies.len() >= COPIES_MAX {
            return;
        }
        let Some(copy) = self.copies.iter_mut().find(|c| far(c) && held(c)) else {
            return;
        };
        let kept = Copy {
            spot: room.map_or(Spot::Unknown, Spot::In),
            ..copy.clone()
        };
        copy.baton = match copy.spot {
            Spot::In(there) => Some(there),
            _ => None,
        };
        self.copies.push(kept);
    }

    /// The copies of some recipients; where one has several, that of a host if one lies there.
    fn each(
        &mut self,
        timeline: &Timeline,
        host: Option<HostId>,
        recipients: &[String],
        mut f: impl FnMut(&mut Copy),
    ) {
        let meant =
            |copy: &Copy| copy.recipient.is_empty() || recipients.iter().any(|r| copy.is_of(r));
        let double =
            |copy: &Copy, all: &[Copy]| all.iter().filter(|c| c.is_of(&copy.recipient)).count() > 1;
        // Only of those that are meant is more asked: a message may have a thousand recipients.
        let elsewhere =
            |c: &Copy| host.is_some() && c.at_host(timeline) != host && double(c, &self.copies);
        let other_here = |c: &Copy| {
            self.copies
                .iter()
                .any(|o| o.is_of(&c.recipient) && o.at_host(timeline) == host)
        };
        let fits: Vec<bool> = self
            .copies
            .iter()
            .map(|c| meant(c) && !(elsewhere(c) && other_here(c)))
            .collect();
        for (copy, fits) in self.copies.iter_mut().zip(fits) {
            if fits {
                f(copy);
            }
        }
    }

    fn settle(
        &mut self,
        timeline: &Timeline,
        recipient: &str,
        room: Option<RoomId>,
        at: Time,
        stamp: Stamp,
        mut f: impl FnMut(&mut Copy),
    ) {
        let host = host_of(timeline, room);
        self.each(
            timeline,
            host,
            std::slice::from_ref(&recipient.to_owned()),
            |copy| {
                if let Some(room) = room {
                    copy.spot = Spot::In(room);
                }
                if matches!(stamp, Stamp::Waiting | Stamp::Returned) {
                    copy.carried = None;
                }
                f(copy);
            },
        );
        if let Some(room) = room {
            self.stamp(stamp, room, at);
        }
    }

    /// The copy that a reader's account holds: its own, or where no receiver has its name (an
    /// alias), each that lies delivered.
    fn readers_copy(&mut self, account: &str, mut f: impl FnMut(&mut Copy)) {
        let mine = |c: &Copy| super::places::same_name(&c.recipient, account);
        let named = self.copies.iter().any(mine);
        for copy in &mut self.copies {
            let here = matches!(copy.fate, Fate::Delivered(_) | Fate::Read);
            if here && (!named || mine(copy)) {
                f(copy);
            }
        }
    }

    fn stamp(&mut self, stamp: Stamp, room: RoomId, at: Time) {
        self.postmarks
            .retain(|p| p.room != room || p.stamp != stamp);
        self.postmarks.push(Postmark { stamp, room, at });
    }

    /// Takes the header as a host shows it; what was not there before, it added.
    fn grow(&mut self, fields: &[String], i: usize) {
        if fields.is_empty() {
            return;
        }
        // RFC 5322 §3.6: every header has From; a list without one is only what was added.
        let whole = fields.iter().any(|f| {
            f.get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case("from:"))
        });
        if !whole {
            let added = fields.iter().map(|text| Field {
                text: text.clone(),
                added: Some(i),
            });
            self.header.splice(0..0, added);
            return;
        }
        let first_sight = self.header.is_empty();
        let traces = fields.iter().take_while(|f| message::is_trace(f)).count();
        let mut old = std::mem::take(&mut self.header);
        for (place, text) in fields.iter().enumerate() {
            let known = old
                .iter()
                .position(|o| o.text == *text)
                .map(|at| old.remove(at).added);
            let added = known.unwrap_or(if !first_sight || place < traces {
                Some(i)
            } else {
                None
            });
            self.header.push(Field {
                text: text.clone(),
                added,
            });
        }
    }
}

impl Copy {
    fn is_of(&self, recipient: &str) -> bool {
        self.recipient.eq_ignore_ascii_case(recipient)
    }

    fn at_host(&self, timeline: &Timeline) -> Option<HostId> {
        match self.spot {
            Spot::In(room) | Spot::Between(room, _) => host_of(timeline, Some(room)),
            Spot::Unknown => None,
        }
    }
}

fn host_of(timeline: &Timeline, room: Option<RoomId>) -> Option<HostId> {
    room.map(|r| timeline.places.rooms[r].host)
}
