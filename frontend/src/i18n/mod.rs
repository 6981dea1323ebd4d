//! The interface texts, Chinese and English side by side: [`catalogue`] holds the fixed ones,
//! [`format`] those with arguments. A missing translation does not compile. Dates and numbers are
//! written by the browser's `Intl` ([`dates`]). No other module of the webmail contains a text.

#[macro_use]
mod macros;

mod catalogue;
pub mod dates;
mod format;

pub use catalogue::Texts;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// The languages of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// 简体中文
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English
    #[default]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// All languages, in the order in which they are offered.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// The BCP 47 tag, for `lang` and `Intl`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// The name of the language in that language.
    pub fn name(self) -> &'static str {
        match self {
            Language::Chinese => "简体中文",
            Language::English => "English",
        }
    }

    /// The first supported one of the browser's preferred languages; English if there is none.
    pub fn of_browser<'a>(preferred: impl IntoIterator<Item = &'a str>) -> Language {
        let supported = |tag: &str| match tag.get(..2)?.to_ascii_lowercase().as_str() {
            "zh" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        };
        preferred
            .into_iter()
            .find_map(supported)
            .unwrap_or_default()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_first_supported_browser_language() {
        assert_eq!(
            Language::of_browser(["de", "zh-TW", "en"]),
            Language::Chinese
        );
        assert_eq!(
            Language::of_browser(["fr", "en-GB", "zh"]),
            Language::English
        );
        assert_eq!(Language::of_browser(["x"]), Language::English);
    }
}
