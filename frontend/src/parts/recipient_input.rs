//! The field in which recipients are typed. [`RecipientField`] implements its behaviour; this
//! module binds it.

use crate::app::{App, ComposeWindow};
use crate::parts::recipient_line::Line;
use crate::parts::suggestions::suggestions_id;
use crate::state::recipient_field::{Effect, Key, RecipientField};
use crate::web::page;
use leptos::ev::{ClipboardEvent, CompositionEvent, KeyboardEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Request, Response};

/// The input field after the chips.
#[component]
pub fn Field(
    /// The compose window.
    window: ComposeWindow,
    /// The header field.
    line: Line,
    /// The state of the field.
    field: RwSignal<RecipientField>,
    /// The element ID.
    id: String,
    /// Removes a recipient.
    remove: Callback<usize>,
) -> impl IntoView {
    let perform = move |effect| perform(window, line, field, remove, effect);
    // The field also loses the focus when it is removed, and its signal may be gone.
    let apply = move |change: &dyn Fn(&mut RecipientField) -> Effect| {
        if let Some(effect) = field.try_update(|field| change(field)) {
            perform(effect);
        }
    };
    let input = move |text: String| apply(&|field| field.input(text.clone()));
    let key = move |event: KeyboardEvent| {
        let Some(key) = Key::of(&event.key()).filter(|_| !page::is_composing(&event)) else {
            return;
        };
        if let Some(effect) = field.try_update(|field| field.press(key)).flatten() {
            event.prevent_default();
            perform(effect);
        }
    };
    let paste = move |event: ClipboardEvent| {
        let data = event.clipboard_data();
        let pasted = data.and_then(|data| data.get_data("text/plain").ok());
        // A single-line field would join the lines of a list.
        let effect = pasted.and_then(|text| field.with_untracked(|field| field.paste(&text)));
        if let Some(effect) = effect {
            event.prevent_default();
            perform(effect);
        }
    };
    let list = suggestions_id(window, line);
    let active = {
        let list = list.clone();
        move || field.with(|f| f.active().map(|i| format!("{list}-{i}")))
    };
    let expanded = move || {
        let none = field.with(|f| f.suggestions().is_empty());
        if none { "false" } else { "true" }
    };
    view! {
        <input id=id name=line.word() type="text" inputmode="email" autocomplete="off" autocapitalize="off" spellcheck="false"
            data-first=(line == Line::To).then_some("") role="combobox" aria-autocomplete="list" aria-controls=list
            aria-expanded=expanded aria-activedescendant=active prop:value=move || field.with(|f| f.typed().to_owned())
            on:input=move |e| if !page::is_composed_input(&e) { input(event_target_value(&e)) }
            on:compositionend=move |e: CompositionEvent| input(event_target_value(&e))
            on:paste=paste on:keydown=key on:blur=move |_| apply(&RecipientField::finish)/>
    }
}

fn perform(
    window: ComposeWindow,
    line: Line,
    field: RwSignal<RecipientField>,
    remove: Callback<usize>,
    effect: Effect,
) {
    match effect {
        Effect::None => {}
        Effect::Add(contacts) => window.edit(|draft| line.of(draft).extend(contacts)),
        Effect::RemoveLast => {
            let count = window.with_untracked(|c| line.read(&c.draft).len());
            if let Some(last) = count.checked_sub(1) {
                remove.run(last);
            }
        }
        Effect::Complete(prefix) => complete(window.app, prefix, field),
    }
}

/// Asks the server for completions.
fn complete(app: App, prefix: String, field: RwSignal<RecipientField>) {
    spawn_local(async move {
        let request = Request::Complete {
            prefix: prefix.clone(),
        };
        if let Ok(Response::Contacts(found)) = app.call(request).await {
            field.try_update(|field| field.suggest(&prefix, found));
        }
    });
}
