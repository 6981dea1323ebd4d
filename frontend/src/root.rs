//! The root component: creates the [`App`], provides it as context and shows the page.

use crate::app::App;
use crate::pages;
use leptos::prelude::*;

/// Mounts the webmail.
pub fn start() {
    mount_to_body(Root);
}

/// The root of the view.
#[component]
pub fn Root() -> impl IntoView {
    let app = App::start();
    provide_context(app);
    provide_context(app.t);
    pages::page(app)
}
