//! Everything that is so after a step: each message's course, which rooms have had a part, which
//! conversations are sealed. Steps are folded once; every so many the result is kept, so that any
//! point of a long run is reached from the nearest one before it.

use super::course::Course;
use super::timeline::{Timeline, What};
use event::Kind;
use std::sync::Arc;

/// A state is kept after so many steps: at most these are made anew for any position.
pub const EVERY: usize = 32;

/// What is so after a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// How many steps have been made.
    pub steps: usize,
    /// The course of each message.
    pub courses: Vec<Arc<Course>>,
    /// Rooms that have had a part so far, by number.
    pub visited: Vec<bool>,
    /// Conversations that are sealed by TLS, by number.
    pub sealed: Vec<bool>,
    /// Conversations that have ended, by number.
    pub ended: Vec<bool>,
    /// The conversation that was heard last.
    pub talk: Option<usize>,
    /// The message that was spoken of last.
    pub message: Option<usize>,
}

impl State {
    fn new(timeline: &Timeline) -> State {
        let courses = (0..timeline.messages.len())
            .map(|message| Arc::new(Course::new(timeline, message)))
            .collect();
        let talks = timeline.talks.len();
        let mut visited = vec![false; timeline.places.rooms.len()];
        // A journey's message stands at its beginning before anything is said.
        if let ([only], Some(_)) = (timeline.messages.as_slice(), timeline.steps.first())
            && let Some(origin) = only.origin
        {
            visited[origin] = true;
        }
        State {
            courses,
            visited,
            sealed: vec![false; talks],
            ended: vec![false; talks],
            ..State::default()
        }
    }

    /// The states that are kept: after no step, after [`EVERY`], after twice as many …
    pub(super) fn kept(timeline: &Timeline) -> Vec<State> {
        let mut state = State::new(timeline);
        let mut kept = vec![state.clone()];
        while state.steps < timeline.len() {
            state.step(timeline);
            if state.steps.is_multiple_of(EVERY) {
                kept.push(state.clone());
            }
        }
        kept
    }

    /// The state after everything up to and with a position.
    pub(super) fn at(timeline: &Timeline, kept: &[State], position: usize) -> State {
        let wanted = (position + 1).min(timeline.len());
        let mut state = kept.get(wanted / EVERY).cloned().unwrap_or_default();
        while state.steps < wanted {
            state.step(timeline);
        }
        state
    }

    fn step(&mut self, timeline: &Timeline) {
        let i = self.steps;
        self.steps += 1;
        let step = timeline.steps[i];
        let ends = step
            .talk
            .map(|t| [timeline.talks[t].client_room, timeline.talks[t].server_room]);
        for room in ends.into_iter().flatten().chain(step.room) {
            self.visited[room] = true;
        }
        self.talk = step.talk.or(self.talk);
        self.message = step.message.or(self.message);
        let What::Event(number) = step.what else {
            return;
        };
        if let Some(talk) = step.talk {
            match &timeline.events[number].kind {
                Kind::Tls(_) | Kind::Line { sealed: true, .. } => self.sealed[talk] = true,
                Kind::Closed { .. } => self.ended[talk] = true,
                _ => {}
            }
        }
        if let Some(course) = step.message.and_then(|l| self.courses.get_mut(l)) {
            Arc::make_mut(course).step(timeline, i);
        }
    }
}
