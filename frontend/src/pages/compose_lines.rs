//! The header of a message being written: recipients, sender, subject.

use crate::app::{ComposeWindow, use_app};
use crate::bind::{boolean, click, memo, part};
use crate::i18n::{label, use_locale};
use crate::parts::recipient_line::Line;
use crate::parts::recipients::Recipients;
use crate::web::page;
use leptos::prelude::*;

/// Recipients, sender, subject.
#[component]
pub fn Lines(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let number = window.number;
    let (copies, subject) = window.with_untracked(|c| {
        let copies = !c.draft.cc.is_empty() || !c.draft.bcc.is_empty();
        (copies, c.draft.subject.clone())
    });
    let more = RwSignal::new(copies);
    let identities = move || app.identities();
    let several = move || identities().len() > 1;
    // A reply shows its sender address even if there is only one.
    let answer = window.with_untracked(|c| c.draft.answers.is_some() || c.draft.forwards.is_some());
    let only = move || answer && identities().len() == 1;
    let from = memo(move || window.with(|c| c.draft.from.clone()));
    let show_copies = move |_| {
        more.set(true);
        page::focus_soon(move || {
            page::focus(&format!("#field-cc-{number}"));
        });
    };
    view! {
        <div class="lines" inert=boolean(move || window.is_sending())>
            <div class="to-line">
                <Recipients window line=Line::To label=label(|w| w.to)/>
                <button type="button" class="link" hidden=more on:click=click(show_copies)>{t.of(|w| w.cc_bcc)}</button>
            </div>
            <Show when=move || more.get()>
                <Recipients window line=Line::Cc label=label(|w| w.cc)/>
                <Recipients window line=Line::Bcc label=label(|w| w.bcc)/>
            </Show>
            <Show when=several>
                <div class="line"><label for=format!("field-from-{number}")>{t.of(|w| w.from)}</label>
                    <select id=format!("field-from-{number}") name="from" on:change=move |e| { let from = event_target_value(&e); window.edit(|d| d.from = from); }>
                        {part(move || identities().into_iter().map(|i| { let on = i == from.get(); let value = i.clone(); view! { <option value=value selected=on>{i}</option> } }).collect_view().into_any())}
                    </select>
                </div>
            </Show>
            <Show when=only>
                <div class="line"><span class="from-label">{t.of(|w| w.from)}</span><bdi class="from-only">{move || identities().into_iter().next()}</bdi></div>
            </Show>
            <div class="line"><label for=format!("field-subject-{number}")>{t.of(|w| w.subject)}</label>
                <input id=format!("field-subject-{number}") name="subject" type="text" autocomplete="off" dir="auto" prop:value=subject
                    on:input=move |e| { let subject = event_target_value(&e); window.edit(|d| d.subject = subject); }/>
            </div>
        </div>
    }
}
