//! Every word a reader sees, Chinese and English side by side. Complete by compilation: an entry
//! with one language does not compile. Dates and numbers are written by the browser's own `Intl`
//! ([`dates`]). No other module holds a sentence.

#[macro_use]
mod tables;

pub mod dates;
mod phrases;
mod table;

pub use table::Words;

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
    /// Both, in the order in which they are offered.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// The tag of BCP 47, for `lang` and for `Intl`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// Its own name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::Chinese => "简体中文",
            Language::English => "English",
        }
    }

    /// The first of the browser's languages that is ours; English where none is.
    pub fn of_browser<'a>(wishes: impl IntoIterator<Item = &'a str>) -> Language {
        let ours = |tag: &str| match tag.get(..2)?.to_ascii_lowercase().as_str() {
            "zh" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        };
        wishes.into_iter().find_map(ours).unwrap_or_default()
    }
}

/// The language now in use. Reading a word through it (`t.sign_in`) follows a change of language;
/// copy it wherever it is wanted.
#[derive(Clone, Copy)]
pub struct Locale(pub RwSignal<Language>);

impl Locale {
    /// The language, followed.
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// The table of the language, followed.
    pub fn words(self) -> &'static Words {
        Words::of(self.0.get())
    }

    /// A word, followed: `t.of(|w| w.sign_in)`. One kind of closure for all words keeps the wasm
    /// small.
    pub fn of(self, word: Word) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || word(self.words())
    }
}

/// Chooses a word of the table.
pub type Word = fn(&'static Words) -> &'static str;

/// What a button or a dialog is called: a word, or a text that changes.
#[derive(Clone, Copy)]
pub enum Label {
    /// A word of the table.
    Word(Word),
    /// A text.
    Text(Signal<String>),
}

impl Label {
    /// It in the language, followed.
    pub fn get(self, t: Locale) -> String {
        match self {
            Label::Word(word) => word(t.words()).to_owned(),
            Label::Text(text) => text.get(),
        }
    }
}

impl From<Signal<String>> for Label {
    fn from(text: Signal<String>) -> Label {
        Label::Text(text)
    }
}

/// A label that is a word: `says(|w| w.close)`.
pub fn says(word: Word) -> Label {
    Label::Word(word)
}

impl Deref for Locale {
    type Target = Words;

    fn deref(&self) -> &Words {
        self.words()
    }
}

/// The language that the page was given.
pub fn use_words() -> Locale {
    use_context::<Locale>().unwrap_or_else(|| Locale(RwSignal::new(Language::default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_language_that_is_ours() {
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
