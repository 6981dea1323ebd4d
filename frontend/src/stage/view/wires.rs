//! The wires between rooms: quiet until used, lit in the speaker's colour while something crosses,
//! a tube with a lock once sealed, dashed where we have only somebody's word.

use super::deck::Deck;
use super::glyphs::Sign;
use crate::stage::i18n::role_class;
use crate::stage::layout::{Layout, Wire, at, path};
use leptos::prelude::*;

/// All wires.
#[component]
pub fn Wires(deck: Deck, layout: Layout) -> impl IntoView {
    layout
        .wires
        .iter()
        .map(|w| wire(deck, w.clone()))
        .collect_view()
}

fn wire(deck: Deck, wire: Wire) -> impl IntoView {
    let (a, b) = wire.rooms;
    let (talks, claimed) = deck.timeline.with_untracked(|t| {
        let mine = |k: &usize| {
            let talk = &t.talks[*k];
            (talk.client_room, talk.server_room) == (a, b)
                || (talk.client_room, talk.server_room) == (b, a)
        };
        let talks: Vec<usize> = (0..t.talks.len()).filter(mine).collect();
        let claimed = !talks.is_empty() && talks.iter().all(|k| t.talks[*k].claimed);
        (talks, claimed)
    });
    let direction = move || {
        deck.scene
            .with(|s| s.wire.filter(|w| *w == (a, b) || *w == (b, a)))
    };
    let active = Memo::new(move |_| direction());
    let sealed = Memo::new(move |_| {
        deck.scene
            .with(|s| talks.iter().any(|k| s.sealed.get(*k) == Some(&true)))
    });
    let seen = move || {
        deck.scene
            .with(|s| [a, b].iter().all(|r| s.visited.get(*r) == Some(&true)))
    };
    // One string: a class list that is set as a whole must not be mended in parts.
    let class = move || {
        let speaker = active
            .get()
            .map(|(from, _)| deck.timeline.with(|t| t.places.rooms[from].role));
        let marks = [
            (active.get().is_some(), " active"),
            (sealed.get(), " sealed"),
            (seen(), " seen"),
            (claimed, " claimed"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, mark)| *mark)
            .collect();
        format!("wire {}{marks}", speaker.map_or("", role_class))
    };
    let middle = at(&wire.way, 0.5);
    let lock = format!(
        "translate({} {}) scale(0.66)",
        middle.x - 8.0,
        middle.y - 8.5
    );
    view! {
        <g class=class>
            <path class="tube" d=path(&wire.way)></path>
            <path class="line" d=path(&wire.way)></path>
            <path class="head" d="M0 0L-11 -6.500L-11 6.500z" transform=move || head(&wire, active.get().map(|(_, to)| to == b))></path>
            <g class="lock" transform=lock>
                <rect x="-2" y="-2" width="28" height="28" rx="14"></rect>
                <path class="stroke" d=Sign::Lock.path()></path>
            </g>
        </g>
    }
}

/// Where the arrow's head stands, pointing at who listens.
fn head(wire: &Wire, to_end: Option<bool>) -> String {
    let (tip, before) = match to_end {
        Some(false) => (at(&wire.way, 0.0), at(&wire.way, 0.06)),
        _ => (at(&wire.way, 1.0), at(&wire.way, 0.94)),
    };
    let angle = (tip.y - before.y).atan2(tip.x - before.x).to_degrees();
    format!("translate({:.1} {:.1}) rotate({angle:.1})", tip.x, tip.y)
}
