//! A run as text: each step with its time, its sentence and the transmitted lines.

use event::Kind;
use frontend::i18n::Language;
use frontend::stage::i18n::line_text;
use frontend::stage::model::{StepKind, Timeline};
use frontend::stage::sentences::heading;
use mail::Time;
use mail::session::Speaker;
use std::fmt::Write;

/// The text of a range of steps, both ends included. Times are relative to the start of the run.
pub fn text(
    timeline: &Timeline,
    from: usize,
    to: usize,
    title: &str,
    began: Time,
    language: Language,
) -> String {
    let mut out = format!(
        "{title}\n{}\n\n",
        "=".repeat(
            title
                .chars()
                .map(|c| if c.is_ascii() { 1 } else { 2 })
                .sum()
        )
    );
    for position in from..=to.min(timeline.last()) {
        let Some(step) = timeline.steps.get(position) else {
            break;
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            out,
            "{:>4}  {}  {}",
            position + 1,
            since(began, step.at),
            heading(timeline, position, language)
        );
        let StepKind::Event(at) = step.kind else {
            continue;
        };
        if let Kind::Line {
            speaker,
            text,
            sealed,
            ..
        } = &timeline.events[at].kind
        {
            let who = if *speaker == Speaker::Client {
                "C:"
            } else {
                "S:"
            };
            let lock = if *sealed { " [TLS]" } else { "" };
            for line in line_text(language, &timeline.events[at].explain, text).lines() {
                let _ = writeln!(out, "                        {who}{lock} {line}");
            }
        }
    }
    out
}

// Formats the time since the start: `0:00:01.250`.
fn since(began: Time, at: Time) -> String {
    let micros = at.0.saturating_sub(began.0);
    let (seconds, millis) = (micros / 1_000_000, micros / 1_000 % 1_000);
    format!(
        "{:>3}:{:02}:{:02}.{millis:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{read, run};

    #[test]
    fn both_languages_quote_the_same_lines() {
        let scenario = read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap();
        let timeline = Timeline::from_run(run(&scenario, &[]).unwrap().events);
        let of = |language| text(&timeline, 0, timeline.last(), "1", sim::START, language);
        let (zh, en) = (of(Language::Chinese), of(Language::English));
        assert!(
            en.contains("S: 220 mail.a.test")
                && en.contains("C: [TLS] RCPT TO:<bob@b.test>")
                && en.contains("[TLS]"),
            "{en}"
        );
        assert!(zh.contains("连接") && !en.contains("连接"));
        let words = |text: &str| {
            text.lines()
                .filter(|line| line.contains(" S:") || line.contains(" C:"))
                .filter(|line| !line.contains("(message content") && !line.contains("（邮件内容"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            words(&zh),
            words(&en),
            "both languages quote the same lines"
        );
        assert!(en.contains("   1    0:00:01."), "{en}");
    }

    #[test]
    fn reply_lines_appear_once_and_without_internal_numbers() {
        let scenario = read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap();
        let timeline = Timeline::from_run(run(&scenario, &[]).unwrap().events);
        for language in Language::ALL {
            let text = text(&timeline, 0, timeline.last(), "1", sim::START, language);
            let greeting = "220 mail.b.test ESMTP";
            assert_eq!(text.matches(greeting).count(), 1, "{text}");
            assert_eq!(text.matches("4294967296").count(), 0, "{text}");
            assert!(!text.contains(" / "), "{text}");
        }
    }

    #[test]
    fn hours_count_beyond_a_day() {
        assert_eq!(
            since(Time(0), Time(5 * 86_400_000_000 + 61_250_000)),
            "120:01:01.250"
        );
    }
}
