//! The side panel with its tabs: message, queue, verdicts, visibility.

use super::handle::PlayerHandle;
use super::message_panel::MessagePanel;
use super::queue_panel::QueuePanel;
use super::verdicts_panel::VerdictsPanel;
use super::visibility_panel::VisibilityPanel;
use crate::bind::static_text;
use crate::stage::i18n::say;
use leptos::prelude::*;

/// A page of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Message,
    Queue,
    Verdicts,
    Visibility,
}

const PAGES: [(Page, &str, &str); 4] = [
    (Page::Message, "邮件", "Message"),
    (Page::Queue, "队列", "Queue"),
    (Page::Verdicts, "判定", "Verdicts"),
    (Page::Visibility, "谁能看到", "Readers"),
];

/// The panel with its tabs.
#[component]
pub fn Side(handle: PlayerHandle) -> impl IntoView {
    let page = RwSignal::new(Page::Message);
    let tab = move |(this, zh, en): (Page, &'static str, &'static str)| {
        let chosen = move || page.get() == this;
        let choose = move |_| {
            page.set(this);
            handle.lens.set(this == Page::Visibility);
        };
        view! {
            <button type="button" aria-pressed=static_text(move || if chosen() { "true" } else { "false" }) on:click=choose>
                {move || say(handle.language(), zh, en)}
                {move || (this == Page::Queue).then(|| waiting(handle))}
            </button>
        }
    };
    view! {
        <section class="panel side-panel">
            <div class="tabs" role="group" aria-label=static_text(move || say(handle.language(), "侧栏", "Side panel"))>{PAGES.map(tab).collect_view()}</div>
            {move || match page.get() {
                Page::Message => view! { <MessagePanel handle/> }.into_any(),
                Page::Queue => view! { <QueuePanel handle/> }.into_any(),
                Page::Verdicts => view! { <VerdictsPanel handle/> }.into_any(),
                Page::Visibility => view! { <VisibilityPanel handle/> }.into_any(),
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
