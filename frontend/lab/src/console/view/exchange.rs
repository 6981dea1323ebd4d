//! A simulator request that is repeated with every typed line: base edits, newest answer, error.
//! Outdated answers are dropped.

use crate::console::i18n::texts;
use crate::run_error::RunError;
use crate::workspace::Workspace;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, Plan};
use sim::scenario::Edits;
use std::sync::Arc;

/// The newest answer and what is under way. Copied freely.
pub(super) struct Exchange<T: Send + Sync + 'static> {
    workspace: Workspace,
    /// The newest answer.
    pub(super) answer: RwSignal<Option<Arc<T>>>,
    /// One is waited for.
    pub(super) busy: RwSignal<bool>,
    error: RwSignal<Option<RunError>>,
    // The edits that were there before one began.
    ground: StoredValue<Option<Edits>>,
    asked: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Exchange<T> {
    fn clone(&self) -> Exchange<T> {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Exchange<T> {}

impl<T: Send + Sync + 'static> Exchange<T> {
    /// None yet.
    pub(super) fn new(workspace: Workspace) -> Exchange<T> {
        Exchange {
            workspace,
            answer: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            ground: StoredValue::new(None),
            asked: StoredValue::new(0),
        }
    }

    /// Begins anew, on the edits as they are now.
    pub(super) fn begin(self) {
        self.ground.set_value(self.workspace.edits.get_untracked());
        self.answer.set(None);
    }

    /// Asks; `request` is made of the ground, `of` takes the answer that is meant.
    pub(super) fn ask(
        self,
        request: impl FnOnce(Plan) -> ApiRequest,
        of: fn(ApiResponse) -> Option<Box<T>>,
    ) {
        self.busy.set(true);
        self.error.set(None);
        self.asked.update_value(|n| *n += 1);
        let mine = self.asked.get_value();
        let request = request(Plan {
            scenario: self.workspace.source.get_untracked(),
            edits: self.ground.get_value(),
        });
        spawn_local(async move {
            let answer = self.workspace.ask(&request).await;
            if self.asked.try_get_value() != Some(mine) {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(ApiResponse::Refused(refused)) => {
                    self.error.set(Some(RunError::Refused(refused)));
                }
                Ok(answer) => match of(answer) {
                    Some(fresh) => self.answer.set(Some(Arc::from(fresh))),
                    None => self.error.set(Some(RunError::VersionMismatch)),
                },
                Err(why) => self.error.set(Some(why)),
            }
        });
    }

    /// Puts the newest run on the stage.
    pub(super) fn show(self, edits: fn(&T) -> &Edits) {
        if let Some(answer) = self.answer.get_untracked() {
            self.workspace.alternative.set(None);
            self.workspace.play(edits(&answer).clone());
        }
    }

    /// Why there is no newer answer, in a sentence.
    pub(super) fn failed(self) -> impl IntoView {
        let t = self.workspace.lab.t;
        move || {
            self.error.get().map(|why| view! { <p class="field-error" role="alert">{texts(t).failed}{why.text(t)}</p> })
        }
    }
}

/// Names to choose from, `now` the one that is chosen.
pub(super) fn options(names: Vec<String>, now: &str) -> impl IntoView + use<> {
    let option = |name: String| {
        let on = name == now;
        view! { <option value=name.clone() selected=on>{name.clone()}</option> }
    };
    names.into_iter().map(option).collect_view()
}
