//! The foot of a compose window: send, attach and discard; and why the message cannot be sent or
//! saved.

use crate::app::{Answered, ComposeWindow, use_app};
use crate::bind::{boolean, memo, part, static_text};
use crate::i18n::{label, use_locale};
use crate::parts::icon::{Icon, IconButton};
use crate::state::draft::{Phase, SendBlocker};
use crate::state::failure::Failure;
use leptos::prelude::*;

/// The foot.
#[component]
pub fn Foot(
    /// The compose window.
    window: ComposeWindow,
    /// Whether sending was attempted.
    tried: RwSignal<bool>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let sending = memo(move || window.with(|c| c.phase == Phase::Sending));
    let blocked = memo(move || {
        let max = window.bytes_max();
        window.with(|c| {
            let rejected = match &c.phase {
                Phase::Rejected(failure) => Some(failure.clone()),
                _ => None,
            };
            // A lost connection is shown on the page, and the save is repeated.
            let unsaved = c
                .save_failure
                .clone()
                .filter(|failure| *failure != Failure::ConnectionLost);
            (rejected, c.send_blocker(max), unsaved)
        })
    });
    let wrong = move || match blocked.get() {
        (Some(Failure::ConnectionLost), ..) => Some(t.send_lost.to_owned()),
        (Some(failure), ..) => Some(app.failure_text(&failure)),
        (None, Some(SendBlocker::Uploading), _) if tried.get() => {
            Some(t.still_uploading.to_owned())
        }
        (None, Some(blocker), _) if tried.get() => Some(t.send_blocker(&blocker)),
        (.., Some(unsaved)) => Some(format!(
            "{} {}",
            t.not_saved_yet,
            app.failure_text(&unsaved)
        )),
        _ => None,
    };
    let collided = memo(move || window.with(|c| c.collision.is_some()));
    let send = move |_| {
        tried.set(true);
        window.send(Answered::Nothing);
    };
    view! {
        <p class="wrong" role="alert" hidden=boolean(move || wrong().is_none())>{part(move || wrong().map(|text| view! { <Icon name="warning"/><span>{text}</span> }).into_any())}</p>
        <div class="compose-foot">
            <button type="button" class="primary" disabled=boolean(move || sending.get() || collided.get()) title="Ctrl+Enter" on:click=send><Icon name="send"/>{static_text(move || if sending.get() { t.sending } else { t.send })}</button>
            <label class="tool attach-button" title=t.of(|w| w.attach)>
                <Icon name="attach"/><span class="unseen">{t.of(|w| w.attach)}</span>
                <input type="file" multiple class="unseen" on:change=move |e| {
                    let input = event_target::<web_sys::HtmlInputElement>(&e);
                    if let Some(files) = input.files() { window.attach_all(&files); }
                    input.set_value("");
                }/>
            </label>
            <span class="gap"></span>
            <IconButton icon="trash" label=label(|w| w.discard) disabled=sending press=move |_| window.discard()/>
        </div>
    }
}
