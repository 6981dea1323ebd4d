//! The state of playback: play, pause, step, seek, speed, and following a message in transit.
//! Elapsed time is passed in as milliseconds; no timer and no drawing here.

use super::model::{StepKind, Timeline};
use super::timeline::StepUnit;

/// Duration of a step at speed 1: enough to read a line.
pub const STEP_MS: f64 = 900.0;
/// Duration of a wait at speed 1, however long it really was.
pub const WAIT_MS: f64 = 1600.0;
/// The available speeds: slow to follow a dialogue word by word, fast for days of retries.
pub const SPEEDS: [f64; 13] = [
    0.01, 0.03, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 30.0, 100.0, 300.0, 1000.0,
];

/// The player's state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Player {
    /// The current step.
    pub position: usize,
    /// Whether playback is running.
    pub playing: bool,
    /// The speed, one of [`SPEEDS`].
    pub speed: f64,
    /// What the step buttons step by.
    pub unit: StepUnit,
    /// The last position that may be shown, if a question must be answered before the next one.
    pub limit: Option<usize>,
    /// How often the user tried to go past the limit.
    pub limit_hits: u32,
    /// Milliseconds for which the current step has been shown.
    shown_ms: f64,
}

impl Default for Player {
    fn default() -> Player {
        Player {
            position: 0,
            playing: false,
            speed: 1.0,
            unit: StepUnit::Exchange,
            limit: None,
            limit_hits: 0,
            shown_ms: 0.0,
        }
    }
}

impl Player {
    /// Advances playback by the elapsed time. Returns whether the position changed.
    pub fn tick(&mut self, timeline: &Timeline, passed_ms: f64) -> bool {
        if !self.playing {
            return false;
        }
        self.shown_ms += passed_ms * self.speed;
        let before = self.position;
        let last = self.last(timeline);
        while self.position < last && self.shown_ms >= self.dwell(timeline) {
            self.shown_ms -= self.dwell(timeline);
            self.position += 1;
        }
        if self.position >= last && self.shown_ms >= STEP_MS {
            self.playing = false;
            self.shown_ms = 0.0;
            self.limit_hits += u32::from(last < timeline.last());
        }
        before != self.position
    }

    /// The last position that may be shown.
    pub fn last(&self, timeline: &Timeline) -> usize {
        self.limit
            .map_or(timeline.last(), |limit| limit.min(timeline.last()))
    }

    /// Sets or lifts the limit; a position past it moves back to it.
    pub fn stop_before(&mut self, timeline: &Timeline, next: Option<usize>) {
        self.limit = next.map(|next| next.saturating_sub(1));
        if self.position > self.last(timeline) {
            self.go(timeline, self.last(timeline));
        }
    }

    /// The fraction of the current step's duration that has passed, 0 to 1.
    pub fn shown(&self, timeline: &Timeline) -> f64 {
        (self.shown_ms / self.dwell(timeline)).clamp(0.0, 1.0)
    }

    fn dwell(&self, timeline: &Timeline) -> f64 {
        match timeline.steps.get(self.position).map(|s| s.kind) {
            Some(StepKind::Wait(_)) => WAIT_MS,
            _ => STEP_MS,
        }
    }

    /// Plays or pauses; at the end, playback starts over.
    pub fn toggle(&mut self, timeline: &Timeline) {
        self.playing = !self.playing;
        self.shown_ms = 0.0;
        if self.playing && self.position >= timeline.last() {
            self.position = 0;
        } else if self.playing && self.position >= self.last(timeline) {
            self.playing = false;
            self.limit_hits += 1;
        }
    }

    /// Pauses at a position.
    pub fn go(&mut self, timeline: &Timeline, position: usize) {
        self.playing = false;
        self.shown_ms = 0.0;
        let wanted = position.min(timeline.last());
        self.position = wanted.min(self.last(timeline));
        self.limit_hits += u32::from(wanted > self.position);
    }

    /// Moves by one step of the selected unit.
    pub fn step(&mut self, timeline: &Timeline, forward: bool) {
        self.step_by(timeline, forward, self.unit);
    }

    /// Moves by one step of the given unit.
    pub fn step_by(&mut self, timeline: &Timeline, forward: bool, unit: StepUnit) {
        let to = if forward {
            timeline.forward(self.position, unit)
        } else {
            timeline.back(self.position, unit)
        };
        // An exchange that ends past the limit is first shown up to the limit.
        let to = if forward && to > self.last(timeline) && self.position < self.last(timeline) {
            self.last(timeline)
        } else {
            to
        };
        self.go(timeline, to);
    }

    /// Moves to the next or previous notable step, if there is one.
    pub fn notable(&mut self, timeline: &Timeline, forward: bool) {
        if let Some(to) = timeline.notable(self.position, forward) {
            let to = if forward && self.position < self.last(timeline) {
                to.min(self.last(timeline))
            } else {
                to
            };
            self.go(timeline, to);
        }
    }

    /// Selects the next faster or slower speed.
    pub fn shift_speed(&mut self, faster: bool) {
        let next = if faster {
            SPEEDS.iter().find(|s| **s > self.speed)
        } else {
            SPEEDS.iter().rev().find(|s| **s < self.speed)
        };
        self.speed = next.copied().unwrap_or(self.speed);
    }

    /// Switches to another run, staying at the same event or at the same time.
    pub fn change(&mut self, old: &Timeline, new: &Timeline) {
        self.position = if old.is_empty() {
            0
        } else {
            old.same_position(self.position, new)
        };
        self.limit = None;
    }

    /// Follows a grown timeline, staying at the same event. From the end, playback continues with
    /// the new steps.
    pub fn grow(&mut self, old: &Timeline, new: &Timeline) {
        let at_end = self.position >= old.last();
        self.position = if old.is_empty() {
            0
        } else {
            old.same_position(self.position, new)
        };
        if at_end && self.position < new.last() {
            self.playing = true;
            self.shown_ms = STEP_MS / 2.0;
        }
    }
}

/// A speed as text: `1/100×`, `2×`.
pub fn speed_text(speed: f64) -> String {
    if speed >= 1.0 {
        return format!("{speed}×");
    }
    match speed {
        0.5 => "½×".to_owned(),
        0.25 => "¼×".to_owned(),
        _ => format!("1/{:.0}×", 1.0 / speed),
    }
}
