//! The full dialogue: each line with its meaning, RFC and state change. Also the ring of session
//! states.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use super::term_view::pieces;
use super::viewport::follow_end;
use crate::bind::{item, list as items, optional, static_text};
use crate::stage::i18n::{caption, is_content_size, line_text, role_class, say};
use crate::stage::sentences::sentence;
use crate::stage::state_ring::{StateRing, state_ring, state_text};
use crate::stage::terms::{self, Term};
use event::Kind;
use leptos::html;
use leptos::prelude::*;
use mail::session::Speaker;

/// Maximum number of lines shown of one reply; the bytes panel shows all.
const LINES_SHOWN_MAX: usize = 24;

/// The dialogue.
#[component]
pub fn Wire(handle: PlayerHandle) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let connection = Memo::new(move |_| handle.scene.with(|s| s.connection));
    let steps = Memo::new(move |_| {
        let position = handle.position.get();
        handle.timeline.with(|t| {
            connection.get().map_or(vec![], |k| {
                t.connection_until(k, position).collect::<Vec<_>>()
            })
        })
    });
    follow_end(list, handle, move || steps.track());
    // A line is recreated when it stops being the current one: only the terms of the current line
    // are focusable.
    let lines = move || {
        let position = handle.position.get();
        steps
            .get()
            .into_iter()
            .map(|i| {
                item((connection.get_untracked(), i, i == position), move || {
                    entry(handle, i, i == position)
                })
            })
            .collect()
    };
    view! {
        <section class="panel transcript-view">
            <h2>{move || super::connection_heading::heading(handle, connection.get())}</h2>
            <ol node_ref=list tabindex="0" aria-label=static_text(move || say(handle.language(), "对话", "Dialogue"))>{items(lines)}</ol>
            <p class="empty" style:display=static_text(move || if steps.with(Vec::is_empty) { "block" } else { "none" })>
                {move || say(handle.language(), "当前没有对话。", "No connection is active.")}
            </p>
        </section>
    }
}

fn entry(handle: PlayerHandle, i: usize, now: bool) -> impl IntoView {
    let (event, role, connection, at, lost) = handle.timeline.with_untracked(|t| {
        t.event(i).map(|e| {
            (
                e.clone(),
                t.role(i),
                t.steps[i].connection,
                t.steps[i].at,
                t.is_lost(i),
            )
        })
    })?;
    let port = handle
        .timeline
        .with_untracked(|t| connection.and_then(|k| t.connections[k].port()));
    let (side, sealed) = match &event.kind {
        Kind::Line {
            speaker, sealed, ..
        } => (
            if *speaker == Speaker::Client {
                "client"
            } else {
                "server"
            },
            *sealed,
        ),
        _ => ("between", false),
    };
    let class = format!("exchange {side} {}", role.map_or("", role_class));
    let time = untrack(move || handle.clock(at, true));
    let label = move || handle.timeline.with(|t| sentence(t, i, handle.language()));
    let changes = (!event.after.is_empty() && event.before != event.after)
        .then(|| format!("{} → {}", event.before, event.after));
    let content = match &event.kind {
        Kind::Line { text, .. } => {
            let language = untrack(move || handle.language());
            let mut line_terms = if is_content_size(&event.explain, text) {
                let size = line_text(language, &event.explain, text);
                vec![vec![Term::keyed(size, event.explain.as_ref())]]
            } else {
                terms::line_terms(&event)
            };
            let more = line_terms.len().saturating_sub(LINES_SHOWN_MAX);
            line_terms.truncate(LINES_SHOWN_MAX);
            let lines = line_terms
                .into_iter()
                .map(|line| view! { <span class="reply-line">{pieces(handle, line, None, now)}</span> })
                .collect_view();
            let more = (more > 0)
                .then(|| view! { <span class="reply-line">{format!("… +{more}")}</span> });
            view! { <code>{lines}{more}</code> }.into_any()
        }
        Kind::Dns {
            answer: Ok(records),
            ..
        } => {
            let description = caption(untrack(move || handle.language()), &event, port);
            let records =
                records.iter().map(|r| view! { <span class="reply-line">{pieces(handle, terms::record(r), None, now)}</span> }).collect_view();
            view! { <span class="note">{description}</span><code>{records}</code> }.into_any()
        }
        _ => {
            let event = event.clone();
            view! { <span class="note">{move || caption(handle.language(), &event, port)}</span> }
                .into_any()
        }
    };
    let key = event.explain.clone();
    let meaning = move || {
        handle
            .explanations
            .with(|all| all.find(&key).map(|e| (e.title.clone(), e.rfc.clone())))
    };
    let open = move || {
        handle
            .lens
            .get()
            .then(|| super::connection_heading::readers_attribute(handle, i))
    };
    Some(view! {
        <li class=class class:now=now class:lost=lost data-open=open aria-current=optional(move || now.then_some("step"))>
            <button type="button" class="when" tabindex="-1" aria-label=label on:click=move |_| handle.go(i)><time>{time}</time></button>
            <div class="line-text">
                {sealed.then(|| view! { <span class="lock"><IconGlyph icon=Icon::Lock size=14/></span> })}
                {content}
                {lost.then(|| view! { <span class="mark lost">{move || say(handle.language(), "对方没有收到", "never received")}</span> })}
            </div>
            <p class="meaning">
                {move || meaning().map(|(title, rfc)| view! { <span>{title}</span>" "<span class="rfc">{rfc}</span> })}
                {changes.map(|c| view! { <span class="change">{c}</span> })}
            </p>
        </li>
    })
}

/// The ring of the session's states.
#[component]
pub fn StateRingView(handle: PlayerHandle) -> impl IntoView {
    let found = Memo::new(move |_| {
        let (position, connection) = (handle.position.get(), handle.scene.with(|s| s.connection));
        handle
            .timeline
            .with(|t| state_ring(t, connection?, position))
    });
    // The webmail's connection has no session states.
    move || {
        let ring = found.get()?;
        Some(view! {
            <section class="panel state-ring">
                <h2>{say(handle.language(), "会话状态", "Session state")}</h2>
                {drawn(handle, &ring)}
            </section>
        })
    }
}

fn drawn(handle: PlayerHandle, state_ring: &StateRing) -> impl IntoView + use<> {
    const RADIUS: (f64, f64) = (150.0, 92.0);
    let count = state_ring.states.len() as f64;
    let place = |n: usize| {
        let exchange = std::f64::consts::TAU * n as f64 / count - std::f64::consts::FRAC_PI_2;
        (
            210.0 + RADIUS.0 * exchange.cos(),
            122.0 + RADIUS.1 * exchange.sin(),
        )
    };
    let language = handle.language();
    let states = state_ring.states.iter().enumerate().map(|(n, name)| {
        let (x, y) = place(n);
        let class = if state_ring.now == Some(n) {
            "state now"
        } else if state_ring.before == Some(n) {
            "state before"
        } else {
            "state"
        };
        let wide = name.len() as f64 * 8.4 + 22.0;
        view! {
            <g class=class>
                <rect x=x - wide / 2.0 y=y - 14.0 width=wide height="28" rx="14"></rect>
                <text x=x y=y + 5.0>{*name}</text>
            </g>
        }
    });
    let step = state_ring.before.zip(state_ring.now).map(|(from, to)| {
        let ((a, b), (c, d)) = (place(from), place(to));
        let path = format!("M{a:.1} {b:.1}Q210 122 {c:.1} {d:.1}");
        view! { <path class="passage" d=path></path> }
    });
    let now = state_ring
        .now
        .map(|n| state_text(language, state_ring.states[n]));
    let description = state_ring
        .now
        .map(|n| format!("{}: {}", state_ring.states[n], now.unwrap_or_default()))
        .unwrap_or_default();
    view! {
        <svg viewBox="0 0 420 244" role="img" aria-label=description.clone()>
            <ellipse class="orbit" cx="210" cy="122" rx=RADIUS.0 ry=RADIUS.1></ellipse>
            {step}
            {states.collect_view()}
        </svg>
        <p class="description">{description}</p>
    }
}
