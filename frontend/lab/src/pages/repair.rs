//! Repair exercises: a broken world, hints one by one, and a goal that only looks at the outcome.

use crate::goal_text;
use crate::i18n::{self, texts};
use crate::state::catalogue::localized;
use crate::state::route::{Mode, Route};
use crate::workspace::Workspace;
use frontend::bind::{click, part};
use frontend::i18n::Locale;
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use sim::scenario::{Exercise, Unmet, WrongMend};

/// What is missing is told by itself up to here; the rest when it is asked for.
const LACKS_FIRST: usize = 1;

/// What was asked for, of the exercise that is open.
#[derive(Clone, Copy)]
struct Asked {
    /// So many of the author's hints.
    hints: RwSignal<usize>,
    /// So much of what is missing.
    lacks: RwSignal<usize>,
}

/// Beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let asked = Asked {
        hints: RwSignal::new(0),
        lacks: RwSignal::new(LACKS_FIRST),
    };
    let playing = move || {
        workspace
            .edits
            .with(|edits| edits.as_ref().and_then(|edits| edits.exercise))
    };
    part(move || {
        let exercises = workspace.original.with(|played| {
            played
                .as_ref()
                .map(|p| p.scenario.exercises.clone())
                .unwrap_or_default()
        });
        match playing().and_then(|place| {
            exercises
                .get(place)
                .cloned()
                .map(|exercise| (place, exercise))
        }) {
            Some((place, exercise)) => open(workspace, place, &exercise, asked).into_any(),
            None => choice(workspace, exercises, asked).into_any(),
        }
    })
}

fn choice(workspace: Workspace, exercises: Vec<Exercise>, asked: Asked) -> impl IntoView {
    let t = workspace.lab.t;
    let mended = move |place: usize| {
        let number = workspace.entry.with_value(|entry| entry.number);
        workspace.lab.progress.with(|progress| {
            progress
                .scenarios
                .get(&number)
                .is_some_and(|mark| mark.mended.contains(&(place as u32)))
        })
    };
    let none = exercises.is_empty();
    let cards = exercises.into_iter().enumerate().map(|(place, exercise)| {
        let begin = move |_| {
            asked.hints.set(0);
            asked.lacks.set(LACKS_FIRST);
            workspace.open(Some(place));
        };
        let (title, task) = (exercise.title, exercise.task);
        let done = move || {
            mended(place)
                .then(|| view! { <span class="postmark is-delivered" role="img" aria-label=texts(t).done><Icon name="check"/></span> })
        };
        view! {
            <li class="exercise">
                <h3>{move || localized(&title, t.language()).to_owned()}{done}</h3>
                <p>{move || localized(&task, t.language()).to_owned()}</p>
                <button type="button" class="primary" on:click=click(begin)>{i18n::of(t, |w| w.begin_exercise)}</button>
            </li>
        }
    });
    let cards = cards.collect_view();
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.broken_world)}</h2>
            <p>{move || if none { texts(t).no_exercises } else { texts(t).exercise_lead }}</p>
            <ol class="exercises">{cards}</ol>
        </section>
    }
}

fn open(workspace: Workspace, place: usize, exercise: &Exercise, asked: Asked) -> impl IntoView {
    let t = workspace.lab.t;
    let hints = asked.hints;
    let (title, task, all_hints, solution) = (
        exercise.title.clone(),
        exercise.task.clone(),
        exercise.hints.clone(),
        exercise.solution.clone(),
    );
    let wrong = exercise.wrong.clone();
    let solved = move || workspace.is_solved();
    frontend::bind::effect(move || {
        if solved() {
            workspace.mark(|mark| mark.mended.extend([place as u32]));
        }
    });
    let count = all_hints.len();
    let shown = move || {
        let hint = |text: &sim::scenario::Text| {
            let text = text.clone();
            view! { <li><Icon name="bulb"/><span>{move || localized(&text, t.language()).to_owned()}</span></li> }
        };
        all_hints.iter().take(hints.get()).map(hint).collect_view()
    };
    let show_solution = move |_| {
        let steps = solution.clone();
        workspace.edit(|edits| edits.steps.extend(steps));
    };
    let state = move || {
        if solved() {
            view! { <p class="goal solved" role="status"><span class="postmark is-delivered"><Icon name="check"/></span><b>{i18n::of(t, |w| w.solved)}</b></p> }.into_any()
        } else {
            view! { <p class="goal" role="status"><span class="postmark is-waiting"><Icon name="clock"/></span><b>{i18n::of(t, |w| w.not_solved)}</b></p>
                {part(move || lacking(workspace, asked).into_any())} }.into_any()
        }
    };
    let tweak = move || {
        workspace
            .route
            .with(|route| Route::Scenario(route.in_mode(Mode::Build)).href())
    };
    let more = move || hints.get() < count;
    let solution_button = part(move || {
        if more() || solved() {
            return ().into_any();
        }
        let show = show_solution.clone();
        view! { <button type="button" class="link" on:click=click(show)>{i18n::of(t, |w| w.solution)}</button> }.into_any()
    });
    let lesson = move || {
        workspace.played.with(|played| {
            played
                .as_ref()
                .map(|p| localized(&p.scenario.lesson, t.language()).to_owned())
        })
    };
    view! {
        <section class="note exercise-open">
            <h2>{move || localized(&title, t.language()).to_owned()}</h2>
            <p>{move || localized(&task, t.language()).to_owned()}</p>
            {part(move || state().into_any())}
            <p class="actions"><a class="quiet" href=tweak><Icon name="edit"/>{i18n::of(t, |w| w.edit_records)}</a></p>
            <ol class="hints">{shown}</ol>
            <p class="actions">
                {part(move || if more() {
                    view! { <button type="button" class="quiet" on:click=click(move |_| hints.update(|n| *n += 1))><Icon name="bulb"/>{i18n::of(t, |w| w.hint)}</button> }.into_any()
                } else {
                    view! { <span class="hint">{i18n::of(t, |w| w.no_more_hints)}</span> }.into_any()
                })}
                {solution_button}
            </p>
            {part(move || if solved() { view! { <section class="note lesson"><h3>{i18n::of(t, |w| w.lesson)}</h3><p>{lesson}</p></section> }.into_any() } else { ().into_any() })}
            {part(move || if solved() { seeming(t, &wrong).into_any() } else { ().into_any() })}
            <p class="actions"><button type="button" class="link" on:click=click(move |_| workspace.open(None))>{i18n::of(t, |w| w.leave_exercise)}</button></p>
        </section>
    }
}

/// Common wrong fixes and why they fail; shown after the exercise is solved.
fn seeming(t: Locale, wrong: &[WrongMend]) -> Option<impl IntoView + use<>> {
    let description = |mend: &WrongMend| {
        let say = mend.say.clone();
        view! { <li>{move || localized(&say, t.language()).to_owned()}</li> }
    };
    let description = wrong.iter().map(description).collect_view();
    (!wrong.is_empty()).then(|| view! { <section class="note"><h3>{i18n::of(t, |w| w.only_seems)}</h3><ul>{description}</ul></section> })
}

/// What is still missing, one thing after the other: where the messages should be, never how they
/// get there.
fn lacking(workspace: Workspace, asked: Asked) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let fetch_error = workspace
        .played
        .with(|played| played.as_ref().and_then(|p| p.missing.clone()))?;
    let more = fetch_error.len().saturating_sub(asked.lacks.get());
    let title = move |key: &str| {
        let player = workspace.player.get()?;
        player
            .explanations
            .with(|all| all.find(key).map(|found| found.title.clone()))
    };
    let description =
        move |lack: Unmet| view! { <li>{move || goal_text::lack(t.language(), &lack, title)}</li> };
    let shown = fetch_error
        .into_iter()
        .take(asked.lacks.get())
        .map(description)
        .collect_view();
    let next = move |_| asked.lacks.update(|shown| *shown += 1);
    Some(view! {
        <h3>{i18n::of(t, |w| w.goal)}</h3>
        <ul class="missing-list">{shown}</ul>
        {(more > 0).then(|| view! {
            <p class="actions"><button type="button" class="link" on:click=click(next)>{move || goal_text::more(t.language(), more)}</button></p>
        })}
    })
}
