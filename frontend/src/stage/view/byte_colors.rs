//! Colours the bytes of a line by who can read them and by their content, with a legend.
//! `byte_visibility` computes both.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use super::shown_line::ShownLine;
use crate::i18n::Language;
use crate::stage::byte_visibility::{
    Audience, ByteContent, ContentShare, audience, audience_class, audience_text, content_class,
    content_shares, content_text, line_contents, message_contents, onward_text,
};
use crate::stage::bytes::Wire;
use crate::stage::i18n::say;
use crate::stage::visibility::{
    Encryption, Visibility, encryption, encryption_text, observer_text, observers,
};
use leptos::prelude::*;

/// Who can read the bytes that are shown.
pub(super) struct Readers {
    audience: Audience,
    contents: Vec<ByteContent>,
    bytes: usize,
}

impl Readers {
    /// Computes the readers of a line, or of a message's content if its text is known.
    pub(super) fn of(
        handle: PlayerHandle,
        shown: &ShownLine,
        wire: &Wire,
        is_content: bool,
    ) -> Readers {
        let mut contents = if is_content {
            message_contents(wire)
        } else {
            line_contents(&shown.event)
        };
        contents.truncate(wire.bytes.len());
        let audience = handle
            .timeline
            .with(|t| audience(t, shown.at, handle.language()));
        Readers {
            audience,
            contents,
            bytes: wire.bytes.len() + wire.more,
        }
    }

    /// The CSS classes of a byte.
    pub(super) fn class(&self, byte: usize) -> String {
        let at = |byte: usize| {
            self.contents
                .get(byte)
                .copied()
                .unwrap_or(ByteContent::Dialogue)
        };
        // A line marks the start of different content, so that the background colour is not the
        // only indication.
        let begins = if byte == 0 || at(byte - 1) != at(byte) {
            " begins"
        } else {
            ""
        };
        format!(
            "{} {}{begins}",
            audience_class(self.audience),
            content_class(at(byte))
        )
    }

    /// The legend: who can read the bytes.
    pub(super) fn legend(&self, handle: PlayerHandle, shown: &ShownLine) -> impl IntoView + use<> {
        let language = handle.language();
        let sealed = handle
            .timeline
            .with(|t| encryption(t, shown.connection, shown.at));
        let seen = handle.timeline.with(|t| observers(t, shown.at, language));
        let named = |visibility: Visibility| {
            let names: Vec<String> = seen
                .iter()
                .filter(|(_, s)| *s == visibility)
                .map(|(w, _)| observer_text(language, w))
                .collect();
            names.join(say(language, "、", ", "))
        };
        let (reads, outside) = (named(Visibility::Reads), named(Visibility::Traffic));
        let outside = (!outside.is_empty()).then(|| outside_words(language, &outside, self.bytes));
        let lock =
            (sealed != Encryption::Plain).then(|| view! { <IconGlyph icon=Icon::Lock size=15/> });
        let audience = self.audience;
        let content = move |ContentShare {
                                content,
                                first,
                                bytes: length,
                            }: ContentShare| {
            let class = format!(
                "sample {} {}",
                audience_class(audience),
                content_class(content)
            );
            let count = bytes_words(language, first, length);
            view! {
                <li><span class=class aria-hidden="true">"00"</span><p><b>{content_text(language, content)}</b>" "<span class="count">{count}</span>" "{onward_text(language, content)}</p></li>
            }
        };
        let heading = say(language, "谁能读到这些字节", "Who can read these bytes");
        view! {
            <h3>{heading}</h3>
            <p class=format!("circle {}", audience_class(audience))><b>{audience_text(language, audience)}</b><span class="encryption">{lock}{encryption_text(language, sealed)}</span></p>
            <p class="description">{reading_words(language, &reads)}</p>
            {outside.map(|description| view! { <p class="description">{description}</p> })}
            <ul class="readers">{content_shares(&self.contents).into_iter().map(content).collect_view()}</ul>
        }
    }
}

fn reading_words(language: Language, names: &str) -> String {
    match language {
        Language::Chinese => format!("可以读到每个字节：{names}。"),
        Language::English => format!("Every byte can be read by: {names}."),
    }
}

/// Who sees only the size, on an encrypted connection.
fn outside_words(language: Language, names: &str, bytes: usize) -> String {
    match language {
        Language::Chinese => {
            format!("只能看到数据量：{names}。他们知道传输了大约 {bytes} 个字节，但无法读取内容。")
        }
        Language::English => {
            format!(
                "Only the size is visible to: {names}. They see that about {bytes} bytes were transmitted, but cannot read them."
            )
        }
    }
}

/// The number of bytes, and the offset of the first.
fn bytes_words(language: Language, first: usize, bytes: usize) -> String {
    match (language, bytes) {
        (Language::Chinese, n) => format!("从 {first:04X} 起，{n} 个字节。"),
        (Language::English, 1) => format!("1 byte, at {first:04X}."),
        (Language::English, n) => format!("{n} bytes, from {first:04X}."),
    }
}
