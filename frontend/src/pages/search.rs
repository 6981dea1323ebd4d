//! The search box: words and filter chips, with results while typing.

use crate::app::{App, use_app};
use crate::bind::{boolean, click, effect, memo, part, text};
use crate::i18n::{label, use_locale};
use crate::parts::icon::{Icon, IconButton};
use crate::state::place::Mail;
use crate::state::search::{Token, filters, query, words_only};
use crate::web::page;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use std::time::Duration;

/// Delay between the last key and the search.
const SEARCH_AFTER: Duration = Duration::from_millis(180);

/// Filters offered below the box.
const OFFERED: [(&str, &str); 4] = [
    ("is", "unread"),
    ("is", "flagged"),
    ("has", "attachment"),
    ("from", ""),
];

/// The search box.
#[component]
pub fn SearchBox() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let typed = RwSignal::new(String::new());
    let chips = RwSignal::new(Vec::<Token>::new());
    let focused = RwSignal::new(false);
    // Follows the address bar, so that Back shows the previous search.
    let asked = memo(move || app.mail().and_then(|mail| mail.query).unwrap_or_default());
    effect(move || {
        let asked = asked.get();
        if asked != query(&chips.get_untracked(), &typed.get_untracked()) {
            chips.set(filters(&asked));
            typed.set(words_only(&asked));
        }
    });
    let now = move || search(app, &query(&chips.get_untracked(), &typed.get_untracked()));
    let later = move || {
        let at = typed.get_untracked();
        let fresh = move || {
            if typed.try_get_untracked() == Some(at) {
                now();
            }
        };
        set_timeout(fresh, SEARCH_AFTER);
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // A completely typed filter becomes a chip.
        let whole = query(&chips.get_untracked(), &typed.get_untracked());
        chips.set(filters(&whole));
        typed.set(words_only(&whole));
        now();
    };
    let take = move |index: usize| {
        chips.update(|chips| drop((index < chips.len()).then(|| chips.remove(index))));
        now();
        page::focus(".search input");
    };
    let offer = move |(key, value): (&'static str, &'static str)| {
        if value.is_empty() {
            typed.update(|typed| typed.push_str(&format!("{key}:")));
        } else {
            chips.update(|chips| {
                chips.push(Token::filter(key, value));
            });
            now();
        }
        page::focus(".search input");
    };
    let clear = move || {
        chips.set(Vec::new());
        typed.set(String::new());
        now();
        page::focus(".search input");
    };
    let anything = move || !typed.with(String::is_empty) || !chips.with(Vec::is_empty);
    view! {
        <form class="search" role="search" on:submit=submit on:focusin=move |_| focused.set(true)
            on:focusout=move |_| request_animation_frame(move || { focused.try_set(page::focused().is_some_and(|e| e.closest(".search").ok().flatten().is_some())); })>
            <div class="search-box">
                <Icon name="search"/>
                {part(move || if chips.with(Vec::is_empty) { ().into_any() } else { view! { <span class="filters">{chips.get().into_iter().enumerate().map(|(i, token)| {
                    let spoken = token.typed();
                    view! {
                        <span class="chip">
                            <span>{text(move || t.filter(&token))}</span>
                            <button type="button" aria-label=text(move || t.remove_item(&spoken)) on:click=click(move |_| take(i))><Icon name="close"/></button>
                        </span>
                    }
                }).collect_view()}</span> }.into_any() })}
                <input type="search" aria-label=t.of(|w| w.search) placeholder=t.of(|w| w.search_hint) autocomplete="off" spellcheck="false" enterkeyhint="search"
                    prop:value=move || typed.get() on:input=move |e| { typed.set(event_target_value(&e)); if !page::is_composed_input(&e) { later(); } } on:compositionend=move |_| later()/>
                <Show when=anything>
                    <IconButton icon="close" label=label(|w| w.search_clear) press=move |_| clear()/>
                </Show>
            </div>
            <div class="offered" hidden=boolean(move || !focused.get())>
                {OFFERED.map(|pair| view! {
                    <button type="button" class="chip" on:click=click(move |_| offer(pair))>{text(move || t.filter_offer(pair.0, pair.1))}</button>
                }).collect_view()}
            </div>
        </form>
    }
}

/// Shows the results; an empty query returns to the inbox.
fn search(app: App, query: &str) {
    let searching = app.mail_now().is_some_and(|mail| mail.query.is_some());
    if !query.is_empty() {
        let place = Mail::search(query, None);
        crate::web::address_bar::go(app.place, &place.href(), searching);
    } else if searching {
        app.go(&Mail::folder("inbox"));
    }
}
