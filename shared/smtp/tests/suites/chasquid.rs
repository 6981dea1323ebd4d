//! The dialogues of chasquid: replies agree in their class, and a message arrives as it was sent.

use crate::Dialogue;
use crate::play::unescape;
use suites::{Suite, Suites, Verdict};

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("chasquid", "smtp/chasquid-dialogs")
            .cases_min(9)
            .cases(|folder| {
                let all = suites::files(folder, &["cmy"]);
                let name = |file: &std::path::Path| {
                    file.file_stem().unwrap().to_string_lossy().into_owned()
                };
                all.iter()
                    .map(|file| (name(file), suites::text(file)))
                    .collect()
            })
            .check(|script| check(script)),
    );
}

fn check(script: &str) -> Verdict {
    let tls = script.contains("tls_connect");
    let listener = if tls { "submission-tls" } else { "transfer" };
    let mut it = Dialogue::new(&[("listener", listener), ("message_bytes_max", "1048576")]);
    let mut expected = Vec::new();
    // The lines of a message while it is sent.
    let mut message = None::<String>;
    let mut whole = None::<String>;
    for line in script.lines().map(|l| l.strip_prefix("c ").unwrap_or(l)) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "->" => {
                it.say(format!("{rest}\r\n").as_bytes());
                if rest == "." {
                    whole = message.take();
                } else if let Some(message) = &mut message {
                    message.push_str(rest.strip_prefix('.').unwrap_or(rest));
                    message.push_str("\r\n");
                }
            }
            "~>" => it.say(&python(rest)),
            "<..." => while !it.reply().starts_with("250 ") {},
            "<-" | "<~" => {
                let reply = it.reply();
                let code = rest.get(..3).unwrap_or(rest);
                // Whether a header is well formed is decided by the role, not by a session.
                let roles_own = whole.is_some() && code == "554";
                if roles_own || code == "250" {
                    expected.extend(whole.take());
                }
                whole = None;
                if code == "354" {
                    message = Some(String::new());
                }
                // Our code may be another one of the same class, and success is always exactly the
                // same.
                let fits = reply.starts_with(&code[..1])
                    && (!code.starts_with(['2', '3']) || reply.starts_with(code));
                if !fits && !roles_own {
                    return Verdict::Differs(format!("{line:?} but {reply:?}"));
                }
            }
            _ => {}
        }
    }
    let messages = it.role.messages;
    let same = messages.len() == expected.len()
        && messages
            .iter()
            .zip(&expected)
            .all(|(got, expected)| got.ends_with(&format!("{expected:?}")));
    Verdict::when(same, || format!("{messages:?} instead of {expected:?}"))
}

// `('a' * 899 + '\r\n') * 1166` and the like, as the dialogues use them.
fn python(expression: &str) -> Vec<u8> {
    if expression.starts_with('(') {
        let inner = b"a"
            .repeat(899)
            .into_iter()
            .chain(*b"\r\n")
            .collect::<Vec<_>>();
        assert!(
            expression.starts_with("('a' * 899 + '\\r\\n') * "),
            "{expression}"
        );
        let count: usize = expression.rsplit(' ').next().unwrap().parse().unwrap();
        return inner.repeat(count);
    }
    unescape(expression.trim_matches('\''))
}
