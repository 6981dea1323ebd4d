//! The pages: which one is shown, and each of them. Views only: they bind the state of
//! [`crate::app`] and [`crate::work`].

mod cards;
mod catalogue;
mod frame;
mod many;
mod mend;
mod outcome;
mod predict;
mod present;
mod scenario;
mod tweak;
mod vote;
mod watching;

pub use frame::{Bar, trouble_words};
pub use watching::lead as lead_of;

use crate::app::Lab;
use crate::i18n;
use crate::state::place::Place;
use frontend::bind::{memo, part};
use leptos::prelude::*;

/// Whether the document is the Lab's own, and not a page that only borrows the player.
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

/// What fills the page. A mode is no page: the scenario stays where it is.
#[derive(Clone, PartialEq, Eq)]
enum Filling {
    Catalogue,
    Scenario(u32),
    Lost,
}

/// The whole page.
#[component]
fn Root() -> impl IntoView {
    let lab = Lab::new();
    provide_context(lab);
    provide_context(lab.t);
    lab.begin();
    let filling = memo(move || match lab.place.get() {
        Place::Catalogue { .. } => Filling::Catalogue,
        Place::Scenario(visit) => Filling::Scenario(visit.number),
        Place::Lost => Filling::Lost,
    });
    let page = move || match filling.get() {
        Filling::Catalogue => view! { <catalogue::CataloguePage/> }.into_any(),
        Filling::Scenario(number) => view! { <scenario::ScenarioPage number/> }.into_any(),
        Filling::Lost => lost(lab).into_any(),
    };
    view! {
        <p class="unseen" role="status">{move || lab.spoken.get()}</p>
        {part(page)}
    }
}

fn lost(lab: Lab) -> impl IntoView {
    lab.title("");
    let t = lab.t;
    view! {
        <Bar/>
        <main class="lost"><h1>{i18n::of(t, |w| w.lost)}</h1><a href="/lab/">{i18n::of(t, |w| w.to_lab)}</a></main>
    }
}
