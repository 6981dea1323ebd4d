//! A full sentence for every step, in both languages: for screen readers, transcripts and reading.

mod delivery;

use super::dns_text::{failure_word, question_text, record_text};
use super::i18n::{
    check_text, duration_words, host_name, is_content_line, line_text, protocol_name, reason_text,
    role_name, say, verdict_text,
};
use super::model::{StepKind, Timeline};
use crate::i18n::Language;
use event::{Event, Kind};
use mail::session::Speaker;

/// The sentence of a step.
pub fn sentence(timeline: &Timeline, position: usize, language: Language) -> String {
    let Some(step) = timeline.steps.get(position) else {
        return String::new();
    };
    let event = match step.kind {
        StepKind::Wait(d) => {
            let d = duration_words(language, d);
            return match language {
                Language::Chinese => format!("{d}过去了。"),
                Language::English => format!("{d} later."),
            };
        }
        StepKind::Event(i) => &timeline.events[i],
    };
    let who = |agent: Option<usize>| {
        agent.map_or_else(|| event.host.to_string(), |r| party(timeline, r, language))
    };
    let connection = step.connection.map(|t| &timeline.connections[t]);
    let here = who(step.agent);
    let description = match (&event.kind, connection) {
        (Kind::Connect { protocol, .. }, Some(connection)) => {
            let (server, protocol) = (
                who(Some(connection.server_agent)),
                protocol_name(language, *protocol),
            );
            match (language, connection.port()) {
                (Language::Chinese, Some(port)) => {
                    format!("{here} 连接 {server}（{protocol}，端口 {port}）。")
                }
                (Language::Chinese, None) => format!("{here} 连接 {server}（{protocol}）。"),
                (Language::English, Some(port)) => {
                    format!("{here} connects to {server} ({protocol}, port {port}).")
                }
                (Language::English, None) => format!("{here} connects to {server} ({protocol})."),
            }
        }
        (
            Kind::Line {
                speaker,
                text,
                sealed,
                ..
            },
            Some(connection),
        ) => {
            let speaker_agent = who(Some(connection.agent(*speaker)));
            let heading = line_heading(language, event, &speaker_agent, *speaker, *sealed);
            let text = line_text(language, &event.explain, text).replace('\n', " / ");
            if is_content_line(&event.explain, &text) {
                format!("{heading}“{text}”")
            } else {
                format!("{heading}{text}")
            }
        }
        _ => other(event, &here, language),
    };
    format!("{description}{}", marks(timeline, position, language))
}

/// Remarks on a step: the line was never received, or the event is only claimed.
fn marks(timeline: &Timeline, position: usize, language: Language) -> String {
    let mut marks = String::new();
    if timeline.is_lost(position) {
        marks += say(
            language,
            "（对方没有收到。）",
            " (Never received by the other side.)",
        );
    }
    if timeline.event(position).is_some_and(|event| event.claimed) {
        marks += say(language, "（据称）", " (claimed)");
    }
    marks
}

/// An agent's role and host, such as `MTA mx.b.test`, or a person's name with MUA.
fn party(timeline: &Timeline, agent: usize, language: Language) -> String {
    let agent = timeline.topology.agents[agent];
    format!(
        "{} {}",
        role_name(agent.role),
        host_name(language, &timeline.topology.hosts[agent.host])
    )
}

/// The sentence of a step without the lines that it sends, for a list that quotes them below: `MTA
/// mail.b.test replies (encrypted):`.
pub fn heading(timeline: &Timeline, position: usize, language: Language) -> String {
    let connection = timeline.steps.get(position).and_then(|s| s.connection);
    match (timeline.event(position), connection) {
        (Some(event), Some(connection)) => {
            let Kind::Line {
                speaker, sealed, ..
            } = &event.kind
            else {
                return sentence(timeline, position, language);
            };
            let agent = timeline.connections[connection].agent(*speaker);
            let who = party(timeline, agent, language);
            let heading = line_heading(language, event, &who, *speaker, *sealed);
            format!(
                "{}{}",
                heading.trim_end(),
                marks(timeline, position, language)
            )
        }
        _ => sentence(timeline, position, language),
    }
}

/// The start of a line's sentence up to the colon: the agent, and whether it sends or replies.
fn line_heading(
    language: Language,
    event: &Event,
    who: &str,
    speaker: Speaker,
    sealed: bool,
) -> String {
    let encryption = if sealed {
        say(language, "（加密）", " (encrypted)")
    } else {
        ""
    };
    let content = match &event.kind {
        Kind::Line { text, .. } => is_content_line(&event.explain, text),
        _ => false,
    };
    match (language, speaker) {
        (Language::Chinese, Speaker::Client) if content => {
            format!("{who} 发送邮件中的一行{encryption}：")
        }
        (Language::English, Speaker::Client) if content => {
            format!("{who} sends a line of the message{encryption}: ")
        }
        (Language::Chinese, Speaker::Client) => format!("{who} 发送{encryption}："),
        (Language::Chinese, Speaker::Server) => format!("{who} 应答{encryption}："),
        (Language::English, Speaker::Client) => format!("{who} sends{encryption}: "),
        (Language::English, Speaker::Server) => format!("{who} replies{encryption}: "),
    }
}

fn other(event: &Event, here: &str, language: Language) -> String {
    let zh = language == Language::Chinese;
    match &event.kind {
        Kind::Connect { protocol, .. } => {
            let protocol = protocol_name(language, *protocol);
            if zh {
                format!("{here} 建立了连接（{protocol}）。")
            } else {
                format!("{here} connects ({protocol}).")
            }
        }
        Kind::Line {
            speaker,
            text,
            sealed,
            ..
        } => {
            let heading = line_heading(language, event, here, *speaker, *sealed);
            format!("{heading}{}", text.replace('\n', " / "))
        }
        Kind::Unreachable { peer, reason } if zh => {
            format!(
                "{here} 无法连接 {peer}：{}。",
                reason_text(language, reason)
            )
        }
        Kind::Unreachable { peer, reason } => {
            format!(
                "{here} cannot reach {peer}: {}.",
                reason_text(language, reason)
            )
        }
        Kind::Tls(tls) if zh => format!("TLS 握手完成（{}），此后的内容都已加密。", tls.version),
        Kind::Tls(tls) => format!(
            "TLS handshake complete ({}); what follows is encrypted.",
            tls.version
        ),
        Kind::Dns {
            question,
            answer,
            micros,
        } => {
            let question = question_text(question);
            let answer = match answer {
                Ok(all) if all.is_empty() => {
                    say(language, "没有这种记录", "no such record").to_owned()
                }
                Ok(all) => all.iter().map(record_text).collect::<Vec<_>>().join(", "),
                Err(mail::dns::Failure::Timeout) => {
                    say(language, "超时", "no answer in time").to_owned()
                }
                Err(why) => failure_word(*why).to_owned(),
            };
            let cached = if super::dns_text::is_cached(*micros) {
                say(language, "（来自缓存）", " (from the cache)")
            } else {
                ""
            };
            if zh {
                format!("{here} 查询 DNS：{question}，得到 {answer}{cached}。")
            } else {
                format!("{here} queries DNS for {question}: {answer}{cached}.")
            }
        }
        Kind::Check {
            check,
            verdict,
            reason,
            ..
        } => {
            let why = reason_text(language, reason);
            let name = check_text(language, check.name());
            let verdict = verdict_text(language, *verdict);
            match (zh, why.is_empty()) {
                (true, true) => format!("{here} 检查“{name}”：{verdict}。"),
                (true, false) => format!("{here} 检查“{name}”：{verdict}（{why}）。"),
                (false, true) => format!("{here} checks “{name}”: {verdict}."),
                (false, false) => format!("{here} checks “{name}”: {verdict} ({why})."),
            }
        }
        _ => delivery::sentence(event, here, language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn every_step_of_every_journey_has_a_sentence_in_both_languages() {
        for events in [
            samples::local_delivery(),
            samples::greylisted(),
            samples::bounced(),
            samples::composed_and_pushed(),
        ] {
            let t = Timeline::from_events(events);
            for language in Language::ALL {
                for i in 0..t.len() {
                    assert!(sentence(&t, i, language).chars().count() > 4, "step {i}");
                }
            }
        }
    }

    #[test]
    fn line_names_its_sender_and_whether_it_is_encrypted() {
        let t = Timeline::from_events(samples::local_delivery());
        let auth = (0..t.len())
            .map(|i| sentence(&t, i, Language::English))
            .find(|s| s.contains("AUTH PLAIN •"))
            .unwrap_or_default();
        assert_eq!(auth, "MUA alice sends (encrypted): AUTH PLAIN ••••");
    }
}
