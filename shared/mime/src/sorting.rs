//! The texts by which lists are sorted. Server and browser compare the same ones.

use crate::search::fold;
use crate::subject::conversation;

/// The sorting key of a correspondent: the name, or the address where there is none.
pub fn name_key(name: &str, address: &str) -> String {
    let name = fold(name.trim_matches(|c: char| !c.is_alphanumeric()));
    if name.is_empty() { fold(address) } else { name }
}

/// The sorting key of a subject: without the prefixes of replies and forwards.
pub fn subject_key(subject: &str) -> String {
    fold(&conversation(subject))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_names_and_subjects_as_a_reader_does() {
        assert_eq!(name_key("\"Ärger, Max\"", "m@x.test"), "ärger, max");
        assert_eq!(name_key("", "Max@x.test"), "max@x.test");
        assert_eq!(subject_key("Re: AW: Zebra"), subject_key("zebra"));
        assert_eq!(subject_key("回复：午餐"), subject_key("午餐"));
    }
}
