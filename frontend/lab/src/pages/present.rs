//! Presenting to a class: full screen, large type, a level that stays, a link for everybody, and
//! votes.

use super::vote;
use crate::i18n::{self, texts};
use crate::state::place::{Mode, Place, Visit};
use crate::work::Work;
use frontend::bind::{click, part, text, yes};
use frontend::parts::icon::Icon;
use frontend::stage::zoom::Zoom;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Whether playback stops for the class.
pub fn asks(work: Work) -> bool {
    work.visit.with(|visit| visit.mode == Mode::Present) && work.asking.get()
}

/// The strip above the stage.
pub fn aside(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let has_questions = work.entry.with_value(|entry| entry.questions > 0);
    view! {
        <div class="present-bar" role="group" aria-label=i18n::of(t, |w| w.present_lead)>
            <button type="button" class="quiet" on:click=click(move |_| full_screen(work))><Icon name="screen"/><span>{i18n::of(t, |w| w.full_screen)}</span></button>
            {levels(work)}
            {has_questions.then(|| view! {
                <label class="check"><input type="checkbox" prop:checked=yes(move || work.asking.get()) on:change=move |e| work.asking.set(event_target_checked(&e))/>{i18n::of(t, |w| w.vote)}</label>
            })}
            {link(work)}
            <span class="hint keys">{i18n::of(t, |w| w.keys_hint)}</span>
        </div>
        {part(move || vote::sheet(work))}
    }
}

// The player itself becomes large, and fills the screen.
fn full_screen(work: Work) {
    work.deck
        .with_untracked(|deck| deck.iter().for_each(|deck| deck.show_large(true)));
}

/// The level that stays; it stands in the address, so that the link carries it.
fn levels(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let fixed = move || {
        work.visit
            .with(|visit| visit.zoom.clone().unwrap_or_default())
    };
    let choose = move |e: leptos::ev::Event| {
        let name = event_target_value(&e);
        let visit = work.visit.get_untracked();
        let zoom = Zoom::of_name(&name).map(|zoom| zoom.name().to_owned());
        work.lab.go(&Place::Scenario(Visit { zoom, ..visit }), true);
    };
    let option = move |zoom: Zoom| view! { <option value=zoom.name()>{move || zoom.words(t.language())}</option> };
    view! {
        <label class="level"><span>{i18n::of(t, |w| w.zoom_level)}</span>
            <select prop:value=fixed on:change=choose>
                <option value="">{i18n::of(t, |w| w.zoom_free)}</option>
                {Zoom::ALL.map(option).collect_view()}
            </select>
        </label>
    }
}

/// For everybody's own screen: the same scenario and level, to be predicted.
fn link(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let href = work
            .visit
            .with_untracked(|visit| Place::Scenario(visit.in_mode(Mode::Predict)).href());
        spawn_local(async move {
            let Some(window) = web_sys::window() else {
                return;
            };
            let address = format!("{}{href}", window.location().origin().unwrap_or_default());
            let done = JsFuture::from(window.navigator().clipboard().write_text(&address))
                .await
                .is_ok();
            copied.try_set(done);
        });
    };
    let told = move || {
        if copied.get() {
            texts(t).copied
        } else {
            texts(t).class_link
        }
    };
    view! { <button type="button" class="quiet" aria-live="polite" title=text(move || texts(t).class_link.to_owned()) on:click=click(copy)><Icon name="link"/><span>{told}</span></button> }
}
