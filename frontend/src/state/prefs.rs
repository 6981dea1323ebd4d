//! What the reader set on this device. Kept as JSON in the browser; unknown and missing fields are
//! harmless, so that versions can differ.

use crate::language::Language;
use serde::{Deserialize, Serialize};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How close rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// Three lines per row.
    #[default]
    #[serde(alias = "airy")]
    Comfortable,
    /// Two lines per row.
    Compact,
}

impl Density {
    /// Height of a row of the list in CSS pixels; the style sheet draws the same.
    pub fn row_px(self) -> u32 {
        match self {
            Density::Comfortable => 84,
            Density::Compact => 56,
        }
    }

    /// As the page's `data-density`.
    pub fn word(self) -> &'static str {
        match self {
            Density::Comfortable => "comfortable",
            Density::Compact => "compact",
        }
    }
}

/// The narrowest and the widest list beside a message, in CSS pixels.
pub const LIST_PX: std::ops::RangeInclusive<u32> = 280..=640;

/// Everything set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// None: as the browser.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Theme,
    /// How close rows stand.
    pub density: Density,
    /// Put below new messages.
    pub signature: String,
    /// A notice of the system for new messages.
    pub notify: bool,
    /// Width of the list.
    pub list_px: u32,
    /// Single messages act as commands.
    pub shortcuts: bool,
}

impl Default for Prefs {
    fn default() -> Prefs {
        Prefs {
            language: None,
            theme: Theme::System,
            density: Density::Comfortable,
            signature: String::new(),
            notify: false,
            list_px: 392,
            shortcuts: true,
        }
    }
}

impl Prefs {
    /// From what the browser kept; anything unreadable counts as not set.
    pub fn read(text: &str) -> Prefs {
        let mut prefs: Prefs = serde_json::from_str(text).unwrap_or_default();
        prefs.list_px = prefs.list_px.clamp(*LIST_PX.start(), *LIST_PX.end());
        prefs
    }

    /// For the browser to keep.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stored_settings_and_ignores_invalid_ones() {
        let set = Prefs {
            language: Some(Language::Chinese),
            theme: Theme::Dark,
            list_px: 500,
            ..Prefs::default()
        };
        assert_eq!(Prefs::read(&set.write()), set);
        assert_eq!(
            Prefs::read("{\"theme\":\"dark\",\"later\":1}").theme,
            Theme::Dark
        );
        assert_eq!(
            Prefs::read("{\"density\":\"airy\"}").density,
            Density::Comfortable,
            "the name in older versions"
        );
        assert_eq!(Prefs::read("]["), Prefs::default());
        assert_eq!(Prefs::read("{\"list_px\":99999}").list_px, 640);
    }
}
