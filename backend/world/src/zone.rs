//! Zones in memory: the DNS of the Lab, or of a closed network, read from a zone file (RFC 1035
//! §5). Answers like a resolver: follows CNAME records and distinguishes a missing name from a
//! missing record. Does not speak the DNS protocol.

mod error;
mod parse;

pub use error::{EntryError, ZoneError};

use crate::{BoxFuture, Resolver, type_of};
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use parse::normal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

/// Names (lower case, without a final dot) with their records. Clones share one content, so that
/// zones can be edited while hosts resolve names.
#[derive(Clone, Default)]
pub struct Zones(
    Arc<RwLock<BTreeMap<String, Entry>>>,
    Arc<RwLock<BTreeSet<String>>>,
);

#[derive(Clone, Default)]
struct Entry {
    // With their TTL in seconds.
    records: Vec<(Record, u32)>,
    failure: Option<Failure>,
}

const ALIASES_MAX: usize = 8;
const TTL_SECS_DEFAULT: u32 = 3600;

impl Zones {
    /// Adds a record.
    pub fn add(&self, name: &str, record: Record) {
        self.edit(name, |e| e.records.push((record, TTL_SECS_DEFAULT)));
    }

    /// Removes all records of one type.
    pub fn remove(&self, name: &str, record: RecordType) {
        self.edit(name, |e| e.records.retain(|(r, _)| type_of(r) != record));
    }

    /// Merges other zones: for each of their names, their records replace those of the same type.
    pub fn replace_with(&self, fresh: &Zones) {
        let Ok(fresh) = fresh.0.read() else { return };
        for (name, entry) in fresh.iter() {
            self.edit(name, |e| {
                e.records.retain(|(old, _)| {
                    entry
                        .records
                        .iter()
                        .all(|(new, _)| type_of(new) != type_of(old))
                });
                e.records.extend(entry.records.iter().cloned());
            });
        }
    }

    /// All records, by name, with their TTL in seconds.
    pub fn records(&self) -> Vec<(String, Record, u32)> {
        let Ok(all) = self.0.read() else {
            return Vec::new();
        };
        all.iter()
            .flat_map(|(name, entry)| {
                entry
                    .records
                    .iter()
                    .map(|(r, ttl)| (name.clone(), r.clone(), *ttl))
            })
            .collect()
    }

    /// Has every question for a name fail, until called with `None`.
    pub fn fail(&self, name: &str, failure: Option<Failure>) {
        self.edit(name, |e| e.failure = failure);
    }

    /// Marks a zone as signed by DNSSEC: answers for the name and all names below it are secure.
    pub fn sign(&self, zone: &str) {
        if let Ok(mut signed) = self.1.write() {
            signed.insert(normal(zone));
        }
    }

    fn is_signed(&self, name: &str) -> bool {
        let ancestors =
            std::iter::successors(Some(name), |n| n.split_once('.').map(|(_, parent)| parent));
        self.1
            .read()
            .is_ok_and(|signed| ancestors.into_iter().any(|n| signed.contains(n)))
    }

    fn edit(&self, name: &str, change: impl FnOnce(&mut Entry)) {
        if let Ok(mut all) = self.0.write() {
            change(all.entry(normal(name)).or_default());
        }
    }

    /// Reads a zone file: `$ORIGIN`, `$TTL`, `@`, relative names, parentheses, comments, escapes
    /// (`\\;`, `\\059`); types A AAAA MX TXT PTR CNAME SRV NS TLSA (SOA is skipped).
    ///
    /// # Errors
    /// [`ZoneError`]: the line and what is wrong there.
    pub fn read(text: &str) -> Result<Zones, ZoneError> {
        let zones = Zones::default();
        let mut reader = parse::Reader::new(TTL_SECS_DEFAULT);
        for entry in parse::entries(text) {
            let line = entry.line;
            let fault = |problem| ZoneError { line, problem };
            let tokens = entry.tokens.map_err(fault)?;
            let read = reader.entry(&tokens, entry.indented).map_err(fault)?;
            if let Some((name, record, ttl)) = read {
                zones.edit(&name, |e| e.records.push((record, ttl)));
            }
        }
        Ok(zones)
    }

    fn look_up(&self, question: &Question) -> Result<Answer, Failure> {
        let all = self.0.read().map_err(|_| Failure::ServerFailure)?;
        let mut name = normal(&question.name);
        let mut secure = true;
        for _ in 0..ALIASES_MAX {
            // RFC 4035 §5: every zone of a chain of CNAME records must be signed.
            secure &= self.is_signed(&name);
            let Some(entry) = all.get(&name) else {
                let below = format!(".{name}");
                let has_children = all.keys().any(|k| k.ends_with(&below));
                return if has_children {
                    Ok(Answer {
                        secure,
                        ..Answer::default()
                    })
                } else {
                    Err(Failure::NoSuchName)
                };
            };
            if let Some(failure) = entry.failure {
                return Err(failure);
            }
            let matching: Vec<_> = entry
                .records
                .iter()
                .filter(|(r, _)| type_of(r) == question.record)
                .collect();
            let alias = entry.records.iter().find_map(|(r, _)| match r {
                Record::Cname(to) if question.record != RecordType::Cname => {
                    Some(to.as_str().to_owned())
                }
                _ => None,
            });
            match alias {
                Some(to) if matching.is_empty() => name = to,
                _ => {
                    let ttl_secs = matching
                        .iter()
                        .map(|(_, ttl)| *ttl)
                        .min()
                        .unwrap_or(TTL_SECS_DEFAULT);
                    return Ok(Answer {
                        records: matching.into_iter().map(|(r, _)| r.clone()).collect(),
                        ttl_secs,
                        secure,
                    });
                }
            }
        }
        Err(Failure::ServerFailure)
    }
}

impl Resolver for Zones {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        Box::pin(std::future::ready(self.look_up(&question)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::Domain;

    const ZONE: &str = "$ORIGIN a.test.\n$TTL 300\n@ IN SOA ns hostmaster ( 1 2 3\n 4 5 )\n@ MX 10 mx\n  MX 20 mx2.b.test.\nmx 60 IN A 192.0.2.25 ; here\nwww CNAME mx\n@ TXT \"v=spf1 \" \"-all\"\nnomail MX 0 .\na.b A 192.0.2.1\n";

    fn ask(name: &str, record: RecordType) -> Result<Vec<Record>, Failure> {
        Zones::read(ZONE)
            .unwrap()
            .look_up(&Question::new(name, record))
            .map(|a| a.records)
    }

    #[test]
    fn answers_from_a_zone_file() {
        let d = |n| Domain::new(n).unwrap();
        assert_eq!(
            ask("A.test.", RecordType::Mx),
            Ok(vec![
                Record::Mx(10, Some(d("mx.a.test"))),
                Record::Mx(20, Some(d("mx2.b.test")))
            ])
        );
        assert_eq!(
            ask("www.a.test", RecordType::A),
            Ok(vec![Record::A("192.0.2.25".parse().unwrap())])
        );
        assert_eq!(
            ask("a.test", RecordType::Txt),
            Ok(vec![Record::Txt("v=spf1 -all".into())])
        );
        assert_eq!(
            ask("nomail.a.test", RecordType::Mx),
            Ok(vec![Record::Mx(0, None)])
        );
    }

    #[test]
    fn escapes_stand_for_characters_and_bytes() {
        // RFC 1035 §5.1
        for (data, text) in [
            (r#""a\"b\\c;(d)""#, r#"a"b\c;(d)"#),
            (r"\(a\;b\)\ \065\\", r#"(a;b) A\"#),
            (r#""\228\189" "\160\;""#, "你;"),
            (r"v=spf1\ -all ; comment", "v=spf1 -all"),
        ] {
            let zones = Zones::read(&format!("a.test. TXT {data}")).unwrap();
            let found = zones.look_up(&Question::new("a.test", RecordType::Txt));
            assert_eq!(found.unwrap().records, [Record::Txt(text.into())], "{data}");
        }
        // A backslash before a character stands for that character: `\@` is not the origin.
        let zones = Zones::read("$ORIGIN b.test.\n\\a\\098 A 192.0.2.1\n\\@ A 192.0.2.2").unwrap();
        let names: Vec<_> = zones.records().into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["@.b.test", "ab.b.test"]);
    }

    #[test]
    fn a_faulty_escape_is_named_with_its_line() {
        let fault = |text: &str| Zones::read(text).err().map(|e| (e.line, e.problem));
        let escape = |text: &str| EntryError::BadEscape(text.to_owned());
        for (text, problem) in [
            ("a.test. TXT \\256", escape("\\256")),
            ("a.test. TXT \\25x", escape("\\25")),
            ("a.test. TXT \"a\\", escape("\\")),
            ("a.test. TXT \\255", EntryError::NotUtf8("\u{fffd}".into())),
            (
                "a.test. CNAME a\\.b.test.",
                EntryError::NotADomain {
                    text: "a.b.test.".into(),
                    problem: mail::DomainError::BadCharacter,
                },
            ),
        ] {
            let text = format!("b.test. A 192.0.2.1\n{text}");
            assert_eq!(fault(&text), Some((2, problem)), "{text:?}");
        }
    }

    #[test]
    fn distinguishes_a_missing_name_from_a_missing_record() {
        assert_eq!(ask("mx.a.test", RecordType::Mx), Ok(vec![]));
        assert_eq!(
            ask("b.a.test", RecordType::A),
            Ok(vec![]),
            "an empty non-terminal exists"
        );
        assert_eq!(
            ask("nobody.a.test", RecordType::A),
            Err(Failure::NoSuchName)
        );
    }

    #[test]
    fn a_loop_of_cname_records_fails() {
        let zones = Zones::read("a.test. CNAME b.test.\nb.test. CNAME a.test.").unwrap();
        assert_eq!(
            zones.look_up(&Question::new("a.test", RecordType::A)),
            Err(Failure::ServerFailure)
        );
    }

    #[test]
    fn reports_the_line_of_an_error() {
        for (text, line) in [
            ("a.test. A 1.2.3", 1),
            ("\n\na.test. MX ten mx", 3),
            ("a.test. WKS x", 1),
            (" A 1.2.3.4", 1),
        ] {
            assert_eq!(
                Zones::read(text).err().map(|e| e.line),
                Some(line),
                "{text:?}"
            );
        }
    }

    #[test]
    fn answers_are_secure_where_every_zone_of_the_chain_is_signed() {
        let text = "_25._tcp.mx.a.test. TLSA 3 1 1 a1b2 c3D4\nmx.a.test. A 192.0.2.1\nx.b.test. CNAME mx.a.test.\ny.a.test. CNAME mx.a.test.\n";
        let zones = Zones::read(text).unwrap();
        zones.sign("a.test");
        let secure = |name, record| zones.look_up(&Question::new(name, record)).unwrap().secure;
        let answer = zones
            .look_up(&Question::new("_25._tcp.mx.a.test", RecordType::Tlsa))
            .unwrap();
        assert_eq!(
            (answer.records, answer.secure),
            (
                vec![Record::Tlsa(3, 1, 1, vec![0xa1, 0xb2, 0xc3, 0xd4])],
                true
            )
        );
        assert!(secure("y.a.test", RecordType::A) && !secure("x.b.test", RecordType::A));
        assert!(
            secure("mx.a.test", RecordType::Tlsa),
            "a denial of existence is signed too"
        );
    }
}
