//! Quick forms: a domain, a message, a mail retrieval.

use crate::build::editor::EditorState;
use crate::build::edits;
use crate::build::field_error::{self, FieldError};
use crate::build::generate::{self, MailUser};
use crate::build::i18n::{self, texts};
use frontend::bind::part;
use leptos::prelude::*;
use mail::Duration;
use sim::scenario::{Span, StepSpec};

/// The form that adds a domain with everything it needs.
#[component]
pub fn NewDomain(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let (domain, user) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let failure = RwSignal::new(None::<Result<FieldError, ()>>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (name, person) = (
            domain.get_untracked().trim().to_lowercase(),
            user.get_untracked().trim().to_lowercase(),
        );
        let checked =
            field_error::name(&name).and_then(|()| field_error::mail(&format!("{person}@{name}")));
        if let Err(field_error) = checked {
            failure.set(Some(Ok(field_error)));
            return;
        }
        let mut made = false;
        editor.change(|file, edits| made = generate::domain(file, edits, &name, &person));
        failure.set((!made).then_some(Err(())));
        if made {
            domain.set(String::new());
            user.set(String::new());
        }
    };
    let why = move || {
        failure.get().map(|failure| {
            failure.map_or_else(
                |()| texts(t).domain_taken.to_owned(),
                |field_error| i18n::field_error(t.language(), &field_error),
            )
        })
    };
    // The form is open if there are no hosts yet.
    let opened = RwSignal::new(false);
    let looked = StoredValue::new(false);
    Effect::new(move || {
        if let Some((file, edits)) = editor.now()
            && !looked.get_value()
        {
            looked.set_value(true);
            opened.set(edits::hosts(&file, &edits).is_empty());
        }
    });
    view! {
        <details class="group quick" prop:open=opened>
            <summary>{i18n::of(t, |w| w.add_domain)}</summary>
            <p class="hint">{i18n::of(t, |w| w.add_domain_hint)}</p>
            <form class="quick-form" on:submit=add>
                <label class="field"><span>{i18n::of(t, |w| w.domain)}</span><input type="text" name="domain" placeholder="c.test" autocomplete="off" spellcheck="false" prop:value=domain on:input=move |e| domain.set(event_target_value(&e))/></label>
                <label class="field"><span>{i18n::of(t, |w| w.user)}</span><input type="text" name="user" placeholder="carol" autocomplete="off" spellcheck="false" prop:value=user on:input=move |e| user.set(event_target_value(&e))/></label>
                <button type="submit" class="primary">{i18n::of(t, |w| w.add)}</button>
            </form>
            {move || why().map(|why| view! { <small class="field-error" role="alert">{why}</small> })}
        </details>
    }
}

// One minute after the last event so far.
fn later(editor: EditorState) -> String {
    let last = editor
        .now_untracked()
        .and_then(|(file, edits)| edits::steps(&file, &edits).last().map(|row| row.step.at));
    let seconds = last.map_or(0, |at| at.0.as_secs());
    Span(Duration::from_secs(seconds + 60)).to_string()
}

fn put(editor: EditorState, step: StepSpec) {
    editor.change(|file, edits| {
        edits::last_until(file, edits, step.at);
        edits.steps.push(step);
    });
}

/// The form that adds a message from one user to another.
#[component]
pub fn NewMessage(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let people = Memo::new(move |_| {
        editor
            .now()
            .map(|(file, edits)| generate::mail_users(&file, &edits))
            .unwrap_or_default()
    });
    let form = move || {
        let all = people.get();
        if all.is_empty() {
            view! { <p class="hint">{texts(t).nobody}</p> }.into_any()
        } else {
            view! { <Message editor all/> }.into_any()
        }
    };
    view! { <details class="group quick"><summary>{i18n::of(t, |w| w.send_message)}</summary>{part(form)}</details> }
}

fn options(all: &[MailUser]) -> impl IntoView + use<> {
    all.iter().enumerate().map(|(place, writer)| view! { <option value=place.to_string()>{writer.address.clone()}</option> }).collect_view()
}

#[component]
fn Message(editor: EditorState, all: Vec<MailUser>) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let other = all
        .iter()
        .map(|writer| writer.address.clone())
        .nth(1)
        .or_else(|| all.first().map(|writer| writer.address.clone()));
    let (from, to) = (
        RwSignal::new(0_usize),
        RwSignal::new(other.unwrap_or_default()),
    );
    let (subject, body, at) = (
        RwSignal::new("Hello".to_owned()),
        RwSignal::new("Hello!".to_owned()),
        RwSignal::new(later(editor)),
    );
    let error = RwSignal::new(None::<FieldError>);
    let listed = options(&all);
    let all = StoredValue::new(all);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (to, at) = (
            to.get_untracked().trim().to_owned(),
            at.get_untracked().trim().to_owned(),
        );
        if let Err(field_error) =
            field_error::mail(&to).and_then(|()| field_error::span(&at).map(drop))
        {
            error.set(Some(field_error));
            return;
        }
        error.set(None);
        let writer = all.with_value(|all| all.get(from.get_untracked()).cloned());
        let step = writer.and_then(|writer| {
            generate::message(
                &writer,
                &to,
                &at,
                &subject.get_untracked(),
                &body.get_untracked(),
            )
        });
        if let Some(step) = step {
            put(editor, step);
        }
    };
    view! {
        <form class="quick-form" on:submit=send>
            <label class="field"><span>{i18n::of(t, |w| w.message_from)}</span>
                <select name="message-from" on:change=move |e| from.set(event_target_value(&e).parse().unwrap_or(0))>{listed}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.message_to)}</span><input type="text" name="message-to" prop:value=to on:input=move |e| to.set(event_target_value(&e))/></label>
            <label class="field"><span>{i18n::of(t, |w| w.message_subject)}</span><input type="text" name="message-subject" prop:value=subject on:input=move |e| subject.set(event_target_value(&e))/></label>
            <label class="field"><span>{i18n::of(t, |w| w.message_at)}</span><input type="text" name="message-at" prop:value=at on:input=move |e| at.set(event_target_value(&e))/></label>
            <label class="field wide"><span>{i18n::of(t, |w| w.message_text)}</span><textarea name="message-text" rows="3" prop:value=body on:input=move |e| body.set(event_target_value(&e))></textarea></label>
            <button type="submit" class="primary">{i18n::of(t, |w| w.add)}</button>
        </form>
        {move || error.get().map(|field_error| view! { <small class="field-error" role="alert">{i18n::field_error(t.language(), &field_error)}</small> })}
    }
}

/// The form that adds a mail retrieval.
#[component]
pub fn Fetch(editor: EditorState) -> impl IntoView {
    let t = editor.workspace.lab.t;
    let people = Memo::new(move |_| {
        editor
            .now()
            .map(|(file, edits)| generate::mail_users(&file, &edits))
            .unwrap_or_default()
    });
    // Mail is usually fetched by a recipient, not by the first sender.
    let who = RwSignal::new(usize::from(people.with_untracked(|all| all.len() > 1)));
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let reader = people.with_untracked(|all| all.get(who.get_untracked()).cloned());
        if let Some(step) = reader.and_then(|reader| generate::fetch(&reader, &later(editor))) {
            put(editor, step);
        }
    };
    let form = move || {
        let all = people.get();
        if all.is_empty() {
            return view! { <p class="hint">{texts(t).nobody}</p> }.into_any();
        }
        view! {
            <form class="row" on:submit=add>
                <select name="fetch-who" aria-label=i18n::of(t, |w| w.fetch_mail) prop:value=move || who.get().to_string() on:change=move |e| who.set(event_target_value(&e).parse().unwrap_or(0))>{options(&all)}</select>
                <button type="submit" class="primary">{i18n::of(t, |w| w.add)}</button>
            </form>
        }
        .into_any()
    };
    view! { <details class="group quick"><summary>{i18n::of(t, |w| w.fetch_mail)}</summary>{part(form)}</details> }
}
