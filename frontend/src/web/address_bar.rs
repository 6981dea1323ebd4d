//! The address bar: the current place, navigation without reloading, Back and Forward.

use crate::bind::listen;
use crate::state::place::Place;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent, Window};

fn window() -> Option<Window> {
    web_sys::window()
}

/// The place shown in the address bar.
pub fn here() -> Place {
    let Some(location) = window().map(|w| w.location()) else {
        return Place::NotFound;
    };
    Place::parse(
        &location.pathname().unwrap_or_default(),
        &location.search().unwrap_or_default(),
    )
}

/// Updates the place after clicks on internal links, Back and Forward.
pub fn follow(place: RwSignal<Place>) {
    listen("popstate", move |_: Event| place.set(here()));
    listen("click", move |event: MouseEvent| {
        let plain = event.button() == 0
            && !event.meta_key()
            && !event.ctrl_key()
            && !event.shift_key()
            && !event.alt_key();
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let anchor = target
            .and_then(|t| t.closest("a[href]").ok().flatten())
            .and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok());
        if let Some(href) = anchor
            .filter(|_| plain && !event.default_prevented())
            .and_then(|a| within(&a))
        {
            event.prevent_default();
            go(place, &href, false);
        }
    });
}

/// The target of a link within the webmail.
fn within(anchor: &HtmlAnchorElement) -> Option<String> {
    let href = anchor.get_attribute("href")?;
    let ours = href.starts_with('/')
        && !href.starts_with("//")
        && !["/api/", "/lab/"]
            .iter()
            .any(|other| href.starts_with(other));
    (ours && anchor.target().is_empty() && !anchor.has_attribute("download")).then_some(href)
}

/// Navigates. `replace` adds no history entry.
pub fn go(place: RwSignal<Place>, href: &str, replace: bool) {
    let Some(history) = window().and_then(|w| w.history().ok()) else {
        return;
    };
    let _ = if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(href))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(href))
    };
    let now = here();
    if place.get_untracked() != now {
        place.set(now);
    }
}
