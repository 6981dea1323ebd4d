//! Builds the steps of a timeline, groups them into exchanges and hops, and marks the notable ones.
//! Does not decide how long a step is shown.

use super::{WAIT_IN_CONNECTION_MIN, WAIT_MIN};
use crate::stage::message_state;
use crate::stage::model::AgentId;
use crate::stage::model::{Step, StepKind, Timeline};
use crate::stage::topology;
use event::{Event, Kind, Role, Verdict};
use mail::session::Speaker;
use mail::{SpanId, Time};

impl Timeline {
    /// Builds a step for each event and for each long wait between two; returns the position of
    /// each event.
    pub(super) fn make_steps(
        &mut self,
        times: &[Time],
        message_of: &[Option<usize>],
    ) -> Vec<usize> {
        let mut positions = Vec::with_capacity(self.events.len());
        let mut before: Option<(Time, Option<usize>)> = None;
        for (i, event) in self.events.iter().enumerate() {
            let connection = self.connection_of[i];
            let at = times[i];
            if let Some((earlier, last_connection)) = before {
                let least = if connection.is_some() && connection == last_connection {
                    WAIT_IN_CONNECTION_MIN
                } else {
                    WAIT_MIN
                };
                let idle = at.since(earlier);
                if idle >= least {
                    let still = self.steps.last().and_then(|s| s.agent);
                    self.steps.push(Step {
                        kind: StepKind::Wait(idle),
                        at,
                        connection: None,
                        agent: still,
                        message: None,
                        exchange: 0,
                        notable: false,
                    });
                }
            }
            // An event out of order does not make time pass twice.
            before = Some((
                before.map_or(at, |(earlier, _)| earlier.max(at)),
                connection,
            ));
            let agent = self.acting_agent(event, connection);
            positions.push(self.steps.len());
            self.steps.push(Step {
                kind: StepKind::Event(i),
                at,
                connection,
                agent,
                message: message_of[i],
                exchange: 0,
                notable: notable(event),
            });
        }
        positions
    }

    fn acting_agent(&self, event: &Event, connection: Option<usize>) -> Option<AgentId> {
        let connection = connection.map(|t| &self.connections[t]);
        match &event.kind {
            Kind::Line { speaker, .. } => connection.map(|t| t.agent(*speaker)),
            Kind::Connect { .. } => connection.map(|t| t.client_agent),
            Kind::Fetched { by: account, .. } | Kind::Pushed { to: account, .. } => connection
                .map(|t| t.client_agent)
                .filter(|agent| self.topology.agents[*agent].role == Role::Mua)
                .or_else(|| self.topology.reader(account)),
            _ => {
                let role = topology::acting_role(event, connection);
                role.and_then(|r| self.topology.agent_at(&event.host, r))
                    .or(connection.map(|t| t.client_agent))
            }
        }
    }

    /// Groups steps into exchanges. An exchange begins with a client's line and ends where the next
    /// begins. Everything between a command and its reply belongs to it, also at other agents;
    /// pipelined commands (RFC 2920) share one.
    pub(super) fn group_exchanges(&mut self) {
        let (mut exchange, mut open): (usize, Option<OpenExchange>) = (0, None);
        for i in 0..self.steps.len() {
            let step = self.steps[i];
            let kind = self.event(i).map(|e| &e.kind);
            let line = match kind {
                Some(Kind::Line { speaker, .. }) => Some(*speaker),
                _ => None,
            };
            let joins = match (&open, line, kind) {
                (Some(o), Some(Speaker::Server), _) => {
                    o.connection == step.connection
                        && (!o.is_answered || self.steps[i - 1].connection == step.connection)
                }
                (Some(o), Some(Speaker::Client), _) => {
                    o.connection == step.connection && o.only_asked
                }
                (
                    Some(_),
                    None,
                    None | Some(Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }),
                ) => false,
                (Some(o), None, Some(_)) => !o.is_answered && o.connection.is_some(),
                (None, ..) => false,
            };
            if !joins {
                exchange += usize::from(i > 0);
                // After Connect, only the greeting belongs to the exchange; after a command,
                // everything up to its reply.
                let connects = matches!(kind, Some(Kind::Connect { .. }));
                let speaks = connects || line.is_some();
                open = Some(OpenExchange {
                    connection: step.connection.filter(|_| speaks),
                    is_answered: connects,
                    only_asked: false,
                });
            }
            if let Some(o) = &mut open {
                o.is_answered |= line == Some(Speaker::Server);
                o.only_asked = line == Some(Speaker::Client);
            }
            self.steps[i].exchange = exchange;
        }
        self.exchanges = if self.steps.is_empty() {
            0
        } else {
            exchange + 1
        };
    }

    /// Groups steps into hops. A hop begins where a connection or an attempt first occurs.
    pub(super) fn group_hops(&mut self) {
        let mut seen: Vec<(Option<usize>, Option<SpanId>)> = Vec::new();
        for i in 0..self.steps.len() {
            let Some(event) = self.event(i) else { continue };
            let connection = self.steps[i].connection;
            let hop = (
                connection,
                if connection.is_none() {
                    Some(event.span)
                } else {
                    None
                },
            );
            if !seen.contains(&hop) {
                seen.push(hop);
                self.hop_starts.push(i);
            }
        }
    }
}

/// The exchange being built.
struct OpenExchange {
    connection: Option<usize>,
    is_answered: bool,
    only_asked: bool,
}

/// Whether an event is notable: TLS, decisions, rejections, deliveries.
fn notable(event: &Event) -> bool {
    match &event.kind {
        Kind::Unreachable { .. }
        | Kind::Tls(_)
        | Kind::Accepted { .. }
        | Kind::Deferred { .. }
        | Kind::Relayed { .. }
        | Kind::Delivered { .. }
        | Kind::Bounced { .. }
        | Kind::Fetched { .. }
        | Kind::Pushed { .. } => true,
        Kind::Attempt { number, .. } => *number > 1,
        Kind::Check { verdict, .. } => *verdict == Verdict::Fail,
        Kind::Dns { answer, .. } => answer.is_err(),
        Kind::Line { speaker, text, .. } => {
            *speaker == Speaker::Server && message_state::refuses(text)
        }
        Kind::Connect { .. } | Kind::Closed { .. } | Kind::Unknown => false,
    }
}
