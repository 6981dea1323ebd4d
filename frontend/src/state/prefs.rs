//! The settings of this device, stored as JSON in the browser. Unknown and missing fields are
//! ignored, so that versions may differ.

use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::ListOrder;

/// The theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Follow the system setting.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The density of the list.
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
    /// Row height in CSS pixels; the style sheet uses the same.
    pub fn row_px(self) -> u32 {
        match self {
            Density::Comfortable => 84,
            Density::Compact => 56,
        }
    }

    /// The value of the page's `data-density`.
    pub fn word(self) -> &'static str {
        match self {
            Density::Comfortable => "comfortable",
            Density::Compact => "compact",
        }
    }
}

/// Limits of the list width in CSS pixels.
pub const LIST_PX: std::ops::RangeInclusive<u32> = 280..=640;

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// The language; `None` to follow the browser.
    pub language: Option<Language>,
    /// The theme.
    pub theme: Theme,
    /// The density of the list.
    pub density: Density,
    /// The signature.
    pub signature: String,
    /// Desktop notifications for new mail.
    pub notify: bool,
    /// The list width in CSS pixels.
    pub list_px: u32,
    /// The order of each folder's list, by the folder's URL name; newest first if there is no
    /// entry.
    pub orders: BTreeMap<String, ListOrder>,
    /// Whether single-key shortcuts are enabled.
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
            orders: BTreeMap::new(),
            shortcuts: true,
        }
    }
}

impl Prefs {
    /// Parses stored settings; invalid ones take the default.
    pub fn read(text: &str) -> Prefs {
        let mut prefs: Prefs = serde_json::from_str(text).unwrap_or_default();
        prefs.list_px = prefs.list_px.clamp(*LIST_PX.start(), *LIST_PX.end());
        prefs
    }

    /// The order of a folder's list.
    pub fn order(&self, slug: &str) -> ListOrder {
        self.orders.get(slug).copied().unwrap_or_default()
    }

    /// Sets the order of a folder's list.
    pub fn set_order(&mut self, slug: &str, order: ListOrder) {
        if order.is_newest() {
            self.orders.remove(slug);
        } else {
            self.orders.insert(slug.to_owned(), order);
        }
    }

    /// Serializes the settings.
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
            "the value of earlier versions"
        );
        assert_eq!(Prefs::read("]["), Prefs::default());
        assert_eq!(Prefs::read("{\"list_px\":99999}").list_px, 640);
    }

    #[test]
    fn each_folder_keeps_its_order() {
        let mut prefs = Prefs::default();
        prefs.set_order("sent", ListOrder::Size);
        prefs.set_order("7", ListOrder::Oldest);
        prefs.set_order("7", ListOrder::Newest);
        let read = Prefs::read(&prefs.write());
        assert_eq!(read.order("sent"), ListOrder::Size);
        assert_eq!(read.order("inbox"), ListOrder::Newest);
        assert_eq!(read.orders.len(), 1, "the default needs no entry");
    }
}
