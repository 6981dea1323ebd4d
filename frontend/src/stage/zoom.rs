//! The four levels of detail of the player: map, hosts, dialogue, bytes.

use super::i18n::say;
use crate::i18n::Language;
use serde::{Deserialize, Serialize};

/// A level of detail.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Zoom {
    /// Domains and messages, without protocol terms.
    Map,
    /// Hosts, agents and wires.
    #[default]
    Hops,
    /// The dialogue, line by line.
    Dialogue,
    /// The bytes of a line.
    Bytes,
}

impl Zoom {
    /// All levels, from coarse to fine.
    pub const ALL: [Zoom; 4] = [Zoom::Map, Zoom::Hops, Zoom::Dialogue, Zoom::Bytes];

    /// The key that selects it.
    pub fn key(self) -> &'static str {
        match self {
            Zoom::Map => "1",
            Zoom::Hops => "2",
            Zoom::Dialogue => "3",
            Zoom::Bytes => "4",
        }
    }

    /// The level that a key selects.
    pub fn of_key(key: &str) -> Option<Zoom> {
        Zoom::ALL.into_iter().find(|z| z.key() == key)
    }

    /// Its name in files and storage: `map`, `hops`, `dialogue`, `bytes`.
    pub fn name(self) -> &'static str {
        match self {
            Zoom::Map => "map",
            Zoom::Hops => "hops",
            Zoom::Dialogue => "dialogue",
            Zoom::Bytes => "bytes",
        }
    }

    /// The level with a name as in [`Zoom::name`].
    pub fn of_name(name: &str) -> Option<Zoom> {
        Zoom::ALL.into_iter().find(|z| z.name() == name)
    }

    /// Its label.
    pub fn words(self, language: Language) -> &'static str {
        match self {
            Zoom::Map => say(language, "地图", "Map"),
            Zoom::Hops => say(language, "主机", "Hosts"),
            Zoom::Dialogue => say(language, "对话", "Dialogue"),
            Zoom::Bytes => say(language, "字节", "Bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_level_by_key_and_by_name() {
        for zoom in Zoom::ALL {
            assert_eq!(
                (Zoom::of_key(zoom.key()), Zoom::of_name(zoom.name())),
                (Some(zoom), Some(zoom))
            );
        }
        assert_eq!((Zoom::of_key("5"), Zoom::of_name("moon")), (None, None));
    }
}
