//! SPF records (RFC 7208): the check ends within its limits, twice the same, and obeys rules that
//! do not depend on the rest of the record. The first line is the record of the domain, the second
//! that of every other name, the third the local part of the sender.

use crate::dns::{ADDRESS, Texts, complete, world};
use auth::spf::{Spf, SpfCheck, SpfResult};
use auth::{DnsLookups, QUESTIONS_MAX};

const DOMAIN: &str = "a.test";

const SEEDS: [&str; 7] = [
    "v=spf1 a mx/24//64 -all",
    "v=spf1 include:b.test ?include:%{d2}.c.test ~all\nv=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all\nalice",
    "v=spf1 redirect=_spf.%{d} exp=why.%{o}\nv=spf1 -all\nstrong-bad",
    "v=spf1 exists:%{ir}.%{v}.%{l1r-}._spf.%{d2} -all exp=e.a.test\n%{s} is not one of %{d}'s hosts, %{i} %{c} %{r} %{t}\nuser",
    "v=spf1 ptr ptr:a.test +mx:mx.a.test -a:x.a.test/0 ~all unknown=%{h}",
    "v=spf1 include:b.test\nv=spf1 include:b.test a mx ptr",
    "V=SPF1   \n\n",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (record, others, local) = (line(), line(), line());
    let spf = result(&record, &others, &local);
    assert_eq!(
        result(&record, &others, &local),
        spf,
        "the same check again"
    );
    // RFC 7208 §4.5: the version is followed by a space or by the end.
    let rest = record
        .get(..6)
        .filter(|version| version.eq_ignore_ascii_case("v=spf1"))
        .map(|_| &record[6..]);
    let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
        assert_eq!(spf.result, SpfResult::None, "not a record");
        return;
    };
    // RFC 7208 §6.2: only a failure is explained, in US-ASCII.
    if let Some(explanation) = &spf.explanation {
        assert_eq!(spf.result, SpfResult::Fail);
        assert!(explanation.is_ascii(), "{explanation:?}");
    }
    // RFC 7208 §4.6: syntax errors anywhere in the record are detected first; then the first
    // mechanism that matches decides.
    let matching = result(&format!("v=spf1 ip4:{ADDRESS}{rest}"), &others, &local).result;
    assert!(
        matches!(matching, SpfResult::Pass | SpfResult::PermError),
        "{matching} although the first mechanism matches"
    );
    // RFC 7208 §4.5: `record = version terms *SP`
    assert_eq!(
        result(&format!("{record}  "), &others, &local).result,
        spf.result,
        "spaces at the end"
    );
}

fn result(record: &str, others: &str, local: &str) -> Spf {
    let world = world(Texts {
        named: vec![(DOMAIN.to_owned(), record.to_owned())],
        others: Some(others.to_owned()),
    });
    let mut dns = DnsLookups::new(&world);
    let asked = SpfCheck {
        ip: ADDRESS.into(),
        helo: "mx.a.test",
        local,
        domain: DOMAIN,
        receiver: "mx.here.test",
    };
    let spf = complete(auth::spf::check(&mut dns, asked));
    assert!(dns.into_lookups().len() <= QUESTIONS_MAX);
    spf
}
