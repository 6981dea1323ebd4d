//! The wire view: both sides of the open conversation in the order in which it was spoken, up to
//! the present step, with what was checked and decided in between. Each line can be jumped to.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use crate::bind::{effect, item, list as items, maybe, word};
use crate::stage::i18n::{caption, host_name, line_words, protocol_name, role_class, say};
use crate::stage::sentences::sentence;
use event::Kind;
use leptos::html;
use leptos::prelude::*;
use mail::session::Speaker;

/// Longer lines of one reply than these are shown when asked for only.
const REPLY_LINES_SHOWN_MAX: usize = 12;

/// The conversation that is open.
#[component]
pub fn Dialogue(deck: Deck) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let talk = Memo::new(move |_| deck.scene.with(|s| s.talk));
    let steps = Memo::new(move |_| {
        let position = deck.position.get();
        deck.timeline.with(|t| {
            talk.get()
                .map_or(vec![], |k| t.talk_until(k, position).collect::<Vec<_>>())
        })
    });
    let sealed = Memo::new(move |_| {
        talk.get()
            .is_some_and(|k| deck.scene.with(|s| s.sealed.get(k) == Some(&true)))
    });
    // The present line is kept in sight, inside the panel only.
    effect(move || {
        let (_, Some(list)) = (steps.get(), list.get()) else {
            return;
        };
        request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
    });
    let lines = move || {
        steps
            .get()
            .into_iter()
            .map(|i| item((talk.get_untracked(), i), move || line(deck, i)))
            .collect()
    };
    view! {
        <section class="panel dialogue">
            <h2>
                {move || heading(deck, talk.get())}
                <span class="mark sealed" style:display=word(move || if sealed.get() { "inline-flex" } else { "none" })>
                    <SignGlyph sign=Sign::Lock size=13/>"TLS"
                </span>
            </h2>
            <ol node_ref=list tabindex="0" aria-label=word(move || say(deck.language(), "对话", "Dialogue"))>
                {items(lines)}
            </ol>
            <p class="empty" style:display=word(move || if steps.with(Vec::is_empty) { "block" } else { "none" })>
                {move || say(deck.language(), "此刻没有人在说话。", "Nobody is speaking just now.")}
            </p>
        </section>
    }
}

pub(super) fn heading(deck: Deck, talk: Option<usize>) -> impl IntoView {
    let language = deck.language();
    let told = deck.timeline.with(|t| {
        let talk = t.talks.get(talk?)?;
        let host = |room: usize| host_name(language, &t.places.hosts[t.places.rooms[room].host]);
        let port = talk.port().map(|p| format!(" {p}")).unwrap_or_default();
        Some((
            format!("{} → {}", host(talk.client_room), host(talk.server_room)),
            format!("{}{port}", protocol_name(language, talk.protocol)),
        ))
    });
    let (who, how) =
        told.unwrap_or_else(|| (say(language, "对话", "Dialogue").to_owned(), String::new()));
    view! { <span class="who">{who}</span><span class="how">{how}</span> }
}

fn line(deck: Deck, i: usize) -> impl IntoView {
    let shown = deck
        .timeline
        .with_untracked(|t| t.event(i).map(|e| (e.clone(), t.role(i), t.steps[i].talk)));
    let (event, role, talk) = shown?;
    let class = format!("entry {}", role.map_or("", role_class));
    let port = deck
        .timeline
        .with_untracked(|t| talk.and_then(|k| t.talks[k].port()));
    let now = move || deck.position.get() == i;
    let content = match event.kind {
        Kind::Line {
            speaker,
            ref text,
            sealed,
            redacted,
        } => {
            let text = line_words(untrack(move || deck.language()), &event.explain, text);
            spoken(deck, speaker, text, sealed, redacted).into_any()
        }
        _ => {
            let words = move || caption(deck.language(), &event, port);
            view! { <span class="between">{words}</span> }.into_any()
        }
    };
    let open = move || deck.lens.get().then(|| super::wire::openness(deck, i));
    let label = move || deck.timeline.with(|t| sentence(t, i, deck.language()));
    Some(view! {
        <li class=class class:now=now data-open=open aria-current=maybe(move || now().then_some("step"))>
            <button type="button" tabindex="-1" aria-label=label on:click=move |_| deck.go(i)>{content}</button>
        </li>
    })
}

fn spoken(
    deck: Deck,
    speaker: Speaker,
    text: String,
    sealed: bool,
    redacted: bool,
) -> impl IntoView {
    let message = if speaker == Speaker::Client { "C" } else { "S" };
    let refuses = speaker == Speaker::Server && crate::stage::course::refuses(&text);
    let more = text.lines().count().saturating_sub(REPLY_LINES_SHOWN_MAX);
    let text: Vec<&str> = text.lines().take(REPLY_LINES_SHOWN_MAX).collect();
    let text = if more > 0 {
        format!("{}\n… +{more}", text.join("\n"))
    } else {
        text.join("\n")
    };
    let lock = sealed.then(|| view! { <SignGlyph sign=Sign::Lock size=12/> });
    let secret = redacted.then(|| {
        let why = move || {
            say(
                deck.language(),
                "此处的秘密没有被记录",
                "a secret was left out here",
            )
        };
        view! { <span class="mark secret">{why}</span> }
    });
    view! {
        <span class="speaker" class:client=speaker == Speaker::Client>{message}</span>
        <span class="lock">{lock}</span>
        <code class:refuses=refuses>{text}</code>
        {secret}
    }
}
