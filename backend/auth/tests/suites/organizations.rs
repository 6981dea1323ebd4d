//! Organizational domains: with the public suffixes of the Public Suffix List in DNS, as RFC 9989
//! §4.7 has them (`psd=y`, and `psd=n` for the list's exceptions), the Tree Walk finds the domains
//! that the list's own tests expect.

use auth::dmarc::{organizational, walk};
use auth::{DnsLookups, MessageReader};
use mail::dns::{Answer, Failure, Question, Record, RecordType};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use suites::{Suite, Suites, Verdict, block_on};
use world::{BoxFuture, Resolver};

/// An author's domain and the organizational domain: the registrable domain of the list's tests, or
/// the domain itself where it is a public suffix (RFC 9989 §4.10.2).
struct Case {
    suffixes: Arc<Suffixes>,
    domain: String,
    expected: String,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("public-suffix-list", "dmarc/public-suffix-list")
            .cases_min(60)
            .cases(read)
            .check(|case| {
                let mut world = world::still::world();
                world.resolver = case.suffixes.clone();
                let mut dns = DnsLookups::new(&world);
                let Some(domain) = author_domain(&case.domain) else {
                    return Verdict::Differs(format!("{} is no author's domain", case.domain));
                };
                let walk = block_on(walk(&mut dns, &domain)).unwrap();
                let expected = author_domain(&case.expected).unwrap_or_default();
                Verdict::compare(organizational(&walk), expected.as_str())
            }),
    );
}

/// The rules of the list, in A-labels.
struct Suffixes {
    rules: HashSet<String>,
}

impl Suffixes {
    // The value of `psd=`. An exception prevails, and without a rule the last label is a public
    // suffix.
    fn psd(&self, name: &str) -> Option<&'static str> {
        if self.rules.contains(&format!("!{name}")) {
            return Some("n");
        }
        let is_public = match name.split_once('.') {
            Some((_, parent)) => {
                self.rules.contains(name) || self.rules.contains(&format!("*.{parent}"))
            }
            None => true,
        };
        is_public.then_some("y")
    }
}

impl Resolver for Suffixes {
    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, Failure>> {
        let name = question.name.strip_prefix("_dmarc.");
        let psd = name
            .filter(|_| question.record == RecordType::Txt)
            .and_then(|name| self.psd(name));
        let answer = psd.map(|psd| Answer {
            records: vec![Record::Txt(format!("v=DMARC1; p=none; psd={psd}"))],
            ttl_secs: 3600,
            secure: false,
        });
        let answer = answer.ok_or(Failure::NoSuchName);
        Box::pin(std::future::ready(answer))
    }
}

// As evaluation finds it in From: in lower case and A-labels.
fn author_domain(domain: &str) -> Option<String> {
    let mut reader = MessageReader::default();
    reader.write(format!("From: a@{domain}\r\n\r\n").as_bytes());
    reader.finish().author_domains().into_iter().next()
}

// `checkPublicSuffix('www.example.com', 'example.com');`
fn read(folder: &Path) -> Vec<(String, Case)> {
    let rules = suites::lines(&folder.join("public_suffix_list.dat"), "//");
    let rules = rules.into_iter().filter_map(|(_, line)| {
        let rule = line.split_whitespace().next()?;
        let (mark, name) = match rule.split_at_checked(1) {
            Some(("!", name)) => ("!", name),
            _ => rule
                .strip_prefix("*.")
                .map_or(("", rule), |name| ("*.", name)),
        };
        Some(format!("{mark}{}", author_domain(name)?))
    });
    let suffixes = Arc::new(Suffixes {
        rules: rules.collect(),
    });
    let mut cases = Vec::new();
    for (number, line) in suites::lines(&folder.join("test_psl.txt"), "//") {
        let quoted: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
        let (domain, expected) = match quoted.as_slice() {
            // A leading dot makes no domain.
            [domain, ..] if domain.starts_with('.') => continue,
            [domain] => (*domain, *domain),
            [domain, expected] => (*domain, *expected),
            _ => continue,
        };
        let case = Case {
            suffixes: suffixes.clone(),
            domain: domain.to_owned(),
            expected: expected.to_owned(),
        };
        cases.push((format!("{number}-{}", suites::label(domain)), case));
    }
    cases
}
