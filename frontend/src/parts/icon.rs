//! Icons from the sprite in the page, and buttons that bear one.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// An icon of the sprite: drawn, not spoken.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=move || format!("<use href=\"#i-{}\"/>", name.get())></svg> }
}

/// A button with an icon only; its name is spoken and shown when pointed at.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<&'static str>,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// The key that does the same.
    #[prop(optional)]
    key: &'static str,
    /// Cannot be pressed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// Does it.
    press: impl FnMut(MouseEvent) + Send + 'static,
) -> impl IntoView {
    let title = move || if key.is_empty() { label.get() } else { format!("{} ({key})", label.get()) };
    view! {
        <button type="button" class=format!("tool {class}") aria-label=move || label.get() title=title disabled=move || disabled.get() on:click=press>
            <Icon name=icon/>
        </button>
    }
}

/// The mark of the house: a letter behind glass.
#[component]
pub fn Brand() -> impl IntoView {
    view! { <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" inner_html="<use href=\"#brand\"/>"></svg> }
}
