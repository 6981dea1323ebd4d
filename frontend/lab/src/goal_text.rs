//! The unmet conditions of an exercise, as sentences in both languages. Describes outcomes only,
//! not how to reach them.

use frontend::i18n::Language;
use sim::scenario::{Unmet, When};

/// Describes an unmet condition. `title` returns the title of an event's explanation, if it has
/// one.
pub fn unmet_text(
    language: Language,
    unmet: &Unmet,
    title: impl Fn(&str) -> Option<String>,
) -> String {
    let (zh, en) = match unmet {
        Unmet::Messages {
            mailbox,
            there,
            wanted,
        } => messages(mailbox, *there, *wanted),
        Unmet::Words { mailbox, words } => {
            let (zh, en) = place(mailbox);
            (
                format!("{zh}里应当有一封包含“{words}”的邮件。"),
                format!("{en} should contain a message with “{words}”."),
            )
        }
        Unmet::OtherWords { mailbox, words } => {
            let (zh, en) = place(mailbox);
            (
                format!("{zh}里不应当有包含“{words}”的邮件。"),
                format!("{en} should contain no message with “{words}”."),
            )
        }
        Unmet::Waiting {
            host,
            there,
            wanted,
        } => waiting(host, *there, *wanted),
        Unmet::Happened(when) => {
            let (zh, en) = event(when, &title);
            (
                format!("应当发生，却没有发生：{zh}。"),
                format!("This should happen, and did not: {en}."),
            )
        }
        Unmet::Never(when) => {
            let (zh, en) = event(when, &title);
            (
                format!("不应当发生，却发生了：{zh}。"),
                format!("This should not happen, and did: {en}."),
            )
        }
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// Label of the button that shows the next unmet condition; `more` are hidden.
pub fn more(language: Language, more: usize) -> String {
    match (language, more) {
        (Language::Chinese, n) => format!("还缺 {n} 项，再显示一项"),
        (Language::English, 1) => "One more item is missing: show it".to_owned(),
        (Language::English, n) => format!("{n} more items are missing: show the next one"),
    }
}

/// Names a mailbox, given as `bob@b.test` or `bob@b.test Junk`.
fn place(mailbox: &str) -> (String, String) {
    match mailbox.split_once(' ') {
        Some((person, folder)) => (
            format!("{person} 的 {folder} "),
            format!("{folder} of {person}"),
        ),
        None => (
            format!("{mailbox} 的收件箱"),
            format!("the inbox of {mailbox}"),
        ),
    }
}

fn messages(mailbox: &str, there: usize, wanted: usize) -> (String, String) {
    let (zh, en) = place(mailbox);
    let now = if there == 0 {
        "none is there".to_owned()
    } else {
        format!("there {} {there}", if there == 1 { "is" } else { "are" })
    };
    let should = match wanted {
        0 => format!("No message should be in {en}"),
        1 => format!("One message should be in {en}"),
        n => format!("{n} messages should be in {en}"),
    };
    let zh_should = if wanted == 0 {
        "不应当有邮件".to_owned()
    } else {
        format!("应当有 {wanted} 封邮件")
    };
    let zh_now = if there == 0 {
        "一封也没有".to_owned()
    } else {
        format!("有 {there} 封")
    };
    (
        format!("{zh}里{zh_should}，现在{zh_now}。"),
        format!("{should}; now {now}."),
    )
}

fn waiting(host: &str, there: usize, wanted: usize) -> (String, String) {
    let (should, zh_should) = match wanted {
        0 => (
            format!("No message should wait at {host}"),
            "不应当再有邮件等待".to_owned(),
        ),
        1 => (
            format!("One message should wait at {host}"),
            "应当有 1 封邮件等待".to_owned(),
        ),
        n => (
            format!("{n} messages should wait at {host}"),
            format!("应当有 {n} 封邮件等待"),
        ),
    };
    let now = match there {
        0 => "now none does".to_owned(),
        1 => "now one does".to_owned(),
        n => format!("now {n} do"),
    };
    let zh_now = if there == 0 {
        "现在一封也没有".to_owned()
    } else {
        format!("现在有 {there} 封")
    };
    (
        format!("{host} 的队列里{zh_should}，{zh_now}。"),
        format!("{should}; {now}."),
    )
}

fn event(when: &When, title: &impl Fn(&str) -> Option<String>) -> (String, String) {
    let named = when
        .explain
        .as_ref()
        .map(|key| title(key).unwrap_or_else(|| key.clone()));
    let (mut zh, mut en) = match named {
        Some(named) => (format!("“{named}”"), format!("“{named}”")),
        None => ("一个事件".to_owned(), "something".to_owned()),
    };
    if let Some(host) = &when.host {
        zh = format!("{host} 上的{zh}");
        en = format!("{en} at {host}");
    }
    if let Some(words) = &when.words {
        zh = format!("{zh}，其中说到“{words}”");
        en = format!("{en}, with the words “{words}”");
    }
    if let Some(nth) = when.nth.filter(|nth| *nth > 1) {
        zh = format!("{zh}，至少 {nth} 次");
        en = format!("{en}, at least {nth} times");
    }
    (zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(missing: &Unmet, zh: &str, en: &str) {
        let title = |key: &str| (key == "smtp.reply.550").then(|| "550".to_owned());
        assert_eq!(unmet_text(Language::Chinese, missing, title), zh);
        assert_eq!(unmet_text(Language::English, missing, title), en);
    }

    #[test]
    fn unmet_conditions_are_sentences_in_both_languages() {
        let messages = |mailbox: &str, there, wanted| Unmet::Messages {
            mailbox: mailbox.into(),
            there,
            wanted,
        };
        check(
            &messages("bob@b.test", 0, 1),
            "bob@b.test 的收件箱里应当有 1 封邮件，现在一封也没有。",
            "One message should be in the inbox of bob@b.test; now none is there.",
        );
        check(
            &messages("bob@b.test Junk", 2, 0),
            "bob@b.test 的 Junk 里不应当有邮件，现在有 2 封。",
            "No message should be in Junk of bob@b.test; now there are 2.",
        );
        check(
            &Unmet::Waiting {
                host: "mx.a.test".into(),
                there: 1,
                wanted: 0,
            },
            "mx.a.test 的队列里不应当再有邮件等待，现在有 1 封。",
            "No message should wait at mx.a.test; now one does.",
        );
        let when = |json| serde_json::from_str::<When>(json).unwrap();
        check(
            &Unmet::Happened(when(
                r#"{"explain": "smtp.reply.550", "host": "mx.a.test", "words": "relaying", "nth": 2}"#,
            )),
            "应当发生，却没有发生：mx.a.test 上的“550”，其中说到“relaying”，至少 2 次。",
            "This should happen, and did not: “550” at mx.a.test, with the words “relaying”, at least 2 times.",
        );
        check(
            &Unmet::Never(when("{}")),
            "不应当发生，却发生了：一个事件。",
            "This should not happen, and did: something.",
        );
    }
}
