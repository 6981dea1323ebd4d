//! The console's views: three ways to type, one sheet.

mod client;
mod exchange;
mod own;
mod server;
mod terminal;

use super::i18n::{self, Texts};
use crate::work::Work;
use frontend::bind::{click, part, text};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Client,
    Server,
    Own,
}

/// Beside the player.
#[component]
pub fn Desk(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let tab = RwSignal::new(Tab::Client);
    let button = move |of: Tab, word: fn(&'static Texts) -> &'static str| {
        view! { <button type="button" class="tab" aria-pressed=text(move || (tab.get() == of).to_string()) on:click=click(move |_| tab.set(of))>{i18n::of(t, word)}</button> }
    };
    let room = move || match tab.get() {
        Tab::Client => view! { <client::Client work/> }.into_any(),
        Tab::Server => view! { <server::Server work/> }.into_any(),
        Tab::Own => view! { <own::Own work/> }.into_any(),
    };
    view! {
        <section class="note console">
            <div class="tabs" role="group">{button(Tab::Client, |w| w.type_to_host)}{button(Tab::Server, |w| w.play_server)}{button(Tab::Own, |w| w.own_server)}</div>
            {part(room)}
        </section>
    }
}
