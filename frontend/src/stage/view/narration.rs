//! All steps as a list of sentences, for screen readers and for reading. While playback is paused,
//! the current sentence is announced.

use super::handle::PlayerHandle;
use crate::bind::{effect, optional, printing};
use crate::stage::i18n::{role_class, say};
use crate::stage::sentences::sentence;
use leptos::html;
use leptos::prelude::*;

/// The list.
#[component]
pub fn Narration(handle: PlayerHandle) -> impl IntoView {
    let open = RwSignal::new(false);
    let printing = printing();
    let details = NodeRef::<html::Details>::new();
    let toggled = move |_| {
        if let Some(details) = details
            .get_untracked()
            .filter(|_| !printing.get_untracked())
        {
            open.set(details.open());
        }
    };
    // The list is always expanded for printing.
    effect(move || {
        if let Some(details) = details.get() {
            details.set_open(printing.get() || open.get_untracked());
        }
    });
    let announced = move || {
        let playing = handle.player.with(|p| p.playing);
        let description = move || {
            handle
                .timeline
                .with(|t| sentence(t, handle.position.get(), handle.language()))
        };
        if playing {
            String::new()
        } else {
            description()
        }
    };
    view! {
        <p class="announced" role="status">{announced}</p>
        <details class="narration" node_ref=details on:toggle=toggled>
            <summary>{move || say(handle.language(), "以文字阅读全过程", "The whole journey as text")}</summary>
            {move || (open.get() || printing.get()).then(|| sentences(handle))}
        </details>
    }
}

fn sentences(handle: PlayerHandle) -> impl IntoView {
    let language = handle.language();
    let limit = Memo::new(move |_| handle.last());
    let last = limit.get();
    let description = handle.timeline.with(|t| {
        let one = |i: usize| {
            (
                i,
                handle.clock(t.steps[i].at, true),
                t.role(i),
                sentence(t, i, language),
            )
        };
        // Not beyond an unanswered question.
        let shown = if t.is_empty() { 0 } else { last + 1 };
        (0..shown).map(one).collect::<Vec<_>>()
    });
    let item = move |(i, time, role, words): (usize, String, Option<event::Role>, String)| {
        let class = role.map_or("", role_class);
        let now = move || handle.position.get() == i;
        view! {
            <li class=class aria-current=optional(move || now().then_some("step"))>
                <button type="button" on:click=move |_| handle.go(i)><time>{time}</time><span>{words}</span></button>
            </li>
        }
    };
    view! { <ol>{description.into_iter().map(item).collect_view()}</ol> }
}
