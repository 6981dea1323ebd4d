//! The diagram: frames of hosts, mail agents, the DNS server. Moving parts are in `wires`,
//! `envelopes` and `caption_view`.

use super::caption_view::{CaptionView, DnsLookupView};
use super::envelopes::{MessageTexts, Postmarks, QueueClocks, ResponsibilityBadges};
use super::glyphs::role_path;
use super::handle::PlayerHandle;
use super::viewport::{follow_words, watch_viewport};
use super::wires::Wires;
use crate::bind::{optional, text};
use crate::stage::i18n::{
    host_name, host_note, role_class, role_name, role_task, unreachable_note,
};
use crate::stage::layout::{HostLabel, NOTE_LINE, Rect, SMALL_AGENT_WIDTH};
use crate::stage::model::{AgentId, HostId};
use crate::stage::sentences::sentence;
use event::Role;
use leptos::html;
use leptos::prelude::*;

/// The diagram, as wide as its container.
#[component]
pub fn Diagram(handle: PlayerHandle) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    watch_viewport(place, handle.viewport);
    follow_words(place, handle);
    let label = move || {
        handle
            .timeline
            .with(|t| sentence(t, handle.position.get(), handle.language()))
    };
    view! {
        <div class="sheet" node_ref=place role="img" aria-label=label
            tabindex=optional(move || scrolls(handle).then_some("0")) style:max-height=text(move || viewport_height(handle))>
            {move || {
                let layout = handle.layout.get();
                let view_box = format!("0 0 {} {}", layout.width, layout.height);
                let height = format!("{:.1}px", layout.shown_height());
                let frames = layout.frames.iter().map(|(host, rect)| frame(handle, *host, *rect)).collect_view();
                let agents = layout.agents.iter().enumerate().filter(|(_, rect)| rect.w > 0.0).map(|(agent, rect)| agent_card(handle, agent, *rect)).collect_view();
                let names = layout.frames.iter().zip(&layout.names).map(|((host, _), name)| frame_name(handle, *host, *name)).collect_view();
                let dns = layout.dns.map(|rect| name_server(handle, rect));
                view! {
                    <svg viewBox=view_box style:height=height aria-hidden="true">
                        {frames}
                        <Wires handle layout=layout.clone()/>
                        {names}
                        {dns}
                        {agents}
                        <Postmarks handle/>
                        <ResponsibilityBadges handle/>
                        <QueueClocks handle/>
                        <MessageTexts handle/>
                        <DnsLookupView handle/>
                        <CaptionView handle/>
                    </svg>
                }
            }}
        </div>
    }
}

fn frame(handle: PlayerHandle, host: HostId, rect: Rect) -> impl IntoView {
    let entry = handle
        .timeline
        .with_untracked(|t| t.topology.hosts[host].clone());
    let down = move || is_down(handle, host);
    view! {
        <g class="host-frame" class:down=down class:claimed=entry.claimed class:person=entry.person.is_some()>
            <rect x=rect.x y=rect.y width=rect.w height=rect.h rx="14"></rect>
        </g>
    }
}

/// Whether the last attempt could not reach a host; tracked.
fn is_down(handle: PlayerHandle, host: HostId) -> bool {
    handle
        .scene
        .with(|s| s.unreachable.get(host).copied().unwrap_or(false))
}

/// A frame's name, drawn over the wires that cross it.
fn frame_name(handle: PlayerHandle, host: HostId, place: HostLabel) -> impl IntoView {
    let entry = handle
        .timeline
        .with_untracked(|t| t.topology.hosts[host].clone());
    let (named, noted) = (entry.clone(), entry);
    let columns_max = (place.width / 8.4) as usize;
    let name = move || shortened_middle(&host_name(handle.language(), &named), columns_max);
    let note = move || {
        if is_down(handle, host) {
            unreachable_note(handle.language()).to_owned()
        } else if place.note {
            host_note(handle.language(), &noted)
        } else {
            String::new()
        }
    };
    let note = move || {
        if place.unreachable_below && is_down(handle, host) {
            view! { <tspan class="note" x=place.at.x dy=NOTE_LINE>{note()}</tspan> }.into_any()
        } else {
            view! { <tspan class="note" dx="10">{note()}</tspan> }.into_any()
        }
    };
    let plate =
        place.plate.map(|w| view! { <rect class="plate" x=place.at.x - 4.0 y=place.at.y - 15.0 width=w + 8.0 height="21" rx="4"></rect> });
    view! {
        {plate}
        <text class="host" class:end=place.to_the_left x=place.at.x y=place.at.y>{name}{note}</text>
    }
}

/// The maximum height; what exceeds it scrolls.
fn viewport_height(handle: PlayerHandle) -> String {
    let height = handle.viewport.with(|s| s.height);
    if height.is_finite() {
        format!("{height:.0}px")
    } else {
        "none".to_owned()
    }
}

/// Whether the diagram scrolls and must therefore be focusable by keyboard.
fn scrolls(handle: PlayerHandle) -> bool {
    let height = handle.viewport.with(|s| s.height);
    handle.layout.with(|layout| layout.shown_height() > height)
}

fn agent_card(handle: PlayerHandle, agent: AgentId, rect: Rect) -> impl IntoView {
    let (role, used) = handle
        .timeline
        .with_untracked(|t| (t.topology.agents[agent].role, t.topology.agents[agent].used));
    let middle = rect.x + rect.w / 2.0;
    let small = rect.w < SMALL_AGENT_WIDTH;
    let (glyph, top, label, task) = if small {
        (24.0, 15.0, 54.0, 0.0)
    } else if rect.h < 96.0 {
        (28.0, 10.0, 55.0, 71.0)
    } else {
        (28.0, 15.0, 62.0, 79.0)
    };
    let glyph_at = format!(
        "translate({} {}) scale({})",
        middle - glyph / 2.0,
        rect.y + top,
        glyph / 24.0
    );
    let class = format!("agent {}", role_class(role));
    let active = move || handle.scene.with(|s| s.agent == Some(agent));
    let seen = move || {
        handle
            .scene
            .with(|s| s.visited.get(agent).copied().unwrap_or(false))
    };
    let caption = (!small).then(|| {
        view! { <text class="task" x=middle y=rect.y + task>{move || role_task(handle.language(), role)}</text> }
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

fn name_server(handle: PlayerHandle, rect: Rect) -> impl IntoView {
    let asked = move || handle.scene.with(|s| s.question.is_some());
    let glyph = format!(
        "translate({} {}) scale(0.83)",
        rect.x + 10.0,
        rect.y + rect.h / 2.0 - 10.0
    );
    view! {
        <g class="agent role-dns" class:active=asked>
            <rect x=rect.x y=rect.y width=rect.w height=rect.h rx="10"></rect>
            <g transform=glyph><path class="stroke" d=role_path(Role::Dns)></path></g>
            <text class="role" x=rect.x + rect.w / 2.0 + 12.0 y=rect.y + rect.h / 2.0 + 6.0>"DNS"</text>
        </g>
    }
}

/// A name shortened in the middle, so that the host and the end of its domain stay legible.
fn shortened_middle(name: &str, columns_max: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= columns_max || columns_max < 5 {
        return name.to_owned();
    }
    let head = (columns_max - 1).div_ceil(2);
    let tail = columns_max - 1 - head;
    chars[..head]
        .iter()
        .chain(['…'].iter())
        .chain(&chars[chars.len() - tail..])
        .collect()
}
