//! The bytes of the current line in hexadecimal and text, with a legend, base64 decoding and the
//! characters outside ASCII.

use super::byte_colors::Readers;
use super::handle::PlayerHandle;
use super::shown_line::ShownLine;
use crate::bind::static_text;
use crate::stage::bytes::{Byte, Wire, base64, characters, glyph, no_bytes_text, shown};
use crate::stage::i18n::{is_content_size, line_text, say};
use crate::stage::terms;
use event::{Event, Kind};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn BytesPanel(handle: PlayerHandle) -> impl IntoView {
    let present = Memo::new(move |_| {
        let position = handle.position.get();
        handle.timeline.with(|t| {
            let line = |i: &usize| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { .. }));
            let connection = t
                .steps
                .get(position)?
                .connection
                .or(handle.scene.with(|s| s.connection))?;
            let at = t.connection_until(connection, position).rev().find(line)?;
            let shown = ShownLine {
                event: t.event(at)?.clone(),
                at,
                connection,
                message: t.steps[at].message,
                chunks: by_chunks(t, connection, at),
            };
            Some(shown)
        })
    });
    view! {
        <section class="panel bytes-view" tabindex="0" aria-label=static_text(move || say(handle.language(), "字节", "Bytes"))>
            <h2>{move || say(handle.language(), "这一行的字节", "Bytes of this line")}</h2>
            {move || match present.get() {
                Some(shown) => table(handle, &shown).into_any(),
                None => view! { <p class="empty">{handle.timeline.with(|t| no_bytes_text(handle.language(), t, handle.position.get()))}</p> }.into_any(),
            }}
        </section>
    }
}

/// Whether the content was sent by BDAT (RFC 3030) and therefore without dot-stuffing.
fn by_chunks(timeline: &crate::stage::model::Timeline, connection: usize, at: usize) -> bool {
    timeline
        .connection_until(connection, at)
        .rev()
        .find_map(|i| match timeline.event(i)?.explain.as_ref() {
            "smtp.bdat" => Some(true),
            "smtp.data" => Some(false),
            _ => None,
        })
        == Some(true)
}

fn table(handle: PlayerHandle, shown: &ShownLine) -> impl IntoView + use<> {
    let language = handle.language();
    let event = &shown.event;
    let Kind::Line { text, redacted, .. } = &event.kind else {
        return ().into_any();
    };
    let content = (event.explain == "smtp.message")
        .then(|| handle.text_of(shown.message))
        .flatten();
    if content.is_none() && is_content_size(&event.explain, text) {
        let size = line_text(language, &event.explain, text);
        return view! { <p class="empty">{size}</p> }.into_any();
    }
    let wire = content.as_ref().map_or_else(
        || Wire::line(text),
        |message| Wire::content(message, !shown.chunks),
    );
    let readers = handle
        .lens
        .get()
        .then(|| Readers::of(handle, shown, &wire, content.is_some()));
    let cells = |first: usize, row: &[(u8, Byte)], icon: fn(u8, Byte) -> String| {
        let one = |(i, (byte, what)): (usize, &(u8, Byte))| {
            let class = readers
                .as_ref()
                .map_or_else(|| class(*what).to_owned(), |r| r.class(first + i));
            view! { <span class=class>{icon(*byte, *what)}</span> }
        };
        row.iter().enumerate().map(one).collect_view()
    };
    let rows = wire.rows().map(|(first, row)| {
        view! {
            <div class="hex-row">
                <span class="offset">{format!("{first:04X}")}</span>
                <span class="hexes">{cells(first, row, |byte, _| format!("{byte:02X}"))}</span>
                <span class="signs">{cells(first, row, |byte, what| glyph(byte, what).to_string())}</span>
            </div>
        }
    });
    let rows = rows.collect_view();
    let more =
        (wire.more > 0).then(|| view! { <p class="empty">{format!("… +{}", wire.more)}</p> });
    let secret = redacted.then(|| view! { <p class="description">{say(language, "•••• 代表未记录的机密内容。", "•••• stands for a secret that was not recorded.")}</p> });
    let content = content.unwrap_or_else(|| text.clone());
    let legend = match &readers {
        Some(readers) => readers.legend(handle, shown).into_any(),
        None => view! { {secret}{marks(handle, &wire)} }.into_any(),
    };
    view! {
        <div class="hex-table" class:by-reader=readers.is_some() aria-hidden="true">{rows}</div>
        <p class="announced">{content.clone()}</p>
        {more}{legend}
        {decoded(handle, event)}
        {character_list(handle, &content)}
    }
    .into_any()
}

fn class(what: Byte) -> &'static str {
    match what {
        Byte::Text => "",
        Byte::LineEnd => "end",
        Byte::Stuffed => "stuffed",
        Byte::EndDot => "dot",
        Byte::Lead => "lead",
        Byte::Continuation => "cont",
        Byte::Control => "control",
    }
}

/// The legend of the marks that occur.
fn marks(handle: PlayerHandle, wire: &Wire) -> impl IntoView {
    let language = handle.language();
    let all = [
        (
            Byte::LineEnd,
            "CR LF：一行到此为止（0D 0A）",
            "CR LF: the line ends here (0D 0A)",
        ),
        (
            Byte::Stuffed,
            "填充的点：避免这一行被当作邮件结尾，接收方会去掉它",
            "A dot added so that the line does not end the message; the recipient host removes it",
        ),
        (
            Byte::EndDot,
            "单独一个点：邮件到此结束",
            "A single dot: the end of the message",
        ),
        (
            Byte::Lead,
            "ASCII 以外的字：UTF-8 里占几个字节",
            "A character outside ASCII: several bytes in UTF-8",
        ),
        (Byte::Control, "控制字符", "A control character"),
    ];
    let occurs = |what: Byte| wire.bytes.iter().any(|(_, w)| *w == what);
    let row = move |(what, zh, en): (Byte, &'static str, &'static str)| {
        view! { <li><span class=format!("sample {}", class(what))>"00"</span>{say(language, zh, en)}</li> }
    };
    view! { <ul class="byte-legend">{all.into_iter().filter(|(w, ..)| occurs(*w)).map(row).collect_view()}</ul> }
}

/// Base64 words, decoded only on request, so that a password is not shown to an audience by
/// accident.
fn decoded(handle: PlayerHandle, event: &Event) -> impl IntoView {
    let words: Vec<(String, String)> = terms::line_terms(event)
        .into_iter()
        .flatten()
        .filter(|p| p.key.as_deref() == Some("word.base64"))
        .filter_map(|p| base64(p.text.trim()).map(|d| (p.text.clone(), shown(&d))))
        .collect();
    let one = move |(text, plain): (String, String)| {
        let open = RwSignal::new(false);
        let called = move || {
            if open.get() {
                plain.clone()
            } else {
                say(handle.language(), "解码 base64", "Decode base64").to_owned()
            }
        };
        view! { <p class="base64"><code>{text}</code>" → "<button type="button" on:click=move |_| open.update(|o| *o = !*o)>{called}</button></p> }
    };
    words.into_iter().map(one).collect_view()
}

/// Characters outside ASCII with their bytes.
fn character_list(handle: PlayerHandle, text: &str) -> impl IntoView {
    /// Maximum number of characters listed.
    const CHARACTERS_MAX: usize = 24;
    let all = characters(text);
    (!all.is_empty()).then(|| {
        let row = |(c, description): (char, String)| view! { <li><b>{c.to_string()}</b><code>{description}</code></li> };
        view! {
            <h3>{say(handle.language(), "UTF-8 里的字", "Characters in UTF-8")}</h3>
            <ul class="utf8">{all.into_iter().take(CHARACTERS_MAX).map(row).collect_view()}</ul>
        }
    })
}
