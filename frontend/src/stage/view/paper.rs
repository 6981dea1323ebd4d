//! Envelope and letter side by side: whom the envelope names, and what became of each copy; the header as it grows, its new fields lit.

use super::deck::Deck;
use super::glyphs::SignGlyph;
use super::letters::{stamp_class, stamp_sign};
use crate::stage::course::{Course, Fate, Field, Stamp};
use crate::stage::words::{fate_word, role_class, say};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Paper(deck: Deck) -> impl IntoView {
    view! {
        <section class="panel paper" tabindex="0">
            <h2>{move || say(deck.language(), "信封", "Envelope")}</h2>
            {move || deck.course(|c| envelope(deck, c).into_any())}
            <h2>{move || say(deck.language(), "信头", "Header")}</h2>
            {move || deck.course(|c| header(deck, c).into_any())}
        </section>
    }
}

fn envelope(deck: Deck, course: &Course) -> impl IntoView {
    let language = deck.language();
    let sender = match &course.sender {
        None => say(language, "还没有说", "not said yet").to_owned(),
        // RFC 5321 §4.5.5: notices have a null reverse-path.
        Some(s) if s.is_empty() => "<>".to_owned(),
        Some(s) => s.clone(),
    };
    // Until somebody took it, the envelope is what has been spoken; then it is what became of each copy.
    let settled = course.postmarks.iter().any(|p| p.stamp == Stamp::Accepted) || course.asked.is_empty();
    let rows = if course.sender.is_none() {
        vec![]
    } else if settled {
        course.copies.iter().filter(|c| !c.recipient.is_empty()).map(|c| copy(deck, &c.recipient, &c.fate)).collect()
    } else {
        course.asked.iter().map(|(who, taken)| asked(deck, who, *taken)).collect()
    };
    let unsaid = course.sender.is_none();
    view! {
        <dl class="envelope">
            <div><dt>{say(language, "发自", "from")}</dt><dd class:unsaid=unsaid>{sender}</dd></div>
            {rows}
        </dl>
    }
}

fn copy(deck: Deck, recipient: &str, fate: &Fate) -> AnyView {
    let language = deck.language();
    let stamp = match fate {
        Fate::UnderWay => None,
        Fate::Waiting(_) => Some(Stamp::Waiting),
        Fate::Relayed(_) | Fate::Delivered(_) | Fate::Read => Some(Stamp::Delivered),
        Fate::Returned(..) => Some(Stamp::Returned),
    };
    let class = format!("fate {}", stamp.map_or("", stamp_class));
    let sign = stamp.map(|s| view! { <SignGlyph sign=stamp_sign(s) size=13/> });
    row(language, recipient, class, sign.into_any(), fate_word(language, fate))
}

fn asked(deck: Deck, recipient: &str, taken: Option<bool>) -> AnyView {
    let language = deck.language();
    let (class, word) = match taken {
        None => ("", say(language, "等待答复", "not answered yet")),
        Some(true) => ("accepted", say(language, "愿意接收", "will be taken")),
        Some(false) => ("returned", say(language, "被拒", "refused")),
    };
    row(language, recipient, format!("fate {class}"), ().into_any(), word.to_owned())
}

fn row(language: crate::words::Language, recipient: &str, class: String, sign: AnyView, word: String) -> AnyView {
    let recipient = recipient.to_owned();
    view! {
        <div><dt>{say(language, "送往", "to")}</dt><dd>{recipient}<span class=class>{sign}{word}</span></dd></div>
    }
    .into_any()
}

fn header(deck: Deck, course: &Course) -> impl IntoView {
    let language = deck.language();
    if course.header.is_empty() {
        let word = say(language, "信的内容还没有到。", "The letter's content has not come yet.");
        return view! { <p class="empty">{word}</p> }.into_any();
    }
    let position = deck.position.get();
    let fields = course.header.iter().map(|f| field(deck, f, position)).collect_view();
    view! { <ul class="fields">{fields}</ul> }.into_any()
}

fn field(deck: Deck, field: &Field, position: usize) -> impl IntoView {
    let role = field.added.and_then(|i| deck.timeline.with(|t| t.role(i)));
    let fresh = field.added.is_some_and(|i| position >= i && deck.timeline.with(|t| t.steps[i].turn == t.steps[position].turn));
    let added = match (field.added, fresh) {
        (None, _) => "",
        (Some(_), false) => "added",
        (Some(_), true) => "added fresh",
    };
    let class = format!("{added} {}", role.map_or("", role_class));
    let (name, value) = field.text.split_once(':').unwrap_or((field.text.as_str(), ""));
    let (name, value) = (name.to_owned(), value.replace("\r\n", "\n").trim().to_owned());
    view! { <li class=class><b>{name}":"</b>" "{value}</li> }
}
