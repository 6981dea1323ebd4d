//! The page around the view: title, favicon, theme, focus, clock, random numbers, desktop
//! notifications.

use crate::state::prefs::Theme;
use js_sys::Math;
use leptos::prelude::request_animation_frame;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{
    Document, Element, Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement, InputEvent,
    KeyboardEvent, Notification, NotificationOptions, NotificationPermission,
};

/// The document.
pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Milliseconds since the page was loaded.
pub fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|w| w.performance())
        .map_or(0.0, |p| p.now())
}

/// Current time in Unix milliseconds.
pub fn epoch_ms() -> f64 {
    js_sys::Date::now()
}

/// Whether a key belongs to an input method: during composition, and (`keyCode` 229) for the key
/// that ends it, which Safari reports afterwards (UI Events §4.3.2).
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// Whether a key ends the composition of an input method in a single-line field: Enter and Escape
/// must then neither submit a form nor close a dialog.
pub fn ends_composing_in_field(event: &KeyboardEvent) -> bool {
    let in_field = event
        .target()
        .is_some_and(|target| target.dyn_ref::<HtmlInputElement>().is_some());
    in_field && is_composing(event) && matches!(event.key().as_str(), "Enter" | "Escape")
}

/// Whether an input event belongs to unfinished text of an input method.
pub fn is_composed_input(event: &Event) -> bool {
    event
        .dyn_ref::<InputEvent>()
        .is_some_and(InputEvent::is_composing)
}

/// A random number in 0..1 for jitter and names; not cryptographic.
pub fn rng() -> f64 {
    Math::random()
}

/// A unique name: 24 hexadecimal digits.
pub fn random_name() -> String {
    (0..4)
        .map(|_| format!("{:06x}", (rng() * f64::from(1 << 24)) as u32))
        .collect()
}

/// The browser's languages, most preferred first.
pub fn languages() -> Vec<String> {
    let Some(window) = web_sys::window() else {
        return Vec::new();
    };
    window
        .navigator()
        .languages()
        .iter()
        .filter_map(|tag| tag.as_string())
        .collect()
}

/// Sets the title of the tab.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Sets an attribute of the root element: `lang`, `data-theme`, `data-density`.
pub fn set_root(name: &str, value: Option<&str>) {
    let Some(root) = document().and_then(|d| d.document_element()) else {
        return;
    };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// Sets the theme.
pub fn set_theme(theme: Theme) {
    let word = match theme {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    };
    set_root("data-theme", word);
}

/// Whether the page is currently dark.
pub fn is_dark(theme: Theme) -> bool {
    let system = || {
        let query = web_sys::window()
            .and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten());
        query.is_some_and(|q| q.matches())
    };
    theme == Theme::Dark || (theme == Theme::System && system())
}

/// Sets the favicon: the logo, with a badge if there are unread messages.
pub fn set_favicon(unread: u32) {
    let badge = match unread {
        0 => String::new(),
        n => {
            let text = if n > 99 {
                "99".to_owned()
            } else {
                n.to_string()
            };
            format!(
                "<circle cx='22.5' cy='9.5' r='9.5' fill='%23a4262c'/><text x='22.5' y='13.6' font-size='12' font-family='sans-serif' \
                 font-weight='700' text-anchor='middle' fill='white'>{text}</text>"
            )
        }
    };
    let icon = format!(
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect x='2' y='6' width='28' height='21' rx='4' \
         fill='%231f4e86'/><path d='M4 9.5 16 18l12-8.5' fill='none' stroke='white' stroke-width='2'/>{badge}</svg>"
    );
    if let Some(link) = document().and_then(|d| d.query_selector("link[rel=icon]").ok().flatten()) {
        let _ = link.set_attribute("href", &icon);
    }
}

thread_local! {
    /// Counts focus requests; the latest one wins.
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

/// Runs `set_focus` after the next rendering, unless a later request replaced it.
pub fn focus_soon(set_focus: impl FnOnce() + 'static) {
    let mine = ASKED.get() + 1;
    ASKED.set(mine);
    request_animation_frame(move || {
        if ASKED.get() == mine {
            set_focus();
        }
    });
}

/// Runs `set_focus` after the next rendering if nothing has the focus and no other request was
/// made.
pub fn focus_if_lost(set_focus: impl FnOnce() + 'static) {
    let before = ASKED.get();
    request_animation_frame(move || {
        if ASKED.get() == before && unfocused() {
            set_focus();
        }
    });
}

/// Whether an element matches a selector.
pub fn exists(selector: &str) -> bool {
    document().is_some_and(|d| d.query_selector(selector).ok().flatten().is_some())
}

/// Focuses the first matching element without scrolling.
pub fn focus(selector: &str) -> bool {
    let found = document()
        .and_then(|d| d.query_selector(selector).ok().flatten())
        .and_then(|e| e.dyn_into::<HtmlElement>().ok());
    // A hidden element silently ignores focus.
    let taken = found.is_some_and(|element| {
        element.focus().is_ok()
            && document().and_then(|d| d.active_element()).as_ref() == Some(element.as_ref())
    });
    if taken {
        ASKED.set(ASKED.get() + 1);
    }
    taken
}

/// Moves the caret of a text area to an index; for 0, also scrolls to the top.
pub fn set_caret(selector: &str, index: u32) {
    let area = document()
        .and_then(|d| d.query_selector(selector).ok().flatten())
        .and_then(|e| e.dyn_into::<HtmlTextAreaElement>().ok());
    if let Some(area) = area {
        let _ = area.set_selection_range(index, index);
        if index == 0 {
            area.set_scroll_top(0);
        }
    }
}

/// The focused element.
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// Whether nothing has the focus.
pub fn unfocused() -> bool {
    focused().is_none_or(|element| element.tag_name() == "BODY")
}

/// Whether keys are text input: a field has the focus, or a dialog is open.
pub fn typing() -> bool {
    let Some(element) = focused() else {
        return false;
    };
    let name = element.tag_name().to_ascii_lowercase();
    let box_type = element
        .dyn_ref::<HtmlInputElement>()
        .map(HtmlInputElement::type_);
    matches!(name.as_str(), "textarea" | "select")
        || box_type.is_some_and(|t| !matches!(t.as_str(), "checkbox" | "radio" | "button"))
}

/// Whether the tab is hidden.
pub fn hidden() -> bool {
    document().is_some_and(|d| d.hidden())
}

/// Whether desktop notifications are allowed; `None` if undecided.
pub fn may_notify() -> Option<bool> {
    match Notification::permission() {
        NotificationPermission::Granted => Some(true),
        NotificationPermission::Denied => Some(false),
        _ => None,
    }
}

/// Requests the permission for desktop notifications.
pub async fn ask_to_notify() -> bool {
    if let Ok(promise) = Notification::request_permission() {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
    may_notify() == Some(true)
}

/// Shows a desktop notification, replacing the previous one.
pub fn notify(title: &str, body: &str) {
    let options = NotificationOptions::new();
    options.set_body(body);
    options.set_tag("glasspost");
    let _ = Notification::new_with_options(title, &options);
}

/// Asks the browser to open `mailto:` links with a path of this site. Returns false if it cannot;
/// the user's decision is not known.
pub fn handle_mailto(path: &str) -> bool {
    let asked = web_sys::window().and_then(|window| {
        let url = format!("{}{path}?mailto=%s", window.location().origin().ok()?);
        // Undefined outside of a secure context.
        let known = js_sys::Reflect::has(&window.navigator(), &"registerProtocolHandler".into());
        known.ok().filter(|known| *known)?;
        let navigator = window.navigator();
        navigator
            .register_protocol_handler("mailto", &url, "Glasspost")
            .ok()
    });
    asked.is_some()
}

/// Reloads the page.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}
