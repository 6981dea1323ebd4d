//! Watch mode: the introduction, and at the end the outcome and the lesson.

use super::many_runs;
use super::next_scenario::next;
use super::outcome::outcome;
use crate::i18n;
use crate::state::catalogue::localized;
use crate::state::route::{Mode, Route};
use crate::workspace::Workspace;
use frontend::bind::{click, effect, memo, part};
use frontend::parts::icon::Icon;
use leptos::prelude::*;

/// The panel of Watch mode: the introduction above the player and, at the end, the lesson over it.
/// A closed lesson reappears only when the end is reached again.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let away = RwSignal::new(false);
    let ended = at_end(workspace);
    effect(move || {
        if !ended.get() {
            away.set(false);
        }
    });
    let lead_text = move || {
        workspace
            .entry
            .with_value(|entry| localized(&entry.lead, t.language()).to_owned())
    };
    let card = move || {
        if !ended.get() || away.get() {
            return ().into_any();
        }
        view! {
            <div class="end-card">
                <button type="button" class="tool" aria-label=i18n::of(t, |w| w.hide) title=i18n::of(t, |w| w.hide) on:click=click(move |_| away.set(true))><Icon name="close"/></button>
                {lesson(workspace)}
            </div>
        }
        .into_any()
    };
    view! {
        <p class="lead-strip">{lead_text}</p>
        {part(card)}
    }
}

/// The introduction: what happens in the scenario.
pub fn lead(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let lead_text = move || {
        workspace
            .entry
            .with_value(|entry| localized(&entry.lead, t.language()).to_owned())
    };
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.lead)}</h2>
            <p class="lead">{lead_text}</p>
        </section>
    }
}

/// The panel for many runs, unless the mode already shows it beside the player.
fn shown_many(workspace: Workspace) -> Option<impl IntoView> {
    let beside = workspace.route.with(|route| route.mode == Mode::Tweak);
    (!beside).then(|| many_runs::panel(workspace))
}

/// Whether playback is at the end.
pub fn at_end(workspace: Workspace) -> Memo<bool> {
    memo(move || {
        let Some(player) = workspace.player.get() else {
            return false;
        };
        player.position.get() >= player.timeline.with(|t| t.last()) && player.position.get() > 0
    })
}

/// The outcome, the lesson and links to continue; shown at the end.
pub fn lesson(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let ended = at_end(workspace);
    let has_questions = workspace.entry.with_value(|entry| entry.questions > 0);
    part(move || {
        if !ended.get() {
            return ().into_any();
        }
        let lesson_text = move || {
            workspace.played.with(|played| {
                played
                    .as_ref()
                    .map(|p| localized(&p.scenario.lesson, t.language()).to_owned())
                    .unwrap_or_default()
            })
        };
        let go = move |mode: Mode| {
            workspace
                .route
                .with(|route| Route::Scenario(route.in_mode(mode)).href())
        };
        view! {
            {outcome(workspace)}
            {shown_many(workspace)}
            <section class="note lesson">
                <h2>{i18n::of(t, |w| w.lesson)}</h2>
                <p>{lesson_text}</p>
                <p class="actions">
                    {has_questions.then(|| view! { <a class="quiet" href=go(Mode::Predict)>{i18n::of(t, |w| w.predict_now)}</a> })}
                    <a class="quiet" href=go(Mode::Tweak)>{i18n::of(t, |w| w.change_it)}</a>
                </p>
                {next(workspace)}
            </section>
        }
        .into_any()
    })
}
