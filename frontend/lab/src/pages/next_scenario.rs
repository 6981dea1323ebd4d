//! The link to the next scenario of the learning path or of the catalogue.

use crate::app::Fetched;
use crate::i18n::texts;
use crate::state::catalogue::localized;
use crate::state::route::{Route, ScenarioRoute};
use crate::workspace::Workspace;
use leptos::prelude::*;

/// The link; `None` after the last scenario.
pub fn next(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let number = workspace.entry.with_value(|entry| entry.number);
    let track = workspace.route.with(|route| route.track.clone());
    let next = workspace.lab.catalogue.with(|all| match all {
        Fetched::Loaded(catalogue) => catalogue.next(number, track.as_deref()).cloned(),
        Fetched::Loading | Fetched::Failed(_) => None,
    })?;
    let href = Route::Scenario(ScenarioRoute {
        track,
        ..ScenarioRoute::to(next.number)
    })
    .href();
    let title = move || format!("{} {}", next.number, localized(&next.title, t.language()));
    Some(
        view! { <a class="next" href=href><small>{texts(t).next_scenario}</small><b>{title}</b></a> },
    )
}
