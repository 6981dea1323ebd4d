//! The head of a printed message: subject, people, date and the names of the attachments, fully
//! expanded. Hidden on the screen.

use crate::bind::{static_text, text};
use crate::i18n::{TextKey, use_locale};
use crate::state::reply::written;
use leptos::prelude::*;
use std::sync::Arc;
use wire::{Contact, MessageView};

/// The printed head.
#[component]
pub fn PrintHead(
    /// The message.
    message: Arc<MessageView>,
) -> impl IntoView {
    let t = use_locale();
    // As in the head on screen: the date of the list, and that of the Date field if it differs.
    let date = message.row.date;
    let sent = message
        .sent
        .filter(|sent| sent.secs().abs_diff(date.secs()) >= 60);
    let people = move |label: TextKey, list: &[Contact]| {
        (!list.is_empty())
            .then(|| view! { <dt>{t.of(label)}</dt><dd dir="auto">{written(list)}</dd> })
    };
    let subject = if message.row.subject.is_empty() {
        view! { {t.of(|w| w.no_subject)} }.into_any()
    } else {
        message.row.subject.clone().into_any()
    };
    let files: Vec<String> = message
        .attachments
        .iter()
        .map(|file| {
            if file.name.is_empty() {
                t.unnamed_file.to_owned()
            } else {
                file.name.clone()
            }
        })
        .collect();
    let files = (!files.is_empty()).then(|| {
        let names = files.join(t.list_separator);
        view! { <dt>{t.of(|w| w.attached_files)}</dt><dd dir="auto">{names}</dd> }
    });
    view! {
        <header class="print-head">
            <h2 dir="auto">{subject}</h2>
            <dl>
                {people(|w| w.from, &message.from)}{people(|w| w.to, &message.to)}{people(|w| w.cc, &message.cc)}{people(|w| w.reply_to, &message.reply_to)}
                <dt>{static_text(move || if sent.is_some() { t.date_received } else { t.date })}</dt><dd>{text(move || t.date_long(date))}</dd>
                {sent.map(|sent| view! { <dt>{t.of(|w| w.date_sent)}</dt><dd>{text(move || t.date_long(sent))}</dd> })}
                {files}
            </dl>
        </header>
    }
}
