//! What became of the messages of a run, for each recipient, and how the outcomes of two runs
//! differ. Bounces are not listed themselves: the message that they are about says so.

use super::i18n::{say, status_text};
use super::message_source::{decoded, value};
use super::model::{CopyStatus, MessageState, Timeline};
use super::text_width::shortened;
use crate::i18n::Language;

/// Up to this number of recipients the outcome names each; beyond it, it counts.
const NAMED_MAX: usize = 3;
/// Maximum width of a subject in columns; a longer one is cut.
const SUBJECT_COLUMNS: usize = 32;

/// What a message of a run with several messages is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageName {
    /// Its subject, which no other message of the run has.
    Subject(String),
    /// Its number, from 1.
    Number(usize),
}

/// The end of one recipient's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientOutcome {
    /// The recipient.
    pub recipient: String,
    /// Which message it is a copy of; `None` if the run has only one.
    pub message: Option<MessageName>,
    /// The status after the last step.
    pub status: CopyStatus,
}

/// The outcomes of two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedOutcomes {
    left: Vec<RecipientOutcome>,
    right: Vec<RecipientOutcome>,
}

impl ComparedOutcomes {
    /// The outcomes of both runs.
    pub fn new(left: &Timeline, right: &Timeline) -> ComparedOutcomes {
        ComparedOutcomes {
            left: outcomes(left),
            right: outcomes(right),
        }
    }

    /// Whether every recipient fares the same in both runs, apart from times and numbers.
    pub fn are_equal(&self) -> bool {
        let fates = |outcomes: &[RecipientOutcome]| {
            let fate = |o: &RecipientOutcome| {
                let recipient = o.recipient.to_ascii_lowercase();
                (recipient, fate_text(Language::English, &o.status))
            };
            let mut fates: Vec<_> = outcomes.iter().map(fate).collect();
            fates.sort();
            fates
        };
        fates(&self.left) == fates(&self.right)
    }

    /// One sentence, with the names of the runs.
    pub fn text(&self, language: Language, left_name: &str, right_name: &str) -> String {
        let names = self.left.len().max(self.right.len()) <= NAMED_MAX;
        let text = |outcomes| outcome_text(language, outcomes, names);
        match (language, self.are_equal()) {
            (Language::Chinese, true) => format!("结果相同：{}", text(&self.left)),
            (Language::English, true) => format!("Same outcome: {}", text(&self.left)),
            (Language::Chinese, false) => format!(
                "结果：“{left_name}”{} / “{right_name}”{}",
                text(&self.left),
                text(&self.right)
            ),
            (Language::English, false) => format!(
                "Outcome: “{left_name}” {} / “{right_name}” {}",
                text(&self.left),
                text(&self.right)
            ),
        }
    }
}

/// Whether every copy has reached its end, so that nothing more is expected: delivered, relayed to
/// another host, or bounced. A message may still be read later.
pub fn is_settled(timeline: &Timeline) -> bool {
    let state = timeline.state(timeline.last());
    let mut copies = state
        .message_states
        .iter()
        .flat_map(|s| &s.copies)
        .peekable();
    let is_open =
        |status: &CopyStatus| matches!(status, CopyStatus::InTransit | CopyStatus::Deferred(_));
    copies.peek().is_some() && copies.all(|copy| !is_open(&copy.status))
}

/// What became of each recipient's copy by the end of a run.
pub fn outcomes(timeline: &Timeline) -> Vec<RecipientOutcome> {
    let state = timeline.state(timeline.last());
    let messages = timeline.messages.iter().zip(&state.message_states);
    let of_users = messages.filter(|(tracked, _)| tracked.notice_of.is_none());
    let states: Vec<&MessageState> = of_users.map(|(_, state)| state.as_ref()).collect();
    let names = message_names(&states);
    let of_message = |(state, name): (&&MessageState, Option<MessageName>)| {
        // Of a forwarded copy, those at its new addresses are counted.
        let counted = |status: &CopyStatus| !matches!(status, CopyStatus::Forwarded(_));
        let copies = state.copies.iter().filter(|copy| counted(&copy.status));
        let outcome = |copy: &super::model::Copy| RecipientOutcome {
            recipient: copy.recipient.clone(),
            message: name.clone(),
            status: copy.status.clone(),
        };
        copies.map(outcome).collect::<Vec<_>>()
    };
    states.iter().zip(names).flat_map(of_message).collect()
}

/// The names that tell the messages of a run apart; `None` for a single message.
fn message_names(states: &[&MessageState]) -> Vec<Option<MessageName>> {
    let subject = |state: &&MessageState| {
        let fields = state.header.iter().map(|field| field.text.as_str());
        let subject = shortened(&decoded(&value(fields, "subject")?), SUBJECT_COLUMNS);
        (!subject.is_empty()).then_some(subject)
    };
    let subjects: Vec<Option<String>> = states.iter().map(subject).collect();
    let name = |(i, subject): (usize, &Option<String>)| {
        let is_unique = subjects.iter().filter(|other| *other == subject).count() == 1;
        let name = match subject {
            Some(subject) if is_unique => MessageName::Subject(subject.clone()),
            _ => MessageName::Number(i + 1),
        };
        (states.len() > 1).then_some(name)
    };
    subjects.iter().enumerate().map(name).collect()
}

/// The recipient, with the message where the run has several.
fn copy_text(language: Language, outcome: &RecipientOutcome) -> String {
    let recipient = &outcome.recipient;
    match (language, &outcome.message) {
        (_, None) => recipient.clone(),
        (Language::Chinese, Some(MessageName::Subject(s))) => format!("“{s}”（{recipient}）"),
        (Language::English, Some(MessageName::Subject(s))) => format!("“{s}” to {recipient}"),
        (Language::Chinese, Some(MessageName::Number(n))) => format!("第 {n} 封（{recipient}）"),
        (Language::English, Some(MessageName::Number(n))) => format!("message {n} to {recipient}"),
    }
}

fn fate_text(language: Language, status: &CopyStatus) -> String {
    match status {
        // The run has ended, and no host has accepted it.
        CopyStatus::InTransit => say(language, "没有送达", "not delivered").to_owned(),
        // Whether it was read does not concern its delivery.
        CopyStatus::Read => say(language, "已送达", "delivered").to_owned(),
        CopyStatus::Delivered(mailbox) if mailbox == "INBOX" => {
            fate_text(language, &CopyStatus::Read)
        }
        other => status_text(language, other),
    }
}

fn outcome_text(language: Language, outcomes: &[RecipientOutcome], names: bool) -> String {
    let joined = |texts: Vec<String>| texts.join(say(language, "，", ", "));
    if outcomes.is_empty() {
        return say(language, "没有邮件", "no message").to_owned();
    }
    if let ([only], true) = (outcomes, names) {
        return fate_text(language, &only.status);
    }
    if names {
        let one = |o: &RecipientOutcome| {
            let fate = fate_text(language, &o.status);
            let copy = copy_text(language, o);
            match language {
                Language::Chinese => format!("{copy}：{fate}"),
                Language::English => format!("{copy}: {fate}"),
            }
        };
        return joined(outcomes.iter().map(one).collect());
    }
    let mut counts: Vec<(String, usize)> = Vec::new();
    for outcome in outcomes {
        let fate = fate_text(language, &outcome.status);
        match counts.iter_mut().find(|(known, _)| *known == fate) {
            Some((_, count)) => *count += 1,
            None => counts.push((fate, 1)),
        }
    }
    let one = |(fate, count): (String, usize)| match language {
        Language::Chinese => format!("{count} 份{fate}"),
        Language::English => format!("{count} {fate}"),
    };
    joined(counts.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;
    use mail::Reply;

    fn outcome(recipient: &str, status: CopyStatus) -> RecipientOutcome {
        RecipientOutcome {
            recipient: recipient.to_owned(),
            message: None,
            status,
        }
    }

    fn delivered() -> CopyStatus {
        CopyStatus::Delivered("INBOX".into())
    }

    fn bounced() -> CopyStatus {
        CopyStatus::Bounced(Reply::new(550, (5, 1, 1), "No such user"), None)
    }

    fn check(left: &[CopyStatus], right: &[CopyStatus], expected: [&str; 2]) {
        let all = |statuses: &[CopyStatus]| {
            let numbered = statuses.iter().enumerate();
            let one = |(i, status): (usize, &CopyStatus)| {
                outcome(&format!("u{i}@b.test"), status.clone())
            };
            numbered.map(one).collect()
        };
        let compared = ComparedOutcomes {
            left: all(left),
            right: all(right),
        };
        let texts = Language::ALL.map(|language| compared.text(language, "A", "B"));
        assert_eq!(texts.each_ref().map(String::as_str), expected);
    }

    #[test]
    fn says_how_the_outcomes_of_two_runs_differ() {
        check(
            &[delivered()],
            &[bounced()],
            [
                "结果：“A”已送达 / “B”已退信 550 5.1.1",
                "Outcome: “A” delivered / “B” bounced 550 5.1.1",
            ],
        );
        check(
            &[delivered(), delivered()],
            &[delivered(), CopyStatus::InTransit],
            [
                "结果：“A”u0@b.test：已送达，u1@b.test：已送达 / “B”u0@b.test：已送达，u1@b.test：没有送达",
                "Outcome: “A” u0@b.test: delivered, u1@b.test: delivered / “B” u0@b.test: delivered, u1@b.test: not delivered",
            ],
        );
    }

    #[test]
    fn an_equal_outcome_is_stated_once_whether_or_not_it_was_read() {
        check(
            &[delivered()],
            &[CopyStatus::Read],
            ["结果相同：已送达", "Same outcome: delivered"],
        );
    }

    #[test]
    fn messages_of_one_run_are_distinguished_by_subject_or_number() {
        let state = |subject: &str| MessageState {
            header: vec![crate::stage::model::Field {
                text: format!("Subject: {subject}"),
                added: None,
            }],
            ..MessageState::default()
        };
        let (lunch, dinner, none) = (state("Lunch"), state("Dinner"), MessageState::default());
        let named = |subject: &str| Some(MessageName::Subject(subject.into()));
        let numbered = |n| Some(MessageName::Number(n));
        assert_eq!(message_names(&[&lunch]), [None]);
        assert_eq!(
            message_names(&[&lunch, &dinner, &none]),
            [named("Lunch"), named("Dinner"), numbered(3)]
        );
        assert_eq!(
            message_names(&[&lunch, &lunch]),
            [numbered(1), numbered(2)],
            "the same subject twice tells nothing apart"
        );
    }

    #[test]
    fn the_outcome_of_several_messages_names_each() {
        let two = outcomes(&Timeline::from_run(samples::crowd(2)));
        let texts = Language::ALL.map(|language| outcome_text(language, &two, true));
        assert!(
            texts[0].starts_with("第 1 封（carol@b.test）："),
            "{texts:?}"
        );
        assert!(
            texts[1].contains(", message 2 to carol@b.test: "),
            "{texts:?}"
        );
        let named = RecipientOutcome {
            message: Some(MessageName::Subject("Lunch".into())),
            ..outcome("bob@b.test", delivered())
        };
        let texts = Language::ALL.map(|language| copy_text(language, &named));
        assert_eq!(texts, ["“Lunch”（bob@b.test）", "“Lunch” to bob@b.test"]);
    }

    #[test]
    fn many_recipients_are_counted() {
        let (four, mixed) = (
            vec![delivered(); 4],
            [vec![delivered(); 3], vec![bounced()]].concat(),
        );
        check(
            &four,
            &mixed,
            [
                "结果：“A”4 份已送达 / “B”3 份已送达，1 份已退信 550 5.1.1",
                "Outcome: “A” 4 delivered / “B” 3 delivered, 1 bounced 550 5.1.1",
            ],
        );
    }

    #[test]
    fn a_journey_is_settled_when_no_copy_is_open() {
        let all = samples::greylisted();
        let settled = |events: &[event::Event]| is_settled(&Timeline::from_events(events.to_vec()));
        assert!(settled(&all) && settled(&samples::bounced()));
        let deferred = all
            .iter()
            .position(|e| matches!(e.kind, event::Kind::Deferred { .. }))
            .expect("greylisting");
        assert!(!settled(&all[..=deferred]), "a copy waits for its retry");
        assert!(!settled(&all[..10]) && !settled(&[]));
    }

    #[test]
    fn a_bounce_is_stated_for_its_message_and_is_not_listed_itself() {
        let timeline = Timeline::from_events(samples::bounced());
        let statuses: Vec<_> = outcomes(&timeline).into_iter().map(|o| o.status).collect();
        assert!(
            matches!(statuses[..], [CopyStatus::Bounced(..)]),
            "{statuses:?}"
        );
    }
}
