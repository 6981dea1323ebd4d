//! The original of a forward in a compose window, and notes above the text.

use crate::app::ComposeWindow;
use crate::bind::{click, memo, part};
use crate::i18n::{TextKey, use_locale};
use crate::parts::icon::Icon;
use leptos::prelude::*;
use wire::Original;

/// The original below the text of a forward, and the option to make it plain text.
#[component]
pub fn OriginalMessage(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    // Its text never changes, and may be long.
    let any = memo(move || window.with(|c| c.draft.original.is_some()));
    part(move || {
        let original = any
            .get()
            .then(|| window.with_untracked(|c| c.draft.original.clone()));
        match original.flatten() {
        None => ().into_any(),
        Some(Original { text, .. }) => view! {
            <div class="original">
                <details><summary>{t.of(|w| w.original_follows)}</summary><div class="text" dir="auto" tabindex="0">{text}</div></details>
                <button type="button" class="link" on:click=click(move |_| window.make_plain())>{t.of(|w| w.original_make_plain)}</button>
            </div>
        }
        .into_any(),
    }
    })
}

/// The warnings that a draft written in another mail program loses its formatting, and that a
/// hidden recipient answers to all.
#[component]
pub fn Notes(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    let kinds = memo(move || window.with(|c| (c.draft.loses_formatting, c.exposes)));
    let note = move |key: TextKey| view! { <p class="compose-note" role="note"><Icon name="warning"/><span>{t.of(key)}</span></p> };
    part(move || {
        let (lost, exposes) = kinds.get();
        let lost = lost.then(|| note(|w| w.loses_formatting));
        let exposes = exposes.then(|| note(|w| w.blind_copy_exposed));
        (lost, exposes).into_any()
    })
}
