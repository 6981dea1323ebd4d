//! One row of the list.

use crate::app::{MessageState, use_app};
use crate::bind::{boolean, memo, optional, part, text};
use crate::i18n::use_locale;
use crate::parts::icon::Icon;
use crate::parts::prose::marked;
use crate::state::address::shown;
use crate::state::list::Source;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use mail::flags::{ANSWERED, DRAFT, FLAGGED, SEEN};
use mail::{SpecialUse, StoredMessageId};
use std::sync::Arc;
use wire::{FolderKind, Row};

/// The content of a row: a message, or a position whose message is not loaded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// This message.
    Message(StoredMessageId),
    /// The message at this index.
    Unknown(usize),
}

/// The row of a message, or the placeholder of one not loaded yet.
#[component]
pub fn RowView(
    /// Its content.
    which: RowKey,
    /// Its index.
    at: Memo<usize>,
    /// Height of a row.
    height: Memo<usize>,
) -> impl IntoView {
    let place = move || format!("translateY({}px)", at.get() * height.get());
    match which {
        RowKey::Unknown(_) => view! {
            <div class="row unknown" role="row" aria-busy="true" aria-rowindex=move || at.get() + 1 style:transform=place>
                <span role="gridcell" class="unknown-text"></span>
            </div>
        }
        .into_any(),
        RowKey::Message(id) => view! { <Message id at place=Signal::derive(place)/> }.into_any(),
    }
}

#[component]
fn Message(id: StoredMessageId, at: Memo<usize>, place: Signal<String>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let row = Memo::new(move |before: Option<&Option<Arc<Row>>>| {
        let now = app
            .rows
            .with(|rows| rows.get(at.get()).filter(|row| row.id == id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let has = move |bit: u8| row.with(|row| row.as_ref().is_some_and(|row| row.flags.has(bit)));
    let chosen = memo(move || app.selection.with(|s| s.has(id)));
    let cursor = memo(move || app.selection.with(|s| s.cursor == Some(id)));
    let open = memo(move || app.reading.with(MessageState::id) == Some(id));
    let click = move |event: MouseEvent| {
        if event.shift_key() {
            app.extend_selection(id);
        } else if event.ctrl_key() || event.meta_key() {
            app.selection.update(|s| s.toggle(id));
        } else {
            app.selection.update(|s| s.cursor = Some(id));
            app.open(id);
        }
        app.focus_list();
    };
    let pick = move |event: MouseEvent| {
        event.stop_propagation();
        if event.shift_key() {
            app.extend_selection(id);
        } else {
            app.selection.update(|s| s.toggle(id));
        }
    };
    let star = move |event: MouseEvent| {
        event.stop_propagation();
        app.star(&[id]);
    };
    let reach = move || if cursor.get() { "0" } else { "-1" };
    view! {
        <div class="row" role="row" data-id=id.to_string() aria-rowindex=move || at.get() + 1 aria-selected=text(move || chosen.get().to_string())
            aria-current=optional(move || open.get().then_some("true")) class:unread=boolean(move || !has(SEEN)) class:chosen=chosen class:open=open
            tabindex=reach style:transform=move || place.get() on:click=click on:mousedown=no_text_selection
            on:focus=move |_| if !cursor.get_untracked() { app.selection.update(|s| s.cursor = Some(id)) }>
            <span role="gridcell" class="pick">
                <span class="dot" aria-hidden="true"></span>
                <button type="button" role="checkbox" class="box" tabindex=reach aria-checked=text(move || chosen.get().to_string())
                    aria-label=t.of(|w| w.select) on:click=pick><Icon name="check"/></button>
            </span>
            {part(move || row.get().map(|row| view! { <Cells row/> }).into_any())}
            <span role="gridcell" class="star" class:on=boolean(move || has(FLAGGED))>
                <button type="button" class="tool" tabindex=reach aria-pressed=text(move || has(FLAGGED).to_string()) aria-label=t.of(|w| w.star) on:click=star>
                    <Icon name=Signal::derive(move || if has(FLAGGED) { "star-full" } else { "star" })/>
                </button>
            </span>
        </div>
    }
}

#[component]
fn Cells(row: Arc<Row>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let (query, searching) = app.rows.with_untracked(|rows| match rows.source() {
        Source::Search { query, .. } => (crate::state::search::marked(query), true),
        Source::Folder(_) => (Vec::new(), false),
    });
    let (who, date, folder) = (shown(&row.who), row.date, row.folder);
    let (answered, forwarded, draft) = (
        row.flags.has(ANSWERED),
        row.flags.has_keyword("$Forwarded"),
        row.flags.has(DRAFT),
    );
    let addressed = app.folders.with_untracked(|f| {
        let kind = f.as_ref().map(|f| f.kind(folder));
        matches!(
            kind,
            Some(FolderKind::Special(SpecialUse::Sent | SpecialUse::Drafts))
        )
    });
    let who = if who.is_empty() && (addressed || draft) {
        view! { <i>{t.of(|w| w.no_recipients)}</i> }.into_any()
    } else if who.is_empty() {
        view! { <i>{t.of(|w| w.no_sender)}</i> }.into_any()
    } else {
        marked(&who, &query)
    };
    let subject = if row.subject.is_empty() {
        view! { <i>{t.of(|w| w.no_subject)}</i> }.into_any()
    } else {
        marked(&row.subject, &query)
    };
    view! {
        <span role="gridcell" class="who">
            {(!row.flags.has(SEEN)).then(|| view! { <span class="unseen">{t.of(|w| w.unread_spoken)}</span> })}
            {draft.then(|| view! { <em class="draft-mark">{t.of(|w| w.draft)}</em> })}
            {who}
        </span>
        <span role="gridcell" class="when"><time title=text(move || t.date_long(date))>{text(move || t.date_short(date))}</time></span>
        <span role="gridcell" class="what">
            {answered.then(|| view! { <span class="mark" title=t.of(|w| w.answered)><Icon name="reply"/></span> })}
            {forwarded.then(|| view! { <span class="mark" title=t.of(|w| w.forwarded)><Icon name="forward"/></span> })}
            <span class="subject" dir="auto">{subject}</span>
            <span class="preview" dir="auto">{marked(&row.preview, &query)}</span>
        </span>
        <span role="gridcell" class="extras">
            {searching.then(|| view! { <span class="where">{text(move || app.folder_title(folder))}</span> })}
            {(row.attachments > 0).then(|| { let n = row.attachments; view! { <span class="mark" title=text(move || t.attachments(n as usize))><Icon name="attach"/></span> } })}
        </span>
    }
}

/// Prevents text selection by clicks with a modifier key.
fn no_text_selection(event: MouseEvent) {
    if event.shift_key() || event.ctrl_key() || event.meta_key() {
        event.prevent_default();
    }
}
