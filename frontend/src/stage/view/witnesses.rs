//! Who can read this: the people on the way and what each sees of the present step; the stretches
//! of the message with how each was sealed; and why a lock on each stretch is not a lock from end to
//! end.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use crate::stage::i18n::{host_name, say};
use crate::stage::lens::{
    Seal, Sight, Stretch, Watcher, seal_words, sight_words, stretches, watcher_words, watchers,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Witnesses(deck: Deck) -> impl IntoView {
    let seen = move || {
        let (position, language) = (deck.position.get(), deck.language());
        deck.timeline.with(|t| watchers(t, position, language))
    };
    let passed = move || {
        let (position, message) = (deck.position.get(), deck.scene.with(|s| s.message));
        deck.timeline
            .with(|t| message.map_or(vec![], |l| stretches(t, l, position)))
    };
    view! {
        <div class="witnesses" tabindex="0">
            <h3>{move || say(deck.language(), "这一步，谁看得到？", "Who sees this step?")}</h3>
            <ul class="watchers">{move || seen().into_iter().map(|(w, s)| watcher(deck, &w, s)).collect_view()}</ul>
            <h3>{move || say(deck.language(), "信走过的路段", "The stretches of the message")}</h3>
            <ol class="stretches">{move || passed().into_iter().map(|s| stretch(deck, &s)).collect_view()}</ol>
            <p class="told">
                {move || say(
                    deck.language(),
                    "TLS 只管一段路：路上的人看不见，但每一站的管理员都读得到整封信。锁不等于“端到端”加密。",
                    "TLS seals one stretch at a time: nobody on the road can look in, but the administrators of every host on the way read the whole message. The lock does not mean end to end.",
                )}
            </p>
        </div>
    }
}

fn watcher(deck: Deck, watcher: &Watcher, sight: Sight) -> impl IntoView + use<> {
    let language = deck.language();
    let class = match sight {
        Sight::Reads => "reads",
        Sight::Traffic => "traffic",
    };
    view! {
        <li class=class><span class="eye" aria-hidden="true">{if sight == Sight::Reads { "◉" } else { "◌" }}</span>
            <b>{watcher_words(language, watcher)}</b><span>{sight_words(language, sight)}</span></li>
    }
}

fn stretch(deck: Deck, stretch: &Stretch) -> impl IntoView + use<> {
    let language = deck.language();
    let name = |room: usize| {
        deck.timeline
            .with(|t| host_name(language, &t.places.hosts[t.places.rooms[room].host]))
    };
    let class = if stretch.seal == Seal::Plain {
        "plain"
    } else {
        "sealed"
    };
    let lock =
        (stretch.seal != Seal::Plain).then(|| view! { <SignGlyph sign=Sign::Lock size=15/> });
    view! { <li class=class>{name(stretch.from)}" → "{name(stretch.to)}" "<span class="seal">{lock}{seal_words(language, stretch.seal)}</span></li> }
}
