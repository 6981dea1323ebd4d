//! The compose window. It lies over the page and can be minimised.

use crate::app::use_app;
use crate::bind::{click, memo, part, word, yes};
use crate::i18n::{label, use_locale};
use crate::pages::compose_files::Files;
use crate::parts::icon::{Icon, IconButton};
use crate::parts::recipients::{Line, Recipients};
use crate::state::draft::{Phase, SendBlocker, Writing};
use crate::web::page;
use leptos::ev::{ClipboardEvent, DragEvent, KeyboardEvent};
use leptos::prelude::*;

/// The compose window, if a message is being written.
#[component]
pub fn Compose() -> impl IntoView {
    let app = use_app();
    // Recreated for another message, but not for edits.
    let open = memo(move || app.writing.with(Option::is_some).then(|| app.sheet.get()));
    part(move || open.get().map(|_| view! { <Sheet/> }).into_any())
}

#[component]
fn Sheet() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let minimised = RwSignal::new(false);
    let expanded = RwSignal::new(false);
    let over = RwSignal::new(false);
    let tried = RwSignal::new(false);
    let begun = app
        .writing
        .with_untracked(|w| w.as_ref().is_some_and(|w| !w.draft.to.is_empty()));
    page::focus_soon(move || {
        page::focus(if begun {
            ".compose textarea"
        } else {
            ".compose [data-first]"
        });
    });
    let title = move || {
        app.writing.with(|w| match w {
            Some(w) if !w.draft.subject.trim().is_empty() => w.draft.subject.clone(),
            _ => t.new_message.to_owned(),
        })
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            tried.set(true);
            app.send(false);
        }
    };
    let drop_files = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
            app.attach_all(&files);
        }
    };
    let paste = move |event: ClipboardEvent| {
        if let Some(files) = event
            .clipboard_data()
            .and_then(|data| data.files())
            .filter(|files| files.length() > 0)
        {
            event.prevent_default();
            app.attach_all(&files);
        }
    };
    view! {
        <section class="compose" role="dialog" aria-label=title class:minimised=minimised class:expanded=expanded class:over=over on:keydown=key on:paste=paste
            on:dragover=move |e| { e.prevent_default(); over.set(true); } on:dragleave=move |_| over.set(false) on:drop=drop_files>
            <div class="compose-head">
                <h2>{title}</h2>
                <Saved/>
                <IconButton icon=Signal::derive(move || if minimised.get() { "up" } else { "minus" })
                    label=Signal::derive(move || if minimised.get() { t.restore } else { t.minimise }.to_owned()) press=move |_| minimised.update(|a| *a = !*a)/>
                <IconButton icon="expand" class="wide-only" label=Signal::derive(move || if expanded.get() { t.shrink } else { t.expand }.to_owned())
                    press=move |_| { expanded.update(|l| *l = !*l); minimised.set(false); }/>
                <IconButton icon="close" key="Esc" label=label(|w| w.save_and_close) press=move |_| app.close_compose()/>
            </div>
            <div class="compose-body" hidden=minimised>
                <Lines/>
                <textarea aria-label=t.of(|w| w.text) dir="auto" spellcheck="true" prop:value=text() on:input=move |e| { let text = event_target_value(&e); app.edit(|d| d.text = text); }></textarea>
                <Files/>
                <Foot tried/>
            </div>
            <div class="drop-here" hidden=yes(move || !over.get())><Icon name="attach"/>{t.of(|w| w.drop_here)}</div>
        </section>
    }
}

/// The initial text; afterwards the text area owns it.
fn text() -> String {
    use_app()
        .writing
        .with_untracked(|w| w.as_ref().map(|w| w.draft.text.clone()).unwrap_or_default())
}

/// Recipients, sender, subject.
#[component]
fn Lines() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let copies = app.writing.with_untracked(|w| {
        w.as_ref()
            .is_some_and(|w| !w.draft.cc.is_empty() || !w.draft.bcc.is_empty())
    });
    let more = RwSignal::new(copies);
    let subject = app.writing.with_untracked(|w| {
        w.as_ref()
            .map(|w| w.draft.subject.clone())
            .unwrap_or_default()
    });
    let identities = move || {
        app.welcome
            .with(|w| w.as_ref().map_or_else(Vec::new, |w| w.identities.clone()))
    };
    let several = move || identities().len() > 1;
    let from = move || {
        app.writing
            .with(|w| w.as_ref().map(|w| w.draft.from.clone()).unwrap_or_default())
    };
    view! {
        <div class="lines">
            <div class="to-line">
                <Recipients line=Line::To label=label(|w| w.to)/>
                <button type="button" class="link" hidden=more on:click=click(move |_| { more.set(true); page::focus_soon(|| { page::focus("#field-cc"); }); })>{t.of(|w| w.cc_bcc)}</button>
            </div>
            <Show when=move || more.get()>
                <Recipients line=Line::Cc label=label(|w| w.cc)/>
                <Recipients line=Line::Bcc label=label(|w| w.bcc)/>
            </Show>
            <Show when=several>
                <div class="line"><label for="field-from">{t.of(|w| w.from)}</label>
                    <select id="field-from" on:change=move |e| { let from = event_target_value(&e); app.edit(|d| d.from = from); }>
                        {part(move || identities().into_iter().map(|i| { let on = i == from(); let value = i.clone(); view! { <option value=value selected=on>{i}</option> } }).collect_view().into_any())}
                    </select>
                </div>
            </Show>
            <div class="line"><label for="field-subject">{t.of(|w| w.subject)}</label>
                <input id="field-subject" type="text" autocomplete="off" dir="auto" prop:value=subject
                    on:input=move |e| { let subject = event_target_value(&e); app.edit(|d| d.subject = subject); }/>
            </div>
        </div>
    }
}

/// The save state.
#[component]
fn Saved() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let words = move || {
        app.writing.with(|w| match w {
            Some(w) if w.phase == Phase::Sending => t.sending,
            Some(w) if w.unsaved() => t.saving,
            Some(w) if w.draft.stored.is_some() => t.saved,
            _ => "",
        })
    };
    view! { <span class="saved" aria-live="polite">{words}</span> }
}

/// Send, attach and discard; and why the message cannot be sent, after an attempt.
#[component]
fn Foot(tried: RwSignal<bool>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let max = move || {
        app.welcome
            .with(|w| w.as_ref().map_or(0, |w| w.message_bytes_max))
    };
    let blocker = move || {
        app.writing
            .with(|w| w.as_ref().and_then(|w| w.send_blocker(max())))
    };
    let sending = move || {
        app.writing
            .with(|w| w.as_ref().is_some_and(|w| w.phase == Phase::Sending))
    };
    let wrong = move || {
        let refused = app
            .writing
            .with(|w| match w.as_ref().map(|w: &Writing| w.phase.clone()) {
                Some(Phase::Refused(failure)) => Some(failure),
                _ => None,
            });
        match (refused, blocker()) {
            (Some(failure), _) => {
                Some(if failure == crate::state::draft::Failure::ConnectionLost {
                    t.send_lost.to_owned()
                } else {
                    app.failure_text(&failure)
                })
            }
            (None, Some(SendBlocker::Uploading)) if tried.get() => {
                Some(t.still_uploading.to_owned())
            }
            (None, Some(blocker)) if tried.get() => Some(t.send_blocker(&blocker)),
            _ => None,
        }
    };
    let send = move |_| {
        tried.set(true);
        app.send(false);
    };
    view! {
        <p class="wrong" role="alert" hidden=yes(move || wrong().is_none())>{part(move || wrong().map(|text| view! { <Icon name="warning"/><span>{text}</span> }).into_any())}</p>
        <div class="compose-foot">
            <button type="button" class="primary" disabled=sending title="Ctrl+Enter" on:click=send><Icon name="send"/>{word(move || if sending() { t.sending } else { t.send })}</button>
            <label class="tool attach-button" title=t.of(|w| w.attach)>
                <Icon name="attach"/><span class="unseen">{t.of(|w| w.attach)}</span>
                <input type="file" multiple class="unseen" on:change=move |e| {
                    let input = event_target::<web_sys::HtmlInputElement>(&e);
                    if let Some(files) = input.files() { app.attach_all(&files); }
                    input.set_value("");
                }/>
            </label>
            <span class="gap"></span>
            <IconButton icon="trash" label=label(|w| w.discard) press=move |_| app.discard_compose()/>
        </div>
    }
}
