//! The dialogs that choose, create and rename folders.

use crate::app::use_app;
use crate::bind::{click, part, static_text, text};
use crate::i18n::use_locale;
use crate::parts::dialog::Modal;
use crate::parts::icon::Icon;
use crate::state::folders::path;
use leptos::prelude::*;
use mail::{MailboxId, StoredMessageId};
use wire::{Folder, Request};

/// Chooses the target folder of a move.
#[component]
pub fn MoveTo(
    /// The messages.
    ids: Vec<StoredMessageId>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let typed = RwSignal::new(String::new());
    let here = app.rows.with_untracked(crate::state::list::Rows::folder);
    let count = ids.len();
    let fits = move || {
        let wanted = typed.get().to_lowercase();
        let named = move |folder: &Folder| {
            t.folder_path(folder.kind, &folder.name)
                .to_lowercase()
                .contains(&wanted)
        };
        app.folders.get().map_or_else(Vec::new, |f| {
            f.0.into_iter()
                .filter(|f| Some(f.id) != here && named(f))
                .collect()
        })
    };
    let go = move |to: MailboxId| {
        app.dialog.set(None);
        app.move_to(&ids, to);
    };
    let first = {
        let go = go.clone();
        move |e: leptos::ev::SubmitEvent| {
            e.prevent_default();
            if let Some(folder) = untrack(fits).first() {
                go(folder.id);
            }
        }
    };
    view! {
        <Modal title=Signal::derive(move || t.move_title(count)) class="move">
            <form on:submit=first>
                <input type="search" autofocus aria-label=t.of(|w| w.find_folder) placeholder=t.of(|w| w.find_folder)
                    on:input=move |e| typed.set(event_target_value(&e))/>
                <ul>{part(move || fits().into_iter().map(|folder: Folder| {
                    let (go, icon) = (go.clone(), crate::parts::icon::folder_icon(folder.kind));
                    view! {
                        <li><button type="button" on:click=click(move |_| go(folder.id))>
                            <Icon name=icon/>{text(move || t.folder_path(folder.kind, &folder.name))}
                        </button></li>
                    }
                }).collect_view().into_any())}</ul>
            </form>
        </Modal>
    }
}

/// Creates or renames a folder.
#[component]
pub fn FolderName(
    /// The folder to rename; `None` to create one.
    folder: Option<MailboxId>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let old = folder
        .and_then(|id| {
            app.folders
                .with_untracked(|f| f.as_ref()?.get(id).map(|f| f.name.clone()))
        })
        .unwrap_or_default();
    let name = RwSignal::new(old);
    let failed = RwSignal::new(None);
    let submit = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let name = path(&name.get_untracked());
        let ask = match folder {
            Some(folder) => Request::RenameFolder { folder, name },
            None => Request::CreateFolder { name },
        };
        leptos::task::spawn_local(async move {
            match app.call(ask).await {
                Ok(answer) => {
                    app.take_folders(answer);
                    app.dialog.set(None);
                }
                Err(failure) => failed.set(Some(failure)),
            }
        });
    };
    let title = move || {
        if folder.is_some() {
            t.rename_folder
        } else {
            t.new_folder
        }
    };
    let hint = move || match name.with(|name| path(name)).rsplit_once('/') {
        Some((parent, child)) if !parent.is_empty() && !child.is_empty() => {
            t.folder_inside(child, &parent.replace('/', " / "))
        }
        _ => t.folder_levels.to_owned(),
    };
    view! {
        <Modal title=Signal::derive(move || title().to_owned())>
            <form on:submit=submit>
                <label class="field">{t.of(|w| w.folder_name)}
                    <input type="text" required autofocus maxlength="200" prop:value=move || name.get() on:input=move |e| name.set(event_target_value(&e))/>
                </label>
                <p class="hint">{text(hint)}</p>
                <Show when=move || failed.with(Option::is_some)>
                    <p class="wrong" role="alert">{text(move || failed.get().map(|f| app.failure_text(&f)).unwrap_or_default())}</p>
                </Show>
                <footer>
                    <button type="button" class="quiet" on:click=click(move |_| app.dialog.set(None))>{t.of(|w| w.cancel)}</button>
                    <button type="submit" class="primary">{static_text(move || if folder.is_some() { t.rename } else { t.create })}</button>
                </footer>
            </form>
        </Modal>
    }
}
