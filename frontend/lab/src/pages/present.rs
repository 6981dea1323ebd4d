//! Present mode: full screen, large type, a locked level, a link for the class, and votes.

use super::vote;
use crate::i18n::{self, texts};
use crate::state::route::{Mode, Route, ScenarioRoute};
use crate::workspace::Workspace;
use frontend::bind::{boolean, click, part, text};
use frontend::parts::icon::Icon;
use frontend::stage::zoom::Zoom;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// The toolbar above the stage.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let has_questions = workspace.entry.with_value(|entry| entry.questions > 0);
    view! {
        <div class="present-bar" role="group" aria-label=i18n::of(t, |w| w.present_lead)>
            <button type="button" class="quiet" on:click=click(move |_| full_screen(workspace))><Icon name="screen"/><span>{i18n::of(t, |w| w.full_screen)}</span></button>
            {levels(workspace)}
            {has_questions.then(|| view! {
                <label class="check"><input type="checkbox" prop:checked=boolean(move || workspace.asking.get()) on:change=move |e| workspace.asking.set(event_target_checked(&e))/>{i18n::of(t, |w| w.vote)}</label>
            })}
            {link(workspace)}
            <span class="hint keys">{move || keys(texts(t).keys_hint)}</span>
        </div>
        {part(move || vote::sheet(workspace))}
    }
}

/// The keys; the line breaks only between two of them.
fn keys(hint: &'static str) -> impl IntoView {
    let key = |(i, key): (usize, &'static str)| {
        let separator = if i == 0 { "" } else { " · " };
        view! { {separator}<span class="key">{key}</span> }
    };
    hint.split(" · ").enumerate().map(key).collect_view()
}

// The player itself enlarges and fills the screen.
fn full_screen(workspace: Workspace) {
    workspace
        .player
        .with_untracked(|player| player.iter().for_each(|player| player.set_present(true)));
}

/// The locked view level; it is part of the URL, so that a link includes it.
fn levels(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let fixed = move || {
        workspace
            .route
            .with(|route| route.zoom.clone().unwrap_or_default())
    };
    let choose = move |e: leptos::ev::Event| {
        let name = event_target_value(&e);
        let route = workspace.route.get_untracked();
        let zoom = Zoom::of_name(&name).map(|zoom| zoom.name().to_owned());
        workspace
            .lab
            .go(&Route::Scenario(ScenarioRoute { zoom, ..route }), true);
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

/// The link for the class: the same scenario and level, in Predict mode.
fn link(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let href = workspace
            .route
            .with_untracked(|route| Route::Scenario(route.in_mode(Mode::Predict)).href());
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
    let label = move || {
        if copied.get() {
            texts(t).copied
        } else {
            texts(t).class_link
        }
    };
    view! { <button type="button" class="quiet" aria-live="polite" title=text(move || texts(t).class_link.to_owned()) on:click=click(copy)><Icon name="link"/><span>{label}</span></button> }
}
