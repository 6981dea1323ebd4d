//! Type-erased signals and closures for views. Every closure type in a view instantiates its own
//! copy of Leptos' reactive machinery; erasing them to a few types makes the wasm considerably
//! smaller.
//!
//! In `view!`, wrap whatever changes: a text that is computed in [`text`], one of the catalogue in
//! [`static_text`] (or `t.of(|w| w.name)` if nothing else decides which), a condition in
//! [`boolean`], an attribute that may be absent in [`optional`], a piece with elements in [`part`],
//! a list in [`list`], a handler in [`click`]. What never changes needs none of them. A signal of
//! the right type is passed as it is.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use wasm_bindgen::JsCast;
use web_sys::Event;

/// A boolean that changes: for `hidden=`, `disabled=`, `prop:checked=` and `class:name=`.
pub fn boolean(is: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(is)
}

/// A computed text that changes, such as one with a number or a name: as content or as the value of
/// an attribute that is always present. For a text of the catalogue use [`static_text`], which
/// allocates nothing.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(text)
}

/// A text of the catalogue that depends on a state: `if sending { w.sending } else { w.send }`. For
/// one text in the current language alone, `t.of(|w| w.send)` is shorter.
pub fn static_text(
    text: impl Fn() -> &'static str + Send + Sync + 'static,
) -> Signal<&'static str> {
    Signal::derive(text)
}

/// The value of an attribute that is absent at times: `aria-current=optional(move || …)`. `None`
/// removes the attribute. For one that is only on or off, use [`boolean`].
pub fn optional(
    text: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(text)
}

/// A piece of the view with elements that is built again whenever a signal it reads changes. It
/// loses focus, scrolling and typed text; where only texts or attributes change, use [`text`] and
/// [`boolean`] within elements that stay, and [`list`] for rows.
pub fn part(view: impl FnMut() -> AnyView + Send + 'static) -> Box<dyn FnMut() -> AnyView + Send> {
    Box::new(view)
}

/// A handler of `on:click`.
pub fn click(act: impl FnMut(MouseEvent) + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(act)
}

/// A computed value that notifies only if it differs from the previous one.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let compute: Box<dyn Fn() -> T + Send + Sync> = Box::new(compute);
    Memo::new(move |_| compute())
}

/// Runs now and whenever a signal it reads changes: for effects outside of the view, such as the
/// title or the storage.
pub fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

/// Listens to a window event while the view exists.
pub fn listen<E: JsCast>(name: &'static str, act: impl Fn(E) + 'static) {
    let act: Box<dyn Fn(Event)> = Box::new(move |event: Event| act(event.unchecked_into()));
    let heard = window_event_listener_untyped(name, act);
    on_cleanup(move || heard.remove());
}

/// Whether the page is being printed, while the view exists.
pub fn printing() -> Signal<bool> {
    let printing = RwSignal::new(false);
    listen("beforeprint", move |_: Event| printing.set(true));
    listen("afterprint", move |_: Event| printing.set(false));
    printing.into()
}

/// An item of a dynamic list: its key and its view.
pub struct Item {
    key: u64,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Creates an item. An item with the same key is not rendered again.
pub fn item<V: IntoAny>(key: impl Hash, draw: impl FnOnce() -> V + Send + 'static) -> Item {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    Item {
        key: hasher.finish(),
        draw: Box::new(move || draw().into_any()),
    }
}

/// A dynamic list.
pub fn list(items: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    let items: Box<dyn Fn() -> Vec<Item> + Send + Sync> = Box::new(items);
    view! { <For each=items key=|item| item.key children=|item: Item| (item.draw)()/> }.into_any()
}
