//! The DNS records at the beginning of a scenario, in the form in which a page shows and edits
//! them.

use super::spec::Scenario;
use crate::error::ScenarioError;
use mail::dns::{Record, RecordType};
use serde::{Deserialize, Serialize};
use world::type_of;
use world::zone::Zones;

/// A DNS record as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordShown {
    /// The name: `a.test`.
    pub name: String,
    /// The type: `MX`.
    #[serde(rename = "type")]
    pub record: RecordType,
    /// The TTL in seconds.
    pub ttl_secs: u32,
    /// The data as in a zone file: `10 mail.a.test.`
    pub data: String,
}

/// All records, ordered by name.
///
/// # Errors
/// If the zone cannot be parsed.
pub fn records(scenario: &Scenario) -> Result<Vec<RecordShown>, ScenarioError> {
    let text = super::publish::zone_text(scenario.world.seed, &scenario.world.zone)?;
    let zones = Zones::read(&text)?;
    let shown = |(name, record, ttl_secs): (String, Record, u32)| RecordShown {
        name,
        record: type_of(&record),
        ttl_secs,
        data: data(&record),
    };
    Ok(zones.records().into_iter().map(shown).collect())
}

/// The data of a record as in a zone file (RFC 1035 §5.1).
pub(crate) fn data(record: &Record) -> String {
    match record {
        Record::A(a) => a.to_string(),
        Record::Aaaa(a) => a.to_string(),
        Record::Mx(preference, exchange) => {
            format!(
                "{preference} {}",
                exchange
                    .as_ref()
                    .map_or(".".to_owned(), |name| format!("{name}."))
            )
        }
        Record::Txt(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Record::Ptr(name) | Record::Cname(name) | Record::Ns(name) => format!("{name}."),
        Record::Tlsa(usage, selector, matching, digest) => {
            let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{usage} {selector} {matching} {digits}")
        }
        Record::Srv(priority, weight, port, target) => {
            format!("{priority} {weight} {port} {target}.")
        }
    }
}
