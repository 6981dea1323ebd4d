//! The views of the editor.

mod fields;
mod hosts;
mod quick;
mod records;
mod steps;

use super::editor::EditorState;
use super::field_error;
use super::i18n::{self, texts};
use crate::i18n::texts as lab_texts;
use crate::link::storage;
use crate::state::catalogue::localized;
use crate::state::own_scenario;
use crate::state::route::{Mode, Route, ScenarioRoute};
use crate::workspace::Workspace;
use frontend::bind::{click, part, text};
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use sim::scenario::{Edits, Span};

/// The editor beside the player.
#[component]
pub fn Editor(workspace: Workspace) -> impl IntoView {
    let editor = EditorState::new(workspace);
    view! {
        <div class="build">
            {part(move || exercise_note(workspace).into_any())}
            {tools(editor)}
            <section class="note">
                <quick::NewDomain editor/>
                <quick::NewMessage editor/>
                <quick::Fetch editor/>
            </section>
            <hosts::Hosts editor/>
            <records::Records editor/>
            <steps::Steps editor/>
            {world(editor)}
        </div>
    }
}

/// The exercise that is solved here: its task, whether it is solved, and the way back to it.
fn exercise_note(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let place = workspace
        .edits
        .with(|edits| edits.as_ref().and_then(|edits| edits.exercise))?;
    let exercise = workspace.original.with(|played| {
        let played = played.as_ref()?;
        played.scenario.exercises.get(place).cloned()
    })?;
    let (title, task) = (exercise.title, exercise.task);
    let state = move || {
        let w = lab_texts(t);
        if workspace.is_solved() {
            w.solved
        } else {
            w.not_solved
        }
    };
    let back = move || {
        workspace
            .route
            .with(|route| Route::Scenario(route.in_mode(Mode::Mend)).href())
    };
    Some(view! {
        <section class="note exercise-open">
            <h2>{move || localized(&title, t.language()).to_owned()}</h2>
            <p>{move || localized(&task, t.language()).to_owned()}</p>
            <p class="goal" role="status"><b>{state}</b></p>
            <p class="actions"><a class="quiet" href=back><Icon name="back"/>{i18n::of(t, |w| w.to_exercise)}</a></p>
        </section>
    })
}

fn tools(editor: EditorState) -> impl IntoView {
    let workspace = editor.workspace;
    let t = workspace.lab.t;
    let changed = move || workspace.is_changed();
    let status = move || {
        if workspace.busy.get() {
            texts(t).playing
        } else if workspace.error.with(Option::is_some) {
            ""
        } else {
            texts(t).plays
        }
    };
    let is_own = workspace
        .entry
        .with_value(|entry| entry.number == own_scenario::NUMBER);
    let empty = move |_| {
        storage::put_own(own_scenario::EMPTY_SCENARIO);
        if is_own {
            workspace.begin();
        } else {
            workspace.lab.go(
                &Route::Scenario(ScenarioRoute::to(own_scenario::NUMBER).in_mode(Mode::Build)),
                false,
            );
        }
    };
    let take = move |_| {
        let Some(played) = workspace.played.get_untracked() else {
            return;
        };
        let mut scenario = played.scenario.clone();
        scenario.number = own_scenario::NUMBER;
        scenario.version = 1;
        storage::put_own(&serde_json::to_string_pretty(&scenario).unwrap_or_default());
        workspace.lab.go(
            &Route::Scenario(ScenarioRoute::to(own_scenario::NUMBER).in_mode(Mode::Build)),
            false,
        );
    };
    view! {
        <section class="note build-tools">
            <p class="hint">{i18n::of(t, |w| w.lead)}</p>
            <p class="actions" role="toolbar" aria-label=i18n::of(t, |w| w.undo)>
                <button type="button" class="tool" prop:disabled=move || !editor.can().0 aria-label=i18n::of(t, |w| w.undo) title=i18n::of(t, |w| w.undo) on:click=click(move |_| editor.step(true))><Icon name="undo"/></button>
                <button type="button" class="tool redo" prop:disabled=move || !editor.can().1 aria-label=i18n::of(t, |w| w.redo) title=i18n::of(t, |w| w.redo) on:click=click(move |_| editor.step(false))><Icon name="undo"/></button>
                <button type="button" class="quiet" prop:disabled=move || !changed() on:click=click(move |_| workspace.start_over())>{i18n::of(t, |w| w.start_over)}</button>
                <button type="button" class="quiet" on:click=click(empty)>{i18n::of(t, |w| w.empty_sheet)}</button>
                {(!is_own).then(|| view! { <button type="button" class="quiet" on:click=click(take)>{i18n::of(t, |w| w.take_as_own)}</button> })}
            </p>
            <p class="ok-message" role="status">{status}</p>
        </section>
    }
}

/// Duration, latency and random seed.
fn world(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let error = RwSignal::new(None::<field_error::FieldError>);
    let read = move |of: fn(&sim::scenario::Scenario, &Edits) -> String| {
        move || {
            editor
                .now()
                .map(|(file, edits)| of(&file, &edits))
                .unwrap_or_default()
        }
    };
    let lasts = read(|file, edits| edits.lasts.unwrap_or(file.world.lasts).to_string());
    let latency = read(|file, edits| edits.latency.unwrap_or(file.world.latency).to_string());
    let seed = read(|file, edits| edits.seed.unwrap_or(file.world.seed).to_string());
    let span = move |text: String, put: fn(&mut Edits, Span)| match field_error::span(text.trim()) {
        Ok(millis) => {
            error.set(None);
            editor.change(|_, edits| put(edits, Span(mail::Duration::from_millis(millis))));
        }
        Err(field_error) => error.set(Some(field_error)),
    };
    let put_seed = move |text: String| match field_error::number(text.trim(), 0, i64::MAX) {
        Ok(seed) => {
            error.set(None);
            editor.change(|_, edits| edits.seed = u64::try_from(seed).ok());
        }
        Err(field_error) => error.set(Some(field_error)),
    };
    view! {
        <section class="note build-world">
            <h2>{i18n::of(t, |w| w.world)}</h2>
            <div class="quick-form">
                <label class="field"><span>{i18n::of(t, |w| w.lasts)}</span><input type="text" name="lasts" prop:value=lasts on:change=move |e| span(event_target_value(&e), |edits, span| edits.lasts = Some(span))/></label>
                <label class="field"><span>{i18n::of(t, |w| w.latency)}</span><input type="text" name="latency" prop:value=latency on:change=move |e| span(event_target_value(&e), |edits, span| edits.latency = Some(span))/></label>
                <label class="field"><span>{i18n::of(t, |w| w.seed)}</span><input type="text" name="seed" prop:value=seed on:change=move |e| put_seed(event_target_value(&e))/></label>
            </div>
            <small class="field-error" role="alert" hidden=move || error.with(Option::is_none)>{text(move || error.get().map(|field_error| i18n::field_error(t.language(), &field_error)).unwrap_or_default())}</small>
        </section>
    }
}
