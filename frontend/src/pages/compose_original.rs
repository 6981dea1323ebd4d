//! Notes on formatting in a compose window: the original of a forward, and a draft whose formatting
//! will be lost.

use crate::app::ComposeWindow;
use crate::bind::{click, memo, part};
use crate::i18n::use_locale;
use crate::parts::icon::Icon;
use leptos::prelude::*;

/// The original below the text of a forward, and the option to make it plain text.
#[component]
pub fn OriginalMessage(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    let original = memo(move || window.with(|c| c.draft.original.clone().map(|o| o.text)));
    part(move || {
        match original.get() {
        None => ().into_any(),
        Some(text) => view! {
            <div class="original">
                <details><summary>{t.of(|w| w.original_follows)}</summary><div class="text" dir="auto" tabindex="0">{text}</div></details>
                <button type="button" class="link" on:click=click(move |_| window.make_plain())>{t.of(|w| w.original_make_plain)}</button>
            </div>
        }
        .into_any(),
    }
    })
}

/// The warning that a draft written in another mail program loses its formatting.
#[component]
pub fn LostFormatting(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    let lost = memo(move || window.with(|c| c.draft.loses_formatting));
    view! {
        <Show when=move || lost.get()>
            <p class="loses-formatting" role="note"><Icon name="warning"/><span>{t.of(|w| w.loses_formatting)}</span></p>
        </Show>
    }
}
