//! A collision with a change made elsewhere: both versions and the choice between them, or the note
//! that the message was sent or deleted.

use crate::app::ComposeWindow;
use crate::bind::{click, memo, part};
use crate::i18n::{TextKey, use_locale};
use crate::parts::icon::Icon;
use crate::state::draft::Collision;
use crate::state::reply::written;
use leptos::prelude::*;
use wire::Draft;

/// The panel, if there is a collision.
#[component]
pub fn CollisionPanel(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let collision = memo(move || window.with(|c| c.collision.clone()));
    part(move || match collision.get() {
        None => ().into_any(),
        Some(Collision::Changed(other)) => view! { <Versions window other=*other/> }.into_any(),
        Some(Collision::Sent) => view! {
            <Panel title=|w| w.draft_sent hint=Some(|w| w.draft_sent_hint)>
                {choice(|w| w.close_window, true, move || window.drop_version())}
                {choice(|w| w.keep_as_new, false, move || window.keep_both())}
            </Panel>
        }
        .into_any(),
        Some(Collision::Deleted) => view! {
            <Panel title=|w| w.draft_deleted hint=None>
                {choice(|w| w.keep_draft, true, move || window.keep_mine())}
                {choice(|w| w.close_window, false, move || window.drop_version())}
            </Panel>
        }
        .into_any(),
    })
}

/// Both versions.
#[component]
fn Versions(window: ComposeWindow, other: Draft) -> impl IntoView {
    let t = use_locale();
    let mine = memo(move || window.with(|c| c.draft.clone()));
    view! {
        <Panel title=|w| w.draft_changed hint=Some(|w| w.draft_changed_hint)>
            <div class="versions">
                <section><h3>{t.of(|w| w.my_version)}</h3>{part(move || version(&mine.get()).into_any())}</section>
                <section><h3>{t.of(|w| w.their_version)}</h3>{version(&other)}</section>
            </div>
            {choice(|w| w.keep_mine, true, move || window.keep_mine())}
            {choice(|w| w.keep_theirs, false, move || window.keep_theirs())}
            {choice(|w| w.keep_both, false, move || window.keep_both())}
        </Panel>
    }
}

fn version(draft: &Draft) -> impl IntoView + use<> {
    let to = written(&[&draft.to[..], &draft.cc, &draft.bcc].concat());
    view! {
        <p class="version-head" dir="auto">{to}</p>
        <p class="version-head" dir="auto"><b>{draft.subject.clone()}</b></p>
        <p class="version-text" dir="auto">{draft.text.clone()}</p>
    }
}

#[component]
fn Panel(title: TextKey, hint: Option<TextKey>, children: Children) -> impl IntoView {
    let t = use_locale();
    view! {
        <div class="collision" role="alert">
            <p class="collision-title"><Icon name="warning"/><b>{t.of(title)}</b></p>
            {hint.map(|hint| view! { <p class="hint">{t.of(hint)}</p> })}
            {children()}
        </div>
    }
}

fn choice(key: TextKey, first: bool, act: impl Fn() + 'static) -> impl IntoView {
    let t = use_locale();
    let class = if first { "primary" } else { "quiet" };
    view! { <button type="button" class=class on:click=click(move |_| act())>{t.of(key)}</button> }
}
