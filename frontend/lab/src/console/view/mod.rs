//! The tabs of the console: act as client, act as server, own server.

mod client;
mod exchange;
mod own_server;
mod server;
mod terminal;

use super::i18n::{self, Texts};
use crate::workspace::Workspace;
use frontend::bind::{click, part, text};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Client,
    Server,
    Own,
}

/// The console, shown beside the player.
#[component]
pub fn ConsolePanel(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let tab = RwSignal::new(Tab::Client);
    let button = move |of: Tab, word: fn(&'static Texts) -> &'static str| {
        view! { <button type="button" class="tab" aria-pressed=text(move || (tab.get() == of).to_string()) on:click=click(move |_| tab.set(of))>{i18n::of(t, word)}</button> }
    };
    let panel = move || match tab.get() {
        Tab::Client => view! { <client::Client workspace/> }.into_any(),
        Tab::Server => view! { <server::Server workspace/> }.into_any(),
        Tab::Own => view! { <own_server::OwnServer workspace/> }.into_any(),
    };
    view! {
        <section class="note console">
            <div class="tabs" role="group">{button(Tab::Client, |w| w.type_to_host)}{button(Tab::Server, |w| w.play_server)}{button(Tab::Own, |w| w.own_server)}</div>
            {part(panel)}
        </section>
    }
}
