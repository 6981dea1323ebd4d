//! The DNS Tree Walk (RFC 9989 §4.10): looks for DMARC records at a domain and the domains above
//! it.

use super::record::{DmarcRecord, PolicyFault, Psd, unusable_policy};
use crate::dns::DnsLookups;
use mail::dns::Failure;

/// After a name of more labels, the walk continues with this many (RFC 9989 §4.10: at most eight
/// lookups).
pub const LABELS_MAX: usize = 7;

/// The result of a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The domain at which it began.
    pub start: String,
    /// The names that were looked up, the longest first.
    pub asked: Vec<String>,
    /// The records with their names, the longest name first.
    pub found: Vec<(String, DmarcRecord)>,
    /// The first record that cannot be used, with its name and what is wrong with its `p=`.
    pub unusable: Option<UnusableRecord>,
}

/// A DMARC record without a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableRecord {
    /// The domain that publishes it, without `_dmarc.`.
    pub name: String,
    /// What is wrong with `p=`.
    pub fault: PolicyFault,
    /// As it was published.
    pub text: String,
}

/// Walks from a domain upwards.
///
/// # Errors
/// The name for which the lookup failed.
pub async fn walk(dns: &mut DnsLookups<'_>, domain: &str) -> Result<Walk, (String, Failure)> {
    let labels: Vec<&str> = domain.split('.').filter(|l| !l.is_empty()).collect();
    let mut walk = Walk {
        start: domain.to_owned(),
        asked: Vec::new(),
        found: Vec::new(),
        unusable: None,
    };
    let mut count = labels.len();
    while count > 0 {
        let name = labels[labels.len() - count..].join(".");
        walk.asked.push(name.clone());
        if let Some(record) = record(dns, &name, &mut walk.unusable).await? {
            // RFC 9989 §4.10 step 2: psd=n and psd=y end the walk.
            let ends = record.psd != Psd::Unknown;
            walk.found.push((name, record));
            if ends {
                break;
            }
        }
        count = if count > LABELS_MAX {
            LABELS_MAX
        } else {
            count - 1
        };
    }
    Ok(walk)
}

/// The DMARC record of a name; none where there are several (RFC 9989 §4.10 step 2).
async fn record(
    dns: &mut DnsLookups<'_>,
    name: &str,
    unusable: &mut Option<UnusableRecord>,
) -> Result<Option<DmarcRecord>, (String, Failure)> {
    let place = format!("_dmarc.{name}");
    let texts = match dns.texts(&place).await {
        Ok(texts) => texts,
        Err(Failure::NoSuchName) => return Ok(None),
        Err(failure) => return Err((place, failure)),
    };
    if unusable.is_none() {
        *unusable = texts.iter().find_map(|text| {
            Some(UnusableRecord {
                name: name.to_owned(),
                fault: unusable_policy(text)?,
                text: text.clone(),
            })
        });
    }
    let mut records = texts.iter().filter_map(|t| DmarcRecord::parse(t));
    let first = records.next();
    Ok(first.filter(|_| records.next().is_none()))
}

/// The Organizational Domain of a walk (RFC 9989 §4.10.2).
pub fn organizational(walk: &Walk) -> &str {
    for (name, record) in &walk.found {
        match record.psd {
            Psd::No => return name,
            Psd::Yes if *name != walk.start => return one_below(name, &walk.start),
            _ => {}
        }
    }
    walk.found.last().map_or(&walk.start, |(name, _)| name)
}

// The name one label below `suffix` on the way to `start`.
fn one_below<'a>(suffix: &str, start: &'a str) -> &'a str {
    let before = start
        .strip_suffix(suffix)
        .and_then(|s| s.strip_suffix('.'))
        .unwrap_or_default();
    let from = before.rfind('.').map_or(0, |dot| dot + 1);
    &start[from..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::dns::Record;
    use world::zone::Zones;

    async fn check(records: &[(&str, &str)], start: &str, org: &str, asked: usize) {
        let zones = Zones::default();
        for (name, text) in records {
            zones.add(&format!("_dmarc.{name}"), Record::Txt((*text).to_owned()));
        }
        let mut world = world::still::world();
        world.resolver = std::sync::Arc::new(zones);
        let mut dns = DnsLookups::new(&world);
        let walked = walk(&mut dns, start).await.unwrap();
        assert_eq!(
            (organizational(&walked), dns.into_lookups().len()),
            (org, asked),
            "{start}"
        );
    }

    #[tokio::test]
    async fn the_organization_is_found_as_rfc_9989_4_10_2_says() {
        let plain = "v=DMARC1; p=none";
        check(&[("a.test", plain)], "x.y.a.test", "a.test", 4).await;
        check(
            &[("a.test", plain), ("y.a.test", plain)],
            "x.y.a.test",
            "a.test",
            4,
        )
        .await;
        check(
            &[("a.test", plain), ("y.a.test", "v=DMARC1; p=none; psd=n")],
            "x.y.a.test",
            "y.a.test",
            2,
        )
        .await;
        check(
            &[("test", "v=DMARC1; p=none; psd=y")],
            "x.y.a.test",
            "a.test",
            4,
        )
        .await;
        check(
            &[("a.test", "v=DMARC1; p=none; psd=y")],
            "a.test",
            "a.test",
            1,
        )
        .await;
        check(&[], "x.a.test", "x.a.test", 3).await;
        // Several records count as none.
        check(
            &[("x.a.test", plain), ("x.a.test", plain), ("a.test", plain)],
            "x.a.test",
            "a.test",
            3,
        )
        .await;
    }

    #[tokio::test]
    async fn a_name_of_seven_labels_is_asked_seven_times_and_a_longer_one_eight_times() {
        check(&[], "a.b.c.d.e.f.g", "a.b.c.d.e.f.g", 7).await;
        check(&[], "a.b.c.d.e.f.g.h", "a.b.c.d.e.f.g.h", 8).await;
        check(
            &[("g.h", "v=DMARC1; p=none")],
            "x.y.z.a.b.c.d.e.f.g.h",
            "g.h",
            8,
        )
        .await;
    }
}
