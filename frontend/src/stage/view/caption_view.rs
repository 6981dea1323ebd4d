//! The caption of the step on the diagram, and the DNS lookup with its answer.

use super::glyphs::Icon;
use super::handle::PlayerHandle;
use crate::bind::{item, list};
use crate::stage::caption::{Arrow, Caption, HEIGHT, Tone};
use crate::stage::i18n::{role_class, say};
use crate::stage::layout::path;
use crate::stage::scene::DnsLookup;
use crate::stage::text_width::shortened;
use leptos::prelude::*;

/// The caption of the step; recreated at each step, so that it slides in from the speaker.
#[component]
pub fn CaptionView(handle: PlayerHandle) -> impl IntoView {
    let caption = Memo::new(move |_| {
        let position = handle.position.get();
        let caption = handle.timeline.with(|t| {
            handle.scene.with(|s| {
                handle
                    .layout
                    .with(|l| Caption::of(t, s, l, handle.language()))
            })
        });
        (position, caption)
    });
    // A new node each time, so that its entrance animation shows the direction.
    list(move || {
        let (position, caption) = caption.get();
        caption
            .map(|c| {
                item((position, c.text.clone(), c.x as i64), move || {
                    caption_view(c)
                })
            })
            .into_iter()
            .collect()
    })
}

fn caption_view(c: Caption) -> impl IntoView {
    let arrow = match c.arrow {
        Arrow::Right => "right",
        Arrow::Left => "left",
        Arrow::Here => "here",
    };
    let tone = match c.tone {
        Tone::Plain => "",
        Tone::Bad => "bad",
        Tone::Good => "good",
        Tone::Wait => "wait",
    };
    let verbatim = if c.verbatim { "verbatim" } else { "" };
    let class = format!("caption {arrow} {tone} {verbatim} {}", role_class(c.role));
    let (top, bottom) = (c.y - HEIGHT / 2.0, c.y + HEIGHT / 2.0);
    let lead = if c.arrow == Arrow::Left { 22.0 } else { 0.0 };
    let lock = (c.sealed || c.tone == Tone::Wait).then(|| {
        let at = format!("translate({} {}) scale(0.68)", c.x + lead + 11.0, c.y - 8.4);
        let icon = if c.sealed { Icon::Lock } else { Icon::Clock };
        view! { <g transform=at><path class="stroke" d=icon.path()></path></g> }
    });
    let (left, right) = (
        lead + if lock.is_some() { 22.0 } else { 0.0 },
        if c.arrow == Arrow::Right { 22.0 } else { 0.0 },
    );
    let text_x = c.x + (c.w + left - right) / 2.0;
    let arrow = match c.arrow {
        Arrow::Here => None,
        Arrow::Right => Some(format!(
            "M{} {}h11m-4.500 -4.500l4.500 4.500l-4.500 4.500",
            c.x + c.w - 26.0,
            c.y
        )),
        Arrow::Left => Some(format!(
            "M{} {}h-11m4.500 -4.500l-4.500 4.500l4.500 4.500",
            c.x + 25.0,
            c.y
        )),
    };
    view! {
        <g class=class>
            <rect x=c.x y=top width=c.w height=bottom - top rx="15"></rect>
            {lock}
            <text x=text_x y=c.y + 5.2>{c.text}</text>
            {arrow.map(|d| view! { <path class="stroke" d=d></path> })}
        </g>
    }
}

/// A DNS query moves from the agent to the name server and back; the answer is shown beside the
/// server.
#[component]
pub fn DnsLookupView(handle: PlayerHandle) -> impl IntoView {
    let flight = move |question: DnsLookup| {
        let layout = handle.drawn_layout();
        let server = layout.dns?;
        let (from, to) = (layout.rect(question.agent).top(), server.bottom());
        let flight = format!(
            "--x1:{:.1}px;--y1:{:.1}px;--x2:{:.1}px;--y2:{:.1}px",
            from.x, from.y, to.x, to.y
        );
        let line = path(&layout.dns_path(question.agent)?);
        let (answer, to_the_left, width) = layout.answer()?;
        let cached = if question.cached {
            say(untrack(move || handle.language()), "（缓存）", " (cached)")
        } else {
            ""
        };
        let shown = shortened(
            &format!("{} → {}{cached}", question.question, question.answer),
            (width / 8.6) as usize,
        );
        let mark = if question.cached { "⟳" } else { "?" };
        Some(view! {
            <g class="dns-lookup" class:failed=!question.found class:cached=question.cached>
                <path class="dns-path" d=line></path>
                <g class="dns-query" style=flight><circle r="11"></circle><text y="5">{mark}</text></g>
                <text class="answer" class:end=to_the_left x=answer.x y=answer.y>{shown}</text>
            </g>
        })
    };
    list(move || {
        let position = handle.position.get();
        handle
            .scene
            .with(|s| s.question.clone())
            .map(|question| item(position, move || flight(question)))
            .into_iter()
            .collect()
    })
}
