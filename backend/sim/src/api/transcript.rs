//! A run as text in either language: the events in order, with each connection's dialogue once.

use super::form::{Language, Range, Transcript};
use super::play::{self, Prepared};
use super::{Plan, limits};
use crate::START;
use crate::scenario::{self, Run, Scenario, ScenarioError, Text};
use event::{Event, Kind, Locale, Localize, Verdict, describe_reply};
use mail::session::Speaker;
use mail::{SpanId, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

pub(super) fn transcript(
    plan: &Plan,
    language: Language,
    range: Option<Range>,
) -> Result<Transcript, ScenarioError> {
    let Prepared { scenario, .. } = play::prepare(plan)?;
    let run = scenario::run_within(&scenario, &limits())?;
    let (name, text) = (
        format!("glasspost-lab-{:02}.txt", scenario.number),
        render(&scenario, &run, language, range),
    );
    Ok(Transcript { name, text })
}

fn render(scenario: &Scenario, run: &Run, language: Language, range: Option<Range>) -> String {
    let localized = |text: &Text| {
        if language == Language::Zh {
            text.zh.clone()
        } else {
            text.en.clone()
        }
    };
    let mut out = format!(
        "{}\n{}\n\n",
        localized(&scenario.title),
        localized(&scenario.lead)
    );
    let Scenario {
        number,
        version,
        world,
        ..
    } = scenario;
    let _ = match language {
        Language::Zh => writeln!(
            out,
            "场景 {number}，版本 {version}，种子 {}，指纹 {:016x}。这是模拟。\n",
            world.seed, run.fingerprint
        ),
        Language::En => {
            writeln!(
                out,
                "Scenario {number}, version {version}, seed {}, fingerprint {:016x}. A simulation.\n",
                world.seed, run.fingerprint
            )
        }
    };
    let doubles = doubles(&run.events);
    let hosts: BTreeMap<&str, &str> = scenario
        .hosts
        .iter()
        .map(|h| (h.address.as_str(), h.name.as_str()))
        .collect();
    let mut numbers: BTreeMap<SpanId, usize> = BTreeMap::new();
    let within =
        |place: usize| range.is_none_or(|range| (range.first..=range.last).contains(&place));
    for (place, (event, moment)) in run.events.iter().zip(&run.moments).enumerate() {
        let in_dialogue = matches!(
            event.kind,
            Kind::Connect { .. } | Kind::Tls(_) | Kind::Line { .. } | Kind::Closed { .. }
        );
        if in_dialogue && doubles.contains(&event.span) {
            continue;
        }
        let next = numbers.len() + 1;
        let number = if in_dialogue {
            *numbers.entry(event.span).or_insert(next)
        } else {
            0
        };
        // Connections keep their numbers in a part of the run.
        if !within(place) {
            continue;
        }
        let mark = if in_dialogue {
            format!("[{number}]")
        } else {
            String::new()
        };
        let mut lines = lines(event, &hosts, language);
        let rest = lines.split_off(1.min(lines.len()));
        for first in lines {
            let _ = writeln!(
                out,
                "{}  {:<18} {mark:<5} {first}",
                time(*moment),
                event.host
            );
        }
        for line in rest {
            let _ = writeln!(out, "{:43}{line}", "");
        }
    }
    out
}

// Both sides of a connection record its dialogue; the second record is left out.
fn doubles(events: &[Event]) -> BTreeSet<SpanId> {
    let mut ends: BTreeMap<(&str, &str), SpanId> = BTreeMap::new();
    let mut doubles = BTreeSet::new();
    for event in events {
        if let Kind::Connect { client, server, .. } = &event.kind {
            let first = *ends
                .entry((&client.address, &server.address))
                .or_insert(event.span);
            if first != event.span {
                doubles.insert(event.span);
            }
        }
    }
    doubles
}

fn locale(language: Language) -> Locale {
    match language {
        Language::Zh => Locale::Chinese,
        Language::En => Locale::English,
    }
}

fn time(at: Time) -> String {
    let millis = at.0.saturating_sub(START.0) / 1_000;
    let (seconds, minutes) = (millis / 1_000, millis / 60_000);
    format!(
        "{:>4}:{:02}:{:02}.{:03}",
        minutes / 60,
        minutes % 60,
        seconds % 60,
        millis % 1_000
    )
}

// The lines that describe an event.
fn lines(event: &Event, hosts: &BTreeMap<&str, &str>, language: Language) -> Vec<String> {
    let say = |zh: String, en: String| vec![if language == Language::Zh { zh } else { en }];
    match &event.kind {
        Kind::Connect { client, server, .. } => {
            let (from, to) = (party_name(client, hosts), party_name(server, hosts));
            say(
                format!("连接：{from} → {to}"),
                format!("connection: {from} → {to}"),
            )
        }
        Kind::Unreachable { peer, reason } => say(
            format!("无法连接 {peer}：{}", reason.sentence(Locale::Chinese)),
            format!("cannot reach {peer}: {}", reason.english()),
        ),
        Kind::Tls(tls) => say(
            format!("从此加密：{}", tls.version),
            format!("encrypted from here on: {}", tls.version),
        ),
        Kind::Line {
            speaker,
            text,
            sealed,
            ..
        } => {
            let side = if *speaker == Speaker::Client {
                "C"
            } else {
                "S"
            };
            let lock = if *sealed { "*" } else { " " };
            text.split('\n')
                .map(|line| format!("{side}{lock} {line}"))
                .collect()
        }
        Kind::Dns {
            question, answer, ..
        } => {
            let answer = match answer {
                Ok(records) if records.is_empty() => "–".to_owned(),
                Ok(records) => records
                    .iter()
                    .map(scenario::record_data)
                    .collect::<Vec<_>>()
                    .join(" | "),
                Err(failure) => failure.sentence(locale(language)),
            };
            vec![format!("DNS {question} → {answer}")]
        }
        Kind::Check {
            check,
            verdict,
            reason,
            ..
        } => {
            let word = match (verdict, language) {
                (Verdict::Pass, Language::Zh) => "通过",
                (Verdict::Fail, Language::Zh) => "不通过",
                (Verdict::Neutral, Language::Zh) => "无结论",
                (Verdict::Pass, Language::En) => "pass",
                (Verdict::Fail, Language::En) => "fail",
                (Verdict::Neutral, Language::En) => "neutral",
            };
            let reason = reason.sentence(locale(language));
            say(
                format!("检查 {check}：{word} {reason}"),
                format!("check {check}: {word} {reason}"),
            )
            .into_iter()
            .map(|l| l.trim_end().to_owned())
            .collect()
        }
        kind => message_lines(kind, language),
    }
}

fn message_lines(kind: &Kind, language: Language) -> Vec<String> {
    let say = |zh: String, en: String| vec![if language == Language::Zh { zh } else { en }];
    match kind {
        Kind::Accepted {
            recipients, bytes, ..
        } => {
            let to = recipients.join(", ");
            say(
                format!("接收了给 {to} 的邮件（{bytes} 字节），由本机负责投递"),
                format!("accepted the message for {to} ({bytes} bytes)"),
            )
        }
        Kind::Attempt { number, domain, .. } => say(
            format!("第 {number} 次尝试投递到 {domain}"),
            format!("attempt {number}, to {domain}"),
        ),
        Kind::Deferred {
            recipient,
            reply,
            cause,
            next,
        } => {
            let next = time(*next);
            let reply = describe_reply(reply, cause.as_ref(), locale(language));
            say(
                format!(
                    "给 {recipient} 的邮件暂缓投递（{reply}），{} 重试",
                    next.trim()
                ),
                format!(
                    "deferred the message for {recipient} ({reply}); next attempt at {}",
                    next.trim()
                ),
            )
        }
        Kind::Relayed {
            recipient,
            host,
            reply,
        } => say(
            format!(
                "给 {recipient} 的邮件已转交 {host}（{}）",
                describe_reply(reply, None, Locale::Chinese)
            ),
            format!("relayed the message for {recipient} to {host} ({reply})"),
        ),
        Kind::Delivered {
            recipient, mailbox, ..
        } => say(
            format!("已投递到 {recipient} 的 {mailbox}"),
            format!("delivered to {mailbox} of {recipient}"),
        ),
        Kind::Bounced {
            recipient,
            reply,
            cause,
            ..
        } => {
            let reply = describe_reply(reply, cause.as_ref(), locale(language));
            say(
                format!("给 {recipient} 的邮件投递失败（{reply}），退信通知发件人"),
                format!("delivery to {recipient} failed ({reply}); a bounce is sent"),
            )
        }
        Kind::Fetched { by, what, .. } => say(
            format!("{by} 收取了 {what}"),
            format!("{by} fetched {what}"),
        ),
        Kind::Pushed { to, .. } => say(format!("立即推送给 {to}"), format!("notified {to}")),
        Kind::Closed { .. } => say("连接结束".to_owned(), "connection closed".to_owned()),
        _ => Vec::new(),
    }
}

fn party_name(party: &event::Party, hosts: &BTreeMap<&str, &str>) -> String {
    let ip = party
        .address
        .rsplit_once(':')
        .map_or(party.address.as_str(), |(ip, _)| {
            ip.trim_matches(['[', ']'])
        });
    hosts.get(ip).map_or_else(
        || party.address.clone(),
        |name| format!("{name} [{}]", party.address),
    )
}
