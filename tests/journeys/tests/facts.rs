//! Statements in lessons and explanations that were once wrong or too strong: checks their
//! corrected wording.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use journeys::scenarios;
use sim::scenario::{Scenario, Text};
use std::fs;
use std::path::Path;

fn scenario(number: u32) -> Scenario {
    let mut all = scenarios().into_iter().map(|(_, scenario)| scenario);
    all.find(|scenario| scenario.number == number).unwrap()
}

fn explanation(language: &str, key: &str) -> String {
    let file = format!("../../static/explain/{language}.json");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[key]["text"].as_str().unwrap().to_owned()
}

/// Checks that both languages contain `says` and neither contains `not`.
#[track_caller]
fn check(text: &Text, says: [&str; 2], not: [&str; 2]) {
    for (text, says, not) in [(&text.en, says[0], not[0]), (&text.zh, says[1], not[1])] {
        assert!(text.contains(says), "“{says}” is missing: {text}");
        assert!(not.is_empty() || !text.contains(not), "“{not}”: {text}");
    }
}

#[test]
fn a_bare_line_feed_must_not_end_a_message_and_rejecting_it_is_policy() {
    check(
        &scenario(5).lesson,
        ["must not end it", "绝不能结束邮件"],
        ["must be refused", "必须拒收"],
    );
    check(
        &scenario(47).lesson,
        ["the stricter policy", "更严的做法"],
        ["must be refused", "必须拒收"],
    );
}

#[test]
fn submission_servers_usually_require_tls_and_a_login() {
    let text = Text {
        en: explanation("en", "smtp.reply.530"),
        zh: explanation("zh-CN", "smtp.reply.530"),
    };
    check(&text, ["usually", "通常"], ["always", "总是"]);
}

#[test]
fn the_timeout_for_a_silent_host_is_described_as_a_setting() {
    let asked = scenario(22).questions;
    let asked = asked.iter().find(|q| q.ask.en.contains("silent")).unwrap();
    check(&asked.ask, ["its own setting", "它的设置"], ["", ""]);
}

#[test]
fn greylisting_explanations_mention_both_codes() {
    for language in ["en", "zh-CN"] {
        assert!(
            explanation(language, "smtp.reply.450").contains("451"),
            "{language}"
        );
        let word = if language == "en" {
            "reylist"
        } else {
            "灰名单"
        };
        for code in ["450", "451"] {
            let text = explanation(language, &format!("smtp.reply.{code}"));
            assert!(text.contains(word), "{language} {code}: {text}");
        }
    }
}

#[test]
fn dmarc_lessons_cite_the_rfc_that_textbooks_follow() {
    for number in [40, 41] {
        check(&scenario(number).lesson, ["RFC 7489", "RFC 7489"], ["", ""]);
    }
}

#[test]
fn pop3_deletes_on_the_server_only_on_request() {
    check(
        &scenario(67).lesson,
        ["DELE", "DELE"],
        ["leaves nothing", "不留痕迹"],
    );
    for (language, word) in [
        ("en", "remains on the server unless DELE"),
        ("zh-CN", "除非随后发送 DELE"),
    ] {
        let text = explanation(language, "pop3.retr");
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn explanations_describe_secrets_as_hidden_only_outside_the_lab() {
    for (language, word, outside) in [
        ("en", "dots", "outside the Lab"),
        ("zh-CN", "圆点", "实验室之外"),
    ] {
        for key in ["smtp.auth.response", "pop3.pass", "pop3.auth.response"] {
            let text = explanation(language, key);
            assert!(
                !text.contains(word) || text.contains(outside),
                "{language} {key}: {text}"
            );
        }
    }
}

#[test]
fn chinese_texts_use_the_agreed_terms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static");
    let mut faults = Vec::new();
    for sub in ["scenarios", "explain"] {
        for file in fs::read_dir(folder.join(sub)).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            for term in [
                "勉强",
                "证明树",
                "散列",
                "收信人",
                "寄件人",
                "帐户",
                "反向散射",
            ] {
                if text.contains(term) {
                    faults.push(format!("{}: {term}", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
