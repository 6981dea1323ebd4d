//! The list pane: search, title, bulk actions, rows, and the empty state.

use crate::app::use_app;
use crate::bind::{click, memo, static_text, text};
use crate::i18n::{label, use_locale};
use crate::pages::listing_notes::{Order, SearchNotes, WholeList};
use crate::pages::rows::RowGrid;
use crate::pages::search::SearchBox;
use crate::pages::toolbar::Actions;
use crate::parts::icon::{Icon, IconButton};
use crate::state::list::Source;
use leptos::prelude::*;
use mail::SpecialUse;
use wire::FolderKind;

/// The pane.
#[component]
pub fn Listing() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let title = move || match app.rows.with(|rows| rows.source().clone()) {
        Source::Folder(id) => app.folder_title(id),
        Source::Search { .. } => t.results.to_owned(),
    };
    let count = move || {
        app.rows
            .with(|rows| rows.is_known().then(|| rows.len()))
            .map(|n| t.messages(n))
    };
    let choosing = move || app.selection.with(|selection| !selection.is_empty());
    view! {
        <section class="listing" id="list" tabindex="-1" aria-label=title>
            <div class="listing-head">
                <div class="listing-top">
                    <IconButton icon="menu" class="menu-button" label=label(|w| w.folders) press=move |_| app.drawer.set(true)/>
                    <SearchBox/>
                </div>
                <div class="listing-bar">
                    <SelectAll/>
                    <div class="listing-title" hidden=choosing><h1>{title}</h1><span class="count">{count}</span><Order/></div>
                    <Show when=choosing>
                        <div class="listing-actions" role="toolbar" aria-label=t.of(|w| w.actions)>
                            <span class="count">{text(move || t.selected(app.selection.with(crate::state::selection::Selection::len)))}</span>
                            <Actions/>
                        </div>
                    </Show>
                </div>
                <WholeList/>
                <SearchNotes/>
            </div>
            <Body/>
            <button type="button" class="primary compose-float" aria-label=t.of(|w| w.compose) on:click=click(move |_| app.compose(Vec::new()))><Icon name="compose"/></button>
        </section>
    }
}

/// Selects all loaded messages, or none.
#[component]
fn SelectAll() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let all = move || {
        app.rows.with(|rows| {
            app.selection
                .with(|s| !s.is_empty() && rows.ids(0..rows.len()).all(|id| s.has(id)))
        })
    };
    let some = move || app.selection.with(|s| !s.is_empty());
    let change = move |_| {
        let ids: Vec<_> = app
            .rows
            .with_untracked(|rows| rows.ids(0..rows.len()).collect());
        let clear = untrack(all);
        app.selection.update(|s| {
            s.clear();
            if !clear && let Some(first) = ids.first().copied() {
                s.extend(ids, first);
            }
        });
    };
    let state = move || {
        if all() {
            "true"
        } else if some() {
            "mixed"
        } else {
            "false"
        }
    };
    view! {
        <button type="button" role="checkbox" class="box select-all" aria-checked=state aria-label=t.of(|w| w.select_all) title=t.of(|w| w.select_all) on:click=change>
            <Icon name=Signal::derive(move || if some() && !all() { "minus" } else { "check" })/>
        </button>
    }
}

/// The rows, or why there are none.
#[component]
fn Body() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    #[derive(Clone, Copy, PartialEq)]
    enum Shown {
        Rows,
        Loading,
        Empty,
        Failed,
    }
    let shown = memo(move || {
        if app.rows_failed.with(Option::is_some) {
            Shown::Failed
        } else if app.rows.with(|rows| rows.is_empty()) {
            Shown::Empty
        } else if app.rows.with(|rows| rows.is_known()) {
            Shown::Rows
        } else {
            Shown::Loading
        }
    });
    move || {
        match shown.get() {
        Shown::Rows => view! { <RowGrid/> }.into_any(),
        Shown::Loading => view! { <div class="skeleton" aria-busy="true" aria-label=t.of(|w| w.loading) role="status">{(0..8).map(|_| view! { <i></i> }).collect_view()}</div> }.into_any(),
        Shown::Empty => view! { <Empty/> }.into_any(),
        Shown::Failed => view! {
            <div class="nothing">
                <Icon name="warning"/>
                <p>{text(move || app.rows_failed.get().map(|f| app.failure_text(&f)).unwrap_or_default())}</p>
                <button type="button" class="quiet" on:click=click(move |_| app.retry_list())>{t.of(|w| w.retry)}</button>
            </div>
        }.into_any(),
    }
    }
}

/// The empty state.
#[component]
fn Empty() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let searching = move || app.rows.with(|rows| rows.folder().is_none());
    let kind = move || app.folder_kind();
    let icon = move || {
        if searching() {
            "search"
        } else {
            crate::parts::icon::folder_icon(kind())
        }
    };
    let words = move || match kind() {
        _ if searching() => (t.nothing_found, t.nothing_found_hint),
        FolderKind::Inbox => (t.inbox_empty, t.inbox_empty_hint),
        FolderKind::Special(SpecialUse::Drafts) => (t.drafts_empty, t.drafts_empty_hint),
        FolderKind::Special(SpecialUse::Sent) => (t.sent_empty, t.sent_empty_hint),
        FolderKind::Special(SpecialUse::Trash) => (t.trash_empty, t.trash_empty_hint),
        FolderKind::Special(SpecialUse::Junk) => (t.junk_empty, t.junk_empty_hint),
        _ => (t.folder_empty, t.folder_empty_hint),
    };
    view! {
        <div class="nothing rows" tabindex="-1">
            <Icon name=Signal::derive(icon)/>
            <h2>{static_text(move || words().0)}</h2>
            <p>{static_text(move || words().1)}</p>
        </div>
    }
}
