//! The attachments of a draft: uploads with their progress, uploaded files, forwarded attachments.

use crate::app::use_app;
use crate::bind::{Item, item, list, part, text};
use crate::i18n::use_locale;
use crate::parts::icon::{Icon, IconButton};
use crate::state::draft::{Failure, Upload};
use leptos::prelude::*;

/// The attachments.
#[component]
pub fn Files() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let writing = move || app.writing.get().unwrap_or_default();
    let any = move || {
        let w = writing();
        !(w.uploads.is_empty() && w.draft.attachments.is_empty() && w.carried.is_empty())
    };
    let size = move || {
        let max = app
            .welcome
            .with(|w| w.as_ref().map_or(0, |w| w.message_bytes_max));
        t.size_of_limit(&t.size(writing().bytes()), &t.size(max))
    };
    view! {
        <Show when=any>
            <div class="files writing">
                <ul>
                    {part(move || writing().carried.into_iter().enumerate().map(|(i, c)| there(c.name, c.bytes, move || app.drop_carried(i))).collect_view().into_any())}
                    {part(move || writing().draft.attachments.into_iter().enumerate().map(|(i, a)| there(a.name, a.bytes, move || app.edit(|d| {
                        if i < d.attachments.len() { d.attachments.remove(i); }
                    }))).collect_view().into_any())}
                    {list(move || writing().uploads.into_iter().map(upload_handles).collect())}
                </ul>
                <p class="hint">{size}</p>
            </div>
        </Show>
    }
}

fn upload_handles(upload: Upload) -> Item {
    item((upload.key, upload.failed.is_some()), move || {
        view! { <UploadHandle key=upload.key name=upload.name bytes=upload.bytes failed=upload.failed/> }
    })
}

fn there(name: String, bytes: u64, take: impl Fn() + Send + Sync + 'static) -> impl IntoView {
    let t = use_locale();
    let spoken = name.clone();
    view! {
        <li class="file">
            <span class="file-main"><Icon name="file"/><span><b dir="auto">{name}</b><small>{text(move || t.size(bytes))}</small></span></span>
            <IconButton icon="close" label=Signal::derive(move || t.remove_item(&spoken)) press=move |_| take()/>
        </li>
    }
}

/// An upload in progress, or a failed one.
#[component]
fn UploadHandle(key: u32, name: String, bytes: u64, failed: Option<Failure>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let sent = move || {
        app.writing.with(|w| {
            w.as_ref()
                .and_then(|w| w.uploads.iter().find(|u| u.key == key).map(|u| u.sent))
                .unwrap_or_default()
        })
    };
    let spoken = name.clone();
    let progress = name.clone();
    let bad = failed.is_some();
    let state = move || match &failed {
        Some(failure) => app.failure_text(failure),
        None => t.upload_progress(&t.size(sent()), &t.size(bytes)),
    };
    view! {
        <li class="file" class:bad=bad>
            <span class="file-main">
                <Icon name=if bad { "warning" } else { "file" }/>
                <span><b dir="auto">{name}</b><small role=bad.then_some("alert")>{state}</small>
                    {(!bad).then(|| view! { <progress max=bytes.max(1) value=sent aria-label=progress></progress> })}
                </span>
            </span>
            <IconButton icon="close" label=Signal::derive(move || t.remove_item(&spoken)) press=move |_| app.drop_upload(key)/>
        </li>
    }
}
