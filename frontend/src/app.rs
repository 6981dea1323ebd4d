//! The signals that bind plain state to the page, and the root of the view.

use crate::words::{Language, Tongue};
use leptos::prelude::*;

/// Mounts the webmail.
pub fn start() {
    mount_to_body(Root);
}

/// The whole page.
#[component]
pub fn Root() -> impl IntoView {
    let tongue = Tongue(RwSignal::new(Language::English));
    provide_context(tongue);
    view! { <h1>{move || tongue.product}</h1> }
}
