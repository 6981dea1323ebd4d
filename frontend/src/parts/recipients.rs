//! A line of recipients: removable chips, and a field that completes addresses from past mail. The
//! behaviour of the field is [`RecipientField`]; this only binds it.

use crate::app::{App, ComposeWindow};
use crate::bind::{memo, part, text, yes};
use crate::i18n::{Label, use_locale};
use crate::parts::address::AddressText;
use crate::parts::chip::{FoldedChips, RecipientChip};
use crate::state::recipient_field::{Effect, Key, RecipientField};
use crate::web::page;
use leptos::ev::{ClipboardEvent, CompositionEvent, KeyboardEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Contact, Draft, Request, Response};

/// Number of recipients from which a line that is not being edited shows only their number.
const FOLDED_FROM: usize = 20;

/// A recipient header field.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the header fields")]
pub enum Line {
    To,
    Cc,
    Bcc,
}

impl Line {
    fn of(self, draft: &mut Draft) -> &mut Vec<Contact> {
        match self {
            Line::To => &mut draft.to,
            Line::Cc => &mut draft.cc,
            Line::Bcc => &mut draft.bcc,
        }
    }

    /// The name in element ids.
    fn word(self) -> &'static str {
        match self {
            Line::To => "to",
            Line::Cc => "cc",
            Line::Bcc => "bcc",
        }
    }
}

/// A line of recipients.
#[component]
pub fn Recipients(
    /// The compose window.
    window: ComposeWindow,
    /// The header field.
    line: Line,
    /// Its label.
    #[prop(into)]
    label: Label,
) -> impl IntoView {
    let t = use_locale();
    let field = RwSignal::new(RecipientField::default());
    let chips = memo(move || window.with(|c| line.of(&mut c.draft.clone()).clone()));
    let unfolded = RwSignal::new(false);
    let remove = move |index: usize| {
        window.edit(|draft| {
            if index < line.of(draft).len() {
                line.of(draft).remove(index);
            }
        });
    };
    let id = format!("field-{}-{}", line.word(), window.number);
    let unfold = {
        let id = id.clone();
        move || {
            unfolded.set(true);
            let id = id.clone();
            page::focus_soon(move || {
                page::focus(&format!("#{id}"));
            });
        }
    };
    let drawn = move || {
        let all = chips.get();
        if all.len() >= FOLDED_FROM && !unfolded.get() {
            let unfold = Callback::new({
                let unfold = unfold.clone();
                move |()| unfold()
            });
            return view! { <FoldedChips all unfold/> }.into_any();
        }
        let one = |(i, contact)| view! { <RecipientChip contact take=move |()| remove(i)/> };
        all.into_iter()
            .enumerate()
            .map(one)
            .collect_view()
            .into_any()
    };
    view! {
        <div class="line recipients">
            <label for=id.clone()>{text(move || label.get(t))}</label>
            <div class="chips">
                {part(drawn)}
                <Field window line field id chips remove=Callback::new(remove)/>
            </div>
            <Suggestions window line field/>
        </div>
    }
}

/// The field after the chips.
#[component]
fn Field(
    window: ComposeWindow,
    line: Line,
    field: RwSignal<RecipientField>,
    id: String,
    chips: Memo<Vec<Contact>>,
    remove: Callback<usize>,
) -> impl IntoView {
    let perform = move |effect| perform(window, line, field, chips, remove, effect);
    // The field also loses the focus when it is removed.
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
        // A field of one line would join the lines of a list.
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
    chips: Memo<Vec<Contact>>,
    remove: Callback<usize>,
    effect: Effect,
) {
    match effect {
        Effect::None => {}
        Effect::Add(contacts) => window.edit(|draft| line.of(draft).extend(contacts)),
        Effect::RemoveLast => {
            if let Some(last) = chips.with_untracked(Vec::len).checked_sub(1) {
                remove.run(last);
            }
        }
        Effect::Complete(prefix) => complete(window.app, prefix, field),
    }
}

fn suggestions_id(window: ComposeWindow, line: Line) -> String {
    format!("offers-{}-{}", line.word(), window.number)
}

/// The suggestions below the line.
#[component]
fn Suggestions(
    window: ComposeWindow,
    line: Line,
    field: RwSignal<RecipientField>,
) -> impl IntoView {
    let t = use_locale();
    let list = suggestions_id(window, line);
    let choose = move |index: usize| {
        let effect = field.try_update(|field| field.choose(index));
        if let Some(Effect::Add(contacts)) = effect {
            window.edit(|draft| line.of(draft).extend(contacts));
        }
    };
    let row = {
        let list = list.clone();
        move |(i, contact): (usize, Contact)| {
            let chosen = move || (field.with(RecipientField::active) == Some(i)).to_string();
            view! {
                <li id=format!("{list}-{i}") role="option" aria-selected=text(chosen) on:mousedown=move |e| { e.prevent_default(); choose(i); }>
                    <b dir="auto">{contact.name}</b> <span><AddressText address=contact.address/></span>
                </li>
            }
        }
    };
    let rows = move || {
        let all = field.with(|f| f.suggestions().to_vec());
        all.into_iter()
            .enumerate()
            .map(&row)
            .collect_view()
            .into_any()
    };
    view! {
        <ul id=list class="offers" role="listbox" aria-label=t.of(|w| w.suggestions) hidden=yes(move || field.with(|f| f.suggestions().is_empty()))>
            {part(rows)}
        </ul>
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
