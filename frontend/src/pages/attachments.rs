//! The attachments of a message: name, size, type, thumbnail, preview and download.

use crate::app::{Dialog, use_app};
use crate::bind::{part, text};
use crate::i18n::use_locale;
use crate::parts::icon::Icon;
use crate::state::files::{Kind, ending, file_type, kind};
use leptos::prelude::*;
use std::sync::Arc;
use wire::{Attachment, MessageView, path};

/// Images up to this size are shown as thumbnails.
const THUMB_BYTES_MAX: u64 = 4_000_000;

/// The attachments.
#[component]
pub fn Attachments(
    /// The message.
    message: Arc<MessageView>,
) -> impl IntoView {
    let t = use_locale();
    let count = message.attachments.len();
    let files = message
        .attachments
        .iter()
        .map(|file| view! { <File file=file.clone() base=format!("{}/{}/part/{}", path::MESSAGE, message.row.id, file.path)/> });
    view! {
        <section class="files" aria-label=text(move || t.attachments(count))>
            <ul>{files.collect_view()}</ul>
        </section>
    }
}

/// One attachment.
#[component]
fn File(file: Attachment, base: String) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let named = file.name.clone();
    let name = move || {
        if named.is_empty() {
            t.unnamed_file.to_owned()
        } else {
            named.clone()
        }
    };
    let inline = format!("{base}?inline=1");
    let kind = kind(&file.media_type);
    let thumb = kind == Kind::Image && file.bytes <= THUMB_BYTES_MAX;
    let (bytes, of) = (file.bytes, file_type(&file.media_type, &file.name));
    let ending = ending(&file.name);
    let picture = if thumb {
        view! { <img src=inline.clone() alt="" loading="lazy"/> }.into_any()
    } else {
        view! { <Icon name=icon(kind)/> }.into_any()
    };
    let words = {
        let name = name.clone();
        part(move || {
            view! { <b dir="auto">{name()}</b><small>{t.size(bytes)}" · "{t.file_type(of, &ending)}</small> }
                .into_any()
        })
    };
    let main = match kind {
        Kind::Image | Kind::Text | Kind::Message => {
            let (name, media, href) = (name.clone(), file.media_type.clone(), inline);
            let open = move |_| app.show(Dialog::Preview(href.clone(), untrack(&name), media.clone()));
            view! { <button type="button" class="file-main" on:click=open>{picture}<span>{words}</span></button> }.into_any()
        }
        Kind::Pdf => view! { <a class="file-main" href=inline target="_blank" rel="noopener">{picture}<span>{words}</span></a> }.into_any(),
        Kind::Other => {
            view! { <a class="file-main" href=base.clone() download="">{picture}<span>{words}</span></a> }.into_any()
        }
    };
    view! {
        <li class="file" class:thumb=thumb>
            {main}
            <a class="tool" href=base download=file.name aria-label=text(move || t.download_item(&name())) title=t.of(|w| w.download)><Icon name="download"/></a>
        </li>
    }
}

fn icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::Pdf | Kind::Text => "file",
        Kind::Message => "mail",
        Kind::Other => "attach",
    }
}
