//! What became of a message that was sent: a postmark for each receiver, live. In the notice after
//! sending and on messages in Sent.

use crate::app::{FollowState, use_app};
use crate::bind::{memo, part, text, word};
use crate::i18n::{Locale, use_locale};
use crate::parts::icon::Icon;
use crate::state::delivery::{Delivery, Fate, Stand};
use leptos::prelude::*;
use mail::{JourneyId, StoredMessageId};
use wire::Request;

/// In the notice: how the message just sent stands.
#[component]
pub fn SentMark(
    /// Its journey.
    journey: JourneyId,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let followed = app.follow(Request::FollowSent { journey });
    let delivery = memo(move || followed.events.with(|events| Delivery::of(events)));
    let stand = memo(move || match delivery.with(Delivery::stand) {
        // The answer to Send said so already.
        Stand::Sending => Stand::Accepted,
        stand => stand,
    });
    let recipients = move || {
        let of = |delivery: &Delivery| {
            delivery
                .recipients
                .iter()
                .map(|(address, _)| address.clone())
                .collect::<Vec<_>>()
                .join(", ")
        };
        delivery.with(of)
    };
    view! {
        <span class=text(move || format!("postmark {}", class(stand.get())))><Icon name=Signal::derive(move || icon(stand.get()))/></span>
        <span class="sent-mark"><b>{word(move || t.stand(stand.get()))}</b><small>{text(recipients)}</small></span>
    }
}

/// On a message in Sent: what became of it for each receiver.
#[component]
pub fn Fates(
    /// The message.
    id: StoredMessageId,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let followed = app.follow(Request::Follow { id });
    let delivery = memo(move || followed.events.with(|events| Delivery::of(events)));
    let shown = move || {
        matches!(followed.state.get(), FollowState::Live(_))
            && delivery.with(|d| !d.recipients.is_empty())
    };
    let row = move |(address, fate): (String, Fate)| {
        let stand = stand(&fate);
        view! {
            <li>
                <span class=format!("postmark {}", class(stand))><Icon name=icon(stand)/></span>
                <span class="address">{address}</span>
                <span class="fate">{text(move || words(t, &fate))}</span>
            </li>
        }
    };
    view! {
        <Show when=shown>
            <ul class="fates" aria-label=t.of(|w| w.delivery)>{part(move || delivery.get().recipients.into_iter().map(row).collect_view().into_any())}</ul>
        </Show>
    }
}

fn stand(fate: &Fate) -> Stand {
    match fate {
        Fate::Accepted => Stand::Accepted,
        Fate::Waiting(..) => Stand::Waiting,
        Fate::Relayed(_) | Fate::Delivered => Stand::Delivered,
        Fate::Failed(_) => Stand::Failed,
    }
}

fn words(t: Locale, fate: &Fate) -> String {
    match fate {
        Fate::Accepted => t.stand_accepted.to_owned(),
        Fate::Waiting(reply, next) => t.fate_waiting(&t.clock(*next), &first_line(reply)),
        Fate::Relayed(host) => t.fate_relayed(host),
        Fate::Delivered => t.stand_delivered.to_owned(),
        Fate::Failed(reply) => t.fate_failed(&first_line(reply)),
    }
}

fn first_line(reply: &mail::Reply) -> String {
    let enhanced = reply
        .enhanced
        .map(|mail::EnhancedCode(a, b, c)| format!(" {a}.{b}.{c}"))
        .unwrap_or_default();
    format!(
        "{}{enhanced} {}",
        reply.code,
        reply.lines.first().map(String::as_str).unwrap_or_default()
    )
}

fn class(stand: Stand) -> &'static str {
    match stand {
        Stand::Sending => "is-sending",
        Stand::Accepted => "is-accepted",
        Stand::Waiting => "is-waiting",
        Stand::Delivered => "is-delivered",
        Stand::Failed => "is-failed",
    }
}

fn icon(stand: Stand) -> &'static str {
    match stand {
        Stand::Sending => "send",
        Stand::Accepted => "accepted",
        Stand::Waiting => "clock",
        Stand::Delivered => "check",
        Stand::Failed => "returned",
    }
}
