//! The dialogs: which one is open, help, confirmations, preview.

use crate::app::{Answered, App, Dialog, use_app};
use crate::bind::{part, static_text, text};
use crate::i18n::{label, use_locale};
use crate::parts::dialog::{Choice, Modal};
use crate::parts::folder_dialogs::{FolderName, MoveTo};
use crate::parts::source_dialog::Source;
use crate::state::files;
use crate::state::keys::KEYS;
use crate::web::message_frame::{self, Links, SANDBOX};
use leptos::prelude::*;

/// The open dialog.
#[component]
pub fn Dialogs() -> impl IntoView {
    let app = use_app();
    part(move || match (app.dialog.get(), app.pages.get()) {
        (Some(dialog), Some(pages)) => (pages.dialog)(app, dialog),
        _ => ().into_any(),
    })
}

/// A dialog.
pub fn dialog(app: App, dialog: Dialog) -> AnyView {
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
            let remove = move |()| app.remove_folder(folder);
            let (total, below) = app
                .folders
                .with_untracked(|f| f.as_ref().map(|f| f.tree(folder)))
                .unwrap_or_default();
            view! {
                <Modal title=Signal::derive(move || t.remove_folder_title(&app.folder_title(folder)))>
                    <p>{text(move || t.remove_folder_warning(total as usize, &below))}</p>
                    <Choice label=label(|w| w.remove_folder) grave=true act=remove/>
                </Modal>
            }
            .into_any()
        }
        Dialog::EmptySubject(number) => view! {
            <Modal title=label(|w| w.empty_subject_title)>
                <p>{t.of(|w| w.empty_subject)}</p>
                <Choice label=label(|w| w.send_anyway) act=move |()| app.window(number).send(Answered::Subject)/>
            </Modal>
        }
        .into_any(),
        Dialog::MissingAttachment(number) => view! {
            <Modal title=label(|w| w.missing_attachment_title)>
                <p>{t.of(|w| w.missing_attachment)}</p>
                <Choice label=label(|w| w.send_anyway) act=move |()| app.window(number).send(Answered::Attachment)/>
            </Modal>
        }
        .into_any(),
        Dialog::Preview(href, name, media) => {
            let image = media.starts_with("image/");
            let (src, alt, title) = (href.clone(), name.clone(), name.clone());
            let shown = if image {
                view! { <img class="preview" src=src alt=alt/> }.into_any()
            } else if files::kind(&media) == files::Kind::Message {
                view! { <InnerMessage src title=alt/> }.into_any()
            } else {
                view! { <iframe class="preview" src=src title=alt sandbox=""></iframe> }.into_any()
            };
            view! { <Modal title=Signal::derive(move || title.clone()) class="wide">{shown}</Modal> }.into_any()
        }
    }
}

/// The preview of an attached message, whose links work.
#[component]
fn InnerMessage(src: String, title: String) -> impl IntoView {
    let app = use_app();
    let links = StoredValue::new_local(None::<Links>);
    let loaded = move |event: web_sys::Event| {
        let write = move |link: &str| {
            app.dialog.set(None);
            app.compose_link(link);
        };
        links.set_value(message_frame::of_event(&event).map(|frame| Links::new(&frame, write)));
    };
    view! { <iframe class="preview" src=src title=title sandbox=SANDBOX on:load=loaded></iframe> }
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
                {KEYS.iter().map(|(name, action)| view! { <div><dt>{key(name)}</dt><dd>{static_text(move || t.action(*action))}</dd></div> }).collect_view()}
                <div><dt><kbd>"Esc"</kbd></dt><dd>{t.of(|w| w.key_escape)}</dd></div>
                <div><dt><kbd>"Ctrl"</kbd><kbd>"Enter"</kbd></dt><dd>{t.of(|w| w.send)}</dd></div>
            </dl>
        </Modal>
    }
}
