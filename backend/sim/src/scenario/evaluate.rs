//! Evaluates a run: which event a condition selects, which expectations are not met, which answer
//! to a question is correct, how often an outcome occurred. Answers are computed from the run; no
//! file stores them.

use super::run::Run;
use super::spec::{Choice, Count, Exercise, Expectation, Question, Scenario, StepSpec, When};
use super::stop::stop;
use super::unmet::Unmet;
use crate::clock::START;
use event::{Event, Kind, Locale, Localize};
use std::iter;

impl When {
    /// Whether an event matches, ignoring [`When::nth`].
    pub fn matches(&self, event: &Event) -> bool {
        let explain = self
            .explain
            .as_ref()
            .is_none_or(|key| event.explain == key.as_str());
        let host = self
            .host
            .as_ref()
            .is_none_or(|host| event.host == host.as_str());
        let from = self.from.is_none_or(|from| event.at >= START + from.0);
        let until = self.until.is_none_or(|until| event.at < START + until.0);
        explain
            && host
            && from
            && until
            && self
                .words
                .as_ref()
                .is_none_or(|words| searched_text(event).contains(words.as_str()))
    }

    /// The index of the selected event in a timeline.
    pub fn find(&self, events: &[Event]) -> Option<usize> {
        let nth = self.nth.unwrap_or(1).max(1) as usize;
        events
            .iter()
            .enumerate()
            .filter(|(_, event)| self.matches(event))
            .nth(nth - 1)
            .map(|(at, _)| at)
    }
}

// The text of an event that is searched for `words`.
fn searched_text(event: &Event) -> String {
    match &event.kind {
        Kind::Line { text, .. } => text.clone(),
        // The reason, followed by the steps of the proof, one per line.
        Kind::Check {
            check,
            reason,
            proof,
            ..
        } => {
            let first = format!("{check} {}", reason.english());
            let steps = proof.iter().map(|step| step.sentence(Locale::English));
            iter::once(first)
                .chain(steps)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Kind::Unreachable { peer, reason } => format!("{peer} {}", reason.english()),
        kind => serde_json::to_string(kind).unwrap_or_default(),
    }
}

impl Question {
    /// The index of the event before which playback stops, and the indices of the choices that are
    /// correct in this run: exactly one if the scenario is well written. `None` if the event does
    /// not occur, which edits can cause.
    pub fn answer_key(&self, run: &Run) -> Option<(usize, Vec<usize>)> {
        let asked = self.before.find(&run.events)?;
        let right = |choice: &Choice| {
            choice.when.matches(&run.events[asked]) && choice.so.contradictions(run).is_empty()
        };
        let right = self.choices.iter().enumerate().filter(|(_, c)| right(c));
        Some((
            stop(&run.events, asked),
            right.map(|(place, _)| place).collect(),
        ))
    }
}

impl Exercise {
    /// The steps that break the scenario, followed by the learner's.
    pub fn with(&self, learner: &[StepSpec]) -> Vec<StepSpec> {
        self.edits.iter().chain(learner).cloned().collect()
    }

    /// The expectations that a run with the steps of [`Exercise::with`] does not meet; empty if the
    /// exercise is solved.
    pub fn unmet(&self, run: &Run) -> Vec<Unmet> {
        self.goal.unmet(run)
    }
}

impl Count {
    /// How often the outcome occurred in a run.
    pub fn of(&self, run: &Run) -> usize {
        run.events
            .iter()
            .filter(|event| self.when.matches(event))
            .count()
    }
}

impl Scenario {
    /// The exercise at this index in the file.
    pub fn exercise(&self, place: usize) -> Option<&Exercise> {
        self.exercises.get(place)
    }
}

impl Expectation {
    /// The expectations that a run does not meet. The queue of a host that is not listed must be
    /// empty.
    pub fn unmet(&self, run: &Run) -> Vec<Unmet> {
        let mut unmet = self.contradictions(run);
        for (host, count) in run
            .outcome
            .queued
            .iter()
            .filter(|(host, _)| !self.queued.contains_key(host))
        {
            unmet.push(Unmet::Waiting {
                host: host.clone(),
                there: *count,
                wanted: 0,
            });
        }
        unmet
    }

    /// Like [`Expectation::unmet`], but queues that are not listed may contain messages.
    pub fn contradictions(&self, run: &Run) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        for (mailbox, wanted) in &self.messages {
            let there = run.outcome.messages(mailbox);
            if there != *wanted {
                unmet.push(Unmet::Messages {
                    mailbox: mailbox.clone(),
                    there,
                    wanted: *wanted,
                });
            }
        }
        let all = |words: &'_ std::collections::BTreeMap<String, Vec<String>>| {
            words
                .iter()
                .flat_map(|(mailbox, words)| {
                    words.iter().map(move |w| (mailbox.clone(), w.clone()))
                })
                .collect::<Vec<_>>()
        };
        for (mailbox, words) in all(&self.says) {
            if !run.outcome.contains(&mailbox, &words) {
                unmet.push(Unmet::Words { mailbox, words });
            }
        }
        for (mailbox, words) in all(&self.lacks) {
            if run.outcome.contains(&mailbox, &words) {
                unmet.push(Unmet::OtherWords { mailbox, words });
            }
        }
        for (host, wanted) in &self.queued {
            let there = run
                .outcome
                .queued
                .iter()
                .find(|(name, _)| name == host)
                .map_or(0, |(_, waiting)| *waiting);
            if there != *wanted {
                unmet.push(Unmet::Waiting {
                    host: host.clone(),
                    there,
                    wanted: *wanted,
                });
            }
        }
        unmet.extend(
            self.happened
                .iter()
                .filter(|w| w.find(&run.events).is_none())
                .cloned()
                .map(Unmet::Happened),
        );
        unmet.extend(
            self.never
                .iter()
                .filter(|w| w.find(&run.events).is_some())
                .cloned()
                .map(Unmet::Never),
        );
        unmet
    }
}

#[cfg(test)]
mod tests {
    use super::Unmet;
    use crate::scenario::{Expectation, Question, Run, Scenario, read, run};

    // A scripted server that accepts a bare LF as a line end, and a user who types to it.
    const WORLD: &str = r#"
number = 1
version = 1
part = "basics"
title = { zh = "试", en = "try" }
lead = { zh = "试", en = "try" }
lesson = { zh = "试", en = "try" }
expect = { messages = {} }
[world]
seed = 1
lasts = "5m"
zone = ""
[[host]]
name = "b.test"
address = "192.0.2.1"
runs = "script"
[host.script]
25 = ['''
> 220-b.test
> 220 is here
< DATA
> 354 go on
? \n.\n
> 250 taken
< QUIT
> 221 bye
''']
[[host]]
name = "a.test"
address = "192.0.2.2"
runs = "nothing"
[[step]]
at = "1m"
[step.type]
on = "a.test"
to-host = "b.test"
port = 25
lines = '''
< 220
> DATA
< 354
! .\r\n.x\r\nhello\n.\nQUIT\r\n
/ listen
'''
[[step]]
at = "2m"
[step.type]
on = "a.test"
to-host = "b.test"
port = 2525
lines = "/ listen"
"#;

    fn played() -> (Scenario, Run) {
        let scenario = read(WORLD).unwrap();
        let run = run(&scenario, &[]).unwrap();
        (scenario, run)
    }

    #[test]
    fn a_scripted_server_records_the_lines_its_script_reads() {
        let (_, run) = played();
        let searched: Vec<(&str, String)> = run
            .events
            .iter()
            .map(|e| (e.explain.as_ref(), super::searched_text(e)))
            .collect();
        let lines: Vec<(&str, &str)> = searched
            .iter()
            .map(|(key, words)| (*key, words.as_str()))
            .collect();
        assert_eq!(
            lines[1..lines.len() - 2],
            [
                ("smtp.reply.220", "220-b.test\n220 is here"),
                ("smtp.data", "DATA"),
                ("smtp.reply.354", "354 go on"),
                // Not at the end of the data that the script has read, so part of the message.
                ("smtp.message", "."),
                ("smtp.message", ".x"),
                ("smtp.message", "hello␊"),
                ("smtp.dot", ".␊"),
                ("smtp.reply.250", "250 taken"),
                ("smtp.quit", "QUIT"),
                ("smtp.reply.221", "221 bye"),
            ]
        );
        assert_eq!(
            (lines[0].0, lines[lines.len() - 2].0),
            ("connect.smtp", "closed")
        );
        // No service listens on port 2525; only the client can record that.
        assert_eq!(
            lines[lines.len() - 1],
            (
                "connect.failed",
                "b.test [192.0.2.1]:2525 connection refused"
            )
        );
    }

    fn check(question: &str, expected: Option<(&str, &[usize])>) {
        let question: Question = toml::from_str(question).unwrap();
        let (_, run) = played();
        let found = question
            .answer_key(&run)
            .map(|(at, right)| (run.events[at].explain.to_string(), right));
        let found = found
            .as_ref()
            .map(|(explain, right)| (explain.as_str(), right.as_slice()));
        assert_eq!(found, expected, "{question:?}");
    }

    fn choices(when: &[&str]) -> String {
        let text = "{ zh = \"试\", en = \"try\" }";
        let choice = |when: &&str| format!("[[choice]]\nsay = {text}\nthen = {text}\n{when}\n");
        format!(
            "ask = {text}\n{}",
            when.iter().map(choice).collect::<String>()
        )
    }

    #[test]
    fn the_run_decides_which_answer_is_correct() {
        let ask = |before: &str, when: &[&str]| format!("before = {before}\n{}", choices(when));
        let event = [
            "when = { explain = 'smtp.reply.250' }",
            "when = { explain = 'smtp.reply.550' }",
        ];
        check(
            &ask("{ words = 'taken' }", &event),
            Some(("smtp.reply.250", &[0])),
        );
        check(
            &ask("{ explain = 'smtp.message', nth = 3 }", &event),
            Some(("smtp.message", &[])),
        );
        check(&ask("{ explain = 'smtp.message', nth = 4 }", &event), None);
        let times = [
            "when = { until = '1m' }",
            "when = { from = '1m', until = '2m' }",
            "when = { from = '2m' }",
        ];
        check(
            &ask("{ explain = 'smtp.data' }", &times),
            Some(("smtp.data", &[1])),
        );
        let outcomes = [
            "so = { never = [{ explain = 'smtp.quit' }] }",
            "so = { happened = [{ explain = 'smtp.quit' }], messages = { 'x@b.test' = 0 } }",
        ];
        check(
            &ask("{ explain = 'smtp.data' }", &outcomes),
            Some(("smtp.data", &[1])),
        );
    }

    #[test]
    fn unlisted_queues_must_be_empty_except_in_choices() {
        let (_, mut run) = played();
        run.outcome.queued.push(("b.test".to_owned(), 2));
        let nothing = Expectation::default();
        let shown = |unmet: Vec<Unmet>| unmet.iter().map(Unmet::to_string).collect::<Vec<_>>();
        assert_eq!(
            shown(nothing.unmet(&run)),
            ["2 messages are queued at b.test"]
        );
        assert_eq!(nothing.contradictions(&run), []);
        let two = Expectation {
            queued: [("b.test".to_owned(), 2)].into(),
            ..Expectation::default()
        };
        assert_eq!(two.unmet(&run), []);
        let says = Expectation {
            says: [("x@b.test".to_owned(), vec!["hi".to_owned()])].into(),
            ..Expectation::default()
        };
        assert_eq!(
            shown(says.contradictions(&run)),
            ["no message of x@b.test contains “hi”"]
        );
    }
}
