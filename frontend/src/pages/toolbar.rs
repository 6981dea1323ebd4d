//! Buttons for actions on messages: on the selection, or on the open message.

use crate::app::{Dialog, use_app};
use crate::bind::memo;
use crate::i18n::{label, use_locale};
use crate::parts::icon::IconButton;
use leptos::prelude::*;
use mail::flags::{FLAGGED, SEEN};
use mail::{SpecialUse, StoredMessageId};
use wire::FolderKind;

/// Archive, delete, junk, move, star, read.
#[component]
pub fn Actions(
    /// Act on this message instead of the selection.
    #[prop(optional)]
    message: Option<StoredMessageId>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let ids = move || message.map_or_else(|| app.targets(), |id| vec![id]);
    // Star and read toggle depend on the flags of all targets.
    let all = move |bit: u8| {
        app.rows.track();
        app.selection.track();
        app.reading.track();
        let ids = untrack(ids);
        app.every(&ids, bit)
    };
    // The flags of messages not loaded are unknown, so both actions are offered.
    let unknown = move || {
        message.is_none()
            && app.selection.with(|s| !s.is_empty())
            && app
                .rows
                .with(|rows| app.selection.with(|s| !s.all(|id| rows.has(id))))
    };
    let kind = memo(move || app.folder_kind());
    let in_junk = move || kind.get() == FolderKind::Special(SpecialUse::Junk);
    let in_trash = move || kind.get() == FolderKind::Special(SpecialUse::Trash);
    let in_archive = move || kind.get() == FolderKind::Special(SpecialUse::Archive);
    view! {
        <IconButton icon="archive" key="e" label=label(|t| t.archive) disabled=Signal::derive(in_archive) press=move |_| app.move_to_special(&ids(), SpecialUse::Archive)/>
        <IconButton icon="trash" key="#" label=Signal::derive(move || if in_trash() { t.delete_permanently } else { t.delete }.to_owned()) press=move |_| app.trash(&ids())/>
        <IconButton icon=Signal::derive(move || if in_junk() { "inbox" } else { "junk" }) key="!"
            label=Signal::derive(move || if in_junk() { t.not_junk } else { t.junk }.to_owned()) press=move |_| app.junk(&ids())/>
        <IconButton icon="move" key="v" label=label(|t| t.move_to) press=move |_| app.show(Dialog::Move(ids()))/>
        <IconButton icon=Signal::derive(move || if all(FLAGGED) { "star-full" } else { "star" }) key="s"
            label=Signal::derive(move || if all(FLAGGED) { t.unstar } else { t.star }.to_owned()) press=move |_| app.star(&ids())/>
        <IconButton icon=Signal::derive(move || if all(SEEN) { "mail" } else { "mail-open" })
            label=Signal::derive(move || if all(SEEN) { t.mark_unread } else { t.mark_read }.to_owned())
            press=move |_| { let ids = ids(); let read = app.every(&ids, SEEN); app.mark_read(&ids, !read); }/>
        <Show when=unknown>
            <IconButton icon=Signal::derive(move || if all(SEEN) { "mail-open" } else { "mail" })
                label=Signal::derive(move || if all(SEEN) { t.mark_read } else { t.mark_unread }.to_owned())
                press=move |_| { let ids = ids(); let read = app.every(&ids, SEEN); app.mark_read(&ids, read); }/>
        </Show>
    }
}
