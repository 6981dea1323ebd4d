//! The pages, and the selection of the current one. Views only: they bind the state of
//! [`crate::app`].

pub mod attachments;
pub mod compose;
pub mod compose_collision;
pub mod compose_files;
pub mod compose_foot;
pub mod compose_lines;
pub mod compose_original;
pub mod compose_text;
pub mod journey;
pub mod lazy;
pub mod listing;
mod listing_notes;
pub mod message;
pub mod message_html;
mod message_notes;
pub mod message_pane;
mod message_print;
pub mod row;
pub mod rows;
pub mod search;
pub mod settings;
pub mod shell;
pub mod side;
pub mod sign_in;
pub mod toolbar;

use crate::app::{App, Session};
use crate::bind::{click, memo};
use crate::parts::dialogs::Dialogs;
use crate::parts::icon::Brand;
use crate::parts::notices::Notices;
use leptos::prelude::*;

/// The page for the sign-in state.
pub fn page(app: App) -> impl IntoView {
    let t = app.t;
    // Recreated only when the sign-in state changes.
    let who = memo(move || app.session.get());
    view! {
        {move || match who.get() {
            Session::Unknown => view! { <main class="waiting" aria-busy="true"><Brand/><p>{t.of(|w| w.loading)}</p></main> }.into_any(),
            Session::Unreachable => view! {
                <main class="waiting">
                    <Brand/>
                    <h1>{t.of(|w| w.unreachable)}</h1>
                    <p>{t.of(|w| w.unreachable_hint)}</p>
                    <button type="button" class="primary" on:click=click(move |_| app.ask_session())>{t.of(|w| w.retry)}</button>
                </main>
            }.into_any(),
            Session::Out { ended_elsewhere } => view! { <sign_in::SignIn ended_elsewhere/> }.into_any(),
            Session::In(_) => view! { <shell::Shell/> }.into_any(),
        }}
        <Dialogs/>
        <Notices/>
    }
}
