//! A work in the fragment of a URL: `#w=1.…`, the format number, then JSON, compressed with zlib,
//! in base64url. Fragments are not sent to servers. The zlib checksum detects truncated or modified
//! links.
//!
//! Failures: each reason that makes a link unusable is a [`LinkError`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
use serde::{Deserialize, Serialize};
use sim::scenario::{EDITS_FORM, Edits};

/// The format number of links.
pub const LINK_FORM: u32 = 1;
/// Maximum size of a work in bytes, uncompressed.
pub const WORK_BYTES_MAX: usize = 512 * 1024;
/// Maximum length of a fragment in characters. Browsers accept more; messengers and mail programs
/// often do not.
pub const LINK_CHARS_MAX: usize = 64 * 1024;
// The best compression of zlib.
const LEVEL: u8 = 9;

/// A shared work: edits, and the text of the scenario if it is the user's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedWork {
    /// The edits.
    pub edits: Edits,
    /// The text of the user's own scenario (JSON or TOML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
    /// The name given by its author.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Why a link cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It was truncated or modified.
    Damaged,
    /// It was created by a newer version; its format number.
    Newer(u32),
    /// The link or its content exceeds the limit.
    TooLarge,
    /// It is intact, but does not contain a work.
    WrongContent,
    /// It belongs to an older version of the scenario (link, scenario).
    OlderVersion(u32, u32),
    /// It belongs to a newer version of the scenario (link, scenario).
    NewerVersion(u32, u32),
    /// It belongs to another scenario (link, scenario).
    OtherScenario(u32, u32),
}

/// The fragment for a work, including `#`; `None` if it would be too long.
pub fn fragment(work: &SharedWork) -> Option<String> {
    let json = serde_json::to_vec(work)
        .ok()
        .filter(|json| json.len() <= WORK_BYTES_MAX)?;
    let packed = URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(&json, LEVEL));
    let fragment = format!("#w={LINK_FORM}.{packed}");
    (fragment.len() <= LINK_CHARS_MAX).then_some(fragment)
}

/// Parses a fragment; `None` if it contains no work, for example an anchor.
///
/// # Errors
/// See [`LinkError`].
pub fn read(fragment: &str) -> Option<Result<SharedWork, LinkError>> {
    let rest = fragment.trim_start_matches('#').strip_prefix("w=")?;
    Some(unpack(rest))
}

fn unpack(text: &str) -> Result<SharedWork, LinkError> {
    if text.len() > LINK_CHARS_MAX {
        return Err(LinkError::TooLarge);
    }
    let (form, packed) = text.split_once('.').ok_or(LinkError::Damaged)?;
    match form.parse::<u32>() {
        Ok(LINK_FORM) => {}
        Ok(newer) if newer > LINK_FORM => return Err(LinkError::Newer(newer)),
        _ => return Err(LinkError::Damaged),
    }
    // A messenger may have appended padding or a full stop.
    let packed = packed.trim_end_matches(['.', '=', ' ']);
    let bytes = URL_SAFE_NO_PAD
        .decode(packed)
        .map_err(|_| LinkError::Damaged)?;
    let json = decompress_to_vec_zlib_with_limit(&bytes, WORK_BYTES_MAX).map_err(|error| {
        match error.status {
            TINFLStatus::HasMoreOutput => LinkError::TooLarge,
            _ => LinkError::Damaged,
        }
    })?;
    let form = serde_json::from_slice::<FormOnly>(&json)
        .ok()
        .map(|form| form.edits.form);
    match form {
        Some(form) if form > EDITS_FORM => Err(LinkError::Newer(form)),
        Some(_) => serde_json::from_slice(&json).map_err(|_| LinkError::WrongContent),
        None => Err(LinkError::WrongContent),
    }
}

// The part that all formats of edits share, to recognize newer ones.
#[derive(Deserialize)]
struct FormOnly {
    edits: FormNumber,
}

#[derive(Deserialize)]
struct FormNumber {
    form: u32,
}

/// Whether a work belongs to this version of this scenario.
///
/// # Errors
/// See [`LinkError`].
pub fn fits(work: &SharedWork, number: u32, version: u32) -> Result<(), LinkError> {
    let theirs = &work.edits;
    if theirs.scenario != number {
        return Err(LinkError::OtherScenario(theirs.scenario, number));
    }
    match theirs.version.cmp(&version) {
        std::cmp::Ordering::Less => Err(LinkError::OlderVersion(theirs.version, version)),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(LinkError::NewerVersion(theirs.version, version)),
    }
}

/// Whether the learner changed anything; an open exercise alone is no change.
pub fn is_changed(edits: &Edits) -> bool {
    let without_exercise = Edits {
        exercise: None,
        ..edits.clone()
    };
    !without_exercise.is_empty()
}

/// Whether edits are the user's own work, which is kept for the next visit. What came with a link
/// is in the link.
pub fn is_own(edits: &Edits, link: Option<&Edits>) -> bool {
    is_changed(edits) && link != Some(edits)
}

#[cfg(test)]
pub(crate) fn edits(json: &str) -> Edits {
    Edits::read(json).expect("well-written edits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_of_a_link_are_not_kept_as_the_users_own() {
        let linked = work().edits;
        let changed = Edits {
            tweaks: Vec::new(),
            ..linked.clone()
        };
        assert!(!is_own(&linked, Some(&linked)));
        assert!(is_own(&changed, Some(&linked)) && is_own(&linked, None));
        assert!(!is_own(
            &edits(r#"{"form":1,"scenario":31,"version":2}"#),
            None
        ));
    }

    #[test]
    fn an_exercise_that_was_only_opened_is_no_change() {
        let opened = edits(r#"{"form":1,"scenario":31,"version":2,"exercise":0}"#);
        let repaired = Edits {
            tweaks: vec![0],
            ..opened.clone()
        };
        assert!(!is_changed(&opened) && !is_own(&opened, None));
        assert!(is_changed(&repaired) && is_own(&repaired, None));
    }

    fn work() -> SharedWork {
        let edits = edits(
            r#"{"form":1,"scenario":31,"version":2,"tweaks":[0],"records":[{"name":"b.test","type":"MX","data":["10 x.b.test."]}]}"#,
        );
        SharedWork {
            edits,
            own: None,
            name: "灰名单".into(),
        }
    }

    #[track_caller]
    fn check(fragment: &str, expected: Option<Result<SharedWork, LinkError>>) {
        assert_eq!(read(fragment), expected);
    }

    // A fragment with arbitrary content.
    fn fragment_of(json: &[u8]) -> String {
        format!(
            "#w=1.{}",
            URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(json, LEVEL))
        )
    }

    #[test]
    fn a_work_round_trips_through_its_link() {
        let fragment = fragment(&work()).unwrap();
        assert!(
            fragment.starts_with("#w=1.") && fragment.len() < 300,
            "{fragment}"
        );
        assert!(
            fragment[1..]
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.=".contains(c)),
            "{fragment}"
        );
        check(&fragment, Some(Ok(work())));
        check(&format!("{fragment}."), Some(Ok(work())));
    }

    #[test]
    fn an_anchor_contains_no_work() {
        check("", None);
        check("#questions", None);
        check("#wx=1", None);
    }

    #[test]
    fn truncated_and_modified_links_are_damaged() {
        let whole = fragment(&work()).unwrap();
        for end in "#w=".len()..whole.len() {
            check(&whole[..end], Some(Err(LinkError::Damaged)));
        }
        let mut damaged = 0;
        for at in "#w=1.".len()..whole.len() - 1 {
            let other = if whole.as_bytes()[at] == b'A' {
                'B'
            } else {
                'A'
            };
            let mut changed = whole.clone();
            changed.replace_range(at..=at, &other.to_string());
            assert!(read(&changed).unwrap().is_err(), "{at}");
            damaged += 1;
        }
        assert!(damaged > 100);
    }

    #[test]
    fn foreign_newer_and_oversized_links_are_distinguished() {
        check("#w=2.abcd", Some(Err(LinkError::Newer(2))));
        check(
            &fragment_of(br#"{"edits":{"form":2,"scenario":1}}"#),
            Some(Err(LinkError::Newer(2))),
        );
        check(&fragment_of(b"[]"), Some(Err(LinkError::WrongContent)));
        check(
            &fragment_of(br#"{"edits":{"form":1,"scenario":1,"version":1,"rm":"-rf"}}"#),
            Some(Err(LinkError::WrongContent)),
        );
        check("#w=1.<script>", Some(Err(LinkError::Damaged)));
        check(
            &fragment_of(&vec![b' '; WORK_BYTES_MAX]),
            Some(Err(LinkError::WrongContent)),
        );
        check(
            &fragment_of(&vec![b' '; WORK_BYTES_MAX + 1]),
            Some(Err(LinkError::TooLarge)),
        );
        check(
            &format!("#w=1.{}", "A".repeat(LINK_CHARS_MAX)),
            Some(Err(LinkError::TooLarge)),
        );
    }

    #[test]
    fn a_work_that_is_too_large_has_no_link() {
        let noise: String = (0..WORK_BYTES_MAX as u32)
            .map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 90))
            .collect();
        let work = SharedWork {
            own: Some(noise),
            ..work()
        };
        assert_eq!(fragment(&work), None);
    }

    #[test]
    fn works_of_other_scenarios_and_versions_are_rejected() {
        assert_eq!(fits(&work(), 31, 2), Ok(()));
        assert_eq!(fits(&work(), 30, 2), Err(LinkError::OtherScenario(31, 30)));
        assert_eq!(fits(&work(), 31, 3), Err(LinkError::OlderVersion(2, 3)));
        assert_eq!(fits(&work(), 31, 1), Err(LinkError::NewerVersion(2, 1)));
    }
}
