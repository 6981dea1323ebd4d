//! The explanation of the step: meaning, RFC, and the session state before and after. Texts are
//! fetched when a player opens and when the language changes.

use super::glyphs::RoleGlyph;
use super::handle::PlayerHandle;
use crate::bind::effect;
use crate::i18n::Language;
use crate::stage::explain::{Explanation, Explanations};
use crate::stage::i18n::{role_class, role_name, role_task, say};
use crate::stage::sentences::sentence;
use crate::web::http;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn ExplanationPanel(handle: PlayerHandle) -> impl IntoView {
    let position = move || handle.position.get();
    let description = move || {
        handle
            .timeline
            .with(|t| sentence(t, position(), handle.language()))
    };
    let pointed = Memo::new(move |_| {
        let (key, words) = handle.word.get()?;
        handle
            .explanations
            .with(|all| all.find(&key).cloned())
            .map(|e| (words, e))
    });
    let found = Memo::new(move |_| {
        let key = handle.timeline.with(|t| {
            t.event(position())
                .map(|e| (e.explain.clone().into_owned(), e.kind.explain()))
        });
        handle.explanations.with(|all| {
            key.and_then(|(key, kind)| all.find(&key).or_else(|| all.find(kind)).cloned())
        })
    });
    view! {
        <section class="panel explanation" tabindex="0">
            <h2>{move || active_role(handle)}</h2>
            {move || pointed.get().map(|(words, e)| view! { <p class="pointed"><code>{words}</code></p>{card(e)}<hr/> })}
            {move || found.get().map(card)}
            <p class="description">{description}</p>
            {move || states(handle)}
        </section>
    }
}

fn card(e: Explanation) -> impl IntoView {
    let rfc = (!e.rfc.is_empty()).then(|| view! { <p class="rfc">{e.rfc}</p> });
    view! {
        <h3>{e.title}</h3>
        <p class="text">{e.text}</p>
        {rfc}
    }
}

/// The active role.
fn active_role(handle: PlayerHandle) -> impl IntoView {
    let role = handle.timeline.with(|t| t.role(handle.position.get()))?;
    let class = format!("badge {}", role_class(role));
    let task = role_task(handle.language(), role);
    Some(
        view! { <span class=class><RoleGlyph role size=16/>{role_name(role)}</span><span class="how">{task}</span> },
    )
}

/// The session state, with its change if the line changes it: `mail → rcpt`.
fn states(handle: PlayerHandle) -> impl IntoView {
    let states = handle.timeline.with(|t| {
        t.event(handle.position.get())
            .map(|e| (e.before.to_string(), e.after.to_string()))
    });
    let (before, after) = states.filter(|(b, a)| !b.is_empty() || !a.is_empty())?;
    let changes = before != after && !after.is_empty();
    let word = say(handle.language(), "会话状态", "Session state");
    Some(view! {
        <p class="states">
            <span class="how">{word}</span>
            {(!before.is_empty()).then(|| view! { <code>{before.clone()}</code> })}
            {changes.then(|| view! { <span aria-hidden="true">"→"</span><code class="after">{after.clone()}</code> })}
        </p>
    })
}

/// Fetches the texts of the language in use, now and whenever it changes.
pub fn load_explanations(handle: PlayerHandle) {
    effect(move || {
        let language = handle.language();
        leptos::task::spawn_local(async move {
            if let Ok(text) = http::text(explanations_of(language)).await {
                handle.explanations.try_set(Explanations::read(&text));
            }
        });
    });
}

fn explanations_of(language: Language) -> &'static str {
    match language {
        Language::Chinese => "/explain/zh-CN.json",
        Language::English => "/explain/en.json",
    }
}
