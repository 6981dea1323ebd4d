//! The player embedded in another page: the webmail mounts it for a journey and feeds it events
//! through exported functions.

use crate::link::server;
use event::Event;
use frontend::i18n::{Language, Locale};
use frontend::stage::MessageTexts;
use frontend::stage::message_source::without_trace_fields;
use frontend::stage::view::StageView;
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::any::Any;
use web_sys::HtmlElement;

/// Initial options of the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The language.
    pub language: Language,
    /// Whether more events may come.
    pub live: bool,
}

/// A player in another page; dropping it removes it.
pub struct EmbeddedPlayer {
    events: RwSignal<Vec<Event>>,
    live: RwSignal<bool>,
    text: RwSignal<Option<String>>,
    locale: Locale,
    // The order matters: the view is dropped before the signals that it reads.
    _mounted: Box<dyn Any>,
    _owner: Owner,
}

/// The language of a tag; English if the tag is not supported.
pub fn language(tag: &str) -> Language {
    Language::of_browser([tag])
}

/// Mounts a player in an element.
pub fn embed(element: HtmlElement, options: Options) -> EmbeddedPlayer {
    let owner = Owner::new();
    let stored_owner = owner.clone();
    owner.with(|| {
        let events = RwSignal::new(Vec::new());
        let live = RwSignal::new(options.live);
        let text = RwSignal::new(None::<String>);
        // All events belong to the journey of one message.
        let messages: Signal<MessageTexts> = Signal::derive(move || {
            text.with(|text| {
                let Some(text) = text else {
                    return MessageTexts::new();
                };
                events.with(|all: &Vec<Event>| {
                    all.iter()
                        .filter_map(|event| event.journey)
                        .map(|journey| (journey, text.clone()))
                        .collect()
                })
            })
        });
        let locale = Locale(RwSignal::new(options.language));
        let mounted = mount_to(element, move || {
            provide_context(locale);
            view! { <StageView events live messages/> }.into_any()
        });
        EmbeddedPlayer {
            events,
            live,
            text,
            locale,
            _mounted: Box::new(mounted),
            _owner: stored_owner,
        }
    })
}

impl EmbeddedPlayer {
    /// Sets all events so far, as JSON. JSON of an incompatible version is ignored.
    pub fn feed(&self, events: &str) {
        if let Ok(mut events) = serde_json::from_str::<Vec<Event>>(events) {
            events.sort_by_key(Event::order);
            self.events.set(events);
        }
    }

    /// Sets the URL of the raw message, which is shown once it is loaded.
    pub fn message(&self, address: &str) {
        let (text, address) = (self.text, address.to_owned());
        spawn_local(async move {
            if let Some(source) = server::message(&address).await {
                text.try_set(Some(without_trace_fields(&source)));
            }
        });
    }

    /// Sets the language.
    pub fn set_language(&self, language: Language) {
        self.locale.0.set(language);
    }

    /// Sets whether more events may come.
    pub fn set_live(&self, live: bool) {
        self.live.set(live);
    }
}
