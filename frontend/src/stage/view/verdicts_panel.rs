//! Verdicts as expandable proof trees, each with the smallest change that would reverse it.

use super::handle::PlayerHandle;
use super::term_view::pieces;
use crate::stage::i18n::{check_mark, say};
use crate::stage::proof::{Proof, ProofNode, proofs};
use event::Verdict;
use leptos::prelude::*;

/// The trees.
#[component]
pub fn VerdictsPanel(handle: PlayerHandle) -> impl IntoView {
    let all = Memo::new(move |_| {
        let (position, language) = (handle.position.get(), handle.language());
        let (message, connection) = handle.scene.with(|s| (s.message, s.connection));
        handle
            .timeline
            .with(|t| proofs(t, message, connection, position, language))
    });
    view! {
        <div class="verdicts" tabindex="0">
            {move || {
                let all = all.get();
                if all.is_empty() {
                    let word = say(handle.language(), "还没有对这封邮件的判定。", "There are no verdicts for this message yet.");
                    return view! { <p class="empty">{word}</p> }.into_any();
                }
                all.into_iter().rev().map(|p| tree(handle, p)).collect_view().into_any()
            }}
        </div>
    }
}

fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Neutral => "neutral",
    }
}

fn tree(handle: PlayerHandle, proof: Proof) -> impl IntoView {
    let fresh = proof.at == handle.position.get_untracked();
    let flip = (!proof.flip.is_empty()).then(|| {
        let word = say(handle.language(), "最小的改动：", "Smallest change: ");
        view! { <p class="flip"><b>{word}</b>{proof.flip}</p> }
    });
    let children = proof
        .root
        .children
        .into_iter()
        .map(|n| branch(handle, n))
        .collect_view();
    let at = proof.at;
    view! {
        <details class=format!("proof {}", tone(proof.verdict)) open=fresh>
            <summary><span class="verdict">{check_mark(proof.verdict)}</span>{proof.root.text}</summary>
            <ul>{children}</ul>
            {flip}
            <button type="button" class="go-to" on:click=move |_| handle.go(at)>{say(handle.language(), "跳到这一步", "Go to this step")}</button>
        </details>
    }
}

fn branch(handle: PlayerHandle, node: ProofNode) -> AnyView {
    let mark = node
        .verdict
        .map(|v| view! { <span class=format!("verdict {}", tone(v))>{check_mark(v)}</span> });
    let text = (!node.text.is_empty()).then(|| match node.at {
        Some(at) => view! { <button type="button" class="go-to" on:click=move |_| handle.go(at)>{node.text}</button> }.into_any(),
        None => view! { <span>{node.text}</span> }.into_any(),
    });
    let terms = (!node.terms.is_empty())
        .then(|| view! { <code>{pieces(handle, node.terms, node.lit, true)}</code> });
    let children = node
        .children
        .into_iter()
        .map(|n| branch(handle, n))
        .collect::<Vec<_>>();
    let below = (!children.is_empty()).then(|| view! { <ul>{children}</ul> });
    view! { <li>{mark}{text}{terms}{below}</li> }.into_any()
}
