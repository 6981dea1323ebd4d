//! The state of the editor: the scenario that is edited, the edits, undo and redo. Every change is
//! run; rejected edits leave the state unchanged.

use super::edits::Undo;
use crate::workspace::Workspace;
use leptos::prelude::*;
use sim::scenario::{Edits, Scenario, base};

/// The editor of one open scenario.
#[derive(Clone, Copy)]
pub struct EditorState {
    /// The open scenario.
    pub workspace: Workspace,
    undo: RwSignal<Undo>,
    last: StoredValue<Option<Edits>>,
    going_back: StoredValue<bool>,
}

impl EditorState {
    /// An editor for the open scenario; every change from here on can be undone.
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

    /// The scenario that the edits apply to, and the edits; tracked. The scenario is the file with
    /// the fault of the open exercise, if any, and the changes of the chosen tweaks.
    pub fn now(self) -> Option<(Scenario, Edits)> {
        let edits = self.workspace.edits.get()?;
        let base = self
            .workspace
            .original
            .with(|played| base(&played.as_ref()?.scenario, &edits).ok())?;
        Some((base, edits))
    }

    /// Like [`EditorState::now`], untracked.
    pub fn now_untracked(self) -> Option<(Scenario, Edits)> {
        untrack(move || self.now())
    }

    /// Applies `change` to the edits and runs the scenario; `change` gets the scenario that the
    /// edits apply to.
    pub fn change(self, change: impl FnOnce(&Scenario, &mut Edits)) {
        let Some((base, before)) = self.now_untracked() else {
            return;
        };
        let mut edits = before.clone();
        change(&base, &mut edits);
        if edits != before {
            self.workspace.alternative.set(None);
            self.workspace.play(edits);
        }
    }

    /// Whether there is a change to undo, and one to redo; tracked.
    pub fn can(self) -> (bool, bool) {
        self.undo.with(Undo::can)
    }

    /// Undoes the last change, or redoes the last undone one.
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

    /// The names of all hosts; tracked.
    pub fn host_names(self) -> Vec<String> {
        let of = |(base, edits): (Scenario, Edits)| {
            super::edits::hosts(&base, &edits)
                .into_iter()
                .map(|(host, _)| host.name)
                .collect()
        };
        self.now().map(of).unwrap_or_default()
    }
}
