//! Notifications at the foot of the page, and the live region for screen readers.

use crate::app::{App, Notice, use_app};
use crate::bind::{click, item, list, part, text};
use crate::i18n::{label, use_locale};
use crate::parts::delivery::SentMark;
use crate::parts::icon::{Icon, IconButton};
use leptos::prelude::*;

/// The notifications, newest last.
#[component]
pub fn Notices() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let one = move |(number, notice): (u32, Notice)| {
        let bad = matches!(
            notice,
            Notice::Failed(_) | Notice::DraftNotSaved | Notice::PagesMissing
        );
        view! {
            <div class="notice" data-number=number.to_string() class:bad=bad role=bad.then_some("alert")>
                {content(app, number, notice)}
                <IconButton icon="close" label=label(|w| w.close) press=move |_| {
                    app.notices.update(|notices| drop(notices.dismiss(number)));
                }/>
            </div>
        }
    };
    let all = move || {
        app.notices.with(|notices| {
            notices
                .iter()
                .cloned()
                .map(|shown| item(shown.0, move || one(shown)))
                .collect()
        })
    };
    let progress = move |(done, all): (usize, usize)| {
        let line = t.progress(done, all);
        let name = line.clone();
        view! { <div class="notice"><Icon name="move"/><span>{line}</span><progress max=all value=done aria-label=name></progress></div> }
    };
    view! {
        <section class="notices" aria-label=t.of(|w| w.notices)>
            {list(all)}
            {part(move || app.progress.get().map(progress).into_any())}
        </section>
        <div class="unseen" role="status" aria-live="polite">{app.spoken}</div>
    }
}

fn content(app: App, number: u32, notice: Notice) -> AnyView {
    let t = app.t;
    match notice {
        Notice::Moved { count, to, .. } => view! {
            <Icon name="check"/>
            <span>{text(move || t.moved(count, &app.folder_title(to)))}</span>
            <button type="button" class="link" on:click=click(move |_| app.undo(number))>{t.of(|w| w.undo)}<kbd>"z"</kbd></button>
        }
        .into_any(),
        Notice::FolderRemoved { name, count, .. } => view! {
            <Icon name="trash"/>
            <span>{text(move || t.folder_removed(&name, count))}</span>
            <button type="button" class="link" on:click=click(move |_| app.undo(number))>{t.of(|w| w.undo)}<kbd>"z"</kbd></button>
        }
        .into_any(),
        Notice::Deleted(count) => view! { <Icon name="trash"/><span>{text(move || t.deleted_permanently(count))}</span> }.into_any(),
        Notice::Undone => view! { <Icon name="undo"/><span>{t.of(|w| w.undone)}</span> }.into_any(),
        Notice::DraftSaved => view! { <Icon name="drafts"/><span>{t.of(|w| w.saved)}</span> }.into_any(),
        Notice::DraftNotSaved => view! { <Icon name="warning"/><span>{t.of(|w| w.draft_not_saved)}</span> }.into_any(),
        Notice::Discarded(_) => view! {
            <Icon name="trash"/>
            <span>{t.of(|w| w.discarded)}</span>
            <button type="button" class="link" on:click=click(move |_| app.undo(number))>{t.of(|w| w.undo)}<kbd>"z"</kbd></button>
        }
        .into_any(),
        Notice::DraftRestored => view! { <Icon name="drafts"/><span>{t.of(|w| w.draft_restored)}</span> }.into_any(),
        Notice::PagesMissing => view! { <Icon name="warning"/><span>{t.of(|w| w.pages_missing)}</span> }.into_any(),
        Notice::Failed(failure) => view! { <Icon name="warning"/><span>{text(move || app.failure_text(&failure))}</span> }.into_any(),
        Notice::Sent(journey) => view! { <SentMark journey number/> }.into_any(),
    }
}
