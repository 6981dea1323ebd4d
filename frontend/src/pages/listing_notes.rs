//! The head of the list: its order, the offer to select the whole list, and notes on a search.

use crate::app::use_app;
use crate::bind::{boolean, click, memo, part, static_text, text};
use crate::i18n::use_locale;
use crate::state::selection::Selection;
use leptos::prelude::*;
use wire::ListOrder;

/// The order of a folder's list. A search is always newest first.
#[component]
pub fn Order() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let searching = move || app.rows.with(|rows| rows.folder().is_none());
    let now = memo(move || app.rows.with(|rows| rows.order()));
    let change = move |event| {
        let chosen = event_target_value(&event);
        let order = ListOrder::ALL.into_iter().find(|o| word_of(*o) == chosen);
        app.set_order(order.unwrap_or_default());
    };
    view! {
        <select class="order" name="order" hidden=searching aria-label=t.of(|w| w.order) title=t.of(|w| w.order)
            prop:value=move || word_of(now.get()) on:change=change>
            {ListOrder::ALL.map(|order| view! {
                <option value=word_of(order) selected=boolean(move || now.get() == order)>{static_text(move || t.order(order))}</option>
            }).collect_view()}
        </select>
    }
}

fn word_of(order: ListOrder) -> &'static str {
    match order {
        ListOrder::Newest => "newest",
        ListOrder::Oldest => "oldest",
        ListOrder::Sender => "sender",
        ListOrder::Subject => "subject",
        ListOrder::Size => "size",
    }
}

/// The offer to select the whole list, shown once all loaded messages are selected.
#[component]
pub fn WholeList() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    #[derive(Clone, Copy, PartialEq)]
    enum Offer {
        Nothing,
        Loaded(usize),
        Whole(usize),
    }
    let offer = memo(move || {
        app.rows.with(|rows| {
            app.selection.with(|s| {
                let loaded = rows.loaded();
                if s.len() > loaded && s.len() >= rows.len() {
                    Offer::Whole(s.len())
                } else if loaded > 0 && loaded < rows.len() && s.len() == loaded {
                    Offer::Loaded(loaded)
                } else {
                    Offer::Nothing
                }
            })
        })
    });
    let whole = move || {
        let (total, folder) = app.rows.with(|rows| (rows.len(), rows.folder()));
        folder.map_or_else(
            || t.select_results.to_owned(),
            |id| t.select_folder(total, &app.folder_title(id)),
        )
    };
    part(move || {
        match offer.get() {
        Offer::Nothing => ().into_any(),
        Offer::Loaded(n) => view! {
            <p class="listing-note" role="status">
                <span>{text(move || t.loaded_selected(n))}</span>
                <button type="button" class="link" on:click=click(move |_| app.select_whole_list())>{text(whole)}</button>
            </p>
        }
        .into_any(),
        Offer::Whole(n) => view! {
            <p class="listing-note" role="status">
                <span>{text(move || t.whole_selected(n))}</span>
                <button type="button" class="link" on:click=click(move |_| app.selection.update(Selection::clear))>{t.of(|w| w.clear_selection)}</button>
            </p>
        }
        .into_any(),
    }
    })
}

/// Notes on parts of the query that the search did not understand.
#[component]
pub fn SearchNotes() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let notes = memo(move || app.rows.with(|rows| rows.notes().to_vec()));
    part(move || {
        let notes = notes.get();
        if notes.is_empty() {
            return ().into_any();
        }
        view! {
            <div class="listing-note search-notes" role="status" aria-label=t.of(|w| w.search_notes)>
                {notes.into_iter().map(|note| view! { <p>{text(move || t.search_note(&note))}</p> }).collect_view()}
            </div>
        }
        .into_any()
    })
}
