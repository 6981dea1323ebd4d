//! Configuration keys that have a new name. The old name is still read (`serde` aliases); programs
//! that read configuration warn about it.

/// One key's old and new name, both with their sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenamedKey {
    /// The sections above the key, by their present names: `["inbound", "rates"]`.
    pub section: &'static [&'static str],
    /// The key's old name.
    pub old: &'static str,
    /// The key's present name.
    pub new: &'static str,
}

const fn renamed(
    section: &'static [&'static str],
    old: &'static str,
    new: &'static str,
) -> RenamedKey {
    RenamedKey { section, old, new }
}

/// Every renamed key, sections before the keys inside them.
pub const RENAMED_KEYS: [RenamedKey; 8] = [
    renamed(&[], "door", "inbound"),
    renamed(&["inbound", "rates"], "letters", "messages"),
    renamed(&["inbound", "rates"], "octets", "bytes"),
    renamed(&["inbound", "rates"], "account_letters", "account_messages"),
    renamed(&["inbound", "rates"], "account_octets", "account_bytes"),
    renamed(
        &["outbound"],
        "letters_per_minute_max",
        "messages_per_minute_max",
    ),
    renamed(
        &["outbound"],
        "letters_per_connection_max",
        "messages_per_connection_max",
    ),
    renamed(&["journeys"], "with_letter", "with_message"),
];

/// The present name of a top-level section or of a key below it; the name itself if it was not
/// renamed.
pub fn current_key<'a>(section: &[&str], key: &'a str) -> &'a str {
    RENAMED_KEYS
        .iter()
        .find(|renamed| renamed.old == key && renamed.section == section)
        .map_or(key, |renamed| renamed.new)
}
