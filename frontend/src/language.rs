//! The languages of the interface, and the selection of one. The texts are in [`crate::i18n`].

use serde::{Deserialize, Serialize};

/// A language of the interface.
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
