//! The pages of the Lab. Views only: they bind the state of [`crate::app`] and
//! [`crate::workspace`].

mod cards;
mod catalogue;
mod handout;
mod many_runs;
mod next_scenario;
mod outcome;
mod predict;
mod present;
mod repair;
mod scenario;
mod top_bar;
mod tweak;
mod vote;
mod watching;

pub use top_bar::TopBar;

use crate::app::Lab;
use crate::i18n;
use crate::state::route::Route;
use frontend::bind::{memo, part};
use leptos::prelude::*;

/// Whether the document is the Lab's own page, and not one that embeds the player.
pub fn is_ours() -> bool {
    let body = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.body());
    body.is_some_and(|body| body.get_attribute("data-page").as_deref() == Some("lab"))
}

/// Mounts the Lab.
pub fn start() {
    mount_to_body(Root);
}

/// The page shown. A mode is not a page: switching modes keeps the scenario open.
#[derive(Clone, PartialEq, Eq)]
enum Page {
    Catalogue,
    Scenario(u32),
    NotFound,
}

/// The root component.
#[component]
fn Root() -> impl IntoView {
    let lab = Lab::new();
    provide_context(lab);
    provide_context(lab.t);
    lab.begin();
    let current = memo(move || match lab.place.get() {
        Route::Catalogue { .. } => Page::Catalogue,
        Route::Scenario(route) => Page::Scenario(route.number),
        Route::NotFound => Page::NotFound,
    });
    let page = move || match current.get() {
        Page::Catalogue => view! { <catalogue::CataloguePage/> }.into_any(),
        Page::Scenario(number) => view! { <scenario::ScenarioPage number/> }.into_any(),
        Page::NotFound => not_found(lab).into_any(),
    };
    view! {
        <p class="unseen" role="status">{move || lab.spoken.get()}</p>
        {part(page)}
    }
}

fn not_found(lab: Lab) -> impl IntoView {
    lab.title("");
    let t = lab.t;
    view! {
        <TopBar/>
        <main class="lost"><h1>{i18n::of(t, |w| w.lost)}</h1><a href="/lab/">{i18n::of(t, |w| w.to_lab)}</a></main>
    }
}
