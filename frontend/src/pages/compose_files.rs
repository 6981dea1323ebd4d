//! The attachments of a draft: uploads with their progress, uploaded files, forwarded attachments.

use crate::app::{ComposeWindow, use_app};
use crate::bind::{Item, boolean, item, list, memo, part, text};
use crate::i18n::use_locale;
use crate::parts::icon::{Icon, IconButton};
use crate::state::draft::files::Upload;
use crate::state::failure::Failure;
use leptos::prelude::*;

/// The attachments.
#[component]
pub fn Files(
    /// The compose window.
    window: ComposeWindow,
) -> impl IntoView {
    let t = use_locale();
    let carried = memo(move || window.with(|c| c.carried.clone()));
    let attached = memo(move || window.with(|c| c.draft.attachments.clone()));
    let uploads = memo(move || window.with(|c| c.uploads.clone()));
    let any = move || {
        !(uploads.with(Vec::is_empty)
            && attached.with(Vec::is_empty)
            && carried.with(Vec::is_empty))
    };
    let size = memo(move || window.with(crate::state::draft::Composition::bytes));
    let of_limit = move || t.size_of_limit(&t.size(size.get()), &t.size(window.bytes_max()));
    let remove = move |index: usize| {
        window.edit(|d| {
            if index < d.attachments.len() {
                d.attachments.remove(index);
            }
        });
    };
    view! {
        <Show when=any>
            <div class="files writing" inert=boolean(move || window.is_sending())>
                <ul>
                    {part(move || carried.get().into_iter().enumerate().map(|(i, c)| file(c.name, c.bytes, move || window.drop_carried(i))).collect_view().into_any())}
                    {part(move || attached.get().into_iter().enumerate().map(|(i, a)| file(a.name, a.bytes, move || remove(i))).collect_view().into_any())}
                    {list(move || uploads.get().into_iter().map(|upload| row(window, upload)).collect())}
                </ul>
                <p class="hint">{of_limit}</p>
            </div>
        </Show>
    }
}

fn row(window: ComposeWindow, upload: Upload) -> Item {
    item((upload.key, upload.failed.is_some()), move || {
        view! { <UploadRow window key=upload.key name=upload.name bytes=upload.bytes failed=upload.failed/> }
    })
}

fn file(name: String, bytes: u64, take: impl Fn() + Send + Sync + 'static) -> impl IntoView {
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
fn UploadRow(
    window: ComposeWindow,
    key: u32,
    name: String,
    bytes: u64,
    failed: Option<Failure>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let sent = memo(move || {
        window.with(|c| {
            let upload = c.uploads.iter().find(|u| u.key == key);
            upload.map(|u| u.sent).unwrap_or_default()
        })
    });
    let spoken = name.clone();
    let progress = name.clone();
    let bad = failed.is_some();
    let state = move || match &failed {
        Some(Failure::ConnectionLost) => t.upload_interrupted.to_owned(),
        Some(failure) => app.failure_text(failure),
        None => t.upload_progress(&t.size(sent.get()), &t.size(bytes)),
    };
    view! {
        <li class="file" class:bad=bad>
            <span class="file-main">
                <Icon name=if bad { "warning" } else { "file" }/>
                <span><b dir="auto">{name}</b><small role=bad.then_some("alert")>{state}</small>
                    {(!bad).then(|| view! { <progress max=bytes.max(1) value=move || sent.get() aria-label=progress></progress> })}
                </span>
            </span>
            <IconButton icon="close" label=Signal::derive(move || t.remove_item(&spoken)) press=move |_| window.drop_upload(key)/>
        </li>
    }
}
