//! Envelope and message side by side: whom the envelope names, and what became of each copy; the
//! header as it grows, its new fields lit.

use super::deck::Deck;
use super::glyphs::SignGlyph;
use super::i18n::pieces;
use super::messages::{stamp_class, stamp_sign};
use crate::bind::word;
use crate::i18n::Language;
use crate::stage::course::{Course, Fate, Field, Stamp};
use crate::stage::i18n::{fate_word, role_class, say};
use crate::stage::{message, parts};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Paper(deck: Deck) -> impl IntoView {
    let plain = RwSignal::new(true);
    view! {
        <div class="paper" tabindex="0">
            <h2>{move || say(deck.language(), "信封", "Envelope")}</h2>
            {move || deck.course(|c| envelope(deck, c).into_any())}
            {move || deck.course(|c| differences(deck, c).into_any())}
            <h2>
                {move || say(deck.language(), "信头", "Header")}
                <button type="button" class="raw" aria-pressed=word(move || if plain.get() { "true" } else { "false" }) on:click=move |_| plain.update(|p| *p = !*p)>
                    {move || say(deck.language(), "还原编码", "Decoded")}
                </button>
            </h2>
            {move || deck.course(|c| header(deck, c, plain.get()).into_any())}
            {move || body(deck, plain.get())}
        </div>
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
    // Until somebody took it, the envelope is what has been spoken; then it is what became of each
    // copy.
    let settled =
        course.postmarks.iter().any(|p| p.stamp == Stamp::Accepted) || course.asked.is_empty();
    let rows = if course.sender.is_none() {
        vec![]
    } else if settled {
        course
            .copies
            .iter()
            .filter(|c| !c.recipient.is_empty())
            .map(|c| copy(deck, &c.recipient, &c.fate))
            .collect()
    } else {
        course
            .asked
            .iter()
            .map(|(who, taken)| asked(deck, who, *taken))
            .collect()
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
    row(
        language,
        recipient,
        class,
        sign.into_any(),
        fate_word(language, fate),
    )
}

fn asked(deck: Deck, recipient: &str, taken: Option<bool>) -> AnyView {
    let language = deck.language();
    let (class, word) = match taken {
        None => ("", say(language, "等待答复", "not answered yet")),
        Some(true) => ("accepted", say(language, "愿意接收", "will be taken")),
        Some(false) => ("returned", say(language, "被拒", "refused")),
    };
    row(
        language,
        recipient,
        format!("fate {class}"),
        ().into_any(),
        word.to_owned(),
    )
}

fn row(language: Language, recipient: &str, class: String, sign: AnyView, word: String) -> AnyView {
    let recipient = recipient.to_owned();
    view! {
        <div><dt>{say(language, "送往", "to")}</dt><dd>{recipient}<span class=class>{sign}{word}</span></dd></div>
    }
    .into_any()
}

/// Where the header says something else than the envelope: nobody checks that by itself.
fn differences(deck: Deck, course: &Course) -> impl IntoView {
    let language = deck.language();
    let text = deck.text_of(deck.scene.with(|s| s.message));
    let fields: Vec<String> = if course.header.is_empty() {
        text.map(|t| message::pieces(&t).fields).unwrap_or_default()
    } else {
        course.header.iter().map(|f| f.text.clone()).collect()
    };
    let named = |name: &str| {
        message::value(fields.iter().map(String::as_str), name)
            .map(|v| message::addresses(&v))
            .unwrap_or_default()
    };
    let mut told: Vec<String> = Vec::new();
    let from = named("From");
    if let (Some(sender), false) = (
        course.sender.as_ref().filter(|s| !s.is_empty()),
        from.is_empty(),
    ) && !from.contains(&sender.to_ascii_lowercase())
    {
        told.push(match language {
            Language::Chinese => format!(
                "信封上的发件人 {sender} 与 From 里的 {} 不同",
                from.join("、")
            ),
            Language::English => {
                format!("The envelope says {sender}, From says {}", from.join(", "))
            }
        });
    }
    let visible: Vec<String> = named("To").into_iter().chain(named("Cc")).collect();
    let spoken: Vec<String> = course
        .copies
        .iter()
        .map(|c| c.recipient.to_ascii_lowercase())
        .filter(|r| !r.is_empty())
        .collect();
    let hidden: Vec<String> = spoken
        .iter()
        .filter(|r| !visible.is_empty() && !visible.contains(r))
        .cloned()
        .collect();
    let unserved: Vec<String> = visible
        .iter()
        .filter(|v| !spoken.is_empty() && !spoken.contains(v))
        .cloned()
        .collect();
    if !hidden.is_empty() {
        told.push(format!(
            "{} {}",
            say(
                language,
                "只在信封上、信头里看不到：",
                "Only on the envelope, not in the header:"
            ),
            hidden.join(", ")
        ));
    }
    if !unserved.is_empty() {
        told.push(format!(
            "{} {}",
            say(
                language,
                "信头里有、信封上没有：",
                "In the header, not on the envelope:"
            ),
            unserved.join(", ")
        ));
    }
    (!told.is_empty()).then(|| view! { <ul class="differences">{told.into_iter().map(|t| view! { <li>{t}</li> }).collect_view()}</ul> })
}

fn header(deck: Deck, course: &Course, plain: bool) -> impl IntoView {
    let language = deck.language();
    let written: Vec<Field> = if course.header.is_empty() {
        let text = deck
            .text_of(deck.scene.with(|s| s.message))
            .unwrap_or_default();
        message::pieces(&text)
            .fields
            .into_iter()
            .filter(|f| !f.is_empty())
            .map(|text| Field { text, added: None })
            .collect()
    } else {
        course.header.clone()
    };
    if written.is_empty() {
        let word = say(
            language,
            "信的内容还没有到。",
            "The message's content has not come yet.",
        );
        return view! { <p class="empty">{word}</p> }.into_any();
    }
    let position = deck.position.get();
    let fields = written
        .iter()
        .map(|f| field(deck, f, position, plain))
        .collect_view();
    view! { <ul class="fields">{fields}</ul> }.into_any()
}

fn field(deck: Deck, field: &Field, position: usize, plain: bool) -> impl IntoView {
    let role = field.added.and_then(|i| deck.timeline.with(|t| t.role(i)));
    let fresh = field.added.is_some_and(|i| {
        position >= i
            && deck
                .timeline
                .with(|t| t.steps[i].turn == t.steps[position].turn)
    });
    let added = match (field.added, fresh) {
        (None, _) => "",
        (Some(_), false) => "added",
        (Some(_), true) => "added fresh",
    };
    let class = format!("{added} {}", role.map_or("", role_class));
    let text = field.text.replace("\r\n", "\n");
    let text = if plain { message::decoded(&text) } else { text };
    view! { <li class=class>{pieces(deck, parts::field(&text), None, false)}</li> }
}

/// The body where the message's text is known.
fn body(deck: Deck, plain: bool) -> Option<impl IntoView> {
    let text = deck.text_of(deck.scene.with(|s| s.message))?;
    let pieces = message::pieces(&text);
    let shown = if plain {
        message::decoded_body(&pieces).unwrap_or_else(|| pieces.body.clone())
    } else {
        pieces.body
    };
    let word = say(deck.language(), "正文", "Body");
    Some(view! { <h2>{word}</h2><pre class="body">{shown}</pre> })
}
