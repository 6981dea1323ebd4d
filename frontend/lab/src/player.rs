//! The player lent to another page: the webmail mounts it for a letter's journey and hands it events. The page knows it by the few
//! functions that the program exports; nothing else is shared with it.

use event::Event;
use frontend::stage::view::Theatre;
use frontend::words::{Language, Tongue};
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::any::Any;
use web_sys::HtmlElement;

/// How the player begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// In this language.
    pub language: Language,
    /// More may come.
    pub live: bool,
}

/// A player in another page; gone when it is dropped.
pub struct Lent {
    events: RwSignal<Vec<Event>>,
    live: RwSignal<bool>,
    tongue: Tongue,
    // Dropped in this order: the view goes before what it reads.
    _mounted: Box<dyn Any>,
    _owner: Owner,
}

/// The language of a tag; English where it is none of ours.
pub fn language(tag: &str) -> Language {
    Language::of_browser([tag])
}

/// Puts a player into an element.
pub fn lend(element: HtmlElement, options: Options) -> Lent {
    let owner = Owner::new();
    let kept = owner.clone();
    owner.with(|| {
        let events = RwSignal::new(Vec::new());
        let live = RwSignal::new(options.live);
        let tongue = Tongue(RwSignal::new(options.language));
        let mounted = mount_to(element, move || {
            provide_context(tongue);
            view! { <Theatre events live/> }.into_any()
        });
        Lent { events, live, tongue, _mounted: Box::new(mounted), _owner: kept }
    })
}

impl Lent {
    /// All events so far, as JSON. What is not understood comes from another version and changes nothing.
    pub fn feed(&self, events: &str) {
        if let Ok(events) = serde_json::from_str::<Vec<Event>>(events) {
            self.events.set(events);
        }
    }

    /// Another language.
    pub fn speak(&self, language: Language) {
        self.tongue.0.set(language);
    }

    /// Whether more may come.
    pub fn set_live(&self, live: bool) {
        self.live.set(live);
    }
}
