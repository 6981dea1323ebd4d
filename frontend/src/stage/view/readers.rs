//! The lens on bytes: each byte in the colour of the widest circle that reads it, with a line below
//! it whose strokes say the same, and a ground for what it is of; below the bytes, who that is, in
//! words. Decides nothing.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use super::hex::Shown;
use crate::i18n::Language;
use crate::stage::bytes::Wire;
use crate::stage::i18n::say;
use crate::stage::lens::{Seal, Sight, seal, seal_words, watcher_words, watchers};
use crate::stage::readers::{
    Amount, Circle, Portion, amounts, beyond_words, circle, circle_class, circle_words,
    content_portions, line_portions, portion_class, portion_words,
};
use leptos::prelude::*;

/// Who reads the bytes that are shown.
pub(super) struct Readers {
    circle: Circle,
    portions: Vec<Portion>,
    bytes: usize,
}

impl Readers {
    /// Of a line, or of a message's content where its text is known.
    pub(super) fn of(deck: Deck, shown: &Shown, wire: &Wire, is_content: bool) -> Readers {
        let mut portions = if is_content {
            content_portions(wire)
        } else {
            line_portions(&shown.event)
        };
        portions.truncate(wire.bytes.len());
        let circle = deck.timeline.with(|t| circle(t, shown.at, deck.language()));
        Readers {
            circle,
            portions,
            bytes: wire.bytes.len() + wire.more,
        }
    }

    /// The classes of an octet.
    pub(super) fn class(&self, byte: usize) -> String {
        let at = |byte: usize| {
            self.portions
                .get(byte)
                .copied()
                .unwrap_or(Portion::Dialogue)
        };
        // Where another portion begins stands a stroke, so that no eye needs the grounds.
        let begins = if byte == 0 || at(byte - 1) != at(byte) {
            " begins"
        } else {
            ""
        };
        format!(
            "{} {}{begins}",
            circle_class(self.circle),
            portion_class(at(byte))
        )
    }

    /// Who reads them, in words.
    pub(super) fn legend(&self, deck: Deck, shown: &Shown) -> impl IntoView + use<> {
        let language = deck.language();
        let sealed = deck.timeline.with(|t| seal(t, shown.talk, shown.at));
        let seen = deck.timeline.with(|t| watchers(t, shown.at, language));
        let named = |sight: Sight| {
            let names: Vec<String> = seen
                .iter()
                .filter(|(_, s)| *s == sight)
                .map(|(w, _)| watcher_words(language, w))
                .collect();
            names.join(say(language, "、", ", "))
        };
        let (reads, outside) = (named(Sight::Reads), named(Sight::Traffic));
        let outside = (!outside.is_empty()).then(|| outside_words(language, &outside, self.bytes));
        let lock = (sealed != Seal::Plain).then(|| view! { <SignGlyph sign=Sign::Lock size=15/> });
        let circle = self.circle;
        let portion = move |Amount {
                                portion,
                                first,
                                bytes: length,
                            }: Amount| {
            let class = format!("sample {} {}", circle_class(circle), portion_class(portion));
            let count = bytes_words(language, first, length);
            view! {
                <li><span class=class aria-hidden="true">"00"</span><p><b>{portion_words(language, portion)}</b>" "<span class="count">{count}</span>" "{beyond_words(language, portion)}</p></li>
            }
        };
        let heading = say(language, "谁读得到这些字节", "Who reads these bytes");
        view! {
            <h3>{heading}</h3>
            <p class=format!("circle {}", circle_class(circle))><b>{circle_words(language, circle)}</b><span class="seal">{lock}{seal_words(language, sealed)}</span></p>
            <p class="told">{reading_words(language, &reads)}</p>
            {outside.map(|told| view! { <p class="told">{told}</p> })}
            <ul class="readers">{amounts(&self.portions).into_iter().map(portion).collect_view()}</ul>
        }
    }
}

fn reading_words(language: Language, names: &str) -> String {
    match language {
        Language::Chinese => format!("每个字节都读得到的：{names}。"),
        Language::English => format!("Every byte is read by: {names}."),
    }
}

/// On a sealed wire.
fn outside_words(language: Language, names: &str, bytes: usize) -> String {
    match language {
        Language::Chinese => {
            format!("只看得到长短的：{names}。他们知道走过了大约 {bytes} 个字节，一个也读不出来。")
        }
        Language::English => {
            format!(
                "Only the size is seen by: {names}. They know that some {bytes} bytes went by, and can read none of them."
            )
        }
    }
}

/// How many, and where the first of them stands in the table.
fn bytes_words(language: Language, first: usize, bytes: usize) -> String {
    match (language, bytes) {
        (Language::Chinese, n) => format!("从 {first:04X} 起，{n} 个字节。"),
        (Language::English, 1) => format!("1 byte, at {first:04X}."),
        (Language::English, n) => format!("{n} bytes, from {first:04X}."),
    }
}
