//! What views bind: a closure of each view would be a type of its own, and each such type costs its
//! own copy of the machinery that follows signals. Here they become a few types, which makes the
//! wasm a good deal smaller.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use wasm_bindgen::JsCast;
use web_sys::Event;

/// Yes or no, followed.
pub fn yes(is: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(is)
}

/// A text, followed.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(text)
}

/// A word of the table, chosen by the state, followed.
pub fn word(word: impl Fn() -> &'static str + Send + Sync + 'static) -> Signal<&'static str> {
    Signal::derive(word)
}

/// A word that an attribute has or that is not there, followed.
pub fn maybe(
    word: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    Signal::derive(word)
}

/// A part of the view, followed.
pub fn part(view: impl FnMut() -> AnyView + Send + 'static) -> Box<dyn FnMut() -> AnyView + Send> {
    Box::new(view)
}

/// What a click does.
pub fn click(act: impl FnMut(MouseEvent) + 'static) -> Box<dyn FnMut(MouseEvent)> {
    Box::new(act)
}

/// Something computed once for all who read it, and told further only when it changed.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let compute: Box<dyn Fn() -> T + Send + Sync> = Box::new(compute);
    Memo::new(move |_| compute())
}

/// What is done whenever something that it read changed.
pub fn effect(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(act);
}

/// Hears an event of the window while the view lives.
pub fn listen<E: JsCast>(name: &'static str, act: impl Fn(E) + 'static) {
    let act: Box<dyn Fn(Event)> = Box::new(move |event: Event| act(event.unchecked_into()));
    let heard = window_event_listener_untyped(name, act);
    on_cleanup(move || heard.remove());
}

/// One of a list that changes: what it is known by, and how it is drawn when it comes.
pub struct Item {
    key: u64,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

/// One of a list. What has the same key is the same and is not drawn again.
pub fn item<V: IntoAny>(key: impl Hash, draw: impl FnOnce() -> V + Send + 'static) -> Item {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    Item {
        key: hasher.finish(),
        draw: Box::new(move || draw().into_any()),
    }
}

/// A list that changes, followed.
pub fn list(items: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> AnyView {
    let items: Box<dyn Fn() -> Vec<Item> + Send + Sync> = Box::new(items);
    view! { <For each=items key=|item| item.key children=|item: Item| (item.draw)()/> }.into_any()
}
