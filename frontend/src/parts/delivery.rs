//! The delivery status of a sent message, live: in the notification after sending and on messages
//! in Sent.

use crate::app::{FollowState, NOTICE_SHOWN, use_app};
use crate::bind::{effect, memo, part, static_text, text};
use crate::i18n::{Language, Locale, use_locale};
use crate::parts::icon::Icon;
use crate::state::address::readable;
use crate::state::delivery::{Delivery, DeliveryStatus, RecipientStatus};
use leptos::prelude::*;
use mail::{JourneyId, StoredMessageId};
use std::time::Duration;
use wire::{Request, Sentence};

/// Time for which the notification is shown after a change to any status other than delivered. The
/// message in Sent keeps showing the status.
const STATUS_SHOWN: Duration = Duration::from_secs(30);

/// The overall status, for the notification.
#[component]
pub fn SentMark(
    /// Its journey.
    journey: JourneyId,
    /// The notification, which disappears some time after delivery.
    number: u32,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let followed = app.follow(Request::FollowSent { journey });
    let delivery = memo(move || followed.journey.with(|known| Delivery::of(&known.steps)));
    let status = memo(move || match delivery.with(Delivery::overall) {
        // `Send` was already confirmed.
        DeliveryStatus::Sending => DeliveryStatus::Accepted,
        status => status,
    });
    let changes = StoredValue::new(0_u32);
    effect(move || {
        let shown = match status.get() {
            DeliveryStatus::Delivered => NOTICE_SHOWN,
            _ => STATUS_SHOWN,
        };
        changes.update_value(|n| *n += 1);
        let change = changes.get_value();
        let unless_changed = move || {
            if changes.try_get_value() == Some(change) {
                app.dismiss_later(number, Duration::ZERO);
            }
        };
        set_timeout(unless_changed, shown);
    });
    let recipients = move || {
        let of = |delivery: &Delivery| {
            let all: Vec<String> = delivery.concerned().iter().map(|a| readable(a)).collect();
            let others = delivery.delivered_besides_failures();
            if others == 0 {
                return t.names(&all);
            }
            format!("{} · {}", t.names(&all), t.delivered_to_others(others))
        };
        delivery.with(of)
    };
    view! {
        <span class=text(move || format!("postmark {}", class(status.get())))><Icon name=Signal::derive(move || icon(status.get()))/></span>
        <span class="sent-mark"><b>{static_text(move || t.delivery_status(status.get()))}</b><small>{text(recipients)}</small></span>
    }
}

/// The status per recipient, on a message in Sent.
#[component]
pub fn RecipientStatuses(
    /// The message.
    id: StoredMessageId,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let followed = app.follow(Request::Follow { id });
    let delivery = memo(move || followed.journey.with(|known| Delivery::of(&known.steps)));
    let shown = move || {
        matches!(followed.state.get(), FollowState::Live(_))
            && delivery.with(|d| !d.recipients.is_empty())
    };
    let row = move |(address, recipient): (String, RecipientStatus)| {
        let overall = delivery_status(&recipient);
        view! {
            <li>
                <span class=format!("postmark {}", class(overall))><Icon name=icon(overall)/></span>
                <span class="address">{readable(&address)}</span>
                <span class="recipient-status">{text(move || describe(t, &recipient))}</span>
            </li>
        }
    };
    view! {
        <Show when=shown>
            <ul class="recipient-statuses" aria-label=t.of(|w| w.delivery)>{part(move || delivery.get().recipients.into_iter().map(row).collect_view().into_any())}</ul>
        </Show>
    }
}

fn delivery_status(recipient: &RecipientStatus) -> DeliveryStatus {
    match recipient {
        RecipientStatus::Accepted => DeliveryStatus::Accepted,
        RecipientStatus::Waiting(..) => DeliveryStatus::Waiting,
        RecipientStatus::Relayed(_) | RecipientStatus::Delivered => DeliveryStatus::Delivered,
        RecipientStatus::Failed(_) => DeliveryStatus::Failed,
    }
}

fn describe(t: Locale, recipient: &RecipientStatus) -> String {
    match recipient {
        RecipientStatus::Accepted => t.status_accepted.to_owned(),
        RecipientStatus::Waiting(cause, next) => {
            t.recipient_waiting(&t.clock(*next), cause_text(t, cause))
        }
        RecipientStatus::Relayed(host) => t.recipient_relayed(host),
        RecipientStatus::Delivered => t.status_delivered.to_owned(),
        RecipientStatus::Failed(cause) => t.recipient_failed(cause_text(t, cause)),
    }
}

fn cause_text(t: Locale, cause: &Sentence) -> &str {
    match t.language() {
        Language::Chinese => &cause.zh,
        Language::English => &cause.en,
    }
}

fn class(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Sending => "is-sending",
        DeliveryStatus::Accepted => "is-accepted",
        DeliveryStatus::Waiting => "is-waiting",
        DeliveryStatus::Delivered => "is-delivered",
        DeliveryStatus::Failed => "is-failed",
    }
}

fn icon(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Sending => "send",
        DeliveryStatus::Accepted => "accepted",
        DeliveryStatus::Waiting => "clock",
        DeliveryStatus::Delivered => "check",
        DeliveryStatus::Failed => "returned",
    }
}
