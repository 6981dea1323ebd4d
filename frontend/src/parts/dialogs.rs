//! The dialogs: help, moving, permanent deletion, folders, missing attachment, source, preview.

use crate::app::{App, Dialog, use_app};
use crate::bind::{click, part, text, word};
use crate::i18n::{label, use_locale};
use crate::parts::dialog::{Choice, Modal};
use crate::parts::icon::Icon;
use crate::state::folders::level;
use crate::state::keys::KEYS;
use leptos::prelude::*;
use mail::{MailboxId, StoredMessageId};
use wire::{Folder, Request};

/// The open dialog.
#[component]
pub fn Dialogs() -> impl IntoView {
    let app = use_app();
    part(move || {
        app.dialog
            .get()
            .map_or_else(|| ().into_any(), |dialog| drawn(app, dialog))
    })
}

fn drawn(app: App, dialog: Dialog) -> AnyView {
    let t = app.t;
    match dialog {
        Dialog::Help => view! { <Help/> }.into_any(),
        Dialog::Move(ids) => view! { <MoveTo ids/> }.into_any(),
        Dialog::Source(id) => view! { <Source id/> }.into_any(),
        Dialog::NewFolder => view! { <FolderName folder=None/> }.into_any(),
        Dialog::Rename(folder) => view! { <FolderName folder=Some(folder)/> }.into_any(),
        Dialog::Delete(ids) => {
            let count = ids.len();
            view! {
                <Modal title=Signal::derive(move || t.delete_title(count))>
                    <p>{t.of(|w| w.delete_warning)}</p>
                    <Choice label=label(|w| w.delete_permanently) grave=true act=move |()| app.delete_permanently(ids.clone())/>
                </Modal>
            }
            .into_any()
        }
        Dialog::Remove(folder) => {
            let remove = move |()| {
                app.call_or_notify(Request::RemoveFolder { folder }, move |answer| {
                    app.take_folders(answer);
                });
            };
            let total = app.folders.with_untracked(|f| {
                f.as_ref()
                    .and_then(|f| f.get(folder))
                    .map_or(0, |f| f.total)
            });
            view! {
                <Modal title=Signal::derive(move || t.remove_folder_title(&app.folder_title(folder)))>
                    <p>{text(move || t.remove_folder_warning(total as usize))}</p>
                    <Choice label=label(|w| w.remove_folder) grave=true act=remove/>
                </Modal>
            }
            .into_any()
        }
        Dialog::MissingAttachment(number) => view! {
            <Modal title=label(|w| w.missing_attachment_title)>
                <p>{t.of(|w| w.missing_attachment)}</p>
                <Choice label=label(|w| w.send_anyway) act=move |()| app.window(number).send(true)/>
            </Modal>
        }
        .into_any(),
        Dialog::Preview(href, name, media) => {
            let image = media.starts_with("image/");
            let (src, alt, title) = (href.clone(), name.clone(), name.clone());
            let shown = if image {
                view! { <img class="preview" src=src alt=alt/> }.into_any()
            } else {
                view! { <iframe class="preview" src=src title=alt sandbox=""></iframe> }.into_any()
            };
            view! { <Modal title=Signal::derive(move || title.clone()) class="wide">{shown}</Modal> }.into_any()
        }
    }
}

/// Characters of a source that are shown; the whole can be downloaded.
const SOURCE_SHOWN_MAX: usize = 200_000;

/// The source of a message, fetched as text, since the server serves it only as a download.
#[component]
fn Source(id: StoredMessageId) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let address = format!("{}/{id}/raw", wire::path::MESSAGE);
    let text = RwSignal::new(None);
    let asked = address.clone();
    leptos::task::spawn_local(async move {
        let mut fetched = crate::web::http::source(&asked).await;
        if let Ok(text) = &mut fetched
            && let Some((end, _)) = text.char_indices().nth(SOURCE_SHOWN_MAX)
        {
            text.truncate(end);
            text.push('…');
        }
        text.try_set(Some(fetched));
    });
    let shown = move || match text.get() {
        None => t.loading.to_owned(),
        Some(Ok(text)) => text,
        Some(Err(failure)) => app.failure_text(&failure),
    };
    view! {
        <Modal title=label(|w| w.source) class="wide">
            <pre class="source" tabindex="0">{shown}</pre>
            <footer><a class="quiet" href=address download=format!("{id}.eml")><Icon name="download"/>{t.of(|w| w.download)}</a></footer>
        </Modal>
    }
}

#[component]
fn Help() -> impl IntoView {
    let t = use_locale();
    let key = |text: &'static str| {
        text.split(' ')
            .map(|one| view! { <kbd>{one}</kbd> })
            .collect_view()
    };
    view! {
        <Modal title=label(|w| w.keyboard) class="help">
            <dl class="keys">
                {KEYS.iter().map(|(name, action)| view! { <div><dt>{key(name)}</dt><dd>{word(move || t.action(*action))}</dd></div> }).collect_view()}
                <div><dt><kbd>"Esc"</kbd></dt><dd>{t.of(|w| w.key_escape)}</dd></div>
                <div><dt><kbd>"Ctrl"</kbd><kbd>"Enter"</kbd></dt><dd>{t.of(|w| w.send)}</dd></div>
            </dl>
        </Modal>
    }
}

#[component]
fn MoveTo(ids: Vec<StoredMessageId>) -> impl IntoView {
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

#[component]
fn FolderName(folder: Option<MailboxId>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let old = folder
        .and_then(|id| {
            app.folders
                .with_untracked(|f| f.as_ref()?.get(id).map(|f| f.name.clone()))
        })
        .unwrap_or_default();
    let name = RwSignal::new(old.clone());
    let failed = RwSignal::new(None);
    let submit = move |e: leptos::ev::SubmitEvent| {
        e.prevent_default();
        let name = name.get_untracked().trim().to_owned();
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
    let hint = move || {
        if level(&old).0 > 0 {
            String::new()
        } else {
            t.folder_levels.to_owned()
        }
    };
    view! {
        <Modal title=Signal::derive(move || title().to_owned())>
            <form on:submit=submit>
                <label class="field">{t.of(|w| w.folder_name)}
                    <input type="text" required autofocus maxlength="200" prop:value=move || name.get() on:input=move |e| name.set(event_target_value(&e))/>
                </label>
                <p class="hint">{hint}</p>
                <Show when=move || failed.with(Option::is_some)>
                    <p class="wrong" role="alert">{text(move || failed.get().map(|f| app.failure_text(&f)).unwrap_or_default())}</p>
                </Show>
                <footer>
                    <button type="button" class="quiet" on:click=click(move |_| app.dialog.set(None))>{t.of(|w| w.cancel)}</button>
                    <button type="submit" class="primary">{word(move || if folder.is_some() { t.rename } else { t.create })}</button>
                </footer>
            </form>
        </Modal>
    }
}
