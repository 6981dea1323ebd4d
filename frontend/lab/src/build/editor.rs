//! The state of the editor: the scenario, the edits, undo and redo. Every change is run; rejected
//! edits leave the state unchanged.

use super::edits::Undo;
use crate::workspace::Workspace;
use leptos::prelude::*;
use sim::scenario::{Edits, Scenario};

/// The table. Copied freely.
#[derive(Clone, Copy)]
pub struct EditorState {
    /// The scenario's work.
    pub workspace: Workspace,
    undo: RwSignal<Undo>,
    last: StoredValue<Option<Edits>>,
    going_back: StoredValue<bool>,
}

impl EditorState {
    /// A table for a scenario; from now on every change can be undone.
    pub fn new(workspace: Workspace) -> EditorState {
        let last = StoredValue::new(workspace.edits.get_untracked());
        let editor = EditorState {
            workspace,
            undo: RwSignal::new(Undo::default()),
            last,
            going_back: StoredValue::new(false),
        };
        Effect::new(move || {
            let Some(edits) = workspace.edits.get() else {
                return;
            };
            let before = editor.last.get_value();
            editor.last.set_value(Some(edits.clone()));
            if editor.going_back.get_value() {
                editor.going_back.set_value(false);
            } else if let Some(before) = before.filter(|before| *before != edits) {
                editor.undo.update(|undo| undo.changed(before));
            }
        });
        editor
    }

    /// The scenario's file, once it was played.
    pub fn file(self) -> Option<Scenario> {
        self.workspace
            .original
            .with(|played| played.as_ref().map(|played| played.scenario.clone()))
    }

    /// Both, followed.
    pub fn now(self) -> Option<(Scenario, Edits)> {
        self.file().zip(self.workspace.edits.get())
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
            self.workspace.alternative.set(None);
            self.workspace.play(edits);
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
            self.workspace.play(edits);
        }
    }

    /// The names of all hosts, followed.
    pub fn host_names(self) -> Vec<String> {
        let of = |(file, edits): (Scenario, Edits)| {
            super::edits::hosts(&file, &edits)
                .into_iter()
                .map(|(host, _)| host.name)
                .collect()
        };
        self.now().map(of).unwrap_or_default()
    }
}
