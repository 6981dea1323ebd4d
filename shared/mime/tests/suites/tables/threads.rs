//! Base subjects, by which messages are put into conversations (RFC 5256 §2.1).

use super::headers::text;
use mime::subject::{base, conversation};
use serde_json::Value;
use suites::{Exception, Suite, Suites, Verdict};

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("subject-trailers", "mime/mail-parser-headers")
            .cases_min(10)
            .cases(|folder| suites::table(&folder.join("trailing_fwd.json")))
            .except(&TRAILERS)
            .check(|case| {
                Verdict::compare(base(text(case, "input")).as_str(), text(case, "expected"))
            }),
    );
    all.add(
        Suite::new("roundcube-subjects", "threading/roundcube-subjects")
            .cases_min(5)
            .cases(|folder| suites::table(&folder.join("subjects.json")))
            .except(&PREFIXES)
            .check(|case| {
                let expected = text(case, "base").to_lowercase();
                Verdict::compare(conversation(text(case, "subject")).as_str(), &expected)
            }),
    );
}

const TRAILERS: [Exception<Value>; 1] = [Exception {
    theme: "a trailer of another language",
    reason: "subj-trailer is `(fwd)` only (RFC 5256 §5)",
    applies: |case| {
        let trailers = text(case, "input").matches('(');
        trailers.count() > text(case, "input").matches("(fwd)").count()
    },
}];

const PREFIXES: [Exception<Value>; 1] = [Exception {
    theme: "prefixes of one kind only",
    reason: "a base subject has neither those of replies nor those of forwards (RFC 5256 §2.1)",
    applies: |case| text(case, "mode") != "both",
}];
