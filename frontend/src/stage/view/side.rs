//! The panel beside the dialogue: one of message, queue, verdicts, and who can read.

use super::deck::Deck;
use super::paper::Paper;
use super::queue::QueueShelf;
use super::verdicts::Verdicts;
use super::witnesses::Witnesses;
use crate::bind::word;
use crate::stage::i18n::say;
use leptos::prelude::*;

/// What the panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    SceneMessage,
    Queue,
    Verdicts,
    Witnesses,
}

const PAGES: [(Page, &str, &str); 4] = [
    (Page::SceneMessage, "信", "SceneMessage"),
    (Page::Queue, "队列", "Queue"),
    (Page::Verdicts, "判定", "Verdicts"),
    (Page::Witnesses, "谁能看到", "Who can read"),
];

/// The panel with its tabs.
#[component]
pub fn Side(deck: Deck) -> impl IntoView {
    let page = RwSignal::new(Page::SceneMessage);
    let tab = move |(this, zh, en): (Page, &'static str, &'static str)| {
        let chosen = move || page.get() == this;
        let choose = move |_| {
            page.set(this);
            deck.lens.set(this == Page::Witnesses);
        };
        view! {
            <button type="button" aria-pressed=word(move || if chosen() { "true" } else { "false" }) on:click=choose>
                {move || say(deck.language(), zh, en)}
                {move || (this == Page::Queue).then(|| waiting(deck))}
            </button>
        }
    };
    view! {
        <section class="panel side">
            <div class="tabs" role="group" aria-label=word(move || say(deck.language(), "旁边显示", "Show beside"))>{PAGES.map(tab).collect_view()}</div>
            {move || match page.get() {
                Page::SceneMessage => view! { <Paper deck/> }.into_any(),
                Page::Queue => view! { <QueueShelf deck/> }.into_any(),
                Page::Verdicts => view! { <Verdicts deck/> }.into_any(),
                Page::Witnesses => view! { <Witnesses deck/> }.into_any(),
            }}
        </section>
    }
}

fn waiting(deck: Deck) -> impl IntoView {
    let count = deck
        .scene
        .with(|s| s.clocks.iter().filter(|c| c.key.is_some()).count());
    (count > 0).then(|| view! { <span class="count">{count}</span> })
}
