//! The map level: offices, houses, roads and messages, with the summary below.

use super::handle::PlayerHandle;
use crate::bind::{item, list, text};
use crate::stage::i18n::{host_name, say};
use crate::stage::layout::Point;
use crate::stage::map::{
    HOUSE_SIZE, Map, MapDomain, MapPerson, OFFICE_SIZE, sentence_case, step_summary, summary,
};
use crate::stage::model::{AgentId, PostmarkKind};
use crate::stage::scene::{MessageKey, SceneMessage};
use leptos::html;
use leptos::prelude::*;

/// The map with its summary and the list of steps.
#[component]
pub fn MapView(handle: PlayerHandle) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    super::viewport::watch_width(place, handle.viewport);
    let map = Memo::new(move |_| {
        let width = handle.viewport.with(|s| s.width).clamp(300.0, 1360.0)
            / if handle.present.get() { 1.5 } else { 1.0 };
        handle.timeline.with(|t| Map::new(t, width))
    });
    let description = move || {
        handle.timeline.with(|t| {
            sentence_case(
                &summary(t, handle.position.get(), handle.language()),
                handle.language(),
            )
        })
    };
    view! {
        <div class="sheet map-view" node_ref=place role="img" aria-label=description>
            {move || {
                let map = map.get();
                let view_box = format!("0 0 {} {}", map.width, map.height);
                let drawn = StoredValue::new(map.clone());
                let roads = map.roads.iter().map(|r| road(handle, drawn, *r)).collect_view();
                let domains = map.domains.iter().map(|t| office(handle, t.clone())).collect_view();
                let people = map.people.iter().map(|h| house(handle, h.clone())).collect_view();
                let keys = move || handle.scene.with(|s| s.messages.iter().map(|l| l.key).collect::<Vec<_>>());
                let messages = list(move || keys().into_iter().map(|key| item(key, move || message(handle, key, drawn))).collect());
                view! { <svg viewBox=view_box aria-hidden="true">{roads}{domains}{people}{messages}</svg> }
            }}
        </div>
        <p class="map-summary" aria-live="off">{description}</p>
        <Chapters handle/>
    }
}

fn road(
    handle: PlayerHandle,
    map: StoredValue<Map>,
    (from, to, _): (Point, Point, (AgentId, AgentId)),
) -> impl IntoView {
    let active = move || {
        let ends = handle
            .scene
            .with(|s| s.wire)
            .map(|(a, b)| map.with_value(|m| (m.agent(a), m.agent(b))));
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

fn office(handle: PlayerHandle, domain: MapDomain) -> impl IntoView {
    let (w, h) = OFFICE_SIZE;
    let (x, y) = (domain.at.x - w / 2.0, domain.at.y - h);
    let roof = format!(
        "M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z",
        x - 8.0,
        y + 22.0,
        domain.at.x,
        y - 8.0,
        x + w + 8.0,
        y + 22.0
    );
    let hosts = domain.hosts.clone();
    let at_work = {
        let hosts = hosts.clone();
        move || {
            handle.scene.with(|s| {
                s.agent.is_some_and(|r| {
                    handle
                        .timeline
                        .with(|t| hosts.contains(&t.topology.agents[r].host))
                })
            })
        }
    };
    let next = move || {
        let due = handle.scene.with(|s| {
            s.clocks
                .iter()
                .find(|c| {
                    handle
                        .timeline
                        .with(|t| hosts.contains(&t.topology.agents[c.agent].host))
                })
                .and_then(|c| c.next)
        });
        due.map(|d| format!("◷ {}", handle.short_clock(d)))
    };
    view! {
        <g class="map-office" class:active=at_work>
            <rect x=x y=y + 22.0 width=w height=h - 22.0></rect>
            <path class="roof" d=roof></path>
            <rect class="door" x=domain.at.x - 10.0 y=domain.at.y - 26.0 width="20" height="26"></rect>
            <text class="town" x=domain.at.x y=y - 18.0>{domain.name.clone()}</text>
            <text class="due" x=domain.at.x y=y - 40.0>{next}</text>
        </g>
    }
}

fn house(handle: PlayerHandle, house: MapPerson) -> impl IntoView {
    let (w, h) = HOUSE_SIZE;
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
    let entry = handle
        .timeline
        .with_untracked(|t| t.topology.hosts[house.host].clone());
    let name = move || host_name(handle.language(), &entry);
    view! { <g class="map-person"><path d=shape></path><text x=house.at.x y=house.at.y + 18.0>{name}</text></g> }
}

fn message(handle: PlayerHandle, key: MessageKey, map: StoredValue<Map>) -> impl IntoView {
    let message = Memo::new(move |_| {
        handle
            .scene
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
            "postmark-dot {}",
            stamp.map_or("", |s: PostmarkKind| super::envelopes::postmark_class(s))
        )
    };
    let main = move || message.get().is_some_and(|l| l.main);
    view! {
        <g class="envelope-icon" class:main=main style:transform=text(place)>
            <rect x="-25" y="-17" width="50" height="34" rx="4"></rect>
            <path class="flap" d="M-24 -15L0 4L24 -15"></path>
            <circle class=text(stamp) cx="15" cy="8" r="5.500"></circle>
        </g>
    }
}

/// The sentences up to the current step; selecting one goes to its step.
#[component]
fn Chapters(handle: PlayerHandle) -> impl IntoView {
    let chapters = Memo::new(move |_| {
        let (position, language) = (handle.position.get(), handle.language());
        handle.timeline.with(|t| {
            (0..t.len().min(position + 1))
                .filter_map(|i| {
                    step_summary(t, i, language)
                        .map(|description| (i, sentence_case(&description, language)))
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
        <ol class="map-steps" node_ref=shown tabindex="0" aria-label=move || say(handle.language(), "目前为止的过程", "The journey so far")>
            {list(move || chapters.get().into_iter().map(|(i, description)| item((i, description.clone()), move || {
                view! { <li><button type="button" tabindex="-1" on:click=move |_| handle.go(i)>{description}</button></li> }
            })).collect())}
        </ol>
    }
}
