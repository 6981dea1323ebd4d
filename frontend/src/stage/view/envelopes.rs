//! The moving parts of the diagram: envelopes, responsibility badges, postmarks, queue clocks. Each
//! is positioned by a CSS transform, so that the browser animates it.

use super::glyphs::Icon;
use super::handle::PlayerHandle;
use crate::bind::{item, list, static_text, text};
use crate::stage::i18n::{duration_text, postmark_lines, role_class, say};
use crate::stage::layout::{Layout, Point, SMALL_AGENT_WIDTH};
use crate::stage::model::{Postmark, PostmarkKind};
use crate::stage::scene::{MessageKey, QueueClock, Scene, SceneMessage};
use leptos::prelude::*;
use std::sync::Arc;

/// Distance between the lines of a postmark's label.
const POSTMARK_LINE: f64 = 13.0;

/// The envelopes.
#[component]
pub fn MessageTexts(handle: PlayerHandle) -> impl IntoView {
    let keys = move || {
        handle
            .scene
            .with(|s| s.messages.iter().map(|l| l.key).collect::<Vec<_>>())
    };
    list(move || {
        keys()
            .into_iter()
            .map(|key| item(key, move || envelope(handle, key)))
            .collect()
    })
}

fn envelope(handle: PlayerHandle, key: MessageKey) -> impl IntoView {
    let layout = handle.drawn_layout();
    let message = Memo::new(move |_| {
        handle
            .scene
            .with(|s| s.messages.iter().find(|l| l.key == key).cloned())
    });
    let place = move || {
        let (at, scale) = message
            .get()
            .and_then(|l: SceneMessage| layout.message(&l))
            .unwrap_or_default();
        format!("translate({:.1}px, {:.1}px) scale({scale})", at.x, at.y)
    };
    let stamp = move || {
        message
            .get()
            .and_then(|l| l.stamp)
            .map_or("", postmark_class)
    };
    let copies = move || message.get().map_or(1, |l| l.copies);
    let several = move || if copies() > 1 { "block" } else { "none" };
    view! {
        <g class="envelope-icon" class:other=move || message.get().is_some_and(|l| !l.main) style:transform=text(place)>
            <rect x="-25" y="-17" width="50" height="34" rx="4"></rect>
            <path class="flap" d="M-24 -15L0 4L24 -15"></path>
            <circle class=text(move || format!("postmark-dot {}", stamp())) cx="15" cy="8" r="5.500"></circle>
            <g class="copies" style:display=static_text(several)>
                <circle cx="25" cy="-17" r="10"></circle>
                <text x="25" y="-12.800">{copies}</text>
            </g>
        </g>
    }
}

/// Badges at the agents responsible for the selected message and, for other messages, the number
/// that each agent is responsible for.
#[component]
pub fn ResponsibilityBadges(handle: PlayerHandle) -> impl IntoView {
    let keys = move || {
        handle.scene.with(|s| {
            s.responsibilities
                .iter()
                .filter(|b| b.main)
                .map(|b| b.key)
                .collect::<Vec<_>>()
        })
    };
    let others = Memo::new(move |_| {
        let mut counts: std::collections::BTreeMap<usize, usize> =
            std::collections::BTreeMap::new();
        handle.scene.with(|s| {
            s.responsibilities
                .iter()
                .filter(|b| !b.main)
                .for_each(|b| *counts.entry(b.agent).or_default() += 1);
        });
        counts
    });
    let held = move |(agent, count): (usize, usize)| {
        let layout = handle.drawn_layout();
        let rect = layout.rect(agent);
        let class = format!(
            "responsible-count {}",
            role_class(
                handle
                    .timeline
                    .with_untracked(|t| t.topology.agents[agent].role)
            )
        );
        let inward = if has_small_agents(&layout) { 4.0 } else { 14.0 };
        let at = format!(
            "translate({:.1} {:.1})",
            rect.x + rect.w - inward,
            rect.y + 24.0
        );
        view! { <g class=class transform=at><rect x="-17" y="-10" width="34" height="20" rx="10"></rect><text y="4.6">{format!("×{count}")}</text></g> }
    };
    view! {
        {list(move || others.get().into_iter().map(|one| item(one, move || held(one))).collect())}
        {list(move || keys().into_iter().map(|key| item(key, move || responsible(handle, key))).collect())}
    }
}

fn responsible(handle: PlayerHandle, key: MessageKey) -> impl IntoView {
    let layout = handle.drawn_layout();
    let agent = Memo::new(move |_| {
        handle.scene.with(|s| {
            s.responsibilities
                .iter()
                .find(|b| b.key == key)
                .map(|b| b.agent)
        })
    });
    let place = move || {
        let at = agent
            .get()
            .map(|r| layout.rect(r).top())
            .unwrap_or_default();
        format!("translate({:.1}px, {:.1}px)", at.x, at.y)
    };
    let class = move || {
        let role = agent
            .get()
            .map(|r| handle.timeline.with(|t| t.topology.agents[r].role));
        format!("responsible {}", role.map_or("", role_class))
    };
    view! {
        <g class=text(class) style:transform=text(place)>
            <rect x="-43" y="-12" width="86" height="24" rx="12"></rect>
            <path class="responsible-mark" d="M-32 4L-25 -4"></path>
            <text x="8" y="4.600">{move || say(handle.language(), "负责中", "holds it")}</text>
        </g>
    }
}

/// A round postmark at the corner of an agent, with its time below.
#[component]
pub fn Postmarks(handle: PlayerHandle) -> impl IntoView {
    let layout = handle.drawn_layout();
    // A queue clock with the next attempt takes the place of the label.
    let marks = move || {
        let clock = |s: &Scene, agent| {
            s.clocks
                .iter()
                .any(|c| c.agent == agent && c.next.is_some())
        };
        handle.scene.with(|s| {
            s.postmarks
                .iter()
                .map(|mark| (*mark, clock(s, mark.agent)))
                .collect::<Vec<_>>()
        })
    };
    let one = move |(mark, clock_below): (Postmark, bool)| {
        let rect = layout.rect(mark.agent);
        let inward = if has_small_agents(&layout) { 1.0 } else { 9.0 };
        let corner = format!(
            "translate({:.1} {:.1})",
            rect.x + rect.w - inward,
            rect.y + rect.h - 5.0
        );
        let Point { x, y } = layout.label(mark.agent);
        let worded = layout.labels_have_words();
        let lines = move || {
            let time = handle.short_clock(mark.at);
            let lines = postmark_lines(handle.language(), mark.stamp, &time, worded);
            let line = |(i, text): (usize, String)| {
                view! { <tspan x=x dy=if i == 0 { 0.0 } else { POSTMARK_LINE }>{text}</tspan> }
            };
            lines.into_iter().enumerate().map(line).collect_view()
        };
        let waits = mark.stamp == PostmarkKind::Deferred || clock_below;
        view! {
            <g class=format!("postmark-icon {}", postmark_class(mark.stamp))>
                <g transform=corner>
                    <circle r="13"></circle>
                    <g transform="translate(-8.4 -8.4) scale(0.7)"><path class="stroke" d=postmark_icon(mark.stamp).path()></path></g>
                </g>
                <text x=x y=y style:display=if waits { "none" } else { "block" }>{lines}</text>
            </g>
        }
    };
    let one = Arc::new(one);
    list(move || {
        let marks = marks().into_iter();
        let drawn = |(mark, clock): (Postmark, bool)| {
            let one = one.clone();
            item((mark.agent, mark.stamp as u8, mark.at, clock), move || {
                one((mark, clock))
            })
        };
        marks.map(drawn).collect()
    })
}

/// The time of the next attempt, below the agent.
#[component]
pub fn QueueClocks(handle: PlayerHandle) -> impl IntoView {
    let layout = handle.drawn_layout();
    move || {
        let one = |(c, more): &(QueueClock, usize)| {
            let Point { x, y } = layout.label(c.agent);
            let now = handle
                .timeline
                .with(|t| t.steps.get(handle.position.get()).map(|s| s.at));
            let left = c
                .next
                .zip(now)
                .map(|(next, now)| next.since(now))
                .filter(|d| d.as_secs() > 0);
            let face = if has_small_agents(&layout) {
                ""
            } else {
                "◷ "
            };
            let next = c.next.map(|t| format!("{face}{}", handle.short_clock(t)));
            let language = handle.language();
            let more = if *more > 0 {
                format!(" +{more}")
            } else {
                String::new()
            };
            let left = left.map(|d| {
                format!(
                    "{} {}{more}",
                    say(language, "再过", "in"),
                    duration_text(language, d)
                )
            });
            view! {
                <g class="queue-clock">
                    <text x=x y=y>{next}</text>
                    <text class="left" x=x y=y + 15.0>{left}</text>
                </g>
            }
        };
        // One clock per agent: that of the selected message, else the next one due.
        let mut shown: Vec<(QueueClock, usize)> = Vec::new();
        handle.scene.with(|s| {
            let main =
                |c: &QueueClock| s.message.is_some() && c.key.map(|k| k.message) == s.message;
            for clock in s.clocks.iter().filter(|c| c.next.is_some()) {
                match shown.iter_mut().find(|(c, _)| c.agent == clock.agent) {
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

fn has_small_agents(layout: &Layout) -> bool {
    layout
        .metrics
        .is_some_and(|m| m.agent.0 < SMALL_AGENT_WIDTH)
}

/// The colour class of a postmark.
pub(super) fn postmark_class(stamp: PostmarkKind) -> &'static str {
    match stamp {
        PostmarkKind::Accepted => "accepted",
        PostmarkKind::Deferred => "waiting",
        PostmarkKind::Delivered => "delivered",
        PostmarkKind::Bounced => "returned",
    }
}

/// A postmark's icon.
pub(super) fn postmark_icon(stamp: PostmarkKind) -> Icon {
    match stamp {
        PostmarkKind::Accepted | PostmarkKind::Delivered => Icon::Check,
        PostmarkKind::Deferred => Icon::Clock,
        PostmarkKind::Bounced => Icon::Return,
    }
}
