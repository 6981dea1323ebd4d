//! The HTML body of a message in its frame.

use crate::app::use_app;
use crate::i18n::use_locale;
use crate::web::message_frame::{self, Fitting, Links, SANDBOX};
use crate::web::page;
use leptos::prelude::*;
use mail::StoredMessageId;
use web_sys::Event;
use wire::path;

/// Sanitized HTML in a frame without scripts, fitted to its content.
#[component]
pub fn HtmlBody(
    /// The message.
    id: StoredMessageId,
    /// Whether remote images are loaded.
    remote: RwSignal<bool>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let src = move || {
        let theme = if page::is_dark(app.prefs.with(|prefs| prefs.theme)) {
            "dark"
        } else {
            "light"
        };
        let remote = if remote.get() { "&remote=1" } else { "" };
        format!("{}/{id}/html?theme={theme}{remote}", path::MESSAGE)
    };
    let watched = StoredValue::new_local(None::<(Fitting, Links)>);
    let loaded = move |event: Event| {
        let write = move |link: &str| app.compose_link(link);
        let watch = |frame| (Fitting::new(&frame), Links::new(&frame, write));
        watched.set_value(message_frame::of_event(&event).map(watch));
    };
    view! {
        <iframe class="html" src=src title=t.of(|w| w.message) sandbox=SANDBOX referrerpolicy="no-referrer" on:load=loaded></iframe>
    }
}
