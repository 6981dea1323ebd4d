//! The strip above the stage: how near one looks, which message is of interest, and large type for a
//! projector.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use crate::bind::{maybe, text, word};
use crate::stage::i18n::say;
use crate::stage::zoom::Zoom;
use leptos::prelude::*;

/// The strip.
#[component]
pub fn Head(deck: Deck) -> impl IntoView {
    let level = move |zoom: Zoom| {
        let chosen = move || deck.zoom.get() == zoom;
        let fixed = move || deck.zoom_fixed.get().is_some() && !chosen();
        view! {
            <button type="button" aria-pressed=word(move || if chosen() { "true" } else { "false" }) aria-disabled=maybe(move || fixed().then_some("true"))
                title=text(move || format!("{} ({})", zoom.words(deck.language()), zoom.key())) on:click=move |_| deck.look(zoom)>
                {move || zoom.words(deck.language())}
            </button>
        }
    };
    let lens = move || deck.lens.get();
    view! {
        <div class="headstrip">
            <div class="levels" role="group" aria-label=word(move || say(deck.language(), "看得多近", "How near"))>{Zoom::ALL.map(level).collect_view()}</div>
            {move || messages(deck)}
            <span class="spring"></span>
            <button type="button" class="quiet" aria-pressed=word(move || if lens() { "true" } else { "false" })
                title=text(move || format!("{} (W)", say(deck.language(), "给每一行涂上谁能读到的颜色", "Colour each line by who can read it")))
                on:click=move |_| deck.lens.update(|l| *l = !*l)>
                {move || say(deck.language(), "谁能看到", "Who can read")}
            </button>
            <button type="button" class="quiet" aria-pressed=word(move || if deck.present.get() { "true" } else { "false" })
                title=text(move || format!("{} (F)", say(deck.language(), "投影：大字全屏", "For a projector: large type, full screen")))
                on:click=move |_| deck.show_large(!deck.present.get_untracked())>
                <SignGlyph sign=Sign::Large size=18/>{move || say(deck.language(), "投影", "Present")}
            </button>
        </div>
    }
}

/// Which message, where there are several.
fn messages(deck: Deck) -> Option<impl IntoView> {
    let told = deck.timeline.with(|t| {
        let one = |(i, p): (usize, &crate::stage::post::Post)| {
            let to = p.recipients.first().cloned().unwrap_or_default();
            let more = if p.recipients.len() > 1 {
                format!(" +{}", p.recipients.len() - 1)
            } else {
                String::new()
            };
            let from = p.sender.clone().map_or("?".to_owned(), |s| {
                if s.is_empty() { "<>".to_owned() } else { s }
            });
            (i, format!("{} · {from} → {to}{more}", i + 1))
        };
        t.messages.iter().enumerate().map(one).collect::<Vec<_>>()
    });
    (told.len() > 1).then(|| {
        let chosen = move || deck.interest.get().map_or(String::new(), |l| l.to_string());
        let choose = move |e: leptos::ev::Event| deck.interest.set(event_target_value(&e).parse().ok());
        let follow = move || say(deck.language(), "跟随正在谈到的信", "The message that is spoken of");
        view! {
            <select class="which" aria-label=move || say(deck.language(), "哪一封信", "Which message") prop:value=chosen on:change=choose>
                <option value="">{follow}</option>
                {told.into_iter().map(|(i, words)| view! { <option value=i.to_string()>{words}</option> }).collect_view()}
            </select>
        }
    })
}
