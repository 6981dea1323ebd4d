//! Describes a run in plain words for the map level: one sentence per step, without protocol terms.
//! Each kind of step has a typed sentence; the texts are in one table, English and Chinese side by
//! side.

use crate::i18n::Language;
use crate::stage::i18n::{duration_words, host_name};
use crate::stage::message_state;
use crate::stage::model::{AgentId, StepKind, Timeline};
use event::{Event, Kind, Protocol};
use mail::session::Speaker;

/// Defines the sentences: `Variant { field } = "English {field}" / "中文 {field}";`.
macro_rules! sentences {
    ($($variant:ident $({ $($field:ident),+ })? = $english:literal / $chinese:literal;)+) => {
        /// A description of a step for readers who know no protocol.
        #[derive(Clone, Debug, PartialEq, Eq)]
        enum Sentence {
            $($variant $({ $($field: String),+ })?),+
        }

        impl Sentence {
            fn text(&self, language: Language) -> String {
                match self {
                    $(Self::$variant $({ $($field),+ })? => match language {
                        Language::English => format!($english),
                        Language::Chinese => format!($chinese),
                    }),+
                }
            }
        }
    };
}

sentences! {
    TimePasses { duration } = "{duration} later." / "{duration}后。";
    ChecksForMail { client, server } = "{client} checks for new mail on {server}." / "{client} 到 {server} 查收邮件。";
    Connects { client, server } = "{client} connects to {server}." / "{client} 连接 {server}。";
    Unreachable { host } = "{host} gets no answer." / "{host} 无法连接对方。";
    Encrypted = "From now on nobody in between can read what they exchange." / "从现在起，中间的人看不到传输的内容。";
    LooksUp { host } = "{host} looks up an address." / "{host} 查询对方的地址。";
    Accepted { host, recipients } = "{host} has accepted the message for {recipients} and stored it safely." / "{host} 收下了给 {recipients} 的邮件，并已妥善保存。";
    Attempt { host, domain } = "{host} starts to deliver the message to {domain}." / "{host} 开始把邮件发往 {domain}。";
    Retry { host, domain, number } = "{host} tries to deliver to {domain} again (attempt {number})." / "{host} 再次尝试发往 {domain}（第 {number} 次）。";
    Deferred { recipient } = "The message for {recipient} cannot be delivered yet; it waits in the queue." / "给 {recipient} 的邮件暂时无法送达，留在队列里稍后重试。";
    Relayed { recipient, host } = "{host} has taken over the message for {recipient} and is now responsible for it." / "{host} 接收了给 {recipient} 的邮件，从此由它负责。";
    Delivered { recipient } = "The message is in the mailbox of {recipient}." / "邮件已进入 {recipient} 的邮箱。";
    Bounced { recipient } = "The message for {recipient} cannot be delivered; the sender is notified." / "给 {recipient} 的邮件无法送达，发件人会收到退信通知。";
    Fetched { account } = "{account} has downloaded the message." / "{account} 收取了邮件。";
    Notified { account } = "{account} is notified of the new message at once." / "{account} 立刻收到新邮件提醒。";
    Refused { host } = "{host} refuses." / "{host} 拒绝了。";
    Closed = "They disconnect." / "双方断开连接。";
}

/// The latest sentence up to a position; empty if there is none yet.
pub fn summary(timeline: &Timeline, position: usize, language: Language) -> String {
    (0..timeline.len().min(position + 1))
        .rev()
        .find_map(|i| step_summary(timeline, i, language))
        .unwrap_or_default()
}

/// The sentence of one step; `None` for steps that only matter to the protocol and for those that
/// would repeat the previous sentence (a host may make ten DNS queries in a row).
pub fn step_summary(timeline: &Timeline, position: usize, language: Language) -> Option<String> {
    let sentence = step_sentence(timeline, position, language)?;
    let before = (0..position)
        .rev()
        .find_map(|earlier| step_sentence(timeline, earlier, language));
    (before.as_ref() != Some(&sentence)).then(|| sentence.text(language))
}

fn step_sentence(timeline: &Timeline, position: usize, language: Language) -> Option<Sentence> {
    let step = timeline.steps.get(position)?;
    Some(match step.kind {
        StepKind::Wait(duration) => Sentence::TimePasses {
            duration: duration_words(language, duration),
        },
        StepKind::Event(number) => {
            let names = Names {
                timeline,
                event: &timeline.events[number],
                language,
            };
            of_event(&names, step.agent, step.connection)?
        }
    })
}

fn of_event(
    names: &Names<'_>,
    agent: Option<AgentId>,
    connection: Option<usize>,
) -> Option<Sentence> {
    let host = || names.agent(agent);
    Some(match &names.event.kind {
        Kind::Connect { protocol, .. } => {
            let ends = connection.map(|c| &names.timeline.connections[c]);
            let client = names.agent(ends.map(|c| c.client_agent));
            let server = names.agent(ends.map(|c| c.server_agent));
            match protocol {
                Protocol::Imap | Protocol::Pop3 => Sentence::ChecksForMail { client, server },
                _ => Sentence::Connects { client, server },
            }
        }
        Kind::Unreachable { .. } => Sentence::Unreachable { host: host() },
        Kind::Tls(_) => Sentence::Encrypted,
        Kind::Dns { .. } => Sentence::LooksUp { host: host() },
        Kind::Accepted { recipients, .. } => {
            let comma = match names.language {
                Language::Chinese => "、",
                Language::English => ", ",
            };
            Sentence::Accepted {
                host: host(),
                recipients: recipients.join(comma),
            }
        }
        Kind::Attempt { domain, number, .. } => {
            let (host, domain) = (host(), domain.clone());
            if *number > 1 {
                let number = number.to_string();
                Sentence::Retry {
                    host,
                    domain,
                    number,
                }
            } else {
                Sentence::Attempt { host, domain }
            }
        }
        Kind::Deferred { recipient, .. } => Sentence::Deferred {
            recipient: recipient.clone(),
        },
        Kind::Relayed {
            recipient, host, ..
        } => Sentence::Relayed {
            recipient: recipient.clone(),
            host: host.clone(),
        },
        Kind::Delivered { recipient, .. } => Sentence::Delivered {
            recipient: recipient.clone(),
        },
        Kind::Bounced { recipient, .. } => Sentence::Bounced {
            recipient: recipient.clone(),
        },
        Kind::Fetched { by, .. } => Sentence::Fetched {
            account: by.clone(),
        },
        Kind::Pushed { to, .. } => Sentence::Notified {
            account: to.clone(),
        },
        Kind::Line {
            speaker: Speaker::Server,
            text,
            ..
        } if message_state::refuses(text) => Sentence::Refused { host: host() },
        Kind::Closed { .. } => Sentence::Closed,
        _ => return None,
    })
}

/// Names of agents as the map shows them.
struct Names<'a> {
    timeline: &'a Timeline,
    event: &'a Event,
    language: Language,
}

impl Names<'_> {
    /// A person's name, or `the mail server of a.test`; the recording host if the agent is unknown.
    fn agent(&self, agent: Option<AgentId>) -> String {
        let Some(agent) = agent else {
            return self.event.host.to_string();
        };
        let topology = &self.timeline.topology;
        let host = &topology.hosts[topology.agents[agent].host];
        if host.person.is_some() {
            return host_name(self.language, host);
        }
        let name = if host.domain.is_empty() {
            &host.name
        } else {
            &host.domain
        };
        match self.language {
            Language::Chinese => format!("{name} 的邮件服务器"),
            Language::English => format!("the mail server of {name}"),
        }
    }
}

/// A sentence with its first letter capitalized, in languages that do so; a leading host name or
/// address stays as it is.
pub fn sentence_case(text: &str, language: Language) -> String {
    let is_name = text
        .split(' ')
        .next()
        .is_some_and(|word| word.contains(['.', '@']) && !word.ends_with('.'));
    if language == Language::Chinese || is_name {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn summary_has_no_protocol_term() {
        for events in [
            samples::local_delivery(),
            samples::greylisted(),
            samples::bounced(),
            samples::composed_and_pushed(),
        ] {
            let t = Timeline::from_events(events);
            for language in Language::ALL {
                for i in 0..t.len() {
                    let text = summary(&t, i, language);
                    assert!(!text.is_empty());
                    for term in ["SMTP", "IMAP", "TLS", "DNS", "250", "RCPT", "MX", "UID"] {
                        assert!(!text.contains(term), "{text}");
                    }
                }
            }
        }
    }
}
