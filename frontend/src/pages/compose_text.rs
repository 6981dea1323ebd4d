//! The text area of a message being written, and pasting into it.

use crate::app::ComposeWindow;
use crate::bind::boolean;
use crate::i18n::use_locale;
use crate::state::clipboard::{Clipboard, Paste};
use crate::web::clipboard;
use leptos::ev::ClipboardEvent;
use leptos::html;
use leptos::prelude::*;

/// The text area. It owns the text after the first rendering.
#[component]
pub fn MessageText(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    let area = NodeRef::<html::Textarea>::new();
    let text = window.with_untracked(|c| c.draft.text.clone());
    let take = move |text: String| window.edit(|draft| draft.text = text);
    let insert = move |text: &str| {
        if let Some(area) = area.get_untracked() {
            clipboard::insert(&area, text);
            take(area.value());
        }
    };
    let paste = move |event: ClipboardEvent| {
        let Some(data) = event.clipboard_data() else {
            return;
        };
        let content = Clipboard {
            text: data.get_data("text/plain").unwrap_or_default(),
            html: data.get_data("text/html").unwrap_or_default(),
            files: data.files().map_or(0, |files| files.length()),
        };
        match content.paste() {
            Paste::Native => return,
            Paste::Insert(text) => insert(&text),
            Paste::InsertHtml(html) => insert(&clipboard::text_of_html(&html)),
            Paste::Attach => {
                if let Some(files) = data.files() {
                    window.attach_all(&files);
                }
            }
        }
        event.prevent_default();
    };
    view! {
        <textarea node_ref=area aria-label=t.of(|w| w.text) spellcheck="true" prop:value=text readonly=boolean(move || window.is_sending())
            on:paste=paste on:input=move |e| take(event_target_value(&e))></textarea>
    }
}
