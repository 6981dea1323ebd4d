//! Watching: what happens, how it ends, and at the end what one knows now.

use super::many;
use super::outcome::outcome;
use super::scenario::next;
use crate::i18n;
use crate::state::catalogue::in_words;
use crate::state::place::{Mode, Place};
use crate::work::Work;
use frontend::bind::{click, effect, memo, part};
use frontend::parts::icon::Icon;
use leptos::prelude::*;

/// Above the player what happens; over it, at the end, what one knows. Who put that away is not
/// shown it again before the end is left.
pub fn aside(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let away = RwSignal::new(false);
    let ended = at_end(work);
    effect(move || {
        if !ended.get() {
            away.set(false);
        }
    });
    let told = move || {
        work.entry
            .with_value(|entry| in_words(&entry.lead, t.language()).to_owned())
    };
    let card = move || {
        if !ended.get() || away.get() {
            return ().into_any();
        }
        view! {
            <div class="end-card">
                <button type="button" class="tool" aria-label=i18n::of(t, |w| w.hide) title=i18n::of(t, |w| w.hide) on:click=click(move |_| away.set(true))><Icon name="close"/></button>
                {lesson(work)}
            </div>
        }
        .into_any()
    };
    view! {
        <p class="lead-strip">{told}</p>
        {part(card)}
    }
}

/// What happens, in two or three sentences.
pub fn lead(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let told = move || {
        work.entry
            .with_value(|entry| in_words(&entry.lead, t.language()).to_owned())
    };
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.lead)}</h2>
            <p class="lead">{told}</p>
        </section>
    }
}

/// At the end, but where the panel stands beside the player anyway.
fn shown_many(work: Work) -> Option<impl IntoView> {
    let beside = work.visit.with(|visit| visit.mode == Mode::Tweak);
    (!beside).then(|| many::panel(work))
}

/// Whether the player stands at the end.
pub fn at_end(work: Work) -> Memo<bool> {
    memo(move || {
        let Some(deck) = work.deck.get() else {
            return false;
        };
        deck.position.get() >= deck.timeline.with(|t| t.last()) && deck.position.get() > 0
    })
}

/// At the end: how it ended, what one knows, and where to go on.
pub fn lesson(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let ended = at_end(work);
    let has_questions = work.entry.with_value(|entry| entry.questions > 0);
    part(move || {
        if !ended.get() {
            return ().into_any();
        }
        let told = move || {
            work.played.with(|played| {
                played
                    .as_ref()
                    .map(|p| in_words(&p.scenario.lesson, t.language()).to_owned())
                    .unwrap_or_default()
            })
        };
        let go = move |mode: Mode| {
            work.visit
                .with(|visit| Place::Scenario(visit.in_mode(mode)).href())
        };
        view! {
            {outcome(work)}
            {shown_many(work)}
            <section class="note lesson">
                <h2>{i18n::of(t, |w| w.lesson)}</h2>
                <p>{told}</p>
                <p class="then">
                    {has_questions.then(|| view! { <a class="quiet" href=go(Mode::Predict)>{i18n::of(t, |w| w.predict_now)}</a> })}
                    <a class="quiet" href=go(Mode::Tweak)>{i18n::of(t, |w| w.change_it)}</a>
                </p>
                {next(work)}
            </section>
        }
        .into_any()
    })
}
