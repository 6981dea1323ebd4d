//! Plain text as elements: paragraphs, collapsed quotations, links, highlighted search hits.
//! Message content never becomes markup.

use crate::i18n::use_locale;
use crate::state::address::{host, looks_alike};
use crate::state::mailto::is_mailto;
use crate::state::text::{Block, Span, blocks, hits};
use leptos::prelude::*;

/// The text of a message.
#[component]
pub fn Prose(
    /// The text.
    text: String,
    /// Search words to highlight.
    words: Vec<String>,
) -> impl IntoView {
    view! { <div class="prose" dir="auto">{drawn(blocks(&text), &words)}</div> }
}

fn drawn(blocks: Vec<Block>, words: &[String]) -> AnyView {
    let t = use_locale();
    let one = |block: Block| {
        match block {
        Block::Plain(spans) => view! { <p>{inline(spans, words)}</p> }.into_any(),
        Block::Signature(spans) => {
            view! { <p class="signature">{inline(spans, words)}</p> }.into_any()
        }
        Block::Quote(inner) => quote(inner, words),
        // Nested quotations are expanded with the outer one.
        Block::Answered(inner) => {
            view! { <details class="quote"><summary>{t.of(|w| w.quoted_text)}</summary>{quote(inner, words)}</details> }.into_any()
        }
    }
    };
    blocks.into_iter().map(one).collect_view().into_any()
}

fn quote(inner: Vec<Block>, words: &[String]) -> AnyView {
    view! { <blockquote>{drawn(inner, words)}</blockquote> }.into_any()
}

fn inline(spans: Vec<Span>, words: &[String]) -> Vec<AnyView> {
    let one = |span: Span| match span {
        Span::Text(text) => marked(&text, words),
        Span::Link { href, text } => link(href, &text, words),
    };
    spans.into_iter().map(one).collect()
}

fn link(href: String, text: &str, words: &[String]) -> AnyView {
    let t = use_locale();
    let doubtful = looks_alike(host(&href));
    let shown = marked(text, words);
    // Handled by `web::message_frame::follow_mailto`.
    if is_mailto(&href) {
        return view! { <a href=href>{shown}</a> }.into_any();
    }
    view! {
        <a href=href.clone() title=href target="_blank" rel="noopener noreferrer">{shown}</a>
        {doubtful.then(|| view! { <span class="doubt" title=t.of(|w| w.looks_alike)>{t.of(|w| w.looks_alike_short)}</span> })}
    }
    .into_any()
}

/// Highlights search hits in a text.
pub fn marked(text: &str, words: &[String]) -> AnyView {
    if words.is_empty() {
        return text.to_owned().into_any();
    }
    let cut = |(hit, text): (bool, &str)| {
        let text = text.to_owned();
        if hit {
            view! { <mark>{text}</mark> }.into_any()
        } else {
            text.into_any()
        }
    };
    hits(text, words)
        .into_iter()
        .map(cut)
        .collect_view()
        .into_any()
}
