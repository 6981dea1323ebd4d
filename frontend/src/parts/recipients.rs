//! A line of recipients: chips that can be taken away, and a field that completes addresses from
//! past mail.

use crate::app::use_app;
use crate::bind::{click, memo, part, text, yes};
use crate::i18n::{Label, use_locale};
use crate::parts::icon::Icon;
use crate::state::address::{plausible, recipients, shown};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Contact, Draft, Request, Response};

/// Which line of the message.
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

    /// A word for element ids.
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
    /// Which.
    line: Line,
    /// Its name.
    #[prop(into)]
    label: Label,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let typed = RwSignal::new(String::new());
    let offers = RwSignal::new(Vec::<Contact>::new());
    let at = RwSignal::new(0_usize);
    let chips = memo(move || {
        app.writing.with(|w| {
            w.as_ref()
                .map_or_else(Vec::new, |w| line.of(&mut w.draft.clone()).clone())
        })
    });
    let add = move |contacts: Vec<Contact>| {
        if !contacts.is_empty() {
            app.edit(|draft| line.of(draft).extend(contacts));
        }
        typed.set(String::new());
        offers.set(Vec::new());
    };
    let take = move |index: usize| {
        app.edit(|draft| drop((index < line.of(draft).len()).then(|| line.of(draft).remove(index))))
    };
    // The field loses the keyboard also when it goes away itself.
    let finish = move || {
        if let Some(text) = typed.try_get_untracked() {
            add(recipients(&text));
        }
    };
    let input = move |text: String| {
        typed.set(text.clone());
        at.set(0);
        if text.contains([',', ';', '，', '；', '\n']) {
            finish();
        } else {
            complete(app, text.trim().to_owned(), typed, offers);
        }
    };
    let key = move |event: KeyboardEvent| {
        let offered = offers.with_untracked(Vec::len);
        match event.key().as_str() {
            _ if event.is_composing() => return,
            "ArrowDown" if offered > 0 => at.update(|at| *at = (*at + 1) % offered),
            "ArrowUp" if offered > 0 => at.update(|at| *at = (*at + offered - 1) % offered),
            "Enter" | "Tab" if offered > 0 => add(offers
                .with_untracked(|o| o.get(at.get_untracked()).cloned())
                .into_iter()
                .collect()),
            "Enter" => finish(),
            "Escape" if offered > 0 => offers.set(Vec::new()),
            "Backspace" if typed.with_untracked(String::is_empty) => {
                if let Some(last) = chips.with_untracked(Vec::len).checked_sub(1) {
                    take(last);
                }
                return;
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list = format!("offers-{}", line.word());
    let row = {
        let list = list.clone();
        move |i: usize| format!("{list}-{i}")
    };
    let active = {
        let list = list.clone();
        move || {
            offers
                .with(|o| !o.is_empty())
                .then(|| format!("{list}-{}", at.get()))
        }
    };
    view! {
        <div class="line receivers">
            <label for=format!("field-{}", line.word())>{text(move || label.get(t))}</label>
            <div class="chips">
                {part(move || chips.get().into_iter().enumerate().map(|(i, contact)| chip(contact, move || take(i))).collect_view().into_any())}
                <input id=format!("field-{}", line.word()) type="text" inputmode="email" autocomplete="off" autocapitalize="off" spellcheck="false"
                    data-first=(line == Line::To).then_some("") role="combobox" aria-autocomplete="list" aria-controls=list.clone()
                    aria-expanded=move || if offers.with(Vec::is_empty) { "false" } else { "true" } aria-activedescendant=active
                    prop:value=move || typed.get() on:input=move |e| input(event_target_value(&e)) on:keydown=key on:blur=move |_| finish()/>
                <ul id=list.clone() class="offers" role="listbox" aria-label=t.of(|w| w.suggestions) hidden=yes(move || offers.with(Vec::is_empty))>
                    {part(move || offers.get().into_iter().enumerate().map(|(i, contact)| {
                        let (name, address, chosen) = (contact.name.clone(), contact.address.clone(), contact);
                        view! {
                            <li id=row(i) role="option" aria-selected=text(move || (at.get() == i).to_string())
                                on:mousedown=move |e| { e.prevent_default(); add(vec![chosen.clone()]); }>
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
            <button type="button" aria-label=text(move || t.take_away(&spoken)) on:click=click(move |_| take())><Icon name="close"/></button>
        </span>
    }
}

/// Asks for addresses that begin like this; an answer that comes too late is not shown.
fn complete(
    app: crate::app::App,
    prefix: String,
    typed: RwSignal<String>,
    offers: RwSignal<Vec<Contact>>,
) {
    if prefix.is_empty() {
        offers.set(Vec::new());
        return;
    }
    spawn_local(async move {
        let answer = app
            .call(Request::Complete {
                prefix: prefix.clone(),
            })
            .await;
        if let Ok(Response::Contacts(found)) = answer
            && typed.try_with_untracked(|now| now.trim() == prefix) == Some(true)
        {
            offers.set(found);
        }
    });
}
