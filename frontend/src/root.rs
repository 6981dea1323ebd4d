//! The root component: creates the [`App`], provides it as context and shows the page.

use crate::app::{App, LoadPages};
use crate::pages;
use leptos::prelude::*;

/// Mounts the webmail; `load` loads the pages of its second file.
pub fn start(load: LoadPages) {
    mount_to_body(move || view! { <Root load/> });
}

/// The root of the view.
#[component]
pub fn Root(
    /// Loads the pages of the second file.
    load: LoadPages,
) -> impl IntoView {
    let app = App::start(load);
    provide_context(app);
    provide_context(app.t);
    pages::page(app)
}
