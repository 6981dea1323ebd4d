//! The interface texts, Chinese and English side by side: `catalogue` contains the fixed ones,
//! [`format`] those with arguments. A missing translation does not compile. Dates and numbers are
//! formatted by the browser's `Intl` ([`dates`]). No other module of the webmail contains texts.

#[macro_use]
mod macros;

mod authentication;
mod catalogue;
pub mod dates;
mod format;
mod lists;
mod rejected;

pub use crate::language::Language;
pub use catalogue::Texts;

use leptos::prelude::*;
use std::ops::Deref;

/// The current language. Reading a text through it (`t.sign_in`) subscribes to language changes.
#[derive(Clone, Copy)]
pub struct Locale(pub RwSignal<Language>);

impl Locale {
    /// The language; tracked.
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// The texts of the language; tracked.
    pub fn texts(self) -> &'static Texts {
        Texts::of(self.0.get())
    }

    /// A text, tracked: `t.of(|w| w.sign_in)`. One closure type for all texts keeps the wasm small.
    pub fn of(self, key: TextKey) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || key(self.texts())
    }
}

/// Selects a text of the catalogue.
pub type TextKey = fn(&'static Texts) -> &'static str;

/// The name of a button or a dialog: a catalogue text, or a computed one.
#[derive(Clone, Copy)]
pub enum Label {
    /// A text of the catalogue.
    Key(TextKey),
    /// A computed text.
    Text(Signal<String>),
}

impl Label {
    /// The label in the current language; tracked.
    pub fn get(self, t: Locale) -> String {
        match self {
            Label::Key(key) => key(t.texts()).to_owned(),
            Label::Text(text) => text.get(),
        }
    }
}

impl From<Signal<String>> for Label {
    fn from(text: Signal<String>) -> Label {
        Label::Text(text)
    }
}

/// A label from the catalogue: `label(|w| w.close)`.
pub fn label(key: TextKey) -> Label {
    Label::Key(key)
}

impl Deref for Locale {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        self.texts()
    }
}

/// The locale in the Leptos context.
pub fn use_locale() -> Locale {
    use_context::<Locale>().unwrap_or_else(|| Locale(RwSignal::new(Language::default())))
}
