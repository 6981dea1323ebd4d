//! Icons from the sprite in the page, and buttons that bear one.

use crate::bind::{click, text, yes};
use crate::i18n::{Label, use_locale};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// An icon of the sprite: drawn, not spoken.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=text(move || format!("<use href=\"#i-{}\"/>", name.get()))></svg> }
}

/// A button with an icon only; its name is spoken and shown when pointed at.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<&'static str>,
    /// What it does.
    #[prop(into)]
    label: Label,
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
    #[prop(into)]
    press: Callback<MouseEvent>,
) -> impl IntoView {
    let t = use_locale();
    let title = move || {
        if key.is_empty() {
            label.get(t)
        } else {
            format!("{} ({key})", label.get(t))
        }
    };
    view! {
        <button type="button" class=format!("tool {class}") aria-label=move || label.get(t) title=title disabled=yes(move || disabled.get()) on:click=click(move |e| press.run(e))>
            <Icon name=icon/>
        </button>
    }
}

/// The mark of the house: a message behind glass.
#[component]
pub fn Brand() -> impl IntoView {
    view! { <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" inner_html="<use href=\"#brand\"/>"></svg> }
}
