//! The message pane: the open message, or why there is none. The message itself is drawn by
//! [`crate::pages::message`], which is loaded later.

use crate::app::{MessageState, use_app};
use crate::bind::{click, memo, part, text};
use crate::i18n::{Locale, use_locale};
use crate::parts::icon::Icon;
use leptos::prelude::*;

/// The message pane.
#[component]
pub fn MessagePane() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    // Flag changes must not render the message again.
    let which = memo(move || {
        app.reading.with(|r| {
            (
                r.id(),
                matches!(r, MessageState::Open(_)),
                matches!(r, MessageState::Failed(..)),
            )
        })
    });
    view! {
        <section class="reading" aria-label=t.of(|w| w.message)>
            {part(move || {
                let _ = which.get();
                match app.reading.get_untracked() {
                    MessageState::Empty => view! { <div class="nothing"><Icon name="mail-open"/><p>{t.of(|w| w.no_message_open)}</p></div> }.into_any(),
                    MessageState::Loading(_) => loading(t),
                    MessageState::Failed(_, failure) => view! {
                        <div class="nothing">
                            <Icon name="warning"/>
                            <p>{text(move || app.failure_text(&failure))}</p>
                            <button type="button" class="quiet" on:click=click(move |_| app.retry_message())>{t.of(|w| w.retry)}</button>
                            <button type="button" class="link back" on:click=click(move |_| app.close_message())>{t.of(|w| w.back)}</button>
                        </div>
                    }.into_any(),
                    MessageState::Open(message) => match app.pages.get() {
                        Some(pages) => (pages.message)(message),
                        None => loading(t),
                    },
                }
            })}
        </section>
    }
}

fn loading(t: Locale) -> AnyView {
    view! { <div class="skeleton message" role="status" aria-busy="true" aria-label=t.of(|w| w.loading)><i></i><i></i><i></i></div> }
        .into_any()
}
