//! The postal map: towns with their post offices, houses, roads, and the messages between them;
//! below it the story in plain words.

use super::deck::Deck;
use crate::bind::{item, list, text};
use crate::stage::course::Stamp;
use crate::stage::i18n::{clock, host_name, say};
use crate::stage::layout::Point;
use crate::stage::map::{HOUSE, House, Map, OFFICE, Town, plain, sentence_case, story};
use crate::stage::places::RoomId;
use crate::stage::scene::{Key, SceneMessage};
use leptos::html;
use leptos::prelude::*;

/// The map and the story.
#[component]
pub fn Atlas(deck: Deck) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    super::space::watch_width(place, deck.space);
    let map = Memo::new(move |_| {
        let width = deck.space.with(|s| s.width).clamp(300.0, 1360.0)
            / if deck.present.get() { 1.5 } else { 1.0 };
        deck.timeline.with(|t| Map::new(t, width))
    });
    let told = move || {
        deck.timeline.with(|t| {
            sentence_case(
                &story(t, deck.position.get(), deck.language()),
                deck.language(),
            )
        })
    };
    view! {
        <div class="sheet atlas" node_ref=place role="img" aria-label=told>
            {move || {
                let map = map.get();
                let view_box = format!("0 0 {} {}", map.width, map.height);
                let drawn = StoredValue::new(map.clone());
                let roads = map.roads.iter().map(|r| road(deck, drawn, *r)).collect_view();
                let towns = map.towns.iter().map(|t| office(deck, t.clone())).collect_view();
                let houses = map.houses.iter().map(|h| house(deck, h.clone())).collect_view();
                let keys = move || deck.scene.with(|s| s.messages.iter().map(|l| l.key).collect::<Vec<_>>());
                let messages = list(move || keys().into_iter().map(|key| item(key, move || message(deck, key, drawn))).collect());
                view! { <svg viewBox=view_box aria-hidden="true">{roads}{towns}{houses}{messages}</svg> }
            }}
        </div>
        <p class="story" aria-live="off">{told}</p>
        <Chapters deck/>
    }
}

fn road(
    deck: Deck,
    map: StoredValue<Map>,
    (from, to, _): (Point, Point, (RoomId, RoomId)),
) -> impl IntoView {
    let active = move || {
        let ends = deck
            .scene
            .with(|s| s.wire)
            .map(|(a, b)| map.with_value(|m| (m.room(a), m.room(b))));
        ends.is_some_and(|e| e == (from, to) || e == (to, from))
    };
    let path = format!(
        "M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
        from.x,
        from.y,
        (from.x + to.x) / 2.0,
        (from.y + to.y) / 2.0 - 24.0,
        to.x,
        to.y
    );
    view! { <path class="road" class:active=active d=path></path> }
}

fn office(deck: Deck, town: Town) -> impl IntoView {
    let (w, h) = OFFICE;
    let (x, y) = (town.at.x - w / 2.0, town.at.y - h);
    let roof = format!(
        "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z",
        x - 8.0,
        y + 22.0,
        town.at.x,
        y - 8.0,
        x + w + 8.0,
        y + 22.0
    );
    let hosts = town.hosts.clone();
    let at_work = {
        let hosts = hosts.clone();
        move || {
            deck.scene.with(|s| {
                s.room.is_some_and(|r| {
                    deck.timeline
                        .with(|t| hosts.contains(&t.places.rooms[r].host))
                })
            })
        }
    };
    let next = move || {
        let due = deck.scene.with(|s| {
            s.clocks
                .iter()
                .find(|c| {
                    deck.timeline
                        .with(|t| hosts.contains(&t.places.rooms[c.room].host))
                })
                .and_then(|c| c.next)
        });
        due.map(|d| format!("◷ {}", clock(d, deck.east_minutes, false)))
    };
    view! {
        <g class="office" class:active=at_work>
            <rect x=x y=y + 22.0 width=w height=h - 22.0></rect>
            <path class="roof" d=roof></path>
            <rect class="door" x=town.at.x - 10.0 y=town.at.y - 26.0 width="20" height="26"></rect>
            <text class="town" x=town.at.x y=y - 18.0>{town.name.clone()}</text>
            <text class="due" x=town.at.x y=y - 40.0>{next}</text>
        </g>
    }
}

fn house(deck: Deck, house: House) -> impl IntoView {
    let (w, h) = HOUSE;
    let (x, y) = (house.at.x - w / 2.0, house.at.y - h);
    let shape = format!(
        "M{:.1} {:.1}v-{:.1}L{:.1} {:.1}L{:.1} {:.1}v{:.1}z",
        x,
        house.at.y,
        h - 18.0,
        house.at.x,
        y,
        x + w,
        y + 18.0,
        h - 18.0
    );
    let entry = deck
        .timeline
        .with_untracked(|t| t.places.hosts[house.host].clone());
    let name = move || host_name(deck.language(), &entry);
    view! { <g class="home"><path d=shape></path><text x=house.at.x y=house.at.y + 18.0>{name}</text></g> }
}

fn message(deck: Deck, key: Key, map: StoredValue<Map>) -> impl IntoView {
    let message = Memo::new(move |_| {
        deck.scene
            .with(|s| s.messages.iter().find(|l| l.key == key).cloned())
    });
    let place = move || {
        let (at, scale) = message
            .get()
            .and_then(|l: SceneMessage| map.with_value(|m| m.message(&l)))
            .unwrap_or_default();
        format!("translate({:.1}px, {:.1}px) scale({scale})", at.x, at.y)
    };
    let stamp = move || {
        let stamp = message.get().and_then(|l| l.stamp);
        format!(
            "seal {}",
            stamp.map_or("", |s: Stamp| super::messages::stamp_class(s))
        )
    };
    let main = move || message.get().is_some_and(|l| l.main);
    view! {
        <g class="carried" class:main=main style:transform=text(place)>
            <rect x="-25" y="-17" width="50" height="34" rx="4"></rect>
            <path class="flap" d="M-24 -15L0 4L24 -15"></path>
            <circle class=text(stamp) cx="15" cy="8" r="5.500"></circle>
        </g>
    }
}

/// The story so far, each sentence a step to go to.
#[component]
fn Chapters(deck: Deck) -> impl IntoView {
    let chapters = Memo::new(move |_| {
        let (position, language) = (deck.position.get(), deck.language());
        deck.timeline.with(|t| {
            (0..t.len().min(position + 1))
                .filter_map(|i| {
                    plain(t, i, language).map(|told| (i, sentence_case(&told, language)))
                })
                .collect::<Vec<_>>()
        })
    });
    let shown = NodeRef::<html::Ol>::new();
    crate::bind::effect(move || {
        let (_, Some(list)) = (chapters.get(), shown.get()) else {
            return;
        };
        request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
    });
    view! {
        <ol class="chapters" node_ref=shown tabindex="0" aria-label=move || say(deck.language(), "到此为止的故事", "The story so far")>
            {list(move || chapters.get().into_iter().map(|(i, told)| item((i, told.clone()), move || {
                view! { <li><button type="button" tabindex="-1" on:click=move |_| deck.go(i)>{told}</button></li> }
            })).collect())}
        </ol>
    }
}
