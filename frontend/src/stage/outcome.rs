//! What became of the messages of a run, for each recipient, and how the outcomes of two runs
//! differ. Bounces are not listed themselves: the message that they are about says so.

use super::i18n::{say, status_text};
use super::model::{CopyStatus, Timeline};
use crate::i18n::Language;

/// Up to this number of recipients the outcome names each; beyond it, it counts.
const NAMED_MAX: usize = 3;

/// The end of one recipient's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientOutcome {
    /// The recipient.
    pub recipient: String,
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
    let copies = of_users.flat_map(|(_, state)| &state.copies);
    // Of a forwarded copy, those at its new addresses are counted.
    copies
        .filter(|copy| !matches!(copy.status, CopyStatus::Forwarded(_)))
        .map(|copy| RecipientOutcome {
            recipient: copy.recipient.clone(),
            status: copy.status.clone(),
        })
        .collect()
}

fn fate_text(language: Language, status: &CopyStatus) -> String {
    match status {
        // The run has ended: nobody accepted it.
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
            match language {
                Language::Chinese => format!("{}：{fate}", o.recipient),
                Language::English => format!("{}: {fate}", o.recipient),
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
        let recipient = recipient.to_owned();
        RecipientOutcome { recipient, status }
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
