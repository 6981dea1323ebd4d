//! The side bar: folders, account, and links to the other pages. A drawer on narrow screens.

use crate::app::{App, Dialog, Session, use_app};
use crate::bind::{boolean, click, item, list, optional, text};
use crate::i18n::{label, use_locale};
use crate::parts::icon::{Brand, Icon, IconButton, folder_icon};
use crate::state::folders::level;
use crate::state::place::{Mail, Place};
use leptos::prelude::*;
use mail::SpecialUse;
use wire::{Folder, FolderKind};

/// The side bar.
#[component]
pub fn Side() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let starred = move || {
        app.mail()
            .is_some_and(|mail| mail.query.as_deref() == Some("is:flagged"))
    };
    let settings = move || app.place.get() == Place::Settings;
    let close = move |_| app.drawer.set(false);
    view! {
        <div class="backdrop" hidden=boolean(move || !app.drawer.get()) on:click=close></div>
        <header class="side" class:open=boolean(move || app.drawer.get())>
            <a class="brand" href="/mail/inbox" on:click=close><Brand/><span>{t.of(|w| w.product)}</span></a>
            <button type="button" class="primary compose-button" title="c" on:click=click(move |_| app.compose(Vec::new()))>
                <Icon name="compose"/><span>{t.of(|w| w.compose)}</span>
            </button>
            <nav aria-label=t.of(|w| w.folders)>
                <ul on:click=close>
                    {entries(app, false)}
                    <li class="folder" class:on=starred>
                        <a href="/mail/search?q=is%3Aflagged" aria-current=optional(move || starred().then_some("page"))>
                            <Icon name="star"/><span class="name">{t.of(|w| w.starred)}</span>
                        </a>
                    </li>
                </ul>
                <div class="own-head">
                    <h2>{t.of(|w| w.own_folders)}</h2>
                    <IconButton icon="plus" label=label(|w| w.new_folder) press=move |_| app.show(Dialog::NewFolder)/>
                </div>
                <ul on:click=close>
                    {entries(app, true)}
                </ul>
            </nav>
            <div class="foot">
                <Account/>
                <div class="foot-tools">
                    <a class="tool" href="/lab/" aria-label=t.of(|w| w.lab) title=t.of(|w| w.lab)><Icon name="lab"/></a>
                    <a class="tool" class:on=settings href="/settings" aria-label=t.of(|w| w.settings) title=t.of(|w| w.settings) on:click=close><Icon name="settings"/></a>
                    <IconButton icon="keyboard" key="?" label=label(|w| w.keyboard) press=move |_| app.show(Dialog::Help)/>
                    <IconButton icon="sign-out" label=label(|w| w.sign_out) press=move |_| app.sign_out()/>
                </div>
            </div>
        </header>
    }
}

/// The user's own folders, or the others.
fn entries(app: App, own: bool) -> impl IntoView {
    let each = move || {
        let all = app
            .folders
            .get()
            .map(|folders| folders.0)
            .unwrap_or_default();
        let shown = all
            .into_iter()
            .filter(|f| (f.kind == FolderKind::Own) == own);
        shown
            .map(|f| {
                item((f.id, f.total, f.unread, f.name.clone()), move || {
                    entry(app, f)
                })
            })
            .collect()
    };
    list(each)
}

fn entry(app: App, folder: Folder) -> impl IntoView {
    let t = app.t;
    let Folder {
        id,
        kind,
        name,
        total,
        unread,
    } = folder;
    let slug = StoredValue::new(
        app.folders
            .with_untracked(|folders| folders.as_ref().map(|f| f.slug(id)).unwrap_or_default()),
    );
    let here = move || slug.with_value(|slug| app.mail().is_some_and(|mail| mail.folder == *slug));
    // Drafts shows the number of all messages, other folders that of unread ones.
    let count = if kind == FolderKind::Special(SpecialUse::Drafts) {
        total
    } else {
        unread
    };
    let quiet = matches!(
        kind,
        FolderKind::Special(SpecialUse::Sent | SpecialUse::Trash)
    );
    let depth = if kind == FolderKind::Own {
        level(&name).0
    } else {
        0
    };
    let name = StoredValue::new(name);
    let title = move || name.with_value(|name| t.folder(kind, name));
    let own = (kind == FolderKind::Own).then(|| {
        view! {
            <span class="own-tools">
                <IconButton icon="edit" label=Signal::derive(move || t.rename_item(&title())) press=move |_| app.show(Dialog::Rename(id))/>
                <IconButton icon="trash" label=Signal::derive(move || t.delete_item(&title())) press=move |_| app.show(Dialog::Remove(id))/>
            </span>
        }
    });
    view! {
        <li class="folder" class:on=here class:has-unread=unread != 0 && !quiet style:--depth=depth.to_string()>
            <a href=slug.with_value(|slug| Mail::folder(slug).href()) aria-current=optional(move || here().then_some("page"))>
                <Icon name=folder_icon(kind)/>
                <span class="name">{title}</span>
                {(count > 0 && !quiet).then(|| view! { <span class="count" aria-label=text(move || t.count_spoken(kind, count))>{text(move || t.number(f64::from(count)))}</span> })}
            </a>
            {own}
        </li>
    }
}

#[component]
fn Account() -> impl IntoView {
    let app = use_app();
    let who = move || match app.session.get() {
        Session::In(who) => (
            if who.name.is_empty() {
                who.address.clone()
            } else {
                who.name
            },
            who.address,
        ),
        _ => Default::default(),
    };
    view! { <p class="account"><b>{text(move || who().0)}</b><span>{text(move || who().1)}</span></p> }
}
