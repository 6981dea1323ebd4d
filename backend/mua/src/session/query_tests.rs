//! Tests of [`Query`].

use super::*;
use mail::JourneyId;
use store::BlobRef;

fn content() -> Content {
    Content {
        text: "the budget is attached, see page nine".into(),
        files: "Budget 2026.xlsx\n合同.pdf\n".into(),
        bcc: people(&[NameAddr::new("Dora", "dora@d.test")]),
    }
}

fn entry() -> Entry {
    Entry {
        uid: 1,
        flags: flags::FLAGGED,
        keywords: Some(vec!["$Forwarded".to_owned()].into_boxed_slice()),
        modseq: 1,
        date: Time::from_civil(2026, 11, 20, 12, 0, 0),
        bytes: 3 << 20,
        journey: None::<JourneyId>,
        blob: BlobRef::Row(1),
    }
}

fn shown() -> Shown {
    let mut summary = Summary::default();
    summary.subject = "项目计划 for Friday".into();
    summary.from = vec![NameAddr::new("李雷", "lilei@xn--fsq.test")];
    summary.to = vec![NameAddr::new("Han Meimei", "han@b.test")];
    summary.cc = vec![NameAddr::new("Carol", "carol@c.test")];
    summary.preview = "see the attached sheet".into();
    summary.attachments = 2;
    Shown::of(summary)
}

fn read(query: &str) -> Query {
    let days = [Midnight {
        day: "2026-11-21".into(),
        at: Time::from_civil(2026, 11, 20, 16, 0, 0),
    }];
    let calendar = Calendar {
        now: Time::from_civil(2026, 11, 28, 12, 0, 0),
        days: &days,
    };
    Query::read(query, &calendar)
}

/// Matches with everything known; what is known earlier may not disagree.
fn check(query: &str, expected: bool) {
    let (query_read, entry, shown) = (read(query), entry(), shown());
    let named = |name: &str| name == "inbox";
    let last = query_read.matches(&Known::Content(&entry, &named, &shown, &content()));
    assert_eq!(last, Some(expected), "{query}");
    for known in [
        Known::Folder(&named),
        Known::Entry(&entry, &named),
        Known::Summary(&entry, &named, &shown),
    ] {
        let early = query_read.matches(&known);
        assert!(early.is_none_or(|early| early == expected), "{query}");
    }
}

#[test]
fn requires_every_clause_to_match() {
    for (query, expected) in [
        ("", true),
        ("项目", true),
        ("计划 friday", true),
        ("计划 monday", false),
        ("from:李雷", true),
        ("from:han", false),
        ("to:han subject:计划", true),
        ("to:carol", true),
        ("cc:carol", true),
        ("cc:han", false),
        ("bcc:dora@d.test", true),
        ("bcc:carol", false),
        ("dora", true),
        ("TO:HAN", true),
        ("subject:\"for friday\"", true),
        ("subject:\"friday for\"", false),
        ("\"attached sheet\"", true),
        ("\"page nine\"", true),
        ("has:attachment is:unread is:flagged", true),
        ("is:read", false),
        ("is:forwarded", true),
        ("“项目计划”", true),
        ("from:“李雷”", true),
        ("in:inbox", true),
        ("in:sent", false),
    ] {
        check(query, expected);
    }
}

#[test]
fn a_sign_excludes_and_or_chooses() {
    for (query, expected) in [
        ("friday -budget", false),
        ("friday -monday", true),
        ("-\"page nine\"", false),
        ("-\"page ten\"", true),
        ("-from:李雷", false),
        ("-is:read", true),
        ("-has:attachment", false),
        ("-in:inbox", false),
        ("monday OR friday", true),
        ("monday OR budget", true),
        ("monday OR tuesday", false),
        ("from:han OR from:李雷 friday", true),
        ("from:han OR from:李雷 monday", false),
        ("monday OR -tuesday", true),
        ("in:sent OR in:inbox", true),
    ] {
        check(query, expected);
    }
}

#[test]
fn sizes_files_ages_and_days() {
    for (query, expected) in [
        ("larger:2M", true),
        ("larger:3m", false),
        ("larger:2.5MB smaller:3.1mb", true),
        ("smaller:3000000", false),
        ("larger:10k", true),
        ("filename:xlsx", true),
        ("filename:合同", true),
        ("filename:budget.pdf", false),
        ("newer_than:9d", true),
        ("newer_than:7d", false),
        ("older_than:1w", true),
        ("older_than:1m", false),
        ("older_than:1y", false),
        ("newer_than:36h", false),
        ("after:2026-11-20 before:2026-11-22", true),
        ("before:2026-11-20", false),
        // The reader's 21 November begins at 16:00 UTC on the 20th.
        ("before:2026-11-21", true),
        ("after:2026-11-21", false),
        ("after:2026/11/21", false),
    ] {
        check(query, expected);
    }
}

#[test]
fn an_international_domain_is_found_in_either_form() {
    for query in [
        "from:例",
        "from:xn--fsq",
        "lilei@例.test",
        "from:lilei@xn--fsq.test",
    ] {
        check(query, true);
    }
}

#[test]
fn what_is_not_understood_is_named() {
    for (query, expected) in [
        (
            "label:work x",
            vec![SearchNote::UnknownFilter("label".into())],
        ),
        ("-list:dev", vec![SearchNote::UnknownFilter("list".into())]),
        (
            "before:soon",
            vec![SearchNote::BadValue {
                filter: "before".into(),
                value: "soon".into(),
            }],
        ),
        (
            "larger:huge is:nice",
            vec![
                SearchNote::BadValue {
                    filter: "larger".into(),
                    value: "huge".into(),
                },
                SearchNote::BadValue {
                    filter: "is".into(),
                    value: "nice".into(),
                },
            ],
        ),
        ("10:30 https://x.test from:a -b OR c", vec![]),
    ] {
        assert_eq!(read(query).notes, expected, "{query}");
    }
    let many = "x ".repeat(TERMS_MAX + 1);
    assert_eq!(read(&many).notes, [SearchNote::TooManyTerms(32)]);
    assert!(read(&"x ".repeat(TERMS_MAX)).notes.is_empty());
}
