//! Values of header fields: encoded words, dates, addresses, base subjects.

use super::exceptions::{ADDRESSES, DATES, SUBJECTS, UNSTRUCTURED, WORDS};
use crate::folded;
use serde_json::Value;
use suites::{Suite, Suites, Verdict};

const DOVECOT: &str = "mime/dovecot-mail-vectors";
const MAIL_PARSER: &str = "mime/mail-parser-headers";

pub fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("encoded-words", DOVECOT)
            .cases_min(6)
            .cases(|folder| suites::table(&folder.join("header-decode.json")))
            .except(&WORDS)
            .check(|case| {
                let got = mime::decode_words(&suites::bytes_of(&case["input"]));
                let expected = String::from_utf8(suites::bytes_of(&case["output"])).unwrap();
                Verdict::compare(&folded(&got), &folded(&expected))
            }),
    );
    all.add(
        Suite::new("unstructured", MAIL_PARSER)
            .cases_min(50)
            .cases(|folder| suites::table(&folder.join("unstructured.json")))
            .except(&UNSTRUCTURED)
            .check(|case| {
                // Only the first field counts: what follows an unfolded line end is another.
                let message = format!("X:{}", text(case, "header"));
                let got = mime::header_text(message.as_bytes(), "X").unwrap_or_default();
                Verdict::compare(&folded(&got), &folded(text(case, "expected")))
            }),
    );
    all.add(
        Suite::new("dovecot-dates", DOVECOT)
            .cases_min(9)
            .cases(|folder| suites::table(&folder.join("date.json")))
            .check(|case| {
                let expected = (case["ok"] == true).then(|| case["unix_time"].as_i64().unwrap());
                Verdict::compare(&date(text(case, "input")), &expected)
            }),
    );
    all.add(
        Suite::new("dates", MAIL_PARSER)
            .cases_min(80)
            .cases(|folder| suites::table(&folder.join("date.json")))
            .except(&DATES)
            .check(|case| {
                let expected = civil(&case["expected"]);
                Verdict::compare(&date(text(case, "header")), &expected)
            }),
    );
    all.add(
        Suite::new("addresses", MAIL_PARSER)
            .cases_min(130)
            .cases(|folder| suites::table(&folder.join("address.json")))
            .except(&ADDRESSES)
            .check(|case| {
                let message = format!("X:{}", text(case, "header"));
                let field = mime::find(message.as_bytes(), "X");
                let got = field.map(|f| mime::addresses(f.value)).unwrap_or_default();
                let got: Vec<_> = got
                    .iter()
                    .map(|c| format!("{} <{}>", folded(&c.name), c.address))
                    .collect();
                Verdict::compare(&got, &mailboxes(&case["expected"]))
            }),
    );
    all.add(
        Suite::new("subjects", MAIL_PARSER)
            .cases_min(170)
            .cases(|folder| suites::table(&folder.join("thread_name.json")))
            .except(&SUBJECTS)
            .check(|case| {
                let got = mime::subject::conversation(text(case, "input"));
                let expected = folded(text(case, "expected")).to_lowercase();
                Verdict::compare(got.as_str(), &expected)
            }),
    );
}

fn date(text: &str) -> Option<i64> {
    mime::parse_date(text.as_bytes()).map(|time| time.secs())
}

/// Seconds since the epoch of a date in parts.
fn civil(parts: &Value) -> Option<i64> {
    let n = |name: &str| u32::try_from(parts[name].as_u64().unwrap()).unwrap();
    parts.is_object().then(|| {
        let year = i32::try_from(n("year")).unwrap();
        let (month, day) = (n("month"), n("day"));
        let local = mail::Time::from_civil(year, month, day, n("hour"), n("minute"), n("second"));
        let offset = i64::from(n("tz_hour") * 3600 + n("tz_minute") * 60);
        if parts["tz_before_gmt"] == true {
            local.secs() + offset
        } else {
            local.secs() - offset
        }
    })
}

/// Addresses as `name <address>`, groups opened.
fn mailboxes(list: &Value) -> Vec<String> {
    let one = |m: &Value| format!("{} <{}>", folded(text(m, "name")), text(m, "address"));
    let list = list.as_array().into_iter().flatten();
    list.flat_map(|item| match item["group"]["mailboxes"].as_array() {
        Some(mailboxes) => mailboxes.iter().map(one).collect(),
        None => vec![one(&item["mailbox"])],
    })
    .collect()
}
