//! Published HTML as messages: attacks, leaks, newsletters, and the tests of HTML parsers. The
//! output of the sanitizer is read with a strict scanner.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../common/scanner.rs"]
mod scanner;

use mime::html_to_text;
use mua::html::{ELEMENT_ATTRIBUTES, ELEMENTS, GLOBAL_ATTRIBUTES};
use mua::html::{Images, SanitizedHtml, sanitize};
use scanner::{cleaned, tags};
use serde_json::Value;
use std::path::Path;
use suites::{Suite, Suites, Verdict};

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        attacks(all);
        leaks(all);
        newsletters(all);
    })
}

type Read = fn(&Path) -> Vec<(String, String)>;

fn attacks(all: &mut Suites) {
    for (name, data, count, read) in [
        ("dompurify", "html/dompurify", 200, json_texts as Read),
        ("roundcube", "html/roundcube", 100, json_texts),
        ("roundcube-files", "html/roundcube/src", 5, whole_files),
        ("bleach", "html/bleach", 20, whole_files),
        ("httpleaks", "html/httpleaks", 100, json_texts),
        ("html5lib-trees", "html/html5lib-tests", 1500, html5lib),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(count)
                .cases(read)
                .check(|attack| {
                    cleaned(attack);
                    // The same as a style and inside an attribute.
                    cleaned(&format!("<p style=\"{}\">x", attack.replace('"', "&quot;")));
                    cleaned(&format!("<table><tr><td><noscript>{attack}</table>"));
                    Verdict::Agrees
                }),
        );
    }
}

/// Every text in the JSON files of a folder.
fn json_texts(folder: &Path) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for file in suites::files(folder, &["json"]) {
        let mut texts = Vec::new();
        collect(&suites::json(&file), &mut texts);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let named = texts.into_iter().enumerate();
        cases.extend(named.map(|(i, text)| (format!("{stem}-{}", i + 1), text)));
    }
    cases
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|v| collect(v, into)),
        Value::Object(all) => all.values().for_each(|v| collect(v, into)),
        _ => {}
    }
}

fn whole_files(folder: &Path) -> Vec<(String, String)> {
    let all = suites::files(folder, &[]).into_iter();
    all.map(|file| {
        let below = file.strip_prefix(folder).unwrap().to_string_lossy();
        (below.into_owned(), suites::text(&file))
    })
    .collect()
}

/// The inputs of the tree-construction tests, which follow lines `#data`.
fn html5lib(folder: &Path) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for file in suites::files(&folder.join("tree-construction"), &["dat"]) {
        let text = suites::text(&file);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let tests = text.split("#data\n").skip(1).enumerate();
        cases.extend(tests.map(|(i, test)| {
            let input = test.split("\n#errors").next().unwrap_or_default();
            (format!("{stem}-{}", i + 1), input.to_owned())
        }));
    }
    cases
}

/// Nothing is loaded from anywhere.
fn leaks(all: &mut Suites) {
    all.add(
        Suite::new("leaks", "html/httpleaks")
            .cases_min(100)
            .cases(|folder| suites::table(&folder.join("leaks.json")))
            .check(|leak| {
                let html = leak["html"].as_str().unwrap();
                let output = cleaned(html).html;
                let loads = tags(&output).into_iter().find(|(name, attributes)| {
                    attributes.iter().any(|(attribute, value)| {
                        let inert = name == "a" && matches!(attribute.as_str(), "href" | "title")
                            || attribute == "title"
                            || attribute == "alt";
                        !inert && value.contains("leaking.via")
                    })
                });
                Verdict::compare(&loads, &None)
            }),
    );
}

/// Words and layout stay.
fn newsletters(all: &mut Suites) {
    for (name, data, count) in [
        ("newsletters", "html/foundation-emails", 14),
        ("newsletter-pages", "html/foundation-pages", 30),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(count)
                .cases(|folder| {
                    let all = whole_files(folder).into_iter();
                    all.filter(|(name, _)| Path::new(name).extension().is_some_and(|e| e == "html"))
                        .map(|(name, html)| (name.clone(), (name, html)))
                        .collect()
                })
                .check(|(name, html)| newsletter(name, html)),
        );
    }
}

fn newsletter(name: &str, html: &str) -> Verdict {
    let output = cleaned(html).html;
    let words = |html: &str| -> Vec<String> {
        let text = html_to_text(html);
        let words = text.split_whitespace().filter(|w| !w.contains("://"));
        words.map(str::to_owned).collect()
    };
    let (before, after) = (words(html), words(&output));
    let kept = before.iter().filter(|w| after.contains(w)).count();
    let count = |html: &str, what: &str| html.matches(what).count();
    Verdict::when(kept * 100 >= before.len() * 97, || {
        format!("{kept} of {} words", before.len())
    })
    .and(|| Verdict::compare(&count(&output, "<table"), &count(html, "<table")))
    .and(|| {
        let (kept, all) = (count(&output, "style=\""), count(html, "style=\""));
        let enough = !name.starts_with("inlined") || kept * 10 >= all * 8;
        Verdict::when(enough, || format!("{kept} of {all} styles"))
    })
}
