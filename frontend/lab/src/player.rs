//! The player embedded in another page: the webmail mounts it for a journey and feeds it events
//! through the functions that the program exports.

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

/// How the player begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// In this language.
    pub language: Language,
    /// More may come.
    pub live: bool,
}

/// A player in another page; gone when it is dropped.
pub struct EmbeddedPlayer {
    events: RwSignal<Vec<Event>>,
    live: RwSignal<bool>,
    text: RwSignal<Option<String>>,
    locale: Locale,
    // Dropped in this order: the view goes before what it reads.
    _mounted: Box<dyn Any>,
    _owner: Owner,
}

/// The language of a tag; English where it is none of ours.
pub fn language(tag: &str) -> Language {
    Language::of_browser([tag])
}

/// Puts a player into an element.
pub fn embed(element: HtmlElement, options: Options) -> EmbeddedPlayer {
    let owner = Owner::new();
    let kept_cards = owner.clone();
    owner.with(|| {
        let events = RwSignal::new(Vec::new());
        let live = RwSignal::new(options.live);
        let text = RwSignal::new(None::<String>);
        // All that is fed is the journey of one message.
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
            _owner: kept_cards,
        }
    })
}

impl EmbeddedPlayer {
    /// All events so far, as JSON. What is not understood comes from another version and changes
    /// nothing.
    pub fn feed(&self, events: &str) {
        if let Ok(events) = serde_json::from_str::<Vec<Event>>(events) {
            self.events.set(events);
        }
    }

    /// Where the message itself is to be had; it is shown once it is there.
    pub fn message(&self, address: &str) {
        let (text, address) = (self.text, address.to_owned());
        spawn_local(async move {
            if let Some(source) = server::message(&address).await {
                text.try_set(Some(without_trace_fields(&source)));
            }
        });
    }

    /// Another language.
    pub fn set_language(&self, language: Language) {
        self.locale.0.set(language);
    }

    /// Whether more may come.
    pub fn set_live(&self, live: bool) {
        self.live.set(live);
    }
}
