//! The panel beside the dialogue: one of message, queue, verdicts, and who can read.

use super::handle::PlayerHandle;
use super::message_panel::MessagePanel;
use super::queue_panel::QueuePanel;
use super::verdicts_panel::VerdictsPanel;
use super::visibility_panel::VisibilityPanel;
use crate::bind::word;
use crate::stage::i18n::say;
use leptos::prelude::*;

/// What the panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    SceneMessage,
    Queue,
    VerdictsPanel,
    VisibilityPanel,
}

const PAGES: [(Page, &str, &str); 4] = [
    (Page::SceneMessage, "信", "SceneMessage"),
    (Page::Queue, "队列", "Queue"),
    (Page::VerdictsPanel, "判定", "Verdicts"),
    (Page::VisibilityPanel, "谁能看到", "Who can read"),
];

/// The panel with its tabs.
#[component]
pub fn Side(handle: PlayerHandle) -> impl IntoView {
    let page = RwSignal::new(Page::SceneMessage);
    let tab = move |(this, zh, en): (Page, &'static str, &'static str)| {
        let chosen = move || page.get() == this;
        let choose = move |_| {
            page.set(this);
            handle.lens.set(this == Page::VisibilityPanel);
        };
        view! {
            <button type="button" aria-pressed=word(move || if chosen() { "true" } else { "false" }) on:click=choose>
                {move || say(handle.language(), zh, en)}
                {move || (this == Page::Queue).then(|| waiting(handle))}
            </button>
        }
    };
    view! {
        <section class="panel side-panel">
            <div class="tabs" role="group" aria-label=word(move || say(handle.language(), "旁边显示", "Show beside"))>{PAGES.map(tab).collect_view()}</div>
            {move || match page.get() {
                Page::SceneMessage => view! { <MessagePanel handle/> }.into_any(),
                Page::Queue => view! { <QueuePanel handle/> }.into_any(),
                Page::VerdictsPanel => view! { <VerdictsPanel handle/> }.into_any(),
                Page::VisibilityPanel => view! { <VisibilityPanel handle/> }.into_any(),
            }}
        </section>
    }
}

fn waiting(handle: PlayerHandle) -> impl IntoView {
    let count = handle
        .scene
        .with(|s| s.clocks.iter().filter(|c| c.key.is_some()).count());
    (count > 0).then(|| view! { <span class="count">{count}</span> })
}
