//! HTML as text, and previews.

use crate::folded;
use serde_json::Value;
use suites::{Exception, Suite, Suites, Verdict};

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

const HTML_EXCEPTIONS: [Exception<Value>; 3] = [
    Exception {
        theme: "a less-than sign before a space",
        reason: "a tag begins with a letter after it (HTML Standard, tag open state)",
        applies: |case| text(case, "input").contains("< "),
    },
    Exception {
        theme: "an element in the head that cannot be there",
        reason: "the body begins with it (HTML Standard, \"in head\" insertion mode), so its text is shown",
        applies: |case| {
            text(case, "input").contains("<head>") && text(case, "input").contains("<not ")
        },
    },
    Exception {
        theme: "words in neighbouring blocks",
        reason: "blocks stand apart (HTML Standard, flow content is display: block), and so do their words",
        applies: |case| {
            let plain = |text: &str| text.replace(char::is_whitespace, "");
            let got = mime::html_to_text(text(case, "input"));
            plain(&got) == plain(text(case, "expected")) && text(case, "input").contains("<div>")
        },
    },
];

const PREVIEW_EXCEPTIONS: [Exception<Value>; 2] = [
    Exception {
        theme: "quoted lines",
        reason: "a preview has no quote marks, and own words come before quoted ones (design; no RFC)",
        applies: |case| text(case, "snippet").starts_with('>'),
    },
    Exception {
        theme: "bytes at the end that are not UTF-8",
        reason: "a character that is cut off is not shown in a preview (design; no RFC)",
        applies: |case| text(case, "snippet").ends_with('\u{FFFD}'),
    },
];

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("html-to-text", "html/mail-parser-decoders")
            .cases_min(20)
            .cases(|folder| suites::table(&folder.join("html_to_text.json")))
            .except(&HTML_EXCEPTIONS)
            .check(|case| {
                let got = mime::html_to_text(text(case, "input"));
                Verdict::compare(&folded(&got), &folded(text(case, "expected")))
            }),
    );
    all.add(
        Suite::new("previews", "html/dovecot-html-vectors")
            .cases_min(10)
            .cases(|folder| suites::table(&folder.join("snippet.json")))
            .except(&PREVIEW_EXCEPTIONS)
            .check(|case| {
                let message = suites::bytes_of(&case["message"]);
                let chars_max = usize::try_from(case["max_chars"].as_u64().unwrap()).unwrap();
                let preview = mime::outline(&message).summary.preview;
                let got: String = preview.chars().take(chars_max).collect();
                Verdict::compare(got.as_str(), text(case, "snippet"))
            }),
    );
}
