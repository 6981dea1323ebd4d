//! A step of a scenario in one line: what happens, and which hosts or users are involved.

use super::form::{Field, Kind};
use super::i18n;
use super::kinds::kind_of;
use frontend::i18n::Language;
use serde_json::Value;

/// Describes a step; `None` for a kind that the editor does not know.
pub fn summary(language: Language, value: &Value) -> Option<String> {
    let kind = kind_of(value)?;
    // For a message, names the sender and the recipients instead of the hosts.
    let is_message = kind.key == "submit";
    let named = |field: &&Field| match field.kind {
        Kind::Host => !is_message,
        Kind::Mails | Kind::Mail | Kind::Reply => !field.path.ends_with("login"),
        Kind::Zone | Kind::Lines => true,
        _ => false,
    };
    let all: Vec<String> = kind
        .fields
        .iter()
        .filter(named)
        .map(|field| field.read(value).trim().replace('\n', "; "))
        .filter(|text| !text.is_empty())
        .take(3)
        .collect();
    let colon = if language == Language::Chinese {
        "："
    } else {
        ": "
    };
    Some(format!(
        "{}{colon}{}",
        i18n::step(language, kind.key),
        all.join(" → ")
    ))
}
