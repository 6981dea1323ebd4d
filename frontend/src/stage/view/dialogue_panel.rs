//! The dialogue of the current connection up to the current step, with checks and decisions in
//! between. Selecting a line jumps to its step.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use super::viewport::follow_end;
use crate::bind::{item, list as items, optional, static_text};
use crate::stage::i18n::{caption, is_content_line, line_text, role_class, say};
use crate::stage::sentences::sentence;
use event::Kind;
use leptos::html;
use leptos::prelude::*;
use mail::session::Speaker;

/// Maximum number of lines shown of one reply.
const REPLY_LINES_SHOWN_MAX: usize = 12;

/// The dialogue of the current connection.
#[component]
pub fn Dialogue(handle: PlayerHandle) -> impl IntoView {
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
    let sealed = Memo::new(move |_| {
        connection
            .get()
            .is_some_and(|k| handle.scene.with(|s| s.sealed.get(k) == Some(&true)))
    });
    // Keeps the current line visible by scrolling the panel, not the page.
    follow_end(list, handle, move || steps.track());
    let lines = move || {
        steps
            .get()
            .into_iter()
            .map(|i| item((connection.get_untracked(), i), move || line(handle, i)))
            .collect()
    };
    view! {
        <section class="panel dialogue">
            <h2>
                {move || super::connection_heading::heading(handle, connection.get())}
                <span class="mark encrypted" style:display=static_text(move || if sealed.get() { "inline-flex" } else { "none" })>
                    <IconGlyph icon=Icon::Lock size=13/>"TLS"
                </span>
            </h2>
            <ol node_ref=list tabindex="0" aria-label=static_text(move || say(handle.language(), "对话", "Dialogue"))>
                {items(lines)}
            </ol>
            <p class="empty" style:display=static_text(move || if steps.with(Vec::is_empty) { "block" } else { "none" })>
                {move || say(handle.language(), "当前没有对话。", "No connection is active.")}
            </p>
        </section>
    }
}

fn line(handle: PlayerHandle, i: usize) -> impl IntoView {
    let shown = handle.timeline.with_untracked(|t| {
        t.event(i)
            .map(|e| (e.clone(), t.role(i), t.steps[i].connection))
    });
    let (event, role, connection) = shown?;
    let class = format!("entry {}", role.map_or("", role_class));
    let port = handle
        .timeline
        .with_untracked(|t| connection.and_then(|k| t.connections[k].port()));
    let now = move || handle.position.get() == i;
    let of_message = match &event.kind {
        Kind::Line { text, .. } => is_content_line(&event.explain, text),
        _ => false,
    };
    let content = match event.kind {
        Kind::Line {
            speaker,
            ref text,
            sealed,
            redacted,
        } => {
            let text = line_text(untrack(move || handle.language()), &event.explain, text);
            spoken(handle, speaker, text, sealed, redacted).into_any()
        }
        _ => {
            let words = move || caption(handle.language(), &event, port);
            view! { <span class="between">{words}</span> }.into_any()
        }
    };
    let open = move || {
        handle
            .lens
            .get()
            .then(|| super::connection_heading::readers_attribute(handle, i))
    };
    let label = move || handle.timeline.with(|t| sentence(t, i, handle.language()));
    Some(view! {
        <li class=class class:now=now class:of-message=of_message data-open=open aria-current=optional(move || now().then_some("step"))>
            <button type="button" tabindex="-1" aria-label=label on:click=move |_| handle.go(i)>{content}</button>
        </li>
    })
}

fn spoken(
    handle: PlayerHandle,
    speaker: Speaker,
    text: String,
    sealed: bool,
    redacted: bool,
) -> impl IntoView {
    let message = if speaker == Speaker::Client { "C" } else { "S" };
    let refuses = speaker == Speaker::Server && crate::stage::message_state::refuses(&text);
    let more = text.lines().count().saturating_sub(REPLY_LINES_SHOWN_MAX);
    let text: Vec<&str> = text.lines().take(REPLY_LINES_SHOWN_MAX).collect();
    let text = if more > 0 {
        format!("{}\n… +{more}", text.join("\n"))
    } else {
        text.join("\n")
    };
    let lock = sealed.then(|| view! { <IconGlyph icon=Icon::Lock size=12/> });
    let secret = redacted.then(|| {
        let why = move || {
            say(
                handle.language(),
                "机密内容未记录",
                "a secret was not recorded",
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
