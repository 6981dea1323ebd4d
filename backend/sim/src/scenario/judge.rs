//! Judges a run by what a scenario says of it: which event is meant, whether what was promised came, which answer is right. An answer key is
//! computed here and written nowhere.

use super::run::Run;
use super::spec::{Exercise, Expectation, Question, Scenario, StepSpec, When};
use crate::lab::START;
use event::{Event, Kind};

impl When {
    /// Whether an event is such a one; [`When::nth`] is for whoever counts.
    pub fn fits(&self, event: &Event) -> bool {
        let explain = self.explain.as_ref().is_none_or(|key| event.explain == key.as_str());
        let host = self.host.as_ref().is_none_or(|host| event.host == host.as_str());
        let from = self.from.is_none_or(|from| event.at >= START + from.0);
        let until = self.until.is_none_or(|until| event.at < START + until.0);
        explain && host && from && until && self.words.as_ref().is_none_or(|words| told(event).contains(words.as_str()))
    }

    /// Where in a timeline the event is.
    pub fn find(&self, events: &[Event]) -> Option<usize> {
        let nth = self.nth.unwrap_or(1).max(1) as usize;
        events.iter().enumerate().filter(|(_, event)| self.fits(event)).nth(nth - 1).map(|(at, _)| at)
    }
}

// The words of an event.
fn told(event: &Event) -> String {
    match &event.kind {
        Kind::Line { text, .. } => text.clone(),
        Kind::Check { name, why, .. } => format!("{name} {why}"),
        Kind::Unreachable { peer, why } => format!("{peer} {why}"),
        kind => serde_json::to_string(kind).unwrap_or_default(),
    }
}

impl Question {
    /// Where playback stops, and which of the choices the run makes right: exactly one, where the scenario is well written. `None` where the
    /// run never comes to this question (an edit may have prevented it).
    pub fn key(&self, run: &Run) -> Option<(usize, Vec<usize>)> {
        let at = self.before.find(&run.events)?;
        let right = |choice: &super::Choice| choice.when.fits(&run.events[at]) && choice.so.contradicted(run).is_empty();
        Some((at, self.choices.iter().enumerate().filter(|(_, choice)| right(choice)).map(|(place, _)| place).collect()))
    }
}

impl Exercise {
    /// The edits that make the broken world, and the learner's after them.
    pub fn with(&self, learner: &[StepSpec]) -> Vec<StepSpec> {
        self.edits.iter().chain(learner).cloned().collect()
    }

    /// What is still missing after a run with [`Exercise::with`]'s edits, in sentences; empty: solved.
    pub fn missing(&self, run: &Run) -> Vec<String> {
        self.goal.missing(run)
    }
}

impl Scenario {
    /// The exercise of this place in the file, from 0.
    pub fn exercise(&self, place: usize) -> Option<&Exercise> {
        self.exercises.get(place)
    }
}

impl Expectation {
    /// What of it does not hold, in sentences. Hosts whose queue is not named must have an empty one.
    pub fn missing(&self, run: &Run) -> Vec<String> {
        let mut missing = self.contradicted(run);
        for (host, count) in run.outcome.queued.iter().filter(|(host, _)| !self.queued.contains_key(host)) {
            missing.push(format!("{count} letters wait at {host}"));
        }
        missing
    }

    /// As [`Expectation::missing`], but what is not named may be as it likes.
    pub fn contradicted(&self, run: &Run) -> Vec<String> {
        let mut missing = Vec::new();
        for (mailbox, count) in &self.letters {
            let there = run.outcome.letters(mailbox);
            if there != *count {
                missing.push(format!("{mailbox} holds {there} letters, not {count}"));
            }
        }
        let all = |words: &'_ std::collections::BTreeMap<String, Vec<String>>| {
            words.iter().flat_map(|(mailbox, words)| words.iter().map(move |w| (mailbox.clone(), w.clone()))).collect::<Vec<_>>()
        };
        for (mailbox, words) in all(&self.says) {
            if !run.outcome.says(&mailbox, &words) {
                missing.push(format!("no letter of {mailbox} says “{words}”"));
            }
        }
        for (mailbox, words) in all(&self.lacks) {
            if run.outcome.says(&mailbox, &words) {
                missing.push(format!("a letter of {mailbox} says “{words}”"));
            }
        }
        for (host, count) in &self.queued {
            let waiting = run.outcome.queued.iter().find(|(name, _)| name == host).map_or(0, |(_, waiting)| *waiting);
            if waiting != *count {
                missing.push(format!("{waiting} letters wait at {host}, not {count}"));
            }
        }
        missing.extend(self.happened.iter().filter(|w| w.find(&run.events).is_none()).map(|w| format!("it never happened: {w:?}")));
        missing.extend(self.never.iter().filter(|w| w.find(&run.events).is_some()).map(|w| format!("it happened: {w:?}")));
        missing
    }
}
