//! Envelope, header and body of the message: the recipients with the status of each copy, and the
//! header with new fields highlighted.

use super::envelopes::{postmark_class, postmark_icon};
use super::glyphs::IconGlyph;
use super::handle::PlayerHandle;
use super::term_view::pieces;
use crate::bind::static_text;
use crate::i18n::Language;
use crate::stage::i18n::{role_class, say, status_text};
use crate::stage::model::{CopyStatus, Field, MessageState, PostmarkKind};
use crate::stage::{message_source, terms};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn MessagePanel(handle: PlayerHandle) -> impl IntoView {
    let plain = RwSignal::new(true);
    view! {
        <div class="message-panel" tabindex="0">
            <h2>{move || say(handle.language(), "信封", "Envelope")}</h2>
            {move || handle.message_state(|c| envelope(handle, c).into_any())}
            {move || handle.message_state(|c| differences(handle, c).into_any())}
            <h2>
                {move || say(handle.language(), "邮件头", "Header")}
                <button type="button" class="raw" aria-pressed=static_text(move || if plain.get() { "true" } else { "false" }) on:click=move |_| plain.update(|p| *p = !*p)>
                    {move || say(handle.language(), "解码", "Decoded")}
                </button>
            </h2>
            {move || handle.message_state(|c| header(handle, c, plain.get()).into_any())}
            {move || body(handle, plain.get())}
        </div>
    }
}

fn envelope(handle: PlayerHandle, message_state: &MessageState) -> impl IntoView {
    let language = handle.language();
    let sender = match &message_state.sender {
        None => say(language, "尚未指定", "not given yet").to_owned(),
        // RFC 5321 §4.5.5: bounces have a null reverse-path.
        Some(s) if s.is_empty() => "<>".to_owned(),
        Some(s) => s.clone(),
    };
    // Before a host has accepted the message, the rows show the RCPT commands; afterwards, the
    // status of each copy.
    let settled = message_state
        .postmarks
        .iter()
        .any(|p| p.stamp == PostmarkKind::Accepted)
        || message_state.asked.is_empty();
    let rows = if message_state.sender.is_none() {
        vec![]
    } else if settled {
        message_state
            .copies
            .iter()
            .filter(|c| !c.recipient.is_empty())
            .map(|c| copy(handle, &c.recipient, &c.status))
            .collect()
    } else {
        message_state
            .asked
            .iter()
            .map(|(who, taken)| asked(handle, who, *taken))
            .collect()
    };
    let unsaid = message_state.sender.is_none();
    view! {
        <dl class="envelope">
            <div><dt>{say(language, "发件人", "from")}</dt><dd class:unsaid=unsaid>{sender}</dd></div>
            {rows}
        </dl>
    }
}

fn copy(handle: PlayerHandle, recipient: &str, status: &CopyStatus) -> AnyView {
    let language = handle.language();
    let stamp = match status {
        CopyStatus::InTransit => None,
        CopyStatus::Deferred(_) => Some(PostmarkKind::Deferred),
        CopyStatus::Relayed(_)
        | CopyStatus::Forwarded(_)
        | CopyStatus::Delivered(_)
        | CopyStatus::Read => Some(PostmarkKind::Delivered),
        CopyStatus::Bounced(..) => Some(PostmarkKind::Bounced),
    };
    let class = format!("copy-status {}", stamp.map_or("", postmark_class));
    let icon = stamp.map(|s| view! { <IconGlyph icon=postmark_icon(s) size=13/> });
    row(
        language,
        recipient,
        class,
        icon.into_any(),
        status_text(language, status),
    )
}

fn asked(handle: PlayerHandle, recipient: &str, taken: Option<bool>) -> AnyView {
    let language = handle.language();
    let (class, word) = match taken {
        None => ("", say(language, "等待应答", "no reply yet")),
        Some(true) => ("accepted", say(language, "已接受", "accepted")),
        Some(false) => ("returned", say(language, "被拒绝", "rejected")),
    };
    row(
        language,
        recipient,
        format!("copy-status {class}"),
        ().into_any(),
        word.to_owned(),
    )
}

fn row(language: Language, recipient: &str, class: String, icon: AnyView, word: String) -> AnyView {
    let recipient = recipient.to_owned();
    view! {
        <div><dt>{say(language, "收件人", "to")}</dt><dd>{recipient}<span class=class>{icon}{word}</span></dd></div>
    }
    .into_any()
}

/// Differences between header and envelope, which no host is required to check.
fn differences(handle: PlayerHandle, message_state: &MessageState) -> impl IntoView {
    let language = handle.language();
    let text = handle.text_of(handle.scene.with(|s| s.message));
    let fields: Vec<String> = if message_state.header.is_empty() {
        text.map(|t| message_source::split_message(&t).fields)
            .unwrap_or_default()
    } else {
        message_state
            .header
            .iter()
            .map(|f| f.text.clone())
            .collect()
    };
    let named = |name: &str| {
        message_source::value(fields.iter().map(String::as_str), name)
            .map(|v| message_source::addresses(&v))
            .unwrap_or_default()
    };
    let mut description: Vec<String> = Vec::new();
    let from = named("From");
    if let (Some(sender), false) = (
        message_state.sender.as_ref().filter(|s| !s.is_empty()),
        from.is_empty(),
    ) && !from.contains(&sender.to_ascii_lowercase())
    {
        description.push(match language {
            Language::Chinese => {
                format!("信封发件人 {sender} 与 From 中的 {} 不同", from.join("、"))
            }
            Language::English => {
                format!(
                    "The envelope sender is {sender}, but From says {}",
                    from.join(", ")
                )
            }
        });
    }
    let visible: Vec<String> = named("To").into_iter().chain(named("Cc")).collect();
    let line_terms: Vec<String> = message_state
        .copies
        .iter()
        .map(|c| c.recipient.to_ascii_lowercase())
        .filter(|r| !r.is_empty())
        .collect();
    let hidden: Vec<String> = line_terms
        .iter()
        .filter(|r| !visible.is_empty() && !visible.contains(r))
        .cloned()
        .collect();
    let unserved: Vec<String> = visible
        .iter()
        .filter(|v| !line_terms.is_empty() && !line_terms.contains(v))
        .cloned()
        .collect();
    if !hidden.is_empty() {
        description.push(format!(
            "{} {}",
            say(
                language,
                "只在信封中、不在邮件头里：",
                "In the envelope but not in the header:"
            ),
            hidden.join(", ")
        ));
    }
    if !unserved.is_empty() {
        description.push(format!(
            "{} {}",
            say(
                language,
                "在邮件头里、不在信封中：",
                "In the header but not in the envelope:"
            ),
            unserved.join(", ")
        ));
    }
    (!description.is_empty()).then(|| view! { <ul class="differences">{description.into_iter().map(|t| view! { <li>{t}</li> }).collect_view()}</ul> })
}

fn header(handle: PlayerHandle, message_state: &MessageState, plain: bool) -> impl IntoView {
    let language = handle.language();
    let written: Vec<Field> = if message_state.header.is_empty() {
        let text = handle
            .text_of(handle.scene.with(|s| s.message))
            .unwrap_or_default();
        message_source::split_message(&text)
            .fields
            .into_iter()
            .filter(|f| !f.is_empty())
            .map(|text| Field { text, added: None })
            .collect()
    } else {
        message_state.header.clone()
    };
    if written.is_empty() {
        let word = say(
            language,
            "邮件内容尚未到达。",
            "The message content has not arrived yet.",
        );
        return view! { <p class="empty">{word}</p> }.into_any();
    }
    let position = handle.position.get();
    let fields = written
        .iter()
        .map(|f| field(handle, f, position, plain))
        .collect_view();
    view! { <ul class="fields">{fields}</ul> }.into_any()
}

fn field(handle: PlayerHandle, field: &Field, position: usize, plain: bool) -> impl IntoView {
    let role = field
        .added
        .and_then(|i| handle.timeline.with(|t| t.role(i)));
    let fresh = field.added.is_some_and(|i| {
        position >= i
            && handle
                .timeline
                .with(|t| t.steps[i].exchange == t.steps[position].exchange)
    });
    let added = match (field.added, fresh) {
        (None, _) => "",
        (Some(_), false) => "added",
        (Some(_), true) => "added fresh",
    };
    let class = format!("{added} {}", role.map_or("", role_class));
    let text = field.text.replace("\r\n", "\n");
    let text = if plain {
        message_source::decoded(&text)
    } else {
        text
    };
    view! { <li class=class>{pieces(handle, terms::field(&text), None, false)}</li> }
}

/// The body, if the message's text is known.
fn body(handle: PlayerHandle, plain: bool) -> Option<impl IntoView> {
    let text = handle.text_of(handle.scene.with(|s| s.message))?;
    let pieces = message_source::split_message(&text);
    let shown = if plain {
        message_source::decoded_body(&pieces).unwrap_or_else(|| pieces.body.clone())
    } else {
        pieces.body
    };
    let word = say(handle.language(), "正文", "Body");
    Some(view! { <h2>{word}</h2><pre class="body">{shown}</pre> })
}
