//! The account: every step as a sentence in an ordered list, for screen readers, for notes, and for
//! reading instead of watching. While nothing plays, the present sentence is also announced.

use super::deck::Deck;
use crate::bind::maybe;
use crate::stage::i18n::{clock, role_class, say};
use crate::stage::sentences::sentence;
use leptos::prelude::*;

/// The list.
#[component]
pub fn Account(deck: Deck) -> impl IntoView {
    let open = RwSignal::new(false);
    let announced = move || {
        let playing = deck.player.with(|p| p.playing);
        let told = move || {
            deck.timeline
                .with(|t| sentence(t, deck.position.get(), deck.language()))
        };
        if playing { String::new() } else { told() }
    };
    view! {
        <p class="announced" role="status">{announced}</p>
        <details class="narration" on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>{move || say(deck.language(), "用文字读完整的旅程", "The whole journey in sentences")}</summary>
            {move || open.get().then(|| sentences(deck))}
        </details>
    }
}

fn sentences(deck: Deck) -> impl IntoView {
    let language = deck.language();
    let limit = Memo::new(move |_| deck.last());
    let last = limit.get();
    let told = deck.timeline.with(|t| {
        let one = |i: usize| {
            (
                i,
                clock(t.steps[i].at, deck.east_minutes, true),
                t.role(i),
                sentence(t, i, language),
            )
        };
        // Not beyond a question that is still open.
        let shown = if t.is_empty() { 0 } else { last + 1 };
        (0..shown).map(one).collect::<Vec<_>>()
    });
    let item = move |(i, time, role, words): (usize, String, Option<event::Role>, String)| {
        let class = role.map_or("", role_class);
        let now = move || deck.position.get() == i;
        view! {
            <li class=class aria-current=maybe(move || now().then_some("step"))>
                <button type="button" on:click=move |_| deck.go(i)><time>{time}</time><span>{words}</span></button>
            </li>
        }
    };
    view! { <ol>{told.into_iter().map(item).collect_view()}</ol> }
}
