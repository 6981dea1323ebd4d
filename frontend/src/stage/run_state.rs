//! Folds all steps into the state of a run. Checkpoints are kept at regular intervals, so that any
//! position of a long run can be computed from the nearest checkpoint before it.

use super::model::RunState;
use super::model::{MessageState, StepKind, Timeline};
use super::topology::unreachable_host;
use event::Kind;
use std::sync::Arc;

/// Steps between checkpoints: at most this many are replayed for any position.
pub const CHECKPOINT_STEPS: usize = 32;

impl RunState {
    fn new(timeline: &Timeline) -> RunState {
        let message_states = (0..timeline.messages.len())
            .map(|message| Arc::new(MessageState::new(timeline, message)))
            .collect();
        let connections = timeline.connections.len();
        let mut visited = vec![false; timeline.topology.agents.len()];
        // The message of a single journey is at its origin before the first step.
        if let ([only], Some(_)) = (timeline.messages.as_slice(), timeline.steps.first())
            && let Some(origin) = only.origin
        {
            visited[origin] = true;
        }
        RunState {
            message_states,
            visited,
            sealed: vec![false; connections],
            ended: vec![false; connections],
            unreachable: vec![false; timeline.topology.hosts.len()],
            ..RunState::default()
        }
    }

    /// The states after 0, [`CHECKPOINT_STEPS`], 2 × [`CHECKPOINT_STEPS`], … steps.
    pub(super) fn checkpoints(timeline: &Timeline) -> Vec<RunState> {
        let mut state = RunState::new(timeline);
        let mut checkpoints = vec![state.clone()];
        while state.steps < timeline.len() {
            state.step(timeline);
            if state.steps.is_multiple_of(CHECKPOINT_STEPS) {
                checkpoints.push(state.clone());
            }
        }
        checkpoints
    }

    /// The state after the step at a position.
    pub(super) fn at(timeline: &Timeline, checkpoints: &[RunState], position: usize) -> RunState {
        let wanted = (position + 1).min(timeline.len());
        let mut state = checkpoints
            .get(wanted / CHECKPOINT_STEPS)
            .cloned()
            .unwrap_or_default();
        while state.steps < wanted {
            state.step(timeline);
        }
        state
    }

    fn step(&mut self, timeline: &Timeline) {
        let i = self.steps;
        self.steps += 1;
        let step = timeline.steps[i];
        let ends = step.connection.map(|t| {
            [
                timeline.connections[t].client_agent,
                timeline.connections[t].server_agent,
            ]
        });
        for agent in ends.into_iter().flatten().chain(step.agent) {
            self.visited[agent] = true;
        }
        self.connection = step.connection.or(self.connection);
        self.message = step.message.or(self.message);
        let StepKind::Event(number) = step.kind else {
            return;
        };
        if let Kind::Unreachable { peer, .. } = &timeline.events[number].kind
            && let Some(host) = timeline.topology.host_named(&unreachable_host(peer))
        {
            self.unreachable[host] = true;
        }
        if let Some(connection) = step.connection {
            let server = timeline.connections[connection].server_agent;
            self.unreachable[timeline.topology.agents[server].host] = false;
            match &timeline.events[number].kind {
                Kind::Tls(_) | Kind::Line { sealed: true, .. } => self.sealed[connection] = true,
                Kind::Closed { .. } => self.ended[connection] = true,
                _ => {}
            }
        }
        if let Some(message_state) = step.message.and_then(|l| self.message_states.get_mut(l)) {
            Arc::make_mut(message_state).step(timeline, i);
        }
    }
}
