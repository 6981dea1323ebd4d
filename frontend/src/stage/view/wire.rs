//! The dialogue at length: both sides, each line with what it means, where that is written, and how
//! the session's state changed; beside it the ring of states and the explanation of the word that
//! the reader points at.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use super::i18n::pieces;
use crate::bind::{effect, item, list as items, maybe, word};
use crate::stage::i18n::{caption, clock, role_class, say};
use crate::stage::lens::{Sight, watchers};
use crate::stage::parts;
use crate::stage::ring::{Ring, ring, state_words};
use crate::stage::sentences::sentence;
use event::Kind;
use leptos::html;
use leptos::prelude::*;
use mail::session::Speaker;

/// Longer replies are cut here; the bytes show all of it.
const LINES_SHOWN_MAX: usize = 24;

/// The dialogue.
#[component]
pub fn Wire(deck: Deck) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let talk = Memo::new(move |_| deck.scene.with(|s| s.talk));
    let steps = Memo::new(move |_| {
        let position = deck.position.get();
        deck.timeline.with(|t| {
            talk.get()
                .map_or(vec![], |k| t.talk_until(k, position).collect::<Vec<_>>())
        })
    });
    effect(move || {
        let (_, Some(list)) = (steps.get(), list.get()) else {
            return;
        };
        request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
    });
    // The present line is made anew when it is no longer the present one: its words can be reached
    // by keyboard.
    let lines = move || {
        let position = deck.position.get();
        steps
            .get()
            .into_iter()
            .map(|i| {
                item((talk.get_untracked(), i, i == position), move || {
                    entry(deck, i, i == position)
                })
            })
            .collect()
    };
    view! {
        <section class="panel wire-view">
            <h2>{move || super::dialogue::heading(deck, talk.get())}</h2>
            <ol node_ref=list tabindex="0" aria-label=word(move || say(deck.language(), "对话", "Dialogue"))>{items(lines)}</ol>
            <p class="empty" style:display=word(move || if steps.with(Vec::is_empty) { "block" } else { "none" })>
                {move || say(deck.language(), "此刻没有人在说话。", "Nobody is speaking just now.")}
            </p>
        </section>
    }
}

fn entry(deck: Deck, i: usize, now: bool) -> impl IntoView {
    let (event, role, talk, at, lost) = deck.timeline.with_untracked(|t| {
        t.event(i).map(|e| {
            (
                e.clone(),
                t.role(i),
                t.steps[i].talk,
                t.steps[i].at,
                t.is_unheard(i),
            )
        })
    })?;
    let port = deck
        .timeline
        .with_untracked(|t| talk.and_then(|k| t.talks[k].port()));
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
    let class = format!("turn {side} {}", role.map_or("", role_class));
    let time = clock(at, deck.east_minutes, true);
    let label = move || deck.timeline.with(|t| sentence(t, i, deck.language()));
    let changes = (!event.after.is_empty() && event.before != event.after)
        .then(|| format!("{} → {}", event.before, event.after));
    let content = match &event.kind {
        Kind::Line { .. } => {
            let mut spoken = parts::spoken(&event);
            let more = spoken.len().saturating_sub(LINES_SHOWN_MAX);
            spoken.truncate(LINES_SHOWN_MAX);
            let lines = spoken
                .into_iter()
                .map(|line| view! { <span class="row">{pieces(deck, line, None, now)}</span> })
                .collect_view();
            let more =
                (more > 0).then(|| view! { <span class="row">{format!("… +{more}")}</span> });
            view! { <code>{lines}{more}</code> }.into_any()
        }
        Kind::Dns {
            answer: Ok(records),
            ..
        } => {
            let told = caption(untrack(move || deck.language()), &event, port);
            let records =
                records.iter().map(|r| view! { <span class="row">{pieces(deck, parts::record(r), None, now)}</span> }).collect_view();
            view! { <span class="note">{told}</span><code>{records}</code> }.into_any()
        }
        _ => {
            let event = event.clone();
            view! { <span class="note">{move || caption(deck.language(), &event, port)}</span> }
                .into_any()
        }
    };
    let key = event.explain.clone();
    let meaning = move || {
        deck.explanations
            .with(|all| all.find(&key).map(|e| (e.title.clone(), e.rfc.clone())))
    };
    let open = move || deck.lens.get().then(|| openness(deck, i));
    Some(view! {
        <li class=class class:now=now class:lost=lost data-open=open aria-current=maybe(move || now.then_some("step"))>
            <button type="button" class="when" tabindex="-1" aria-label=label on:click=move |_| deck.go(i)><time>{time}</time></button>
            <div class="said">
                {sealed.then(|| view! { <span class="lock"><SignGlyph sign=Sign::Lock size=14/></span> })}
                {content}
                {lost.then(|| view! { <span class="mark lost">{move || say(deck.language(), "对方没有听到", "never heard")}</span> })}
            </div>
            <p class="meaning">
                {move || meaning().map(|(title, rfc)| view! { <span>{title}</span>" "<span class="rfc">{rfc}</span> })}
                {changes.map(|c| view! { <span class="change">{c}</span> })}
            </p>
        </li>
    })
}

/// Who can read it, in a word for the colour: everybody on the way, or both ends only.
pub(super) fn openness(deck: Deck, i: usize) -> &'static str {
    let seen = deck.timeline.with(|t| watchers(t, i, deck.language()));
    let outside = |w: &crate::stage::lens::Watcher| {
        matches!(
            w,
            crate::stage::lens::Watcher::Wifi
                | crate::stage::lens::Watcher::Carrier
                | crate::stage::lens::Watcher::Resolver
        )
    };
    if seen.iter().any(|(w, s)| outside(w) && *s == Sight::Reads) {
        "all"
    } else {
        "ends"
    }
}

/// The ring of the session's states.
#[component]
pub fn RingView(deck: Deck) -> impl IntoView {
    let found = Memo::new(move |_| {
        let (position, talk) = (deck.position.get(), deck.scene.with(|s| s.talk));
        deck.timeline.with(|t| ring(t, talk?, position))
    });
    view! {
        <section class="panel ring-view">
            <h2>{move || say(deck.language(), "会话状态", "State of the session")}</h2>
            {move || found.get().map(|r| drawn(deck, &r))}
        </section>
    }
}

fn drawn(deck: Deck, ring: &Ring) -> impl IntoView + use<> {
    const RADIUS: (f64, f64) = (150.0, 92.0);
    let count = ring.states.len() as f64;
    let place = |n: usize| {
        let turn = std::f64::consts::TAU * n as f64 / count - std::f64::consts::FRAC_PI_2;
        (210.0 + RADIUS.0 * turn.cos(), 122.0 + RADIUS.1 * turn.sin())
    };
    let language = deck.language();
    let states = ring.states.iter().enumerate().map(|(n, name)| {
        let (x, y) = place(n);
        let class = if ring.now == Some(n) {
            "state now"
        } else if ring.before == Some(n) {
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
    let step = ring.before.zip(ring.now).map(|(from, to)| {
        let ((a, b), (c, d)) = (place(from), place(to));
        let path = format!("M{a:.1} {b:.1}Q210 122 {c:.1} {d:.1}");
        view! { <path class="passage" d=path></path> }
    });
    let now = ring.now.map(|n| state_words(language, ring.states[n]));
    let told = ring
        .now
        .map(|n| format!("{}: {}", ring.states[n], now.unwrap_or_default()))
        .unwrap_or_default();
    view! {
        <svg viewBox="0 0 420 244" role="img" aria-label=told.clone()>
            <ellipse class="orbit" cx="210" cy="122" rx=RADIUS.0 ry=RADIUS.1></ellipse>
            {step}
            {states.collect_view()}
        </svg>
        <p class="told">{told}</p>
    }
}
