//! The queue: each waiting message with its age, its next attempt and the last reply.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use crate::i18n::Language;
use crate::stage::i18n::{duration_text, host_name, reply_text, say};
use crate::stage::scene::QueueClock;
use leptos::prelude::*;

/// Maximum number of messages listed.
const SHOWN_MAX: usize = 60;

/// The queue.
#[component]
pub fn QueuePanel(handle: PlayerHandle) -> impl IntoView {
    view! {
        <div class="queue-view" tabindex="0">
            {move || {
                let waiting: Vec<QueueClock> = handle.scene.with(|s| s.clocks.iter().filter(|c| c.key.is_some()).take(SHOWN_MAX).cloned().collect());
                if waiting.is_empty() {
                    let word = say(handle.language(), "队列是空的。", "The queue is empty.");
                    return view! { <p class="empty">{word}</p> }.into_any();
                }
                view! { <ul>{waiting.into_iter().map(|c| row(handle, c)).collect_view()}</ul> }.into_any()
            }}
        </div>
    }
}

fn row(handle: PlayerHandle, waits: QueueClock) -> impl IntoView {
    let language = handle.language();
    let now = handle
        .timeline
        .with(|t| t.steps.get(handle.position.get()).map(|s| s.at));
    let (recipient, host) = handle.timeline.with(|t| {
        let recipient = waits
            .key
            .and_then(|k| t.messages.get(k.message)?.recipients.get(k.copy).cloned())
            .unwrap_or_default();
        (
            recipient,
            host_name(
                language,
                &t.topology.hosts[t.topology.agents[waits.agent].host],
            ),
        )
    });
    let next = waits
        .next
        .map(|n| handle.clock(n, false))
        .unwrap_or_default();
    let left = waits
        .next
        .zip(now)
        .map(|(n, now)| duration_text(language, n.since(now)));
    let age = waits
        .since
        .zip(now)
        .map(|(s, now)| duration_text(language, now.since(s)));
    let description = match language {
        Language::Chinese => format!(
            "在 {host} 停留 {}，已尝试 {} 次",
            age.unwrap_or_default(),
            waits.attempts
        ),
        Language::English => format!(
            "at {host} for {}, {} attempts",
            age.unwrap_or_default(),
            waits.attempts
        ),
    };
    let due = match language {
        Language::Chinese => format!("{next} 重试（还有 {}）", left.unwrap_or_default()),
        Language::English => format!("next attempt at {next}, in {}", left.unwrap_or_default()),
    };
    let last_reply = waits
        .last_reply
        .map(|(reply, cause)| reply_text(language, &reply, cause.as_ref()));
    let message = waits.key.map(|k| k.message);
    view! {
        <li>
            <button type="button" on:click=move |_| handle.interest.set(message)>
                <span class="due"><IconGlyph icon=Icon::Clock size=16/>{due}</span>
                <b>{recipient}</b>
                <span class="age">{description}</span>
                {last_reply.map(|reply| view! { <code>{reply}</code> })}
            </button>
        </li>
    }
}
