//! One open scenario: its file, the learner's edits, the run, and an optional second run beside it.
//! Every change is an edit, and every edit runs the whole scenario again. Pages bind the signals
//! and call the methods.
//!
//! Failures: each reason for a missing run is a [`RunError`] and is shown as a sentence; the last
//! successful run stays visible.

use crate::app::Lab;
use crate::link::{server, storage};
use crate::run_error::RunError;
use crate::state::catalogue::{Entry, localized};
use crate::state::predict::Predictions;
use crate::state::route::ScenarioRoute;
use crate::state::shared_work;
use crate::state::vote::Vote;
use frontend::stage::MessageTexts;
use frontend::stage::view::PlayerHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, Plan, PlayedRun};
use sim::scenario::{Edits, StepSpec, switch_tweak};
use std::sync::Arc;

/// A second run, shown beside the first.
#[derive(Clone, Debug, PartialEq)]
pub struct AlternativeRun {
    /// All edits of this run.
    pub edits: Edits,
    /// The name shown for it.
    pub title: String,
    /// The run.
    pub played: Arc<PlayedRun>,
}

/// The state of an open scenario. Copied freely.
#[derive(Clone, Copy)]
pub struct Workspace {
    /// The state shared by all pages.
    pub lab: Lab,
    /// The scenario's entry in the catalogue.
    pub entry: StoredValue<Entry>,
    /// The current route; tracked.
    pub route: Memo<ScenarioRoute>,
    /// The text of the scenario file; empty until it is loaded.
    pub source: RwSignal<String>,
    /// The learner's edits; `None` before the first run.
    pub edits: RwSignal<Option<Edits>>,
    /// The run without edits, with the scenario as the simulator parsed it.
    pub original: RwSignal<Option<Arc<PlayedRun>>>,
    /// The run on the stage.
    pub played: RwSignal<Option<Arc<PlayedRun>>>,
    /// The second run beside it.
    pub alternative: RwSignal<Option<AlternativeRun>>,
    /// The fault cards that were kept: title and steps.
    pub kept_cards: RwSignal<Vec<(String, Vec<StepSpec>)>>,
    /// Why the latest run failed.
    pub error: RwSignal<Option<RunError>>,
    /// Whether a run is in progress.
    pub busy: RwSignal<bool>,
    /// The questions and the learner's answers.
    pub predictions: RwSignal<Predictions>,
    /// Whether the class votes on questions while the scenario is presented.
    pub asking: RwSignal<bool>,
    /// The vote on the next question, while one is open.
    pub vote: RwSignal<Option<Vote>>,
    /// The player, once it is mounted.
    pub player: RwSignal<Option<PlayerHandle>>,
    /// Whether the user closed the outcome and the lesson; they return when the end is reached
    /// again.
    pub lesson_closed: RwSignal<bool>,
    /// The position of the player when it was last unmounted.
    pub last_position: StoredValue<usize>,
    generation: StoredValue<u32>,
}

impl Workspace {
    /// Opens a scenario: loads its file and runs it.
    pub fn new(lab: Lab, entry: Entry, route: Memo<ScenarioRoute>) -> Workspace {
        let workspace = Workspace {
            lab,
            entry: StoredValue::new(entry),
            route,
            source: RwSignal::new(String::new()),
            edits: RwSignal::new(None),
            original: RwSignal::new(None),
            played: RwSignal::new(None),
            alternative: RwSignal::new(None),
            kept_cards: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            busy: RwSignal::new(true),
            predictions: RwSignal::new(Predictions::default()),
            asking: RwSignal::new(false),
            vote: RwSignal::new(None),
            player: RwSignal::new(None),
            lesson_closed: RwSignal::new(false),
            last_position: StoredValue::new(0),
            generation: StoredValue::new(0),
        };
        workspace.lab.engine().warm_up();
        workspace.begin();
        workspace
    }

    /// Loads the file and runs it; also used to retry after an error.
    pub fn begin(self) {
        self.busy.set(true);
        self.error.set(None);
        let file = self.entry.with_value(|entry| entry.file.clone());
        spawn_local(async move {
            // The user's own scenario is stored in this browser.
            let text = if file.is_empty() {
                Ok(storage::own_text())
            } else {
                server::scenario(&file).await
            };
            match text {
                Ok(text) => {
                    if self.source.try_set(text).is_none() {
                        self.first_run().await;
                    }
                }
                Err(fetch_error) => self.failed(RunError::File(fetch_error)),
            }
        });
    }

    async fn first_run(self) {
        match self.run(None).await {
            Ok(played) => {
                let plain = Edits::of(&played.scenario);
                let shared = storage::edits_in_address(self.route.try_get_untracked().as_ref());
                self.original.try_set(Some(played.clone()));
                self.show(plain.clone(), played);
                if let Some(edits) = shared {
                    self.play(edits);
                }
            }
            Err(error) => self.failed(error),
        }
    }

    /// Runs the scenario with other edits.
    pub fn play(self, edits: Edits) {
        self.run_latest(edits, Workspace::show);
    }

    // Runs the scenario; drops the results of earlier requests that are still running.
    fn run_latest(
        self,
        edits: Edits,
        shown: impl FnOnce(Workspace, Edits, Arc<PlayedRun>) + 'static,
    ) {
        self.busy.set(true);
        self.error.set(None);
        self.generation.update_value(|n| *n += 1);
        let mine = self.generation.get_value();
        spawn_local(async move {
            let run = self.run(Some(edits.clone())).await;
            if self.generation.try_get_value() != Some(mine) {
                return;
            }
            match run {
                Ok(played) => shown(self, edits, played),
                Err(error) => self.failed(error),
            }
        });
    }

    /// Changes the edits and runs the scenario.
    pub fn edit(self, change: impl FnOnce(&mut Edits)) {
        let Some(mut edits) = self.edits.get_untracked() else {
            return;
        };
        change(&mut edits);
        self.play(edits);
    }

    /// The number and title in the current language: `22 Two MX hosts`; tracked.
    pub fn title(self) -> String {
        let language = self.lab.t.language();
        self.entry
            .with_value(|entry| format!("{} {}", entry.number, localized(&entry.title, language)))
    }

    /// The edits with a tweak toggled; `None` before the first run.
    pub fn with_tweak_switched(self, place: usize) -> Option<Edits> {
        let mut edits = self.edits.get_untracked()?;
        let original = self.original.get_untracked()?;
        switch_tweak(&original.scenario, &mut edits, place).ok()?;
        Some(edits)
    }

    /// Toggles a tweak and runs the scenario.
    pub fn switch_tweak(self, place: usize) {
        if let Some(edits) = self.with_tweak_switched(place) {
            self.play(edits);
        }
    }

    /// Undoes all edits; an open exercise stays open.
    pub fn start_over(self) {
        let exercise = self
            .edits
            .with_untracked(|edits| edits.as_ref().and_then(|edits| edits.exercise));
        self.open(exercise);
    }

    /// Runs the scenario, or one of its exercises, without edits.
    pub fn open(self, exercise: Option<usize>) {
        self.alternative.set(None);
        self.kept_cards.set(Vec::new());
        if let Some(original) = self.original.get_untracked() {
            self.play(Edits {
                exercise,
                ..Edits::of(&original.scenario)
            });
        }
    }

    /// Whether the learner changed anything; an open exercise alone is no change. Tracked.
    pub fn is_changed(self) -> bool {
        self.edits
            .with(|edits| edits.as_ref().is_some_and(shared_work::is_changed))
    }

    /// Whether the goal of the open exercise is reached; `false` without an exercise. Tracked.
    pub fn is_solved(self) -> bool {
        self.played.with(|played| {
            played
                .as_ref()
                .is_some_and(|p| p.missing.as_ref().is_some_and(Vec::is_empty))
        })
    }

    /// Runs the scenario with other edits and shows the run beside the first.
    pub fn play_alternative(self, title: String, edits: Edits) {
        self.run_latest(edits, move |workspace, edits, played| {
            workspace.busy.set(false);
            workspace.tweaked();
            workspace.alternative.set(Some(AlternativeRun {
                edits,
                title,
                played,
            }));
        });
    }

    /// Replaces the first run with the second.
    pub fn keep_alternative(self) {
        if let Some(alternative) = self.alternative.get_untracked() {
            let before = self.edits.with_untracked(|edits| {
                edits
                    .as_ref()
                    .map(|edits| edits.steps.clone())
                    .unwrap_or_default()
            });
            let fresh: Vec<StepSpec> = alternative
                .edits
                .steps
                .iter()
                .filter(|step| !before.contains(step))
                .cloned()
                .collect();
            if !fresh.is_empty() {
                self.kept_cards
                    .update(|kept_cards| kept_cards.push((alternative.title.clone(), fresh)));
            }
            self.alternative.set(None);
            self.show(alternative.edits, alternative.played);
        }
    }

    /// Removes a kept fault card.
    pub fn remove_kept_card(self, place: usize) {
        let Some((_, steps)) = self
            .kept_cards
            .try_update(|kept_cards| (place < kept_cards.len()).then(|| kept_cards.remove(place)))
            .flatten()
        else {
            return;
        };
        self.edit(|edits| edits.steps.retain(|step| !steps.contains(step)));
    }

    /// Shows an error that did not occur in a run.
    pub fn report(self, error: RunError) {
        self.failed(error);
    }

    /// Runs the scenario with edits and returns the run.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn run(self, edits: Option<Edits>) -> Result<Arc<PlayedRun>, RunError> {
        let plan = Plan {
            scenario: self.source.try_get_untracked().unwrap_or_default(),
            edits,
        };
        match self.ask(&ApiRequest::Play(plan)).await? {
            ApiResponse::Played(played) => Ok(Arc::from(played)),
            ApiResponse::Refused(refused) => Err(RunError::Refused(refused)),
            _ => Err(RunError::VersionMismatch),
        }
    }

    /// Sends a request to the simulator.
    ///
    /// # Errors
    /// See [`RunError`].
    pub async fn ask(self, request: &ApiRequest) -> Result<ApiResponse, RunError> {
        let text = serde_json::to_string(request).map_err(|_| RunError::VersionMismatch)?;
        let answer = self
            .lab
            .engine()
            .ask(text)
            .await
            .map_err(RunError::Engine)?;
        serde_json::from_str(&answer).map_err(|_| RunError::VersionMismatch)
    }

    /// The texts of the messages, for the player.
    pub fn messages(played: &PlayedRun) -> MessageTexts {
        played
            .messages
            .iter()
            .map(|message| (message.journey, message.text.clone()))
            .collect()
    }

    /// Marks the scenario as watched to its end.
    pub fn watched(self) {
        self.mark(|mark| mark.watched = true);
    }

    /// Changes the progress in this scenario.
    pub fn mark(self, change: impl FnOnce(&mut crate::state::progress::ScenarioProgress)) {
        let (number, version) = self.entry.with_value(|entry| (entry.number, entry.version));
        let mut progress = self.lab.progress.get_untracked();
        change(progress.mark(number, version));
        if progress != self.lab.progress.get_untracked() {
            self.lab.progress.set(progress);
        }
    }

    fn show(self, edits: Edits, played: Arc<PlayedRun>) {
        // The view may have been removed meanwhile.
        if self.busy.try_set(false).is_some() {
            return;
        }
        self.error.set(None);
        if shared_work::is_changed(&edits)
            && self
                .edits
                .with_untracked(|before| before.as_ref() != Some(&edits))
        {
            self.tweaked();
        }
        self.predictions.update(|all| all.renew(&played.questions));
        self.edits.set(Some(edits));
        self.played.set(Some(played));
    }

    fn tweaked(self) {
        self.mark(|mark| mark.tweaked = true);
    }

    fn failed(self, error: RunError) {
        if self.busy.try_set(false).is_none() {
            self.error.set(Some(error));
        }
    }
}
