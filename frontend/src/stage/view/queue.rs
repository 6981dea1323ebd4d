//! The queue's shelf: each message that waits, with how long it has lain there, when it is tried
//! again, and what it waits for.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use crate::i18n::Language;
use crate::stage::i18n::{clock, host_name, reply_words, say, span_words};
use crate::stage::scene::Clock;
use leptos::prelude::*;

/// Messages shown on the shelf.
const SHOWN_MAX: usize = 60;

/// The shelf.
#[component]
pub fn QueueShelf(deck: Deck) -> impl IntoView {
    view! {
        <div class="shelf-view" tabindex="0">
            {move || {
                let waiting: Vec<Clock> = deck.scene.with(|s| s.clocks.iter().filter(|c| c.key.is_some()).take(SHOWN_MAX).cloned().collect());
                if waiting.is_empty() {
                    let word = say(deck.language(), "架子是空的：没有信在等。", "The shelf is empty: no message waits.");
                    return view! { <p class="empty">{word}</p> }.into_any();
                }
                view! { <ul>{waiting.into_iter().map(|c| row(deck, c)).collect_view()}</ul> }.into_any()
            }}
        </div>
    }
}

fn row(deck: Deck, waits: Clock) -> impl IntoView {
    let language = deck.language();
    let now = deck
        .timeline
        .with(|t| t.steps.get(deck.position.get()).map(|s| s.at));
    let (recipient, host) = deck.timeline.with(|t| {
        let recipient = waits
            .key
            .and_then(|k| t.messages.get(k.message)?.recipients.get(k.copy).cloned())
            .unwrap_or_default();
        (
            recipient,
            host_name(language, &t.places.hosts[t.places.rooms[waits.room].host]),
        )
    });
    let next = waits
        .next
        .map(|n| clock(n, deck.east_minutes, false))
        .unwrap_or_default();
    let left = waits
        .next
        .zip(now)
        .map(|(n, now)| span_words(language, n.since(now)));
    let age = waits
        .since
        .zip(now)
        .map(|(s, now)| span_words(language, now.since(s)));
    let told = match language {
        Language::Chinese => format!(
            "{host} 里放了 {}，试过 {} 次",
            age.unwrap_or_default(),
            waits.tries
        ),
        Language::English => format!(
            "at {host} for {}, tried {} times",
            age.unwrap_or_default(),
            waits.tries
        ),
    };
    let due = match language {
        Language::Chinese => format!("{next} 再试（还有 {}）", left.unwrap_or_default()),
        Language::English => format!("next at {next}, in {}", left.unwrap_or_default()),
    };
    let word = waits.word.map(|w| reply_words(language, &w));
    let message = waits.key.map(|k| k.message);
    view! {
        <li>
            <button type="button" on:click=move |_| deck.interest.set(message)>
                <span class="due"><SignGlyph sign=Sign::Clock size=16/>{due}</span>
                <b>{recipient}</b>
                <span class="age">{told}</span>
                {word.map(|w| view! { <code>{w}</code> })}
            </button>
        </li>
    }
}
