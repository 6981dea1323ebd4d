//! Repair exercises: a broken network, hints one by one, and a goal that only considers the
//! outcome.

use crate::goal_text;
use crate::i18n::{self, texts};
use crate::repair_lesson::repair_lesson;
use crate::state::catalogue::localized;
use crate::state::route::{Mode, Route};
use crate::workspace::Workspace;
use frontend::bind::{click, part};
use frontend::i18n::Locale;
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use sim::scenario::{Exercise, Unmet, WrongMend};

/// Number of unmet conditions shown at first; the others are shown on request.
const UNMET_SHOWN_FIRST: usize = 1;

/// How much has been revealed of the open exercise.
#[derive(Clone, Copy)]
struct Revealed {
    /// Number of hints shown.
    hints: RwSignal<usize>,
    /// Number of unmet conditions shown.
    unmet_shown: RwSignal<usize>,
}

/// The panel of Repair mode, shown beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let revealed = Revealed {
        hints: RwSignal::new(0),
        unmet_shown: RwSignal::new(UNMET_SHOWN_FIRST),
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
            Some((place, exercise)) => open(workspace, place, &exercise, revealed).into_any(),
            None => choice(workspace, exercises, revealed).into_any(),
        }
    })
}

fn choice(workspace: Workspace, exercises: Vec<Exercise>, revealed: Revealed) -> impl IntoView {
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
            revealed.hints.set(0);
            revealed.unmet_shown.set(UNMET_SHOWN_FIRST);
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

fn open(
    workspace: Workspace,
    place: usize,
    exercise: &Exercise,
    revealed: Revealed,
) -> impl IntoView {
    let t = workspace.lab.t;
    let hints = revealed.hints;
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
                {part(move || unmet_list(workspace, revealed).into_any())} }.into_any()
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
    let repaired = StoredValue::new(exercise.clone());
    let lesson = move || {
        let own = workspace
            .edits
            .with(|edits| edits.as_ref().map(|edits| edits.steps.clone()));
        let own = own.unwrap_or_default();
        repaired.with_value(|exercise| repair_lesson(t.language(), exercise, &own))
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
            {part(move || if solved() { wrong_fixes(t, &wrong).into_any() } else { ().into_any() })}
            <p class="actions"><button type="button" class="link" on:click=click(move |_| workspace.open(None))>{i18n::of(t, |w| w.leave_exercise)}</button></p>
        </section>
    }
}

/// Common wrong fixes and why they fail; shown after the exercise is solved.
fn wrong_fixes(t: Locale, wrong: &[WrongMend]) -> Option<impl IntoView + use<>> {
    let item = |mend: &WrongMend| {
        let say = mend.say.clone();
        view! { <li>{move || localized(&say, t.language()).to_owned()}</li> }
    };
    let items = wrong.iter().map(item).collect_view();
    (!wrong.is_empty()).then(|| view! { <section class="note"><h3>{i18n::of(t, |w| w.only_seems)}</h3><ul>{items}</ul></section> })
}

/// The unmet conditions, revealed one by one. They describe outcomes, not how to reach them.
fn unmet_list(workspace: Workspace, revealed: Revealed) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let unmet = workspace
        .played
        .with(|played| played.as_ref().and_then(|p| p.missing.clone()))?;
    let more = unmet.len().saturating_sub(revealed.unmet_shown.get());
    let title = move |key: &str| {
        let player = workspace.player.get()?;
        player
            .explanations
            .with(|all| all.find(key).map(|found| found.title.clone()))
    };
    let item = move |condition: Unmet| view! { <li>{move || goal_text::unmet_text(t.language(), &condition, title)}</li> };
    let shown = unmet
        .into_iter()
        .take(revealed.unmet_shown.get())
        .map(item)
        .collect_view();
    let next = move |_| revealed.unmet_shown.update(|shown| *shown += 1);
    Some(view! {
        <h3>{i18n::of(t, |w| w.goal)}</h3>
        <ul class="missing-list">{shown}</ul>
        {(more > 0).then(|| view! {
            <p class="actions"><button type="button" class="link" on:click=click(next)>{move || goal_text::more(t.language(), more)}</button></p>
        })}
    })
}
