//! The editor's table: the scenario's file, the edits, and what can be undone. Every change is
//! played; what is refused leaves the edits as they were, and the page says why.

use super::changes::Undo;
use crate::work::Work;
use leptos::prelude::*;
use sim::scenario::{Edits, Scenario};

/// The table. Copied freely.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The scenario's work.
    pub work: Work,
    undo: RwSignal<Undo>,
    last: StoredValue<Option<Edits>>,
    going_back: StoredValue<bool>,
}

impl Bench {
    /// A table for a scenario; from now on every change can be undone.
    pub fn new(work: Work) -> Bench {
        let last = StoredValue::new(work.edits.get_untracked());
        let bench = Bench {
            work,
            undo: RwSignal::new(Undo::default()),
            last,
            going_back: StoredValue::new(false),
        };
        Effect::new(move || {
            let Some(edits) = work.edits.get() else {
                return;
            };
            let before = bench.last.get_value();
            bench.last.set_value(Some(edits.clone()));
            if bench.going_back.get_value() {
                bench.going_back.set_value(false);
            } else if let Some(before) = before.filter(|before| *before != edits) {
                bench.undo.update(|undo| undo.changed(before));
            }
        });
        bench
    }

    /// The scenario's file, once it was played.
    pub fn file(self) -> Option<Scenario> {
        self.work
            .original
            .with(|played| played.as_ref().map(|played| played.scenario.clone()))
    }

    /// Both, followed.
    pub fn now(self) -> Option<(Scenario, Edits)> {
        self.file().zip(self.work.edits.get())
    }

    /// Both, not followed.
    pub fn now_untracked(self) -> Option<(Scenario, Edits)> {
        untrack(move || self.now())
    }

    /// Changes the edits and plays.
    pub fn change(self, change: impl FnOnce(&Scenario, &mut Edits)) {
        let Some((file, before)) = self.now_untracked() else {
            return;
        };
        let mut edits = before.clone();
        change(&file, &mut edits);
        if edits != before {
            self.work.branch.set(None);
            self.work.play(edits);
        }
    }

    /// Whether there is something to go back to, and to come back to; followed.
    pub fn can(self) -> (bool, bool) {
        self.undo.with(Undo::can)
    }

    /// Takes the last change back, or makes it again.
    pub fn step(self, back: bool) {
        let Some((_, now)) = self.now_untracked() else {
            return;
        };
        let mut undo = self.undo.get_untracked();
        let there = if back { undo.undo(now) } else { undo.redo(now) };
        if let Some(edits) = there {
            self.undo.set(undo);
            self.going_back.set_value(true);
            self.work.play(edits);
        }
    }

    /// The names of all hosts, followed.
    pub fn host_names(self) -> Vec<String> {
        let of = |(file, edits): (Scenario, Edits)| {
            super::changes::hosts(&file, &edits)
                .into_iter()
                .map(|(host, _)| host.name)
                .collect()
        };
        self.now().map(of).unwrap_or_default()
    }
}
