//! Icons from the SVG sprite in the page, and icon buttons.

use crate::bind::{boolean, click, text};
use crate::i18n::{Label, use_locale};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use mail::SpecialUse;
use wire::FolderKind;

/// A decorative icon.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=text(move || format!("<use href=\"#i-{}\"/>", name.get()))></svg> }
}

/// An icon button; its label is the accessible name and the tooltip.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<&'static str>,
    /// The label.
    #[prop(into)]
    label: Label,
    /// The keyboard shortcut, for the tooltip.
    #[prop(optional)]
    key: &'static str,
    /// Whether it is disabled.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// The action.
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
        <button type="button" class=format!("tool {class}") aria-label=move || label.get(t) title=title disabled=boolean(move || disabled.get()) on:click=click(move |e| press.run(e))>
            <Icon name=icon/>
        </button>
    }
}

/// The logo: an envelope behind glass.
#[component]
pub fn Brand() -> impl IntoView {
    view! { <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" inner_html="<use href=\"#brand\"/>"></svg> }
}

/// The icon of a kind of folder.
pub fn folder_icon(kind: FolderKind) -> &'static str {
    match kind {
        FolderKind::Inbox => "inbox",
        FolderKind::Special(SpecialUse::Drafts) => "drafts",
        FolderKind::Special(SpecialUse::Sent) => "send",
        FolderKind::Special(SpecialUse::Archive) => "archive",
        FolderKind::Special(SpecialUse::Junk) => "junk",
        FolderKind::Special(SpecialUse::Trash) => "trash",
        FolderKind::Own => "folder",
    }
}
