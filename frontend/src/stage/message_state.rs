//! Folds the steps into the state of one message: where each recipient's copy is, which host is
//! responsible for it, the envelope, and the growing header. Knows nothing of the presentation.

mod protocol;
mod wires;

use super::message_source;
use super::model::{AgentId, HostId, Step, StepKind, Timeline};
use super::model::{Copy, CopyStatus, Field, Location, MessageState, Postmark, PostmarkKind};
use event::{Kind, Role};
use mail::Time;

pub(super) use protocol::path_in;
pub use protocol::refuses;
pub(super) use wires::{mailbox_agent, reverse_path, wires};

/// Maximum number of copies of one message that are tracked; beyond it, duplicates are not drawn
/// separately. More than the allowed number of recipients.
pub const COPIES_MAX: usize = 2000;

impl MessageState {
    /// A message before its first step.
    pub(super) fn new(timeline: &Timeline, message: usize) -> MessageState {
        let Some(tracked) = timeline.messages.get(message) else {
            return MessageState::default();
        };
        let copy = |(i, recipient): (usize, &String)| {
            // A recipient added by an alias or by forwarding has no copy at the origin.
            let there = tracked.origin.filter(|_| i < tracked.addressed);
            Copy {
                recipient: recipient.clone(),
                location: there.map_or(Location::Unknown, Location::In),
                responsible: there,
                status: CopyStatus::InTransit,
                attempts: 0,
                since: None,
                last_reply: None,
                carried: None,
            }
        };
        MessageState {
            copies: tracked.recipients.iter().enumerate().map(copy).collect(),
            ..MessageState::default()
        }
    }

    /// The state of the first message after the step at a position.
    pub fn at(timeline: &Timeline, position: usize) -> MessageState {
        timeline
            .state(position)
            .message_states
            .first()
            .map(|c| MessageState::clone(c))
            .unwrap_or_default()
    }

    /// Applies a step of this message.
    pub(super) fn step(&mut self, timeline: &Timeline, i: usize) {
        let step = timeline.steps[i];
        let StepKind::Event(number) = step.kind else {
            return;
        };
        let event = &timeline.events[number];
        match &event.kind {
            Kind::Line { speaker, text, .. } => self.line(timeline, i, *speaker, text),
            Kind::Accepted {
                sender,
                recipients,
                added,
                ..
            } => {
                self.sender = Some(sender.clone());
                self.accepted(timeline, i, recipients);
                self.grow(added, i);
            }
            Kind::Attempt {
                recipients, number, ..
            } => self.attempted(timeline, i, recipients, *number),
            Kind::Deferred {
                recipient,
                next,
                reply,
                cause,
            } => {
                self.duplicate_copy(timeline, recipient, step.agent);
                self.update_copy(timeline, recipient, step, PostmarkKind::Deferred, |copy| {
                    copy.status = CopyStatus::Deferred(*next);
                    copy.last_reply = Some((reply.clone(), cause.clone()));
                    copy.attempts = copy.attempts.max(1);
                });
            }
            Kind::Relayed {
                recipient, host, ..
            } => self.relayed(timeline, i, recipient, host),
            Kind::Delivered {
                recipient, mailbox, ..
            } => {
                if event.role == Role::Mda && !event.claimed {
                    self.add_return_path(i);
                }
                let owed = self.content.is_some();
                self.update_copy(timeline, recipient, step, PostmarkKind::Delivered, |copy| {
                    copy.status = CopyStatus::Delivered(mailbox.clone());
                    if !owed {
                        copy.responsible = step.agent;
                    }
                });
            }
            Kind::Bounced {
                recipient,
                reply,
                notice,
                ..
            } => {
                self.update_copy(timeline, recipient, step, PostmarkKind::Bounced, |copy| {
                    copy.status = CopyStatus::Bounced(reply.clone(), *notice);
                    copy.responsible = None;
                });
            }
            Kind::Fetched { by, .. } => {
                if let Some(reader) = step.agent {
                    self.retrieved_copies(by, |copy| {
                        copy.location = Location::In(reader);
                        copy.status = CopyStatus::Read;
                    });
                }
            }
            _ => {}
        }
    }

    /// RFC 5321 §4.2.5: a host becomes responsible once it has accepted the message; if a
    /// connection transferred it, with the reply to the content.
    fn accepted(&mut self, timeline: &Timeline, i: usize, recipients: &[String]) {
        let step = timeline.steps[i];
        let Some(agent) = step.agent else {
            return;
        };
        let owed = self.content.is_some() && self.content == step.connection;
        let carried = owed && self.copies.iter().any(|c| c.carried == step.connection);
        if carried {
            self.forward(step.connection, recipients);
        }
        self.each(timeline, None, recipients, |copy| {
            if carried && copy.carried != step.connection {
                return;
            }
            copy.location = Location::In(agent);
            (copy.since, copy.attempts, copy.last_reply) = (Some(step.at), 0, None);
            copy.status = CopyStatus::InTransit;
            if !owed {
                copy.responsible = Some(agent);
            }
        });
        self.stamp(PostmarkKind::Accepted, agent, step.at);
    }

    /// Moves the copies of a transaction from the recipients that RCPT named to those that the host
    /// accepted in their place, by an alias or a forwarding rule.
    fn forward(&mut self, connection: Option<usize>, accepted: &[String]) {
        let replaced = |c: &Copy| {
            c.carried == connection
                && !c.recipient.is_empty()
                && !accepted.iter().any(|r| c.is_of(r))
        };
        let Some(from) = self.copies.iter().find(|c| replaced(c)).cloned() else {
            return;
        };
        for copy in &mut self.copies {
            if replaced(copy) {
                copy.status = CopyStatus::Forwarded(accepted.to_vec());
                copy.location = Location::Unknown;
                (copy.responsible, copy.carried) = (None, None);
            } else if copy.location == Location::Unknown && accepted.iter().any(|r| copy.is_of(r)) {
                copy.status = CopyStatus::InTransit;
                copy.location = from.location;
                (copy.responsible, copy.carried) = (from.responsible, from.carried);
            }
        }
    }

    fn attempted(&mut self, timeline: &Timeline, i: usize, recipients: &[String], number: u32) {
        let agent = timeline.steps[i].agent;
        self.each(timeline, host_of(timeline, agent), recipients, |copy| {
            copy.status = CopyStatus::InTransit;
            copy.attempts = number;
            if let Some(agent) = agent {
                copy.location = Location::In(agent);
                copy.responsible = copy.responsible.or(Some(agent));
            }
        });
    }

    /// The client reports that the next host accepted the message. If that host recorded events
    /// itself, its own record takes precedence.
    fn relayed(&mut self, timeline: &Timeline, i: usize, recipient: &str, host: &str) {
        let step = timeline.steps[i];
        let there = timeline.topology.agent_at(host, Role::Mta).or_else(|| {
            step.connection
                .map(|t| timeline.connections[t].server_agent)
        });
        let known = there
            .is_some_and(|r| timeline.topology.hosts[timeline.topology.agents[r].host].recorded);
        let gone = self.copies.iter().any(|c| {
            c.is_of(recipient)
                && c.responsible.is_some()
                && c.at_host(timeline) != host_of(timeline, step.agent)
        });
        if known && gone {
            return;
        }
        self.update_copy(
            timeline,
            recipient,
            Step {
                agent: there,
                ..step
            },
            PostmarkKind::Delivered,
            |copy| {
                copy.status = CopyStatus::Relayed(host.to_owned());
                copy.responsible = there;
            },
        );
    }

    /// The next host has accepted the message, but its reply was lost and the client keeps its
    /// copy: from now on there are two (RFC 1047).
    fn duplicate_copy(&mut self, timeline: &Timeline, recipient: &str, agent: Option<AgentId>) {
        let Some(here) = host_of(timeline, agent) else {
            return;
        };
        let far = |c: &Copy| {
            c.is_of(recipient)
                && c.since.is_some()
                && c.at_host(timeline).is_some_and(|h| h != here)
        };
        let held = |c: &Copy| c.responsible.map(|r| timeline.topology.agents[r].host) == Some(here);
        if self.copies.len() >= COPIES_MAX {
            return;
        }
        let Some(copy) = self.copies.iter_mut().find(|c| far(c) && held(c)) else {
            return;
        };
        let kept = Copy {
            location: agent.map_or(Location::Unknown, Location::In),
            ..copy.clone()
        };
        copy.responsible = match copy.location {
            Location::In(there) => Some(there),
            _ => None,
        };
        copy.carried = None;
        self.copies.push(kept);
    }

    /// Applies `f` to the copies of some recipients; if a recipient has several, only to the one at
    /// `host`, if there is one.
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
        // Evaluated only for the given recipients: a message may have a thousand.
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

    fn update_copy(
        &mut self,
        timeline: &Timeline,
        recipient: &str,
        Step { agent, at, .. }: Step,
        stamp: PostmarkKind,
        mut f: impl FnMut(&mut Copy),
    ) {
        let host = host_of(timeline, agent);
        self.each(
            timeline,
            host,
            std::slice::from_ref(&recipient.to_owned()),
            |copy| {
                if let Some(agent) = agent {
                    copy.location = Location::In(agent);
                }
                if matches!(stamp, PostmarkKind::Deferred | PostmarkKind::Bounced) {
                    copy.carried = None;
                }
                f(copy);
            },
        );
        if let Some(agent) = agent {
            self.stamp(stamp, agent, at);
        }
    }

    /// Applies `f` to the copy delivered to a reader's account or, if no recipient has that name
    /// (an alias), to every delivered copy.
    fn retrieved_copies(&mut self, account: &str, mut f: impl FnMut(&mut Copy)) {
        let mine = |c: &Copy| super::topology::same_name(&c.recipient, account);
        let named = self.copies.iter().any(mine);
        for copy in &mut self.copies {
            let here = matches!(copy.status, CopyStatus::Delivered(_) | CopyStatus::Read);
            if here && (!named || mine(copy)) {
                f(copy);
            }
        }
    }

    /// RFC 5321 §4.4: final delivery prepends Return-Path with the envelope sender.
    fn add_return_path(&mut self, i: usize) {
        let Some(sender) = &self.sender else {
            return;
        };
        let field = format!("Return-Path: <{sender}>");
        if self.header.first().is_none_or(|top| top.text != field) {
            self.grow(&[field], i);
        }
    }

    fn stamp(&mut self, stamp: PostmarkKind, agent: AgentId, at: Time) {
        self.postmarks
            .retain(|p| p.agent != agent || p.stamp != stamp);
        self.postmarks.push(Postmark { stamp, agent, at });
    }

    /// Updates the header with the fields that a host recorded, marking new ones as added by it.
    fn grow(&mut self, fields: &[String], i: usize) {
        if fields.is_empty() {
            return;
        }
        // RFC 5322 §3.6: every header has From; a list without it contains only the added fields.
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
        let first_header = self.header.is_empty();
        let traces = fields
            .iter()
            .take_while(|f| message_source::is_trace(f))
            .count();
        let mut old = std::mem::take(&mut self.header);
        for (place, text) in fields.iter().enumerate() {
            let known = old
                .iter()
                .position(|o| o.text == *text)
                .map(|at| old.remove(at).added);
            let added = known.unwrap_or(if !first_header || place < traces {
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

    /// Where the envelope is drawn: on its way until the reply that transfers responsibility, also
    /// while the server already stores or delivers the message (RFC 5321 §4.2.5).
    pub(super) fn drawn_at(&self, timeline: &Timeline) -> Location {
        let (Location::In(agent), Some(number)) = (self.location, self.carried) else {
            return self.location;
        };
        let connection = &timeline.connections[number];
        let (client, server) = (connection.client_agent, connection.server_agent);
        let is_at_server = host_of(timeline, Some(agent)) == host_of(timeline, Some(server));
        if is_at_server && host_of(timeline, self.responsible) == host_of(timeline, Some(client)) {
            Location::Between(client, server)
        } else {
            self.location
        }
    }

    fn at_host(&self, timeline: &Timeline) -> Option<HostId> {
        match self.location {
            Location::In(agent) | Location::Between(agent, _) => host_of(timeline, Some(agent)),
            Location::Unknown => None,
        }
    }
}

fn host_of(timeline: &Timeline, agent: Option<AgentId>) -> Option<HostId> {
    agent.map(|r| timeline.topology.agents[r].host)
}
