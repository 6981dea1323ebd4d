//! A line of recipients: removable chips, and a field that completes addresses from past mail. The
//! behaviour of the field is [`RecipientField`]; this only binds it.

use crate::app::{App, use_app};
use crate::bind::{click, memo, part, text, yes};
use crate::i18n::{Label, use_locale};
use crate::parts::icon::Icon;
use crate::state::address::{plausible, shown};
use crate::state::recipient_field::{Effect, Key, RecipientField};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Contact, Draft, Request, Response};

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
    /// The header field.
    line: Line,
    /// Its label.
    #[prop(into)]
    label: Label,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let field = RwSignal::new(RecipientField::default());
    let chips = memo(move || {
        app.writing.with(|w| {
            w.as_ref()
                .map_or_else(Vec::new, |w| line.of(&mut w.draft.clone()).clone())
        })
    });
    let remove = move |index: usize| {
        app.edit(|draft| {
            if index < line.of(draft).len() {
                line.of(draft).remove(index);
            }
        });
    };
    let perform = move |effect: Effect| match effect {
        Effect::None => {}
        Effect::Add(contacts) => app.edit(|draft| line.of(draft).extend(contacts)),
        Effect::RemoveLast => {
            if let Some(last) = chips.with_untracked(Vec::len).checked_sub(1) {
                remove(last);
            }
        }
        Effect::Complete(prefix) => complete(app, prefix, field),
    };
    // The field also loses the focus when it is removed.
    let apply = move |change: &dyn Fn(&mut RecipientField) -> Effect| {
        if let Some(effect) = field.try_update(|field| change(field)) {
            perform(effect);
        }
    };
    let input = move |text: String| apply(&|field| field.input(text.clone()));
    let key = move |event: KeyboardEvent| {
        let Some(key) = Key::of(&event.key()).filter(|_| !event.is_composing()) else {
            return;
        };
        if let Some(effect) = field.try_update(|field| field.press(key)).flatten() {
            event.prevent_default();
            perform(effect);
        }
    };
    let list = format!("offers-{}", line.word());
    let row = {
        let list = list.clone();
        move |i: usize| format!("{list}-{i}")
    };
    let active = {
        let list = list.clone();
        move || field.with(|f| f.active().map(|i| format!("{list}-{i}")))
    };
    let closed = move || field.with(|f| f.suggestions().is_empty());
    view! {
        <div class="line recipients">
            <label for=format!("field-{}", line.word())>{text(move || label.get(t))}</label>
            <div class="chips">
                {part(move || chips.get().into_iter().enumerate().map(|(i, contact)| chip(contact, move || remove(i))).collect_view().into_any())}
                <input id=format!("field-{}", line.word()) type="text" inputmode="email" autocomplete="off" autocapitalize="off" spellcheck="false"
                    data-first=(line == Line::To).then_some("") role="combobox" aria-autocomplete="list" aria-controls=list.clone()
                    aria-expanded=move || if closed() { "false" } else { "true" } aria-activedescendant=active
                    prop:value=move || field.with(|f| f.typed().to_owned()) on:input=move |e| input(event_target_value(&e)) on:keydown=key on:blur=move |_| apply(&RecipientField::finish)/>
                <ul id=list.clone() class="offers" role="listbox" aria-label=t.of(|w| w.suggestions) hidden=yes(closed)>
                    {part(move || field.with(|f| f.suggestions().to_vec()).into_iter().enumerate().map(|(i, contact)| {
                        let (name, address) = (contact.name, contact.address);
                        view! {
                            <li id=row(i) role="option" aria-selected=text(move || (field.with(RecipientField::active) == Some(i)).to_string())
                                on:mousedown=move |e| { e.prevent_default(); apply(&|f| f.choose(i)); }>
                                <b>{name}</b> <span>{address}</span>
                            </li>
                        }
                    }).collect_view().into_any())}
                </ul>
            </div>
        </div>
    }
}

fn chip(contact: Contact, take: impl Fn() + Send + 'static) -> impl IntoView {
    let t = use_locale();
    let bad = !plausible(&contact.address);
    let named = shown(&contact).to_owned();
    let spoken = named.clone();
    view! {
        <span class="chip" class:bad=bad title=contact.address>
            {bad.then(|| view! { <Icon name="warning"/> })}
            <span>{named}</span>
            <button type="button" aria-label=text(move || t.remove_item(&spoken)) on:click=click(move |_| take())><Icon name="close"/></button>
        </span>
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
