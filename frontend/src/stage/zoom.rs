//! The four levels of detail of the player: map, hosts, dialogue, bytes.

use super::i18n::say;
use crate::i18n::Language;
use serde::{Deserialize, Serialize};

/// The four levels.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Zoom {
    /// Post offices and messages; no word of a protocol.
    Map,
    /// Hosts, agents and wires.
    #[default]
    Hops,
    /// What is said, line by line.
    Dialogue,
    /// The bytes of a line.
    Bytes,
}

impl Zoom {
    /// From far to near.
    pub const ALL: [Zoom; 4] = [Zoom::Map, Zoom::Hops, Zoom::Dialogue, Zoom::Bytes];

    /// The key that chooses it.
    pub fn key(self) -> &'static str {
        match self {
            Zoom::Map => "1",
            Zoom::Hops => "2",
            Zoom::Dialogue => "3",
            Zoom::Bytes => "4",
        }
    }

    /// The level of a key.
    pub fn of_key(key: &str) -> Option<Zoom> {
        Zoom::ALL.into_iter().find(|z| z.key() == key)
    }

    /// Its name for files and storage: `map`, `hops`, `dialogue`, `bytes`.
    pub fn name(self) -> &'static str {
        match self {
            Zoom::Map => "map",
            Zoom::Hops => "hops",
            Zoom::Dialogue => "dialogue",
            Zoom::Bytes => "bytes",
        }
    }

    /// The level of a name.
    pub fn of_name(name: &str) -> Option<Zoom> {
        Zoom::ALL.into_iter().find(|z| z.name() == name)
    }

    /// Its name for people.
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
    fn each_level_is_found_by_its_key_and_by_its_name() {
        for zoom in Zoom::ALL {
            assert_eq!(
                (Zoom::of_key(zoom.key()), Zoom::of_name(zoom.name())),
                (Some(zoom), Some(zoom))
            );
        }
        assert_eq!((Zoom::of_key("5"), Zoom::of_name("moon")), (None, None));
    }
}
