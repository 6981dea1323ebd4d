//! A scenario of one's own: it has the number 0, stands before the collection, and begins as an
//! empty sheet. What it is made of lies in this browser until it is shared or exported.

use crate::state::catalogue::Entry;
use sim::scenario::{Part, Text};

/// Its number.
pub const NUMBER: u32 = 0;
/// Where its text lies in the browser's storage; without it, it is the empty sheet.
pub const STORAGE_KEY: &str = "lab.own";

/// A sheet with nothing on it.
pub const EMPTY_SCENARIO: &str = r#"number = 0
version = 1
part = "basics"
host = []
step = []

[title]
zh = "白纸一张"
en = "An empty sheet"

[lead]
zh = "这里还什么都没有。先添一个域：它会带来一台服务器、一台电脑、一个人和需要的域名记录；再添一个域，然后让一个人给另一个人写信。"
en = "There is nothing here yet. Add a domain: it comes with a server, a laptop, a person and the records it needs; add another, and let one person write to the other."

[lesson]
zh = "这一幕是您自己搭的：把链接发给别人，他们会看到一模一样的演出。"
en = "You have built this scene yourself: whoever gets the link sees exactly the same run."

[world]
seed = 1
lasts = "1h"
zone = ""

[expect]
"#;

/// Its line in the catalogue.
pub fn entry() -> Entry {
    let text = |zh: &str, en: &str| Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    Entry {
        file: String::new(),
        number: NUMBER,
        version: 1,
        part: Part::Basics,
        title: text("自己搭一幕", "Build your own"),
        lead: text(
            "从一张白纸开始：加上域、主机、人和记录，让信走起来。",
            "Begin with an empty sheet: add domains, hosts, people and records, and let messages travel.",
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
    fn an_empty_sheet_can_be_played_and_built_upon() {
        let dialogue_lines = read(EMPTY_SCENARIO).unwrap();
        assert!(run(&dialogue_lines, &[]).unwrap().events.is_empty());
        let mut edits = Edits::of(&dialogue_lines);
        assert!(
            generate::domain(&dialogue_lines, &mut edits, "one.test", "ann")
                && generate::domain(&dialogue_lines, &mut edits, "two.test", "ben")
        );
        let people = generate::mail_users(&dialogue_lines, &edits);
        edits
            .steps
            .push(generate::message(&people[0], "ben@two.test", "1s", "x", "y").unwrap());
        let built = edited(&dialogue_lines, &edits).unwrap();
        let delivered = run(&built, &[])
            .unwrap()
            .events
            .iter()
            .any(|e| e.explain == "mda.delivered" && e.host == "mail.two.test");
        assert!(delivered);
        assert_eq!(
            (entry().number, entry().version),
            (dialogue_lines.number, dialogue_lines.version)
        );
    }
}
