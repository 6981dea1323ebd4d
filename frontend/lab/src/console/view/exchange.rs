//! A simulator request that is repeated with every typed line: base edits, latest answer, error.
//! Outdated answers are dropped.

use crate::console::i18n::texts;
use crate::run_error::RunError;
use crate::workspace::Workspace;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, Plan};
use sim::scenario::Edits;
use std::sync::Arc;

/// The latest answer and the state of the request. Copied freely.
pub(super) struct Exchange<T: Send + Sync + 'static> {
    workspace: Workspace,
    /// The latest answer.
    pub(super) answer: RwSignal<Option<Arc<T>>>,
    /// Whether a request is running.
    pub(super) busy: RwSignal<bool>,
    error: RwSignal<Option<RunError>>,
    // The edits at the beginning of the exchange.
    base_edits: StoredValue<Option<Edits>>,
    generation: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Exchange<T> {
    fn clone(&self) -> Exchange<T> {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Exchange<T> {}

impl<T: Send + Sync + 'static> Exchange<T> {
    /// Creates an exchange without an answer.
    pub(super) fn new(workspace: Workspace) -> Exchange<T> {
        Exchange {
            workspace,
            answer: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            base_edits: StoredValue::new(None),
            generation: StoredValue::new(0),
        }
    }

    /// Begins a new exchange, based on the current edits.
    pub(super) fn begin(self) {
        self.base_edits
            .set_value(self.workspace.edits.get_untracked());
        self.answer.set(None);
    }

    /// Sends a request; `request` builds it from the base edits, `of` extracts the expected answer.
    pub(super) fn ask(
        self,
        request: impl FnOnce(Plan) -> ApiRequest,
        of: fn(ApiResponse) -> Option<Box<T>>,
    ) {
        self.busy.set(true);
        self.error.set(None);
        self.generation.update_value(|n| *n += 1);
        let mine = self.generation.get_value();
        let request = request(Plan {
            scenario: self.workspace.source.get_untracked(),
            edits: self.base_edits.get_value(),
        });
        spawn_local(async move {
            let answer = self.workspace.ask(&request).await;
            if self.generation.try_get_value() != Some(mine) {
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

    /// Shows the latest run in the player.
    pub(super) fn show(self, edits: fn(&T) -> &Edits) {
        if let Some(answer) = self.answer.get_untracked() {
            self.workspace.alternative.set(None);
            self.workspace.play(edits(&answer).clone());
        }
    }

    /// The error of the last request, in a sentence.
    pub(super) fn failed(self) -> impl IntoView {
        let t = self.workspace.lab.t;
        move || {
            self.error.get().map(|why| view! { <p class="field-error" role="alert">{texts(t).failed}{why.text(t)}</p> })
        }
    }
}

/// The options of a select field; `now` is the selected one.
pub(super) fn options(names: Vec<String>, now: &str) -> impl IntoView + use<> {
    let option = |name: String| {
        let on = name == now;
        view! { <option value=name.clone() selected=on>{name.clone()}</option> }
    };
    names.into_iter().map(option).collect_view()
}
