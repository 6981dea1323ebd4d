//! What moves or is put down on the stage: envelopes, the baton, postmarks, clocks. Each is placed
//! by a CSS transform, so that the browser carries it from place to place.

use super::deck::Deck;
use super::glyphs::Sign;
use super::sheet::drawn;
use crate::bind::{item, list, text, word};
use crate::stage::course::{Postmark, Stamp};
use crate::stage::i18n::{clock, role_class, say, span_words, stamp_word};
use crate::stage::layout::{Layout, Point, SMALL_ROOM};
use crate::stage::scene::{Clock, Key, Scene, SceneMessage};
use leptos::prelude::*;
use std::sync::Arc;

/// The envelopes.
#[component]
pub fn MessageTexts(deck: Deck) -> impl IntoView {
    let keys = move || {
        deck.scene
            .with(|s| s.messages.iter().map(|l| l.key).collect::<Vec<_>>())
    };
    list(move || {
        keys()
            .into_iter()
            .map(|key| item(key, move || envelope(deck, key)))
            .collect()
    })
}

fn envelope(deck: Deck, key: Key) -> impl IntoView {
    let layout = drawn(deck);
    let message = Memo::new(move |_| {
        deck.scene
            .with(|s| s.messages.iter().find(|l| l.key == key).cloned())
    });
    let place = move || {
        let (at, scale) = message
            .get()
            .and_then(|l: SceneMessage| layout.message(&l))
            .unwrap_or_default();
        format!("translate({:.1}px, {:.1}px) scale({scale})", at.x, at.y)
    };
    let stamp = move || message.get().and_then(|l| l.stamp).map_or("", stamp_class);
    let copies = move || message.get().map_or(1, |l| l.copies);
    let several = move || if copies() > 1 { "block" } else { "none" };
    view! {
        <g class="carried" class:other=move || message.get().is_some_and(|l| !l.main) style:transform=text(place)>
            <rect x="-25" y="-17" width="50" height="34" rx="4"></rect>
            <path class="flap" d="M-24 -15L0 4L24 -15"></path>
            <circle class=text(move || format!("seal {}", stamp())) cx="15" cy="8" r="5.500"></circle>
            <g class="copies" style:display=word(several)>
                <circle cx="25" cy="-17" r="10"></circle>
                <text x="25" y="-12.800">{copies}</text>
            </g>
        </g>
    }
}

/// Who answers for the message of interest; of the others, how many each room answers for.
#[component]
pub fn Batons(deck: Deck) -> impl IntoView {
    let keys = move || {
        deck.scene.with(|s| {
            s.batons
                .iter()
                .filter(|b| b.main)
                .map(|b| b.key)
                .collect::<Vec<_>>()
        })
    };
    let others = Memo::new(move |_| {
        let mut counts: std::collections::BTreeMap<usize, usize> =
            std::collections::BTreeMap::new();
        deck.scene.with(|s| {
            s.batons
                .iter()
                .filter(|b| !b.main)
                .for_each(|b| *counts.entry(b.room).or_default() += 1)
        });
        counts
    });
    let held = move |(room, count): (usize, usize)| {
        let layout = drawn(deck);
        let rect = layout.rect(room);
        let class = format!(
            "baton-count {}",
            role_class(deck.timeline.with_untracked(|t| t.places.rooms[room].role))
        );
        let inward = if small_rooms(&layout) { 4.0 } else { 14.0 };
        let at = format!(
            "translate({:.1} {:.1})",
            rect.x + rect.w - inward,
            rect.y + 24.0
        );
        view! { <g class=class transform=at><rect x="-17" y="-10" width="34" height="20" rx="10"></rect><text y="4.6">{format!("×{count}")}</text></g> }
    };
    view! {
        {list(move || others.get().into_iter().map(|one| item(one, move || held(one))).collect())}
        {list(move || keys().into_iter().map(|key| item(key, move || baton(deck, key))).collect())}
    }
}

fn baton(deck: Deck, key: Key) -> impl IntoView {
    let layout = drawn(deck);
    let room = Memo::new(move |_| {
        deck.scene
            .with(|s| s.batons.iter().find(|b| b.key == key).map(|b| b.room))
    });
    let place = move || {
        let at = room.get().map(|r| layout.rect(r).top()).unwrap_or_default();
        format!("translate({:.1}px, {:.1}px)", at.x, at.y)
    };
    let class = move || {
        let role = room
            .get()
            .map(|r| deck.timeline.with(|t| t.places.rooms[r].role));
        format!("baton {}", role.map_or("", role_class))
    };
    view! {
        <g class=text(class) style:transform=text(place)>
            <rect x="-43" y="-12" width="86" height="24" rx="12"></rect>
            <path class="stick" d="M-32 4L-25 -4"></path>
            <text x="8" y="4.600">{move || say(deck.language(), "负责中", "holds it")}</text>
        </g>
    }
}

/// A round postmark at the corner of a room, and its time below.
#[component]
pub fn Postmarks(deck: Deck) -> impl IntoView {
    let layout = drawn(deck);
    // Where a clock tells when it is tried again, that stands in the label's place.
    let marks = move || {
        let clock = |s: &Scene, room| s.clocks.iter().any(|c| c.room == room && c.next.is_some());
        deck.scene.with(|s| {
            s.postmarks
                .iter()
                .map(|mark| (*mark, clock(s, mark.room)))
                .collect::<Vec<_>>()
        })
    };
    let one = move |(mark, clock_below): (Postmark, bool)| {
        let rect = layout.rect(mark.room);
        let inward = if small_rooms(&layout) { 1.0 } else { 9.0 };
        let corner = format!(
            "translate({:.1} {:.1})",
            rect.x + rect.w - inward,
            rect.y + rect.h - 5.0
        );
        let Point { x, y } = layout.label(mark.room);
        let time = clock(mark.at, deck.east_minutes, false);
        let worded = layout.labels_have_words();
        let word = move || {
            if worded {
                format!("{} {time}", stamp_word(deck.language(), mark.stamp))
            } else {
                time.clone()
            }
        };
        let waits = mark.stamp == Stamp::Waiting || clock_below;
        view! {
            <g class=format!("cancelled {}", stamp_class(mark.stamp))>
                <g transform=corner>
                    <circle r="13"></circle>
                    <g transform="translate(-8.4 -8.4) scale(0.7)"><path class="stroke" d=stamp_sign(mark.stamp).path()></path></g>
                </g>
                <text x=x y=y style:display=if waits { "none" } else { "block" }>{word}</text>
            </g>
        }
    };
    let one = Arc::new(one);
    list(move || {
        let marks = marks().into_iter();
        let drawn = |(mark, clock): (Postmark, bool)| {
            let one = one.clone();
            item((mark.room, mark.stamp as u8, mark.at, clock), move || {
                one((mark, clock))
            })
        };
        marks.map(drawn).collect()
    })
}

/// The queue's shelf: when it is tried again.
#[component]
pub fn Clocks(deck: Deck) -> impl IntoView {
    let layout = drawn(deck);
    move || {
        let one = |(c, more): &(Clock, usize)| {
            let Point { x, y } = layout.label(c.room);
            let now = deck
                .timeline
                .with(|t| t.steps.get(deck.position.get()).map(|s| s.at));
            let left = c
                .next
                .zip(now)
                .map(|(next, now)| next.since(now))
                .filter(|d| d.as_secs() > 0);
            let face = if small_rooms(&layout) { "" } else { "◷ " };
            let next = c
                .next
                .map(|t| format!("{face}{}", clock(t, deck.east_minutes, false)));
            let language = deck.language();
            let more = if *more > 0 {
                format!(" +{more}")
            } else {
                String::new()
            };
            let left = left.map(|d| {
                format!(
                    "{} {}{more}",
                    say(language, "再过", "in"),
                    span_words(language, d)
                )
            });
            view! {
                <g class="shelf">
                    <text x=x y=y>{next}</text>
                    <text class="left" x=x y=y + 15.0>{left}</text>
                </g>
            }
        };
        // One clock a room: that of the message of interest, else the next one that is due.
        let mut shown: Vec<(Clock, usize)> = Vec::new();
        deck.scene.with(|s| {
            let main = |c: &Clock| s.message.is_some() && c.key.map(|k| k.message) == s.message;
            for clock in s.clocks.iter().filter(|c| c.next.is_some()) {
                match shown.iter_mut().find(|(c, _)| c.room == clock.room) {
                    Some((known, more)) => {
                        *more += 1;
                        if main(clock) && !main(known) {
                            *known = clock.clone();
                        }
                    }
                    None => shown.push((clock.clone(), 0)),
                }
            }
        });
        shown.iter().map(one).collect_view()
    }
}

fn small_rooms(layout: &Layout) -> bool {
    layout.measure.is_some_and(|m| m.room.0 < SMALL_ROOM)
}

/// The colour class of a postmark.
pub(super) fn stamp_class(stamp: Stamp) -> &'static str {
    match stamp {
        Stamp::Accepted => "accepted",
        Stamp::Waiting => "waiting",
        Stamp::Delivered => "delivered",
        Stamp::Returned => "returned",
    }
}

/// A postmark's sign.
pub(super) fn stamp_sign(stamp: Stamp) -> Sign {
    match stamp {
        Stamp::Accepted | Stamp::Delivered => Sign::Check,
        Stamp::Waiting => Sign::Clock,
        Stamp::Returned => Sign::Return,
    }
}
