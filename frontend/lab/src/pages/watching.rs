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

/// The panel of Watch mode: the introduction above the player and, at the end, a button that leads
/// to the outcome and the lesson.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let ended = at_end(workspace);
    effect(move || {
        if !ended.get() {
            workspace.lesson_closed.set(false);
        }
    });
    let lead_text = move || {
        workspace
            .entry
            .with_value(|entry| localized(&entry.lead, t.language()).to_owned())
    };
    let to_lesson = move |_| {
        workspace.lesson_closed.set(false);
        request_animation_frame(|| {
            let document = web_sys::window().and_then(|w| w.document());
            if let Some(card) = document.and_then(|d| d.get_element_by_id(LESSON_ID)) {
                card.scroll_into_view();
            }
        });
    };
    let link = move || {
        if !ended.get() {
            return ().into_any();
        }
        view! { <button type="button" class="link to-lesson" on:click=click(to_lesson)>{i18n::of(t, |w| w.to_lesson)}</button> }.into_any()
    };
    view! {
        <p class="lead-strip">{lead_text}</p>
        {part(link)}
    }
}

/// The element that holds the outcome and the lesson in Watch mode.
const LESSON_ID: &str = "outcome-and-lesson";

/// Whether the outcome and the lesson are shown beside the player (on a narrow screen, below it).
pub fn shows_lesson(workspace: Workspace) -> Memo<bool> {
    let ended = at_end(workspace);
    memo(move || {
        workspace.route.with(|route| route.mode == Mode::Watch)
            && ended.get()
            && !workspace.lesson_closed.get()
    })
}

/// The outcome and the lesson, in a place of their own: they never cover the player.
pub fn end_card(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let shown = shows_lesson(workspace);
    part(move || {
        if !shown.get() {
            return ().into_any();
        }
        view! {
            <section class="end-card" id=LESSON_ID aria-label=i18n::of(t, |w| w.to_lesson)>
                <button type="button" class="tool" aria-label=i18n::of(t, |w| w.hide) title=i18n::of(t, |w| w.hide) on:click=click(move |_| workspace.lesson_closed.set(true))><Icon name="close"/></button>
                {lesson(workspace)}
            </section>
        }
        .into_any()
    })
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
