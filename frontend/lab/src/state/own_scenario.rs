//! The learner's own scenario: number 0, first in the catalogue, initially empty. Stored in this
//! browser until it is shared or exported.

use crate::state::catalogue::Entry;
use sim::scenario::{Part, Text, read_any};

/// The number of the user's own scenario.
pub const NUMBER: u32 = 0;
/// Local storage key of its text.
pub const STORAGE_KEY: &str = "lab.own";

/// An empty scenario.
pub const EMPTY_SCENARIO: &str = r#"number = 0
version = 1
part = "basics"
host = []
step = []

[title]
zh = "空白场景"
en = "Empty scenario"

[lead]
zh = "这里还是空的。先添加一个域名，会一并添加服务器、电脑、用户和所需的 DNS 记录；再添加一个域名，然后让一个用户给另一个用户发邮件。"
en = "There is nothing here yet. Add a domain with its server, computer, user and DNS records; add another, and send a message from one user to the other."

[lesson]
zh = "这个场景是你自己搭建的：把链接发给别人，他们会看到完全相同的运行。"
en = "You have built this scenario yourself: whoever opens its link sees exactly the same run."

[world]
seed = 1
lasts = "1h"
zone = ""

[expect]
"#;

/// The catalogue entry: title, introduction and exercises of the text, for example of an imported
/// scenario; an empty scenario has an invitation to build one.
pub fn entry(own_text: &str) -> Entry {
    let empty = empty_entry();
    if own_text == EMPTY_SCENARIO {
        return empty;
    }
    let Ok(scenario) = read_any(own_text) else {
        return empty;
    };
    // A scenario built from the empty one still has its title.
    if read_any(EMPTY_SCENARIO).is_ok_and(|empty| empty.title == scenario.title) {
        return empty;
    }
    Entry {
        title: scenario.title,
        lead: scenario.lead,
        questions: scenario.questions.len(),
        tweaks: scenario.tweaks.len(),
        exercises: scenario.exercises.len(),
        ..empty
    }
}

fn empty_entry() -> Entry {
    let text = |zh: &str, en: &str| Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    Entry {
        file: String::new(),
        number: NUMBER,
        version: 1,
        part: Part::Basics,
        title: text("搭建自己的场景", "Build your own"),
        lead: text(
            "从空白场景开始：添加域名、主机、用户和记录，让邮件传输起来。",
            "Start with an empty scenario: add domains, hosts, users and records, and send messages.",
        ),
        questions: 0,
        tweaks: 0,
        exercises: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::generate;
    use sim::scenario::{Edits, edited, read, run};

    #[test]
    fn an_empty_scenario_can_be_run_and_extended() {
        let empty = read(EMPTY_SCENARIO).unwrap();
        assert!(run(&empty, &[]).unwrap().events.is_empty());
        let mut edits = Edits::of(&empty);
        assert!(
            generate::domain(&empty, &mut edits, "one.test", "ann")
                && generate::domain(&empty, &mut edits, "two.test", "ben")
        );
        let people = generate::mail_users(&empty, &edits);
        edits
            .steps
            .push(generate::message(&people[0], "ben@two.test", "1s", "x", "y").unwrap());
        let built = edited(&empty, &edits).unwrap();
        let delivered = run(&built, &[])
            .unwrap()
            .events
            .iter()
            .any(|e| e.explain == "mda.delivered" && e.host == "mail.two.test");
        assert!(delivered);
        let entry = entry(EMPTY_SCENARIO);
        assert_eq!((entry.number, entry.version), (empty.number, empty.version));
    }

    #[test]
    fn an_imported_scenario_keeps_title_lead_and_exercises() {
        let text = include_str!("../../../../static/scenarios/22-mx-fallback.toml");
        let scenario = read(text).unwrap();
        let entry = entry(text);
        assert_eq!(entry.number, NUMBER);
        assert_eq!(entry.title, scenario.title);
        assert_eq!(entry.lead, scenario.lead);
        assert_eq!(
            (entry.questions, entry.tweaks, entry.exercises),
            (
                scenario.questions.len(),
                scenario.tweaks.len(),
                scenario.exercises.len()
            )
        );
        assert!(entry.exercises > 0);
    }
}
