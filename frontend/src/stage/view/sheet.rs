//! The stage itself: frames of hosts, rooms of roles, the name server. What moves on it is in `wires`, `letters` and `slip`.

use super::deck::Deck;
use super::glyphs::role_path;
use super::letters::{Batons, Clocks, Letters, Postmarks};
use super::slip::{QuestionSlip, Slip};
use super::wires::Wires;
use crate::bind::effect;
use crate::stage::caption::columns;
use crate::stage::layout::{Layout, Rect};
use crate::stage::places::{HostId, RoomId};
use crate::stage::sentences::sentence;
use crate::stage::words::{host_name, host_note, role_class, role_name, role_task};
use event::Role;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The picture, as wide as its place.
#[component]
pub fn Sheet(deck: Deck) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    watch_width(place, deck.width);
    let label = move || deck.timeline.with(|t| sentence(t, deck.position.get(), deck.language()));
    view! {
        <div class="sheet" node_ref=place role="img" aria-label=label>
            {move || {
                let layout = deck.layout.get();
                let view_box = format!("0 0 {} {}", layout.width, layout.height);
                let ratio = format!("{} / {}", layout.width, layout.height);
                let frames = layout.frames.iter().map(|(host, rect)| frame(deck, *host, *rect)).collect_view();
                let rooms = layout.rooms.iter().enumerate().filter(|(_, rect)| rect.w > 0.0).map(|(room, rect)| room_card(deck, room, *rect)).collect_view();
                let names = layout.frames.iter().map(|(host, rect)| frame_name(deck, *host, *rect)).collect_view();
                let dns = layout.dns.map(|rect| name_server(deck, rect));
                view! {
                    <svg viewBox=view_box style:aspect-ratio=ratio aria-hidden="true">
                        {frames}
                        <Wires deck layout=layout.clone()/>
                        {names}
                        {dns}
                        {rooms}
                        <Postmarks deck/>
                        <Batons deck/>
                        <Clocks deck/>
                        <Letters deck/>
                        <QuestionSlip deck/>
                        <Slip deck/>
                    </svg>
                }
            }}
        </div>
    }
}

fn frame(deck: Deck, host: HostId, rect: Rect) -> impl IntoView {
    let entry = deck.timeline.with_untracked(|t| t.places.hosts[host].clone());
    view! {
        <g class="house" class:claimed=entry.claimed class:person=entry.person.is_some()>
            <rect x=rect.x y=rect.y width=rect.w height=rect.h rx="14"></rect>
        </g>
    }
}

/// A frame's name is drawn over the wires that cross it.
fn frame_name(deck: Deck, host: HostId, rect: Rect) -> impl IntoView {
    let entry = deck.timeline.with_untracked(|t| t.places.hosts[host].clone());
    let (named, noted) = (entry.clone(), entry);
    let columns_max = ((rect.w - 24.0) / 8.4) as usize;
    let name = move || shortened_middle(&host_name(deck.language(), &named), columns_max);
    let note = move || {
        let (name, note) = (host_name(deck.language(), &noted), host_note(deck.language(), &noted));
        if columns(&name) + columns(&note) < columns_max { note } else { String::new() }
    };
    view! {
        <text class="host" x=rect.x + 14.0 y=rect.y + 21.0>{name}<tspan class="note" dx="10">{note}</tspan></text>
    }
}

fn room_card(deck: Deck, room: RoomId, rect: Rect) -> impl IntoView {
    let (role, used) = deck.timeline.with_untracked(|t| (t.places.rooms[room].role, t.places.rooms[room].used));
    let middle = rect.x + rect.w / 2.0;
    let small = rect.w < 90.0;
    let (glyph, top, label, task) = if small {
        (24.0, 15.0, 54.0, 0.0)
    } else if rect.h < 96.0 {
        (28.0, 10.0, 55.0, 71.0)
    } else {
        (28.0, 15.0, 62.0, 79.0)
    };
    let glyph_at = format!("translate({} {}) scale({})", middle - glyph / 2.0, rect.y + top, glyph / 24.0);
    let class = format!("room {}", role_class(role));
    let active = move || deck.scene.with(|s| s.room == Some(room));
    let seen = move || deck.scene.with(|s| s.visited.get(room).copied().unwrap_or(false));
    let caption = (!small).then(|| {
        view! { <text class="task" x=middle y=rect.y + task>{move || role_task(deck.language(), role)}</text> }
    });
    view! {
        <g class=class class:active=active class:seen=seen class:unused=!used>
            <rect x=rect.x y=rect.y width=rect.w height=rect.h rx="12"></rect>
            <g transform=glyph_at><path class="stroke" d=role_path(role)></path></g>
            <text class="role" x=middle y=rect.y + label>{role_name(role)}</text>
            {caption}
        </g>
    }
}

fn name_server(deck: Deck, rect: Rect) -> impl IntoView {
    let asked = move || deck.scene.with(|s| s.question.is_some());
    let glyph = format!("translate({} {}) scale(0.83)", rect.x + 10.0, rect.y + rect.h / 2.0 - 10.0);
    view! {
        <g class="room role-dns" class:active=asked>
            <rect x=rect.x y=rect.y width=rect.w height=rect.h rx="10"></rect>
            <g transform=glyph><path class="stroke" d=role_path(Role::Dns)></path></g>
            <text class="role" x=rect.x + rect.w / 2.0 + 12.0 y=rect.y + rect.h / 2.0 + 6.0>"DNS"</text>
        </g>
    }
}

/// A name cut in its middle, so that both the host and its domain's end can be read.
fn shortened_middle(name: &str, columns_max: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= columns_max || columns_max < 5 {
        return name.to_owned();
    }
    let head = (columns_max - 1).div_ceil(2);
    let tail = columns_max - 1 - head;
    chars[..head].iter().chain(['…'].iter()).chain(&chars[chars.len() - tail..]).collect()
}

/// Keeps a signal at an element's width.
pub(super) fn watch_width(place: NodeRef<html::Div>, width: RwSignal<f64>) {
    effect(move || {
        let Some(element) = place.get() else { return };
        width.set(f64::from(element.client_width()));
        let measured = element.clone();
        let changed = Closure::<dyn FnMut()>::new(move || {
            let now = f64::from(measured.client_width());
            if now > 0.0 && (width.get_untracked() - now).abs() > 0.5 {
                width.set(now);
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&element);
            let kept = StoredValue::new_local((observer, changed));
            on_cleanup(move || kept.with_value(|(o, _)| o.disconnect()));
        }
    });
}

/// The layout that is drawn now; parts that move read it untracked, for they are made anew with it.
pub(super) fn drawn(deck: Deck) -> Layout {
    deck.layout.get_untracked()
}
